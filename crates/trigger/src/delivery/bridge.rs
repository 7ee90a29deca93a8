//! Events for an AWS partner event source: the entry that EventBridge's `PutPartnerEvents` takes,
//! posted to a sink of the operator's, who holds the credentials. Without a sink nothing is sent, and
//! the invocation says so (decisions.md 4).

use bytes::Bytes;
use serde_json::json;

use super::message::Message;
use crate::subscription::EventBridge;

/// Why a subscription of this type hears nothing.
pub(crate) const NO_SINK: &str = "this server has no EventBridge sink: set `eventbridge-sink` to the \
                                  URL that passes events on to AWS, then resend";

/// The partner event source of one account and region.
pub(crate) struct Source {
    account: String,
    region: String,
}

impl Source {
    pub(crate) fn of(config: &EventBridge) -> Self {
        Self {
            account: config.aws_account.clone(),
            region: config.aws_region.clone(),
        }
    }

    /// The request that passes an event on.
    pub(crate) fn entry(&self, message: &Message) -> Bytes {
        let trigger = message.trigger.to_str().unwrap_or_default();
        let entry = json!({
            "Account": self.account,
            "Region": self.region,
            "Entries": [{
                "Source": format!("aws.partner/muster/{}/{trigger}", self.account),
                "DetailType": trigger,
                "Detail": String::from_utf8_lossy(&message.body),
                "Time": message.created,
            }],
        });
        entry.to_string().into()
    }
}
