//! What a client may send of a subscription, and what it sees. Secrets go in and never come out
//! (event-triggers.md §1.5).

use muster_event::catalog;
use serde::Deserialize;
use serde_json::{Value, json};

use super::{Authentication, Destination, DispatchMode, EventBridge, Http, Inline, Subscription};
use crate::error::{Error, Result};

/// The members that a client may send; others are ignored on POST and PUT and refused on PATCH.
pub(super) const MEMBERS: [&str; 13] = [
    "id",
    "name",
    "description",
    "triggerId",
    "triggerName",
    "type",
    "httpConfig",
    "eventBridgeConfig",
    "inlineConfig",
    "workflowConfig",
    "responseDeadline",
    "enabled",
    "filter",
];

/// A subscription as a client asks for it; null and absent are the same.
#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(super) struct Wish {
    pub(super) id: Option<String>,
    pub(super) name: Option<String>,
    pub(super) description: Option<String>,
    pub(super) trigger_id: Option<String>,
    #[serde(rename = "type")]
    pub(super) kind: Option<Kind>,
    pub(super) http_config: Option<HttpWish>,
    pub(super) event_bridge_config: Option<EventBridgeWish>,
    pub(super) inline_config: Option<Inline>,
    pub(super) workflow_config: Option<Value>,
    pub(super) response_deadline: Option<String>,
    pub(super) enabled: Option<bool>,
    pub(super) filter: Option<String>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub(super) enum Kind {
    Http,
    EventBridge,
    Inline,
    Script,
    Workflow,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct HttpWish {
    pub(super) url: Option<String>,
    pub(super) http_dispatch_mode: Option<DispatchMode>,
    pub(super) http_authentication_type: Option<AuthenticationType>,
    pub(super) basic_auth_config: Option<BasicWish>,
    pub(super) bearer_token_auth_config: Option<BearerWish>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub(super) enum AuthenticationType {
    NoAuth,
    BasicAuth,
    BearerToken,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BasicWish {
    pub(super) user_name: Option<String>,
    pub(super) password: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct BearerWish {
    pub(super) bearer_token: Option<String>,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct EventBridgeWish {
    pub(super) aws_account: Option<String>,
    pub(super) aws_region: Option<String>,
}

impl Wish {
    pub(super) fn read(body: &Value) -> Result<Self> {
        if !body.is_object() {
            return Err(Error::BadContent {
                reason: "the body must be a JSON object".into(),
            });
        }
        Self::deserialize(body).map_err(|error| Error::BadContent {
            reason: error.to_string(),
        })
    }
}

/// A subscription as clients see it.
pub fn to_wire(subscription: &Subscription) -> Value {
    let trigger = catalog::find(&subscription.trigger_id);
    let mut wire = json!({
        "id": subscription.id,
        "name": subscription.name,
        "description": subscription.description,
        "triggerId": subscription.trigger_id,
        "triggerName": trigger.map_or(subscription.trigger_id.as_str(), |trigger| trigger.name),
        "type": subscription.destination.type_name(),
        "responseDeadline": subscription.response_deadline,
        "enabled": subscription.enabled,
        "filter": subscription.filter,
    });
    let (name, config) = match &subscription.destination {
        Destination::Http(http) => ("httpConfig", http_to_wire(http)),
        Destination::EventBridge(EventBridge {
            aws_account,
            aws_region,
        }) => (
            "eventBridgeConfig",
            json!({ "awsAccount": aws_account, "awsRegion": aws_region }),
        ),
        Destination::Inline(inline) => (
            "inlineConfig",
            json!({ "output": inline.output, "error": inline.error }),
        ),
        Destination::Workflow { config } => {
            ("workflowConfig", config.clone().unwrap_or(Value::Null))
        }
    };
    wire[name] = config;
    wire
}

fn http_to_wire(http: &Http) -> Value {
    let (kind, basic, bearer) = match &http.authentication {
        Authentication::NoAuth => ("NO_AUTH", Value::Null, Value::Null),
        Authentication::BasicAuth { user_name, .. } => (
            "BASIC_AUTH",
            json!({ "userName": user_name, "password": null }),
            Value::Null,
        ),
        Authentication::BearerToken { .. } => {
            ("BEARER_TOKEN", Value::Null, json!({ "bearerToken": null }))
        }
    };
    json!({
        "url": http.url,
        "httpDispatchMode": http.dispatch_mode,
        "httpAuthenticationType": kind,
        "basicAuthConfig": basic,
        "bearerTokenAuthConfig": bearer,
    })
}
