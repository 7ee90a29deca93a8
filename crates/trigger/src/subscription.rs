//! A subscription: one wish to hear of one trigger's events at one destination.
//!
//! Stored whole, secrets sealed. [`save`] holds the operations, [`validate`](self::validate) the
//! rules, [`wish`](self::wish) what a client may send and see.

mod save;
mod settings;
mod signing;
mod validate;
mod wish;

pub(crate) use save::{BEARER_TOKEN, PASSWORD};
pub use save::{Departed, Desk, create, current, delete, find, patch, replace};
pub(crate) use settings::{CLIENT_KEY, header_place};
pub use settings::{check_retry_schedule, configure, settings_to_wire};
pub use signing::{NewSecret, reveal, rotate, withdraw};
pub use validate::Limits;
pub(crate) use validate::deadline_seconds;
pub use wish::to_wire;

use muster_model::{Document, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A wish to hear.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Subscription {
    /// A UUID.
    pub id: String,
    /// Its number: the key of its deliveries.
    pub number: i64,
    /// Its name, unique in the org whatever its case.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// The trigger's id.
    pub trigger_id: String,
    /// Where events go.
    pub destination: Destination,
    /// How long a request may wait for its answer, as an ISO 8601 duration.
    pub response_deadline: String,
    /// Whether real events are delivered; tests always are.
    pub enabled: bool,
    /// Why Muster itself disabled it, until someone enables it again.
    pub disabled_because: Option<String>,
    /// Which events it wants; all, where there is none.
    pub filter: Option<String>,
    /// The number of the newest event when it was made or enabled: older ones are not for it.
    pub since: i64,
    /// What Muster adds.
    pub settings: Settings,
}

impl Document for Subscription {
    const KIND: &'static str = "subscription";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &str {
        &self.name
    }
}

/// Where events go, with what that needs.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "SCREAMING_SNAKE_CASE")]
pub enum Destination {
    /// A POST to a URL.
    Http(Http),
    /// An AWS partner event source; kept, and sent once a sink is configured (decisions.md 4).
    #[serde(rename = "EVENTBRIDGE")]
    EventBridge(EventBridge),
    /// A fixed answer, for tests: nothing is called.
    Inline(Inline),
    /// A workflow; reserved.
    Workflow {
        /// Whatever the client sent.
        config: Option<Value>,
    },
}

impl Destination {
    /// The name on the wire.
    pub const fn type_name(&self) -> &'static str {
        match self {
            Self::Http(_) => "HTTP",
            Self::EventBridge(_) => "EVENTBRIDGE",
            Self::Inline(_) => "INLINE",
            Self::Workflow { .. } => "WORKFLOW",
        }
    }

    /// Whether events for it can be delivered.
    pub const fn is_served(&self) -> bool {
        matches!(self, Self::Http(_) | Self::Inline(_) | Self::EventBridge(_))
    }
}

/// A POST to a URL.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Http {
    /// Where to.
    pub url: String,
    /// How a request is answered; without meaning for events that nobody answers.
    pub dispatch_mode: DispatchMode,
    /// What the endpoint asks for.
    pub authentication: Authentication,
}

/// How a request is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
pub enum DispatchMode {
    /// In the HTTP answer.
    Sync,
    /// Later, by a call back.
    Async,
    /// As the endpoint chooses each time.
    Dynamic,
}

/// What the endpoint asks for. Secrets are sealed.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(
    tag = "type",
    rename_all = "SCREAMING_SNAKE_CASE",
    rename_all_fields = "camelCase"
)]
pub enum Authentication {
    /// Nothing.
    NoAuth,
    /// A user name and a password.
    BasicAuth {
        /// The user name.
        user_name: String,
        /// The sealed password.
        password: String,
    },
    /// A token.
    BearerToken {
        /// The sealed token.
        token: String,
    },
}

/// An AWS partner event source.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct EventBridge {
    /// The account's twelve digits.
    pub aws_account: String,
    /// The region.
    pub aws_region: String,
}

/// A fixed answer.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub struct Inline {
    /// The answer.
    #[serde(default)]
    pub output: Option<Value>,
    /// Or the error that it fails with.
    #[serde(default)]
    pub error: Option<String>,
}

/// What Muster adds to a subscription (decisions.md 3): seen and changed through extension
/// endpoints only. Secrets are sealed.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Settings {
    /// Signing secrets, newest first; two while one replaces the other.
    pub signing_secrets: Vec<SigningSecret>,
    /// Waits before each try in milliseconds, the first try's included; the org's, where empty.
    pub retry_schedule_ms: Vec<u64>,
    /// What must arrive in order.
    pub ordering: Ordering,
    /// In which language the filter is written.
    pub dialect: Dialect,
    /// Requests a second at most.
    pub rate_per_second: Option<u32>,
    /// Requests at once at most.
    pub concurrent_max: Option<u32>,
    /// Headers that each request carries beside Muster's own.
    pub headers: Vec<CustomHeader>,
    /// Whom to trust, and as whom to appear.
    pub tls: Tls,
}

/// A signing secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SigningSecret {
    /// Its id.
    pub id: String,
    /// When it was made.
    pub created: Timestamp,
    /// The sealed secret.
    pub sealed: String,
}

/// A header of one's own.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CustomHeader {
    /// Its name, in lower case.
    pub name: String,
    /// Its sealed value: many are keys.
    pub value: String,
}

/// TLS beyond the usual, each part as PEM.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct Tls {
    /// The authorities that may certify the endpoint; the machine's, where absent.
    pub certificate_authority: Option<String>,
    /// The certificate that Muster shows, with its chain.
    pub client_certificate: Option<String>,
    /// Its sealed key.
    pub client_key: Option<String>,
}

/// What must arrive in order (decisions.md 13).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Ordering {
    /// Events of one subject; a failing one holds back its own successors only.
    #[default]
    Subject,
    /// Nothing.
    None,
}

/// In which language a filter is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Dialect {
    /// The vendor's (decisions.md 27).
    #[default]
    Jayway,
    /// RFC 9535.
    Rfc9535,
}
