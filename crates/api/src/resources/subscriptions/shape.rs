//! What a subscription looks like on the wire, in both directions. Every field may be absent or
//! null on the way in, because the official clients send explicit nulls (api-surface.md §1); which
//! of them are needed, the station decides.

use muster_trigger::filter::Verdict;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::resource::Object;

/// A subscription. On the way out `password` and `bearerToken` are null.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// Its id.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<String>,
    /// Its name, unique whatever its case. Required to create one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// What it is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// The trigger. Required to create one, and never changed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger_id: Option<String>,
    /// The trigger's display name; read only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub trigger_name: Option<String>,
    /// What kind of destination it has. Required to create one.
    #[serde(rename = "type", skip_serializing_if = "Option::is_none")]
    pub kind: Option<Type>,
    /// How long a request may wait for its answer, as an ISO 8601 duration; `PT1H` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub response_deadline: Option<String>,
    /// Required for `HTTP`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_config: Option<HttpConfig>,
    /// Required for `EVENTBRIDGE`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub event_bridge_config: Option<EventBridgeConfig>,
    /// For `INLINE`: the fixed answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub inline_config: Option<InlineConfig>,
    /// For `WORKFLOW`: kept as it comes.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub workflow_config: Option<Value>,
    /// Whether real events are delivered; tests always are. True by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enabled: Option<bool>,
    /// A JSONPath expression: which events are wanted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filter: Option<String>,
}

/// The kinds of destination.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[schemars(rename = "SubscriptionType")]
pub enum Type {
    /// A POST to a URL.
    Http,
    /// An AWS partner event source.
    EventBridge,
    /// A fixed answer.
    Inline,
    /// Not run by Muster (decisions.md 4).
    Script,
    /// A workflow.
    Workflow,
}

/// A POST to a URL.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct HttpConfig {
    /// Where to.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How a request is answered; `SYNC` by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_dispatch_mode: Option<HttpDispatchMode>,
    /// What the endpoint asks for; nothing by default.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub http_authentication_type: Option<HttpAuthenticationType>,
    /// Required for `BASIC_AUTH`.
    pub basic_auth_config: Option<BasicAuthConfig>,
    /// Required for `BEARER_TOKEN`.
    pub bearer_token_auth_config: Option<BearerTokenAuthConfig>,
}

/// How a request is answered.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum HttpDispatchMode {
    /// In the HTTP answer.
    Sync,
    /// Later, by a call back.
    Async,
    /// As the endpoint chooses each time.
    Dynamic,
}

/// What an endpoint asks for.
#[derive(Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum HttpAuthenticationType {
    /// Nothing.
    NoAuth,
    /// A user name and a password.
    BasicAuth,
    /// A token.
    BearerToken,
}

/// A user name and a password.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BasicAuthConfig {
    /// The user name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub user_name: Option<String>,
    /// The password. Null keeps the one that is stored for this user name.
    pub password: Option<String>,
}

/// A token.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct BearerTokenAuthConfig {
    /// The token. Null keeps the one that is stored.
    pub bearer_token: Option<String>,
}

/// An AWS partner event source.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct EventBridgeConfig {
    /// The account's twelve digits.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_account: Option<String>,
    /// The region.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aws_region: Option<String>,
}

/// A fixed answer.
#[derive(Clone, Serialize, Deserialize, JsonSchema)]
pub struct InlineConfig {
    /// The answer.
    pub output: Option<Value>,
    /// Or the error that it fails with.
    pub error: Option<String>,
}

/// A filter to be tried on an input.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
pub struct FilterTrial {
    /// The event that did not happen.
    pub input: Object,
    /// The filter.
    pub filter: String,
}

/// How a trial went.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct FilterVerdict {
    /// Whether it compiles and the input passes.
    pub is_valid: bool,
    /// Whether it compiles.
    #[serde(rename = "isValidJSONPath")]
    pub is_valid_json_path: bool,
    /// Whether the input passes.
    pub is_path_exist: bool,
    /// Where and why not, and what to try; Muster's own (decisions.md 28).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub error: Option<String>,
}

impl From<Verdict> for FilterVerdict {
    fn from(verdict: Verdict) -> Self {
        Self {
            is_valid: verdict.is_valid_json_path && verdict.is_path_exist,
            is_valid_json_path: verdict.is_valid_json_path,
            is_path_exist: verdict.is_path_exist,
            error: verdict.error,
        }
    }
}
