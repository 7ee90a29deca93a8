//! What an identity was: each of its versions since it was announced, what made it, and the event that
//! told of it. Events are derived as they were when they were told, so nothing is stored for them.

use std::collections::HashMap;

use muster_event::identity::{AttributeChange, event_id};
use muster_event::{IDENTITY_ATTRIBUTES_CHANGED, IDENTITY_CREATED};
use muster_model::id::{EventId, IdentityId, ProfileId, TaskId};
use muster_model::{AttributeMap, AttributeName, AttributeValue, Timestamp};
use muster_store::{Identity, Result, Stage, Tx};
use serde_json::Value;

use crate::change::differences;

/// The event that told of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Event {
    /// Its id: the `webhook-id` of its deliveries.
    pub id: EventId,
    /// Its trigger.
    pub trigger: &'static str,
}

/// One step in the life of an identity.
#[derive(Clone, Debug, PartialEq)]
pub struct Change {
    /// The version that it led to.
    pub version: i64,
    /// When.
    pub at: Timestamp,
    /// The run that made it.
    pub cause: TaskId,
    /// The event that told of it, if one did.
    pub event: Option<Event>,
    /// Attributes that differ.
    pub attributes: Vec<AttributeChange>,
    /// What else differs.
    pub members: Vec<MemberChange>,
}

/// Something besides attributes that differs: before and after.
#[derive(Clone, Debug, PartialEq)]
pub enum MemberChange {
    /// The profile that speaks for the identity.
    Profile(Option<ProfileId>, Option<ProfileId>),
    /// Whether it is visible or withdrawn.
    Stage(Option<Stage>, Stage),
    /// The lifecycle state that it is in.
    Lifecycle(Option<String>, Option<String>),
    /// The manager.
    Manager(Option<IdentityId>, Option<IdentityId>),
    /// What is wrong with it.
    Problems(Option<Value>, Option<Value>),
}

/// An identity at a moment.
#[derive(Clone, Debug, PartialEq)]
pub enum AsOf {
    /// It was so.
    Known(Box<Identity>),
    /// What is known of it begins later, then.
    Begins(Timestamp),
}

/// Since when an attribute is as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Since {
    /// When it came to be so; the beginning of what is kept, where it came before that.
    pub at: Timestamp,
    /// The run that made it so, as far as that is kept.
    pub cause: Option<TaskId>,
    /// The event that told of it, if one did.
    pub event: Option<Event>,
}

/// The changes of an identity, newest first; the announcement is the last of all.
pub fn changes(tx: &mut Tx<'_>, current: Identity, offset: u64, limit: u32) -> Result<Vec<Change>> {
    let offset = u32::try_from(offset).unwrap_or(u32::MAX);
    let wanted = offset.saturating_add(limit);
    let mut versions = tx
        .identity_changes()
        .versions(current, wanted.saturating_add(1))?
        .skip(offset as usize);
    let mut changes = Vec::new();
    let Some(mut newer) = versions.next().transpose()? else {
        return Ok(changes);
    };
    for older in versions {
        let older = older?;
        changes.push(Change::between(Some(&older), &newer));
        newer = older;
    }
    if changes.len() < limit as usize {
        changes.push(Change::between(None, &newer));
    }
    Ok(changes)
}

/// An identity as it was at a moment. The wire shows moments in milliseconds, so a change counts from
/// the beginning of its millisecond.
pub fn as_of(tx: &mut Tx<'_>, current: Identity, moment: Timestamp) -> Result<AsOf> {
    let mut begin = current.modified;
    for version in tx.identity_changes().all_versions(current)? {
        let version = version?;
        if version.modified.as_millis() <= moment.as_millis() {
            return Ok(AsOf::Known(Box::new(version)));
        }
        begin = version.modified;
    }
    Ok(AsOf::Begins(begin))
}

impl Change {
    /// What leads from a version to the next; without an older one, from nothing.
    fn between(older: Option<&Identity>, newer: &Identity) -> Self {
        let nothing = AttributeMap::default();
        let old = older.map_or(&nothing, |older| &older.attributes);
        Self {
            version: newer.version,
            at: newer.modified,
            cause: newer.cause,
            event: event(older, newer),
            attributes: differences(std::iter::empty(), old, &newer.attributes),
            members: members(older, newer),
        }
    }
}

/// The event that told of a version. The first version that is known is the announced one, unless
/// earlier ones are not kept any more.
fn event(older: Option<&Identity>, newer: &Identity) -> Option<Event> {
    let trigger = match older {
        Some(older) if older.revision != newer.revision => IDENTITY_ATTRIBUTES_CHANGED,
        None if is_announcement(newer) => IDENTITY_CREATED,
        _ => return None,
    };
    Some(Event {
        id: event_id(trigger, newer.id, newer.revision),
        trigger,
    })
}

/// The announcement is the first event of an identity.
fn is_announcement(first: &Identity) -> bool {
    first.revision == 1
}

fn members(older: Option<&Identity>, newer: &Identity) -> Vec<MemberChange> {
    let profile = older.and_then(|older| older.profile_id);
    let stage = older.map(|older| older.stage);
    let lifecycle = older.and_then(|older| older.lifecycle.clone());
    let manager = older.and_then(|older| older.manager_id);
    let problems = older.and_then(|older| older.problems.clone());
    [
        (profile != newer.profile_id).then_some(MemberChange::Profile(profile, newer.profile_id)),
        (stage != Some(newer.stage)).then_some(MemberChange::Stage(stage, newer.stage)),
        (lifecycle != newer.lifecycle)
            .then(|| MemberChange::Lifecycle(lifecycle, newer.lifecycle.clone())),
        (manager != newer.manager_id).then_some(MemberChange::Manager(manager, newer.manager_id)),
        (problems != newer.problems)
            .then(|| MemberChange::Problems(problems, newer.problems.clone())),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// Since when each of these attributes is as it is, told from the versions, newest first.
pub(crate) fn since(
    mut versions: impl Iterator<Item = Result<Identity>>,
    names: Vec<AttributeName>,
) -> Result<HashMap<AttributeName, Since>> {
    let mut found = HashMap::with_capacity(names.len());
    let mut open = names;
    let Some(mut newer) = versions.next().transpose()? else {
        return Ok(found);
    };
    for older in versions {
        let older = older?;
        open.retain(|name| {
            let differs =
                AttributeValue::differ(older.attributes.get(name), newer.attributes.get(name));
            if differs {
                let since = Since {
                    at: newer.modified,
                    cause: Some(newer.cause),
                    event: event(Some(&older), &newer),
                };
                found.insert(name.clone(), since);
            }
            !differs
        });
        if open.is_empty() {
            return Ok(found);
        }
        newer = older;
    }
    let first = Since {
        at: newer.modified,
        cause: is_announcement(&newer).then_some(newer.cause),
        event: event(None, &newer),
    };
    found.extend(open.into_iter().map(|name| (name, first)));
    Ok(found)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn version(number: i64, department: &str) -> Identity {
        Identity {
            id: IdentityId(7),
            version: number,
            revision: number,
            profile_id: None,
            stage: Stage::Active,
            name: String::new(),
            alias: String::new(),
            manager_id: None,
            lifecycle: None,
            created: Timestamp::from_micros(0),
            modified: Timestamp::from_micros(number * 1_000),
            cause: TaskId(number as u128),
            attributes: [
                ("uid".into(), AttributeValue::from("jo")),
                ("department".into(), AttributeValue::from(department)),
            ]
            .into_iter()
            .collect(),
            problems: None,
        }
    }

    fn since_of(versions: &[Identity]) -> HashMap<AttributeName, Since> {
        let names = vec!["uid".into(), "department".into()];
        since(versions.iter().cloned().map(Ok), names).unwrap()
    }

    #[test]
    fn an_attribute_is_as_it_is_since_it_last_changed() {
        let versions = [
            version(4, "b"),
            version(3, "b"),
            version(2, "a"),
            version(1, "b"),
        ];
        let since = since_of(&versions);
        assert_eq!(since["department"].cause, Some(TaskId(3)));
        let changed = since["department"].event.unwrap();
        assert_eq!(changed.trigger, IDENTITY_ATTRIBUTES_CHANGED);
        assert_eq!(changed.id, event_id(changed.trigger, IdentityId(7), 3));
        assert_eq!(since["uid"].at, Timestamp::from_micros(1_000));
        assert_eq!(since["uid"].event.unwrap().trigger, IDENTITY_CREATED);
    }

    #[test]
    fn what_came_before_all_that_is_kept_has_no_cause() {
        let since = since_of(&[version(9, "b"), version(8, "a")]);
        let uid = since["uid"];
        assert_eq!(
            (uid.at, uid.cause, uid.event),
            (Timestamp::from_micros(8_000), None, None)
        );
        assert_eq!(since["department"].cause, Some(TaskId(9)));
    }

    #[test]
    fn a_version_without_an_event_of_its_own_says_so() {
        let (older, mut newer) = (version(1, "a"), version(2, "a"));
        newer.revision = 1;
        newer.stage = Stage::Withdrawn;
        let change = Change::between(Some(&older), &newer);
        assert_eq!(change.event, None);
        assert!(change.attributes.is_empty());
        assert_eq!(
            change.members,
            [MemberChange::Stage(Some(Stage::Active), Stage::Withdrawn)]
        );
    }
}
