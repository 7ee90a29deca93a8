//! Native Change Account Created, Updated, Deleted: an aggregation found that an account was changed
//! outside of the product, on a source that watches for it (event-triggers.md §2.3).

use muster_model::Reference;

use crate::account_difference::Difference;
use crate::account_happened::{Account, Happening, Person, Source};
use crate::value::{Key, Value, object};

/// The trigger's id. The vendor publishes the page and not the id, so the name is Muster's.
pub const fn trigger(happening: Happening) -> &'static str {
    match happening {
        Happening::Created => crate::NATIVE_CHANGE_CREATED,
        Happening::Updated => crate::NATIVE_CHANGE_UPDATED,
        Happening::Deleted => crate::NATIVE_CHANGE_DELETED,
    }
}

/// What is monitored, in the words of the configuration and of `eventType`.
pub const fn operation(happening: Happening) -> &'static str {
    match happening {
        Happening::Created => "ACCOUNT_CREATED",
        Happening::Updated => "ACCOUNT_UPDATED",
        Happening::Deleted => "ACCOUNT_DELETED",
    }
}

/// The body of the three events.
pub fn changed(
    happening: Happening,
    source: Source<'_>,
    account: &Account<'_>,
    (person, manager): (&Person, Option<&Person>),
    difference: &Difference,
) -> Value {
    let mut body = object([
        ("eventType", operation(happening).into()),
        ("identity", identity(person, manager)),
        (
            "source",
            object([
                ("id", source.reference.id.as_str().into()),
                ("name", source.reference.name.as_str().into()),
                ("alias", source.alias().into()),
                ("type", "SOURCE".into()),
                ("owner", source.owner.map(owner).into()),
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
                ("type", "ACCOUNT".into()),
            ]),
        ),
    ]);
    if let Value::Object(members) = &mut body {
        let more = difference.members();
        members.extend(more.map(|(name, value)| (Key::Known(name), value)));
    }
    body
}

fn identity(person: &Person, manager: Option<&Person>) -> Value {
    let mut shown = object([
        ("id", person.id.as_str().into()),
        ("name", person.name.as_str().into()),
        ("alias", person.alias.as_str().into()),
        ("email", person.email.as_deref().into()),
        ("type", "IDENTITY".into()),
    ]);
    if let (Some(manager), Value::Object(members)) = (manager, &mut shown) {
        let manager = object([
            ("id", manager.id.as_str().into()),
            ("name", manager.name.as_str().into()),
            ("email", manager.email.as_deref().into()),
            ("type", "IDENTITY".into()),
        ]);
        members.push((Key::Known("manager"), manager));
    }
    shown
}

/// The mail address of a source's owner is not kept with the source.
fn owner(owner: &Reference) -> Value {
    object([
        ("id", owner.id.as_str().into()),
        ("name", owner.name.as_str().into()),
        ("email", Value::Null),
        ("type", "IDENTITY".into()),
    ])
}
