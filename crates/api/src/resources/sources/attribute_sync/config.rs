//! Which attributes of people the accounts of a source follow.
//!
//! The vendor takes the pairs from the form that makes new accounts, and lets a caller enable and disable
//! them. There is no such form yet: the pairs are those that a new profile on the source would map the
//! other way round, and a caller may add pairs.

use std::collections::HashSet;

use muster_model::attribute_sync::SyncedAttribute;
use muster_model::{AttributeSync, IdentityAttribute, Reference, Schema, Source};
use muster_store::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::call::{Call, Trace};
use crate::handler::Json;
use crate::limits::SYNCED_ATTRIBUTES_MAX;
use crate::problem::{Problem, quote};
use crate::resources::identity_profiles::defaults::counterpart;
use crate::resources::sources::find;

/// The attribute that holds a reference to a person, which is no value of an account.
const MANAGER: &str = "manager";

/// The configuration on the wire.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AttrSyncSourceConfig")]
pub(super) struct Config {
    /// The source.
    source: SourceOf,
    /// What follows what.
    attributes: Vec<Attribute>,
}

/// The source that a configuration is of.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[schemars(rename = "AttrSyncSource")]
struct SourceOf {
    /// Always `SOURCE`.
    #[serde(rename = "type", default)]
    kind: Option<String>,
    /// Its id.
    #[serde(default)]
    id: Option<String>,
    /// Its name.
    #[serde(default)]
    name: Option<String>,
}

/// An identity attribute and the account attribute that follows it.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
#[schemars(rename = "AttrSyncSourceAttributeConfig")]
struct Attribute {
    /// The identity attribute.
    name: String,
    /// Its name for people; not read.
    #[serde(default)]
    display_name: String,
    /// Whether it is synchronised.
    enabled: bool,
    /// The account attribute.
    target: String,
}

/// `GET /sources/{id}/attribute-sync-config`
pub(super) fn get(call: &Call, (): ()) -> Result<Json<Config>, Problem> {
    call.org().read(|tx| {
        let source = find(call.id(), tx, call)?;
        show(&source, tx).map(Json)
    })
}

/// `PUT /sources/{id}/attribute-sync-config`
pub(super) fn put(call: &Call, Json(sent): Json<Config>) -> Result<Json<Config>, Problem> {
    call.org().write(|tx| {
        let source = find(call.id(), tx, call)?;
        let next = read(sent, &source, tx)?;
        let before = show(&source, tx)?;
        let was = tx.typed::<AttributeSync>().get(&source.id)?;
        if was.as_ref() != Some(&next) {
            tx.typed::<AttributeSync>().put(&next, call.now())?;
            // What another configuration found says nothing any more.
            tx.sync_plans().forget(source.source_id())?;
        }
        let after = show(&source, tx)?;
        let json =
            |config: &Config| serde_json::to_value(config).map_err(|error| Problem::hidden(&error));
        let (before, shown) = (json(&before)?, json(&after)?);
        if before != shown {
            let trace = Trace {
                action: "update",
                kind: "attribute-sync",
                id: &source.id,
                before: Some(&before),
                after: Some(&shown),
            };
            call.audit(tx, trace)?;
        }
        Ok(Json(after))
    })
}

/// What is stored, and below it the pairs that could be enabled.
fn show(source: &Source, tx: &mut Tx<'_>) -> Result<Config, Problem> {
    let known = tx.typed::<IdentityAttribute>().list()?;
    let stored = tx.typed::<AttributeSync>().get(&source.id)?;
    let mut pairs = stored.unwrap_or_default().attributes;
    if let Some(schema) = source.account_schema() {
        for attribute in known.iter().filter(|one| follows(one)) {
            let target = counterpart(&attribute.name, schema);
            let is_told = pairs.iter().any(|pair| pair.name == attribute.name);
            if let Some(target) = target.filter(|target| !is_told && !is_key(schema, target)) {
                pairs.push(SyncedAttribute {
                    name: attribute.name.clone(),
                    target: target.to_owned(),
                    enabled: false,
                });
            }
        }
    }
    let display_name = |name: &str| {
        let attribute = known.iter().find(|known| known.name == name);
        attribute.map_or_else(|| name.to_owned(), |known| known.display_name.clone())
    };
    let Reference { id, name, .. } = source.reference();
    Ok(Config {
        source: SourceOf {
            kind: Some("SOURCE".to_owned()),
            id: Some(id),
            name: Some(name),
        },
        attributes: pairs
            .into_iter()
            .map(|pair| Attribute {
                display_name: display_name(&pair.name),
                name: pair.name,
                enabled: pair.enabled,
                target: pair.target,
            })
            .collect(),
    })
}

/// Whether accounts can follow an attribute.
fn follows(attribute: &IdentityAttribute) -> bool {
    !attribute.system && attribute.name != MANAGER
}

fn is_key(schema: &Schema, target: &str) -> bool {
    schema.identity_attribute == target
}

/// Reads what was sent and refuses what could never be done.
fn read(sent: Config, source: &Source, tx: &mut Tx<'_>) -> Result<AttributeSync, Problem> {
    if sent.source.id.is_some_and(|id| id != source.id) {
        return Err(Problem::illegal_update(
            "source.id cannot be changed; send the id of the path.",
        ));
    }
    if sent.attributes.len() > SYNCED_ATTRIBUTES_MAX {
        return Err(Problem::limit(format!(
            "attributes has more than {SYNCED_ATTRIBUTES_MAX} entries."
        )));
    }
    let known = tx.typed::<IdentityAttribute>().list()?;
    let no_schema = Schema::default();
    let schema = source.account_schema().unwrap_or(&no_schema);
    let mut names = HashSet::new();
    let mut targets = HashSet::new();
    for (at, pair) in sent.attributes.iter().enumerate() {
        let wrong = |member: &str, why: String| {
            Err(Problem::illegal_value(format!(
                "attributes[{at}].{member}: {why}"
            )))
        };
        let (name, target) = (quote(&pair.name), quote(&pair.target));
        if !known
            .iter()
            .any(|one| one.name == pair.name && follows(one))
        {
            return wrong(
                "name",
                format!("\"{name}\" is no identity attribute that accounts can follow."),
            );
        }
        if schema.attribute(&pair.target).is_none() {
            return wrong(
                "target",
                format!("the account schema has no attribute \"{target}\"."),
            );
        }
        if is_key(schema, &pair.target) {
            return wrong(
                "target",
                format!("\"{target}\" is the Account ID, which stays as it is."),
            );
        }
        if !names.insert(&pair.name) {
            return wrong("name", format!("\"{name}\" is there twice."));
        }
        if pair.enabled && !targets.insert(&pair.target) {
            return wrong(
                "target",
                format!("\"{target}\" already follows another attribute."),
            );
        }
    }
    let attributes = sent.attributes.into_iter();
    Ok(AttributeSync {
        source_id: source.id.clone(),
        attributes: attributes
            .map(|pair| SyncedAttribute {
                name: pair.name,
                target: pair.target,
                enabled: pair.enabled,
            })
            .collect(),
    })
}
