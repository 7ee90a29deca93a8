//! Making, changing and removing subscriptions, each in the caller's transaction.
//!
//! Counting and comparing names need one writer at a time: the number sequence of subscriptions is
//! a row that stays locked until the commit.

use muster_event::catalog::feature::Flags;
use muster_model::{Document, Secret, Timestamp};
use muster_store::Tx;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::validate::{self, Limits};
use super::wish::{MEMBERS, Wish, to_wire};
use super::{Settings, Subscription, signing};
use crate::error::{Error, Result};
use crate::invocation::abandon;
use crate::limits::DEPARTED_KEPT_MS;
use crate::passed_in::{Fill, Place, Sealer, random_uuid};

pub(crate) const PASSWORD: &str = "httpConfig.basicAuthConfig.password";
pub(crate) const BEARER_TOKEN: &str = "httpConfig.bearerTokenAuthConfig.bearerToken";
const SEQUENCE: &str = "subscription";

/// What one needs to write subscriptions.
#[derive(Clone, Copy)]
pub struct Desk<'a> {
    /// The present moment.
    pub now: Timestamp,
    /// Randomness.
    pub fill: &'a Fill,
    /// Keeps secrets.
    pub sealer: &'a dyn Sealer,
    /// How many subscriptions a trigger may have.
    pub limits: Limits,
}

impl Desk<'_> {
    fn check(&self, wish: Wish, id: &str, was: Option<&Subscription>) -> Result<validate::Checked> {
        let seal = |plain: &Secret<String>, field: &'static str| {
            Ok(self.sealer.seal(plain, Place { object: id, field })?)
        };
        validate::check(wish, was, &seal)
    }
}

/// A subscription that was deleted: its invocations stay readable for a while (event-triggers.md
/// §1.10).
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Departed {
    /// Its id.
    pub id: String,
    /// Its number.
    pub number: i64,
    /// Its name.
    pub name: String,
    /// Its trigger.
    pub trigger_id: String,
}

impl Document for Departed {
    const KIND: &'static str = "departed-subscription";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &'static str {
        ""
    }
}

/// Makes a subscription.
pub fn create(tx: &mut Tx<'_>, desk: &Desk<'_>, body: &Value) -> Result<Subscription> {
    let wish = Wish::read(body)?;
    let trigger = validate::trigger(&wish, &Flags::load(tx)?)?;
    let id = random_uuid(desk.fill);
    let checked = desk.check(wish, &id, None)?;
    validate::fits(trigger.id, &checked.destination)?;
    let number = tx.next_numbers(SEQUENCE, 1)?;
    let others = tx.typed::<Subscription>().list()?;
    unique(&others, &checked.name, &id)?;
    let limit = desk.limits.of(trigger);
    if others
        .iter()
        .filter(|one| one.trigger_id == trigger.id)
        .count()
        >= limit
    {
        return Err(Error::LimitViolation {
            trigger: trigger.id.to_owned(),
            limit,
        });
    }
    let made = Subscription {
        settings: Settings {
            signing_secrets: vec![signing::make(desk, &id)?.0],
            ..Settings::default()
        },
        id,
        number,
        name: checked.name,
        description: checked.description,
        trigger_id: trigger.id.to_owned(),
        destination: checked.destination,
        response_deadline: checked.response_deadline,
        enabled: checked.enabled,
        disabled_because: None,
        filter: checked.filter,
        since: tx.events().last()?,
    };
    tx.typed().put(&made, desk.now)?;
    Ok(made)
}

/// Replaces a subscription: what is not sent gets its default, a secret that is not sent stays.
pub fn replace(tx: &mut Tx<'_>, desk: &Desk<'_>, id: &str, body: &Value) -> Result<Subscription> {
    let was = locked(tx, id)?;
    let wish = Wish::read(body)?;
    let changes_id = wish.id.as_ref().is_some_and(|sent| *sent != was.id);
    let changes_trigger = wish
        .trigger_id
        .as_ref()
        .is_some_and(|sent| *sent != was.trigger_id);
    for (field, changes) in [("id", changes_id), ("triggerId", changes_trigger)] {
        if changes {
            return Err(Error::IllegalUpdate {
                field: field.into(),
            });
        }
    }
    let checked = desk.check(wish, id, Some(&was))?;
    validate::fits(&was.trigger_id, &checked.destination)?;
    unique(&tx.typed::<Subscription>().list()?, &checked.name, id)?;
    let woken = checked.enabled && !was.enabled;
    let next = Subscription {
        name: checked.name,
        description: checked.description,
        destination: checked.destination,
        response_deadline: checked.response_deadline,
        enabled: checked.enabled,
        filter: checked.filter,
        disabled_because: was.disabled_because.filter(|_| !checked.enabled),
        // What happened while it was disabled is not for it (event-triggers.md §1.7).
        since: if woken {
            tx.events().last()?
        } else {
            was.since
        },
        ..was
    };
    tx.typed().put(&next, desk.now)?;
    Ok(next)
}

/// The subscription as clients see it.
pub fn current(tx: &mut Tx<'_>, id: &str) -> Result<Value> {
    Ok(to_wire(&find(tx, id)?))
}

/// Changes a subscription: `apply` gets it as clients see it and gives back what it shall be.
pub fn patch<E: From<Error>>(
    tx: &mut Tx<'_>,
    desk: &Desk<'_>,
    id: &str,
    apply: impl FnOnce(Value) -> Result<Value, E>,
) -> Result<Subscription, E> {
    let before = to_wire(&locked(tx, id)?);
    let after = apply(before.clone())?;
    refuse_illegal(&before, &after)?;
    Ok(replace(tx, desk, id, &after)?)
}

/// Removes a subscription and what waits for it.
pub fn delete(tx: &mut Tx<'_>, id: &str, now: Timestamp) -> Result<Subscription> {
    let gone = locked(tx, id)?;
    tx.typed::<Subscription>().delete(id)?;
    tx.deliveries().forget(gone.number)?;
    tx.rejections().forget(gone.number)?;
    abandon(tx, &gone, now)?;
    let departed = Departed {
        id: gone.id.clone(),
        number: gone.number,
        name: gone.name.clone(),
        trigger_id: gone.trigger_id.clone(),
    };
    tx.typed().put(&departed, now)?;
    forget_long_departed(tx, now)?;
    Ok(gone)
}

fn forget_long_departed(tx: &mut Tx<'_>, now: Timestamp) -> Result<()> {
    let departed = tx.documents(Departed::KIND).list()?;
    for one in departed.iter() {
        if now.millis_since(one.created) > DEPARTED_KEPT_MS {
            tx.typed::<Departed>().delete(&one.id)?;
        }
    }
    Ok(())
}

/// The subscription with that id.
pub fn find(tx: &mut Tx<'_>, id: &str) -> Result<Subscription> {
    tx.typed::<Subscription>().get(id)?.ok_or(Error::NotFound)
}

/// The subscription, with all other writers of subscriptions waiting.
pub(super) fn locked(tx: &mut Tx<'_>, id: &str) -> Result<Subscription> {
    tx.next_numbers(SEQUENCE, 0)?;
    find(tx, id)
}

fn unique(others: &[Subscription], name: &str, id: &str) -> Result<()> {
    let wanted = name.to_lowercase();
    let taken = |other: &&Subscription| other.id != id && other.name.to_lowercase() == wanted;
    match others.iter().find(taken) {
        Some(other) => Err(Error::ReferenceConflict {
            name: other.name.clone(),
        }),
        None => Ok(()),
    }
}

fn refuse_illegal(before: &Value, after: &Value) -> Result<()> {
    let refuse = |field: &str| {
        Err(Error::IllegalUpdate {
            field: field.to_owned(),
        })
    };
    let Some(members) = after.as_object() else {
        return refuse("/");
    };
    for fixed in ["id", "triggerId", "triggerName"] {
        if before.get(fixed) != after.get(fixed) {
            return refuse(fixed);
        }
    }
    match members
        .keys()
        .find(|name| !MEMBERS.contains(&name.as_str()))
    {
        Some(unknown) => refuse(unknown),
        None => Ok(()),
    }
}
