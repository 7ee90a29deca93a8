//! Account Created, Account Updated, Account Deleted, second version (event-triggers.md §2.3).

use muster_model::{AttributeMap, Reference};

use crate::account_difference::Difference;
use crate::value::{Key, Value, object};

/// What happened to an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Happening {
    /// It appeared.
    Created,
    /// It is different now.
    Updated,
    /// It is gone.
    Deleted,
}

impl Happening {
    /// The trigger's id.
    pub const fn trigger(self) -> &'static str {
        match self {
            Self::Created => crate::ACCOUNT_CREATED,
            Self::Updated => crate::ACCOUNT_UPDATED,
            Self::Deleted => crate::ACCOUNT_DELETED,
        }
    }

    const fn kind(self) -> &'static str {
        match self {
            Self::Created => "ACCOUNT_CREATED_V2",
            Self::Updated => "ACCOUNT_UPDATED_V2",
            Self::Deleted => "ACCOUNT_DELETED_V2",
        }
    }
}

/// A source as the newer account events show it.
#[derive(Clone, Copy, Debug)]
pub struct Source<'a> {
    /// Its id and name.
    pub reference: &'a Reference,
    /// Who answers for it.
    pub owner: Option<&'a Reference>,
}

impl Source<'_> {
    /// The name that never changes meaning: "NAME \[source\]" (aggregation-refresh.md §1.1).
    pub(crate) fn alias(&self) -> String {
        format!("{} [source]", self.reference.name)
    }
}

/// The identity whose the account is, or one that stands in where it is nobody's.
#[derive(Clone, Debug, Default)]
pub struct Person {
    /// Its id.
    pub id: String,
    /// Its display name.
    pub name: String,
    /// Its user name.
    pub alias: String,
    /// Its mail address.
    pub email: Option<String>,
}

/// An account as the newer account events show it.
#[derive(Clone, Copy, Debug)]
pub struct Account<'a> {
    /// Its id.
    pub id: &'a str,
    /// Its display name.
    pub name: &'a str,
    /// Its key on the source.
    pub native_identity: &'a str,
    /// Whether it is somebody's.
    pub correlated: bool,
    /// What the source says of it.
    pub attributes: &'a AttributeMap,
}

/// The body of the three events; the difference is told of an update only. Aggregations are the only
/// cause so far.
pub fn happened(
    happening: Happening,
    source: Source<'_>,
    account: &Account<'_>,
    person: &Person,
    difference: &Difference,
) -> Value {
    let owner = source.owner.map(|owner| {
        object([
            ("id", owner.id.as_str().into()),
            ("name", owner.name.as_str().into()),
        ])
    });
    let mut body = object([
        (
            "event",
            object([
                ("type", happening.kind().into()),
                ("cause", "AGGREGATION".into()),
            ]),
        ),
        (
            "source",
            object([
                ("id", source.reference.id.as_str().into()),
                ("name", source.reference.name.as_str().into()),
                ("alias", source.alias().into()),
                ("owner", owner.into()),
                ("governanceGroup", Value::Null),
            ]),
        ),
        (
            "account",
            object([
                ("id", account.id.into()),
                ("name", account.name.into()),
                ("nativeIdentity", account.native_identity.into()),
                ("uuid", Value::Null),
                ("correlated", Value::Boolean(account.correlated)),
                ("isMachine", Value::Boolean(false)),
                ("origin", "AGGREGATED".into()),
                ("attributes", account.attributes.into()),
            ]),
        ),
        (
            "identity",
            object([
                ("id", person.id.as_str().into()),
                ("name", person.name.as_str().into()),
                ("alias", person.alias.as_str().into()),
                ("email", person.email.as_deref().into()),
            ]),
        ),
    ]);
    if let (Happening::Updated, Value::Object(members)) = (happening, &mut body) {
        let more = difference.members();
        members.extend(more.map(|(name, value)| (Key::Known(name), value)));
    }
    body
}
