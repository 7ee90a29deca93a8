//! The preview of a mapping, saved or not, on one identity: what each attribute would become, and
//! why it could not. Nothing is stored.

use muster_model::id::IdentityId;
use muster_model::profile::IdentityAttributeConfig;
use muster_model::{AttributeValue, Document, IdentityProfile};
use muster_refresh::PreviewedAttribute;
use muster_store::Tx;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use super::operations::Mapping;
use crate::call::Call;
use crate::handler::Json;
use crate::problem::{Problem, quote};

/// What is to be previewed.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PreviewRequest {
    /// The identity.
    pub(super) identity_id: String,
    /// The mapping; that of the identity's profile where it is left out.
    #[serde(default)]
    pub(super) identity_attribute_config: Option<Mapping>,
}

/// What a mapping would make of an identity.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Preview {
    /// The identity.
    pub(super) identity: Previewed,
    /// Its attributes, in the mapping's order.
    pub(super) preview_attributes: Vec<PreviewAttribute>,
}

/// The identity of a preview.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub(super) struct Previewed {
    /// Always `IDENTITY`.
    #[serde(rename = "type")]
    pub(super) kind: &'static str,
    /// Its id.
    pub(super) id: String,
    /// Its display name.
    pub(super) name: String,
}

/// One attribute of a preview. Values are texts here, whatever their type.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct PreviewAttribute {
    /// Its technical name.
    pub(super) name: String,
    /// The value it would have, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) value: Option<String>,
    /// The value it has, if any.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) previous_value: Option<String>,
    /// Why it could not be made.
    pub(super) error_messages: Vec<ErrorMessage>,
}

/// A text for people.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct ErrorMessage {
    /// The language.
    pub(super) locale: &'static str,
    /// Where the language comes from.
    pub(super) locale_origin: &'static str,
    /// The text.
    pub(super) text: String,
}

/// Answers identity-preview.
pub(super) fn preview(
    call: &Call,
    Json(request): Json<PreviewRequest>,
) -> Result<Json<Preview>, Problem> {
    let unknown = || {
        Problem::referenced_not_found(format!(
            "identityId: there is no identity \"{}\"; GET identities lists them.",
            quote(&request.identity_id)
        ))
    };
    let id: IdentityId = request.identity_id.parse().map_err(|_| unknown())?;
    let random = {
        let app = std::sync::Arc::clone(call.app());
        move || app.bits() as u64
    };
    call.org().read(|tx| {
        let identity = tx
            .identities()
            .get(id)?
            .filter(|identity| identity.stage.is_announced())
            .ok_or_else(unknown)?;
        let config = match &request.identity_attribute_config {
            Some(Mapping(config)) => config.clone(),
            None => saved_mapping(&identity, tx)?,
        };
        let attributes = muster_refresh::preview(tx, id, &config, &random, call.now())?;
        Ok(Json(Preview {
            identity: Previewed {
                kind: "IDENTITY",
                id: identity.id.to_string(),
                name: identity.name,
            },
            preview_attributes: attributes
                .unwrap_or_default()
                .into_iter()
                .map(PreviewAttribute::from)
                .collect(),
        }))
    })
}

fn saved_mapping(
    identity: &muster_store::Identity,
    tx: &mut Tx<'_>,
) -> Result<IdentityAttributeConfig, Problem> {
    let Some(profile) = identity.profile_id else {
        return Ok(IdentityAttributeConfig::default());
    };
    let profile = tx
        .documents(IdentityProfile::KIND)
        .get(&profile.to_string())?;
    Ok(match profile {
        Some(profile) => profile.read::<IdentityProfile>()?.identity_attribute_config,
        None => IdentityAttributeConfig::default(),
    })
}

impl From<PreviewedAttribute> for PreviewAttribute {
    fn from(previewed: PreviewedAttribute) -> Self {
        let text = |value: Option<AttributeValue>| value.map(|value| value.to_text());
        Self {
            name: previewed.name,
            value: text(previewed.value),
            previous_value: text(previewed.previous),
            error_messages: previewed
                .errors
                .into_iter()
                .map(|text| ErrorMessage {
                    locale: "en-US",
                    locale_origin: "DEFAULT",
                    text,
                })
                .collect(),
        }
    }
}
