//! What depends on a source, for those who want to delete it.

use muster_model::IdentityProfile;
use serde_json::{Value, json};

use super::{Connections, find};
use crate::call::Call;
use crate::handler::Json;
use crate::problem::Problem;

/// `GET /sources/{sourceId}/connections`
pub(super) fn connections(call: &Call, (): ()) -> Result<Json<Connections>, Problem> {
    let shown = call.org().read(|tx| {
        let source = find(call.id(), tx, call)?;
        let profiles = tx.typed::<IdentityProfile>().list()?;
        let profiles: Vec<Value> = profiles
            .iter()
            .filter(|profile| profile.authoritative_source.id == source.id)
            .map(|profile| json!({ "id": profile.id, "name": profile.name }))
            .collect();
        let attributes: Vec<&str> = source
            .account_schema()
            .into_iter()
            .flat_map(|schema| &schema.attributes)
            .map(|attribute| attribute.name.as_str())
            .collect();
        Ok::<_, Problem>(json!({
            "identityProfiles": profiles,
            "credentialProfiles": [],
            "sourceAttributes": attributes,
            "mappingProfiles": [],
            "dependentCustomTransforms": [],
            "dependentApps": [],
            "missingDependents": [],
        }))
    })?;
    Ok(Json(shown.into()))
}
