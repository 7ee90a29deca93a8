//! A source between the wire and the store: what is completed, checked, kept and shown.

use std::borrow::Cow;

use muster_event::source::Happening;
use muster_model::{Document, IdentityProfile, Source};
use muster_store::{RawDocument, Tx};
use schemars::{JsonSchema, Schema, SchemaGenerator};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::{Value, json};

use super::shape::SourceShape;
use super::{change, delimited, events, own, secrets};
use crate::call::Call;
use crate::people::AuthUser;
use crate::problem::{Problem, quote};
use crate::resource::{Object, Resource};

/// Members of the wire that are kept as they are and given back.
const PASSING_THROUGH: [&str; 9] = [
    "cluster",
    "accountCorrelationRule",
    "managerCorrelationRule",
    "beforeProvisioningRule",
    "passwordPolicies",
    "connectorClass",
    "managementWorkgroup",
    "credentialProviderEnabled",
    "category",
];

/// The bounds of a delete threshold, in percent.
const THRESHOLD_MAX: i64 = 100;

/// A source as it is stored.
#[derive(Clone, Debug, PartialEq, Serialize)]
#[serde(transparent)]
pub(crate) struct StoredSource(pub(crate) Source);

impl<'de> Deserialize<'de> for StoredSource {
    /// Clients send null for members that they leave empty (api-surface.md §1).
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut members = Object::deserialize(deserializer)?;
        members.retain(|_, value| !value.is_null());
        serde_path_to_error::deserialize(Value::Object(members))
            .map(Self)
            .map_err(|error| match error.path().to_string().as_str() {
                "." => D::Error::custom(error.inner()),
                path => D::Error::custom(format!("{path}: {}", error.inner())),
            })
    }
}

impl JsonSchema for StoredSource {
    fn schema_name() -> Cow<'static, str> {
        SourceShape::schema_name()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        SourceShape::json_schema(generator)
    }
}

impl Document for StoredSource {
    const KIND: &'static str = Source::KIND;

    fn id(&self) -> &str {
        &self.0.id
    }

    fn name(&self) -> &str {
        &self.0.name
    }
}

impl Resource for StoredSource {
    fn before_save(
        &mut self,
        was: Option<&Self>,
        tx: &mut Tx<'_>,
        call: &Call,
    ) -> Result<(), Problem> {
        let source = &mut self.0;
        if source.name.trim().is_empty() {
            return Err(Problem::required("name is empty; give the source a name."));
        }
        match was {
            None => delimited::complete(source, call)?,
            Some(was) => keep(source, &was.0, tx)?,
        }
        secrets::seal(source, was.map(|was| &was.0), call)?;
        if let Some(StoredSource(was)) = was
            && !same_reading(source, was)
        {
            source.reading_version += 1;
        }
        source
            .other
            .retain(|name, _| PASSING_THROUGH.contains(&name.as_str()));
        if source
            .delete_threshold
            .is_some_and(|threshold| !(0..=THRESHOLD_MAX).contains(&threshold))
        {
            return Err(Problem::illegal_value(
                "deleteThreshold: write a whole number from 0 to 100.",
            ));
        }
        delimited::check(source)?;
        check_owner(source, was.map(|was| &was.0), tx)?;
        // A sub-administrator may give a source of theirs away, but not make one for others.
        match was {
            None => own::check(source.owner.as_ref(), call),
            Some(_) => Ok(()),
        }
    }

    fn admit(stored: &RawDocument, call: &Call) -> Result<(), Problem> {
        let source: Source = stored.read()?;
        own::check(source.owner.as_ref(), call)
    }

    fn after_save(&self, was: Option<&Self>, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
        change::index_new_keys(was.map(|was| &was.0), &self.0, tx, call)?;
        match was {
            None => events::tell(Happening::Created, &self.0, tx, call),
            Some(was) if was == self => Ok(()),
            Some(_) => events::tell(Happening::Updated, &self.0, tx, call),
        }
    }

    fn present(
        wire: &mut Object,
        stored: &RawDocument,
        tx: &mut Tx<'_>,
        _: &Call,
    ) -> Result<(), Problem> {
        let source: Source = stored.read()?;
        if let Some(attributes) = wire.get_mut("connectorAttributes") {
            secrets::hide(attributes);
        }
        let schemas: Vec<Value> = source
            .schema_objects
            .iter()
            .map(|schema| json!({ "type": "CONNECTOR_SCHEMA", "id": schema.id, "name": schema.name }))
            .collect();
        wire.insert("schemas".to_owned(), Value::from(schemas));
        let correlation = &source.correlation;
        if !correlation.id.is_empty() {
            wire.insert(
                "accountCorrelationConfig".to_owned(),
                json!({
                    "type": "ACCOUNT_CORRELATION_CONFIG",
                    "id": correlation.id,
                    "name": correlation.name,
                }),
            );
        }
        let authoritative = profile_of(&source.id, tx)?.is_some();
        wire.insert("authoritative".to_owned(), Value::from(authoritative));
        if source.status.is_empty() {
            wire.remove("status");
        }
        if source.kind == delimited::TYPE {
            delimited::present(wire);
        }
        Ok(())
    }
}

/// The identity profile that makes identities of a source's accounts.
pub(crate) fn profile_of(
    source: &str,
    tx: &mut Tx<'_>,
) -> Result<Option<IdentityProfile>, Problem> {
    let profiles = tx.typed::<IdentityProfile>().list()?;
    Ok(profiles
        .into_iter()
        .find(|profile| profile.authoritative_source.id == source))
}

/// Whether accounts mean the same under both. The rule for managers counts: people whose account stays
/// as it is have another manager under another rule.
fn same_reading(now: &Source, was: &Source) -> bool {
    now.manager_correlation_mapping == was.manager_correlation_mapping
        && secrets::same_reading(&now.connector_attributes, &was.connector_attributes)
}

/// What a change leaves as it was.
fn keep(source: &mut Source, was: &Source, tx: &mut Tx<'_>) -> Result<(), Problem> {
    source.status.clone_from(&was.status);
    source.healthy = was.healthy;
    if let Some(sent) = source.other.remove("authoritative") {
        let authoritative = profile_of(&source.id, tx)?.is_some();
        if sent.as_bool().is_some_and(|sent| sent != authoritative) {
            return Err(Problem::illegal_update(
                "authoritative follows from the identity profiles; create one on this source, or \
                 delete it.",
            ));
        }
    }
    Ok(())
}

/// The owner is known, and called by the name it has today.
fn check_owner(source: &mut Source, was: Option<&Source>, tx: &mut Tx<'_>) -> Result<(), Problem> {
    let Some(owner) = &mut source.owner else {
        return Err(Problem::required(
            "owner is required; send {\"type\": \"IDENTITY\", \"id\": …}.",
        ));
    };
    let unchanged = was
        .and_then(|was| was.owner.as_ref())
        .is_some_and(|before| before.id == owner.id);
    let identity = match owner.id.parse() {
        Ok(id) => tx.identities().get(id)?,
        Err(_) => None,
    };
    match (identity, tx.typed::<AuthUser>().get(&owner.id)?) {
        (Some(identity), _) => owner.name = identity.name,
        (None, Some(user)) => owner.name = user.display_name,
        // An owner who has left must not stop other changes.
        (None, None) if unchanged => {}
        (None, None) => {
            return Err(Problem::referenced_not_found(format!(
                "owner: there is no identity with the id \"{}\".",
                quote(&owner.id)
            )));
        }
    }
    Ok(())
}
