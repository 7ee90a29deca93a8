//! What an identity was before a change, in as few bytes as that takes: what the change left as it was
//! is read from the version after it. One changed department takes about 30 bytes, most of them the
//! id of the run.
//!
//! The layout: a byte of flags; the run and the moment of the version; the members that differ, in
//! the order of their flags; then the attributes that differ, to the end. Numbers are stored: never
//! reuse one.

use muster_model::id::{IdentityId, ProfileId, TaskId};
use muster_model::{
    AttributeMap, AttributeName, AttributeValue, Reference, ReferenceType, Timestamp,
};

use crate::error::{Error, Result};
use crate::identities::{Identity, Stage};
use crate::packed::{Reader, Writer};

/// An event told of the change.
const TOLD: u8 = 1;
/// All attributes follow, not only those that differ.
const WHOLE: u8 = 1 << 1;
/// A second byte of flags follows, with members that differ.
const MEMBERS: u8 = 1 << 2;

const STAGE: u8 = 1;
const PROFILE: u8 = 1 << 1;
const NAME: u8 = 1 << 2;
const ALIAS: u8 = 1 << 3;
const MANAGER: u8 = 1 << 4;
const LIFECYCLE: u8 = 1 << 5;
const PROBLEMS: u8 = 1 << 6;

/// There was none.
const NONE: u8 = 0;
/// It was what the attribute of the same meaning says.
const AS_ATTRIBUTE: u8 = 1;
/// It follows.
const OWN: u8 = 2;

/// Names that take one byte: an attribute's number is its place here, from 1.
const NAMES: [&str; 27] = [
    "uid",
    "email",
    "firstname",
    "lastname",
    "displayName",
    "identificationNumber",
    "personalEmail",
    "phone",
    "manager",
    "cloudLifecycleState",
    "middleName",
    "preferredName",
    "initials",
    "title",
    "organization",
    "department",
    "costCenter",
    "location",
    "locationCode",
    "streetAddress",
    "city",
    "state",
    "postalCode",
    "country",
    "startDate",
    "endDate",
    "identityState",
];
/// The name follows as text.
const OTHER_NAME: u8 = 0;
/// The attribute had a value and has none after the change; its place among the others follows.
const PLACED: u8 = 1 << 7;

const ABSENT: u64 = 0;
const FALSE: u64 = 1;
const TRUE: u64 = 2;
const INTEGER: u64 = 3;
const LIST: u64 = 4;
const IDENTITY: u64 = 5;
const REFERENCE: u64 = 6;
/// This and above: a text of so many bytes more.
const TEXT: u64 = 8;

/// What `before` was, to be read with `after` at hand.
pub(crate) fn pack(before: &Identity, after: &Identity) -> Result<Vec<u8>> {
    let entries = changed(&before.attributes, &after.attributes);
    let is_enough = applied(entries.clone(), &after.attributes) == before.attributes;
    let members = differing_members(before, after);
    let mut flags = 0;
    for (flag, is_set) in [
        (TOLD, after.revision != before.revision),
        (WHOLE, !is_enough),
        (MEMBERS, members != 0),
    ] {
        if is_set {
            flags |= flag;
        }
    }
    let mut out = Writer::default();
    out.byte(flags);
    out.bits(before.cause.0);
    out.signed(before.modified.as_micros() - begun_micros(before.cause));
    if members != 0 {
        out.byte(members);
        write_members(&mut out, before, members)?;
    }
    if is_enough {
        for entry in entries {
            write_entry(&mut out, &entry)?;
        }
    } else {
        for (name, value) in before.attributes.iter() {
            write_entry(&mut out, &Entry::value(name, Some(value)))?;
        }
    }
    Ok(out.finish())
}

/// The version before `after`.
pub(crate) fn unpack(bytes: &[u8], after: &Identity) -> Result<Identity> {
    let mut from = Reader::of(bytes);
    let flags = from.byte()?;
    let cause = TaskId(from.bits()?);
    let modified = begun_micros(cause).wrapping_add(from.signed()?);
    let mut before = Identity {
        version: after.version - 1,
        revision: after.revision - i64::from(flags & TOLD != 0),
        modified: Timestamp::from_micros(modified),
        cause,
        ..after.clone()
    };
    let members = if flags & MEMBERS == 0 {
        0
    } else {
        from.byte()?
    };
    let (manager, lifecycle) = read_members(&mut from, &mut before, members)?;
    let mut entries = Vec::new();
    while !from.is_at_end() {
        entries.push(read_entry(&mut from)?);
    }
    before.attributes = if flags & WHOLE == 0 {
        applied(entries, &after.attributes)
    } else {
        applied(entries, &AttributeMap::default())
    };
    if manager {
        before.manager_id = manager_of(&before.attributes);
    }
    if lifecycle {
        before.lifecycle = lifecycle_of(&before.attributes);
    }
    Ok(before)
}

/// Ids of runs begin with the moment of the run, so that the moment of a version is a short way off.
fn begun_micros(cause: TaskId) -> i64 {
    ((cause.0 >> 80) as i64).wrapping_mul(1_000)
}

fn manager_of(attributes: &AttributeMap) -> Option<IdentityId> {
    match attributes.get("manager")? {
        AttributeValue::Reference(reference) => reference.id.parse().ok(),
        _ => None,
    }
}

fn lifecycle_of(attributes: &AttributeMap) -> Option<String> {
    attributes
        .get("cloudLifecycleState")
        .map(AttributeValue::to_text)
}

fn differing_members(before: &Identity, after: &Identity) -> u8 {
    [
        (STAGE, before.stage != after.stage),
        (PROFILE, before.profile_id != after.profile_id),
        (NAME, before.name != after.name),
        (ALIAS, before.alias != after.alias),
        (MANAGER, before.manager_id != after.manager_id),
        (LIFECYCLE, before.lifecycle != after.lifecycle),
        (PROBLEMS, before.problems != after.problems),
    ]
    .into_iter()
    .filter(|(_, differs)| *differs)
    .fold(0, |all, (flag, _)| all | flag)
}

fn write_members(out: &mut Writer, before: &Identity, members: u8) -> Result<()> {
    if members & STAGE != 0 {
        out.byte(before.stage as u8);
    }
    if members & PROFILE != 0 {
        match before.profile_id {
            None => out.byte(NONE),
            Some(profile) => {
                out.byte(OWN);
                out.bits(profile.0);
            }
        }
    }
    if members & NAME != 0 {
        out.text(&before.name);
    }
    if members & ALIAS != 0 {
        out.text(&before.alias);
    }
    if members & MANAGER != 0 {
        match before.manager_id {
            None => out.byte(NONE),
            Some(_) if before.manager_id == manager_of(&before.attributes) => {
                out.byte(AS_ATTRIBUTE);
            }
            Some(manager) => {
                out.byte(OWN);
                out.bits(manager.0);
            }
        }
    }
    if members & LIFECYCLE != 0 {
        match &before.lifecycle {
            None => out.byte(NONE),
            Some(_) if before.lifecycle == lifecycle_of(&before.attributes) => {
                out.byte(AS_ATTRIBUTE);
            }
            Some(state) => {
                out.byte(OWN);
                out.text(state);
            }
        }
    }
    if members & PROBLEMS != 0 {
        match &before.problems {
            None => out.byte(NONE),
            Some(problems) => {
                out.byte(OWN);
                out.text(&serde_json::to_string(problems)?);
            }
        }
    }
    Ok(())
}

/// Reads members; tells whether manager and lifecycle state are what their attributes say.
fn read_members(from: &mut Reader<'_>, before: &mut Identity, members: u8) -> Result<(bool, bool)> {
    let (mut manager, mut lifecycle) = (false, false);
    if members & STAGE != 0 {
        before.stage = Stage::from_number(i64::from(from.byte()?))?;
    }
    if members & PROFILE != 0 {
        before.profile_id = match from.byte()? {
            NONE => None,
            _ => Some(ProfileId(from.bits()?)),
        };
    }
    if members & NAME != 0 {
        from.text()?.clone_into(&mut before.name);
    }
    if members & ALIAS != 0 {
        from.text()?.clone_into(&mut before.alias);
    }
    if members & MANAGER != 0 {
        let kind = from.byte()?;
        manager = kind == AS_ATTRIBUTE;
        before.manager_id = match kind {
            OWN => Some(IdentityId(from.bits()?)),
            _ => None,
        };
    }
    if members & LIFECYCLE != 0 {
        let kind = from.byte()?;
        lifecycle = kind == AS_ATTRIBUTE;
        before.lifecycle = match kind {
            OWN => Some(from.text()?.to_owned()),
            _ => None,
        };
    }
    if members & PROBLEMS != 0 {
        before.problems = match from.byte()? {
            NONE => None,
            _ => Some(serde_json::from_str(from.text()?)?),
        };
    }
    Ok((manager, lifecycle))
}

/// What one attribute was.
#[derive(Clone)]
struct Entry {
    name: AttributeName,
    /// Its place among all, where the version after has none of that name.
    place: Option<usize>,
    value: Option<AttributeValue>,
}

impl Entry {
    fn value(name: &AttributeName, value: Option<&AttributeValue>) -> Self {
        Self {
            name: name.clone(),
            place: None,
            value: value.cloned(),
        }
    }
}

/// The attributes that differ, those that went in the order of their places.
fn changed(before: &AttributeMap, after: &AttributeMap) -> Vec<Entry> {
    let came = after
        .iter()
        .filter(|(name, _)| before.get(name).is_none())
        .map(|(name, _)| Entry::value(name, None));
    let differ = before
        .iter()
        .enumerate()
        .filter_map(|(place, (name, old))| match after.get(name) {
            None => Some(Entry {
                place: Some(place),
                ..Entry::value(name, Some(old))
            }),
            Some(new) if new != old => Some(Entry::value(name, Some(old))),
            Some(_) => None,
        });
    came.chain(differ).collect()
}

/// The attributes before, from those after and what differs.
fn applied(entries: Vec<Entry>, after: &AttributeMap) -> AttributeMap {
    let mut all: Vec<(AttributeName, AttributeValue)> = after
        .iter()
        .map(|(name, value)| (name.clone(), value.clone()))
        .collect();
    for Entry { name, place, value } in entries {
        let known = all.iter().position(|(known, _)| *known == name);
        match (known, value) {
            (Some(at), Some(value)) => all[at].1 = value,
            (Some(at), None) => drop(all.remove(at)),
            (None, Some(value)) => {
                let place = place.unwrap_or(all.len()).min(all.len());
                all.insert(place, (name, value));
            }
            (None, None) => {}
        }
    }
    all.into_iter().collect()
}

fn write_entry(out: &mut Writer, entry: &Entry) -> Result<()> {
    let number = NAMES.iter().position(|name| *name == &*entry.name);
    let number = number.map_or(OTHER_NAME, |at| at as u8 + 1);
    let placed = if entry.place.is_some() { PLACED } else { 0 };
    out.byte(number | placed);
    if number == OTHER_NAME {
        out.text(&entry.name);
    }
    if let Some(place) = entry.place {
        out.number(place as u64);
    }
    match &entry.value {
        None => out.number(ABSENT),
        Some(AttributeValue::Boolean(flag)) => out.number(if *flag { TRUE } else { FALSE }),
        Some(AttributeValue::Integer(number)) => {
            out.number(INTEGER);
            out.signed(*number);
        }
        Some(AttributeValue::Text(text)) => {
            out.number(TEXT + text.len() as u64);
            out.bytes(text.as_bytes());
        }
        Some(AttributeValue::List(items)) => {
            out.number(LIST);
            out.number(items.len() as u64);
            for item in items {
                out.text(item);
            }
        }
        Some(AttributeValue::Reference(reference)) => write_reference(out, reference)?,
    }
    Ok(())
}

fn write_reference(out: &mut Writer, reference: &Reference) -> Result<()> {
    let id = reference.id.parse::<IdentityId>().ok();
    match id.filter(|id| id.to_string() == reference.id) {
        Some(id) if reference.kind == ReferenceType::Identity => {
            out.number(IDENTITY);
            out.bits(id.0);
            out.text(&reference.name);
        }
        _ => {
            out.number(REFERENCE);
            out.text(&serde_json::to_string(reference)?);
        }
    }
    Ok(())
}

fn read_entry(from: &mut Reader<'_>) -> Result<Entry> {
    let head = from.byte()?;
    let name: AttributeName = match head & !PLACED {
        OTHER_NAME => from.text()?.into(),
        number => NAMES
            .get(usize::from(number) - 1)
            .copied()
            .ok_or_else(|| Error::Corrupt(format!("no attribute has the number {number}")))?
            .into(),
    };
    let place = if head & PLACED == 0 {
        None
    } else {
        Some(from.number()? as usize)
    };
    let value = match from.number()? {
        ABSENT => None,
        FALSE => Some(AttributeValue::Boolean(false)),
        TRUE => Some(AttributeValue::Boolean(true)),
        INTEGER => Some(AttributeValue::Integer(from.signed()?)),
        LIST => {
            let count = from.number()?;
            let items = (0..count).map(|_| Ok(from.text()?.to_owned()));
            Some(AttributeValue::List(items.collect::<Result<_>>()?))
        }
        IDENTITY => {
            let id = IdentityId(from.bits()?).to_string();
            let reference = Reference::identity(id, from.text()?);
            Some(AttributeValue::Reference(reference))
        }
        REFERENCE => {
            let reference = serde_json::from_str(from.text()?)?;
            Some(AttributeValue::Reference(reference))
        }
        text @ TEXT.. => Some(AttributeValue::from(from.text_of((text - TEXT) as usize)?)),
        other => {
            return Err(Error::Corrupt(format!(
                "a value of an earlier version is of kind {other}"
            )));
        }
    };
    Ok(Entry { name, place, value })
}

#[cfg(test)]
mod tests;
