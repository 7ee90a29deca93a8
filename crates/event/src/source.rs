//! Source Created, Source Updated, Source Deleted (event-triggers.md §2.5).

use muster_model::{Reference, Timestamp};

use crate::value::{Key, Value, object};

/// What happened to a source; each has its own name for the moment.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It was made.
    Created,
    /// Its configuration changed.
    Updated,
    /// It was removed.
    Deleted,
}

impl Happening {
    /// The trigger's id.
    pub const fn trigger(self) -> &'static str {
        match self {
            Self::Created => crate::SOURCE_CREATED,
            Self::Updated => crate::SOURCE_UPDATED,
            Self::Deleted => crate::SOURCE_DELETED,
        }
    }

    const fn moment(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Updated => "modified",
            Self::Deleted => "deleted",
        }
    }
}

/// A source as these events show it.
#[derive(Clone, Debug)]
pub struct Source<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its name.
    pub name: &'a str,
    /// Its type, such as `DelimitedFile`.
    pub kind: &'a str,
    /// Its connector.
    pub connector: &'a str,
}

/// The body of the three events.
pub fn happened(
    happening: Happening,
    source: &Source<'_>,
    at: Timestamp,
    actor: &Reference,
) -> Value {
    let mut body = object([
        ("id", source.id.into()),
        ("name", source.name.into()),
        ("type", source.kind.into()),
    ]);
    if let Value::Object(members) = &mut body {
        members.push((Key::Known(happening.moment()), at.to_string().into()));
        members.push((Key::Known("connector"), source.connector.into()));
        members.push((Key::Known("actor"), actor.into()));
    }
    body
}
