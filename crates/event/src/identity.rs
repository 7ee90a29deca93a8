//! Identity Created, Identity Attributes Changed, Identity Deleted (event-triggers.md §2.1, §2.9).

use muster_model::id::{EventId, IdentityId};
use muster_model::{AttributeMap, AttributeName, AttributeValue, Reference};

use crate::outbox;
use crate::value::{Value, object};

/// One attribute that changed. `None` means that it had, or has, no value.
#[derive(Clone, Debug, PartialEq)]
pub struct AttributeChange {
    /// The attribute's technical name.
    pub attribute: AttributeName,
    /// Its value before.
    pub old: Option<AttributeValue>,
    /// Its value after.
    pub new: Option<AttributeValue>,
}

impl AttributeChange {
    /// The change of an attribute from `old` to `new`; none where both say the same.
    pub fn between(
        attribute: impl Into<AttributeName>,
        old: Option<&AttributeValue>,
        new: Option<&AttributeValue>,
    ) -> Option<Self> {
        AttributeValue::differ(old, new).then(|| Self {
            attribute: attribute.into(),
            old: old.cloned(),
            new: new.cloned(),
        })
    }
}

/// What tells one event of an identity from the others: the identity's revision, which counts them.
/// Computed again after a crash, it is the same event.
pub fn distinction(identity: IdentityId, revision: i64) -> Vec<Vec<u8>> {
    vec![
        identity.0.to_be_bytes().to_vec(),
        revision.to_be_bytes().to_vec(),
    ]
}

/// The id of the event that told of an identity at that revision.
pub fn event_id(trigger: &str, identity: IdentityId, revision: i64) -> EventId {
    outbox::event_id(trigger, &distinction(identity, revision))
}

/// The body of Identity Attributes Changed. Both values are always there, null when absent.
pub fn attributes_changed(identity: &Reference, changes: &[AttributeChange]) -> Value {
    object([("identity", identity.into()), ("changes", changed(changes))])
}

/// The body of Identity Created: all attributes of the profile that have a value.
pub fn created(identity: &Reference, attributes: &AttributeMap) -> Value {
    object([
        ("identity", identity.into()),
        ("attributes", attributes.into()),
    ])
}

/// The body of Identity Deleted: the last attributes.
pub fn deleted(identity: &Reference, attributes: &AttributeMap) -> Value {
    created(identity, attributes)
}

pub(crate) fn changed(changes: &[AttributeChange]) -> Value {
    let change = |one: &AttributeChange| {
        object([
            ("attribute", (&*one.attribute).into()),
            ("oldValue", one.old.as_ref().into()),
            ("newValue", one.new.as_ref().into()),
        ])
    };
    Value::List(changes.iter().map(change).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The event of the seed document, byte for byte (event-triggers.md §2.9).
    #[test]
    fn a_changed_event_has_the_shape_of_the_seed() {
        let person = Reference::identity("ee769173319b41d19ccec6cea52f237b", "john.doe");
        let change = |name: &str, old: AttributeValue, new: AttributeValue| AttributeChange {
            attribute: name.into(),
            old: Some(old),
            new: Some(new),
        };
        let manager =
            |id: &str, name: &str| AttributeValue::Reference(Reference::identity(id, name));
        let changes = [
            change("department", "sales".into(), "marketing".into()),
            change(
                "manager",
                manager("1", "mary.major"),
                manager("2", "john.roe"),
            ),
            AttributeChange {
                attribute: "email".into(),
                old: Some("a@b.c".into()),
                new: None,
            },
        ];
        assert_eq!(
            serde_json::to_string(&attributes_changed(&person, &changes)).unwrap(),
            concat!(
                r#"{"identity":{"id":"ee769173319b41d19ccec6cea52f237b","name":"john.doe","type":"IDENTITY"},"#,
                r#""changes":[{"attribute":"department","oldValue":"sales","newValue":"marketing"},"#,
                r#"{"attribute":"manager","oldValue":{"id":"1","name":"mary.major","type":"IDENTITY"},"#,
                r#""newValue":{"id":"2","name":"john.roe","type":"IDENTITY"}},"#,
                r#"{"attribute":"email","oldValue":"a@b.c","newValue":null}]}"#
            )
        );
    }
}
