//! Attributes that a caller writes, read by the account schema of a delimited source.

use muster_model::{
    AttributeDefinition, AttributeMap, AttributeType, AttributeValue, Schema, Source,
};
use muster_store::Account;
use serde_json::Value;

use crate::problem::{Problem, quote};
use crate::resource::Object;
use crate::resources::sources::delimited;

/// Marks an account that a caller wrote: equal to no row of a file, so the next file is looked at.
pub(super) const WRITTEN_BY_HAND: [u8; 16] = [0; 16];

/// The account schema of a source whose accounts callers may write.
pub(super) fn schema(source: Option<&Source>) -> Result<&Schema, Problem> {
    let source = source.ok_or_else(|| {
        Problem::illegal_update("The source of this account is gone; remove the account.")
    })?;
    if source.kind != delimited::TYPE {
        return Err(Problem::illegal_update(format!(
            "The source {} is not a delimited file; only accounts of delimited files can be written.",
            source.name
        )));
    }
    source.account_schema().ok_or_else(|| {
        Problem::illegal_update(format!("The source {} has no account schema.", source.name))
    })
}

/// Reads attributes in the order of the schema.
pub(super) fn read(sent: &Object, schema: &Schema) -> Result<AttributeMap, Problem> {
    if let Some(unknown) = sent.keys().find(|name| schema.attribute(name).is_none()) {
        return Err(Problem::illegal_value(format!(
            "attributes.{}: the account schema has no such attribute.",
            quote(unknown)
        )));
    }
    let mut attributes = AttributeMap::with_capacity(sent.len());
    for definition in &schema.attributes {
        match sent.get(&definition.name) {
            None | Some(Value::Null) => {}
            Some(value) => {
                let value = read_one(value, definition)?;
                if !value.is_blank() {
                    attributes.set(definition.name.as_str(), value);
                }
            }
        }
    }
    Ok(attributes)
}

/// Puts attributes in the place of those of an account. Its key stays; its name follows.
pub(super) fn replace(
    account: &mut Account,
    mut next: AttributeMap,
    schema: &Schema,
) -> Result<(), Problem> {
    let key = schema.identity_attribute.as_str();
    match next.get(key).map(AttributeValue::to_text) {
        None => next.set(key, AttributeValue::from(account.native_identity.as_str())),
        Some(sent) if sent == account.native_identity => {}
        Some(_) => {
            return Err(Problem::illegal_update(format!(
                "attributes.{key} is the Account ID and cannot be changed; create another account."
            )));
        }
    }
    if let Some(name) = next.get(&schema.display_attribute) {
        account.name = name.to_text();
    }
    account.attributes = next;
    account.digest = WRITTEN_BY_HAND;
    account.origin = None;
    Ok(())
}

fn read_one(value: &Value, definition: &AttributeDefinition) -> Result<AttributeValue, Problem> {
    let wrong = |wanted: &str| {
        Problem::illegal_value(format!("attributes.{}: send {wanted}.", definition.name))
    };
    if definition.is_multi {
        let items = match value {
            Value::Array(items) => items.iter().map(text).collect(),
            single => text(single).map(|text| vec![text]),
        };
        return items
            .map(AttributeValue::List)
            .ok_or_else(|| wrong("a list of texts"));
    }
    let written = text(value).ok_or_else(|| wrong("a single value"))?;
    match definition.kind {
        AttributeType::String | AttributeType::Date => Ok(AttributeValue::Text(written)),
        AttributeType::Boolean => written
            .to_lowercase()
            .parse()
            .map(AttributeValue::Boolean)
            .map_err(|_| wrong("true or false")),
        AttributeType::Int | AttributeType::Long => written
            .parse()
            .map(AttributeValue::Integer)
            .map_err(|_| wrong("a whole number")),
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Bool(flag) => Some(flag.to_string()),
        Value::Number(number) => Some(number.to_string()),
        _ => None,
    }
}
