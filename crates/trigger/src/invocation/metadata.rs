//! The body of a question: the event, and where its answer goes (event-triggers.md §1.8).

use serde_json::{Value, json};

use crate::subscription::DispatchMode;

/// What the subscriber is told beside the event.
pub(super) struct Metadata<'a> {
    pub(super) public_url: &'a str,
    pub(super) invocation: &'a str,
    pub(super) secret: &'a str,
    pub(super) trigger_id: &'a str,
}

/// The body. Where the HTTP answer is the output, it is the bare event.
pub(super) fn body(input: &str, mode: DispatchMode, metadata: &Metadata<'_>) -> String {
    if mode == DispatchMode::Sync {
        return input.to_owned();
    }
    let Ok(Value::Object(mut members)) = serde_json::from_str(input) else {
        return input.to_owned();
    };
    members.insert("_metadata".to_owned(), metadata.to_wire());
    Value::Object(members).to_string()
}

impl Metadata<'_> {
    fn to_wire(&self) -> Value {
        let base = self.public_url.trim_end_matches('/');
        json!({
            "callbackURL": format!("{base}/beta/trigger-invocations/{}/complete", self.invocation),
            // The vendor says so for DYNAMIC, too.
            "responseMode": "async",
            "secret": self.secret,
            "triggerId": self.trigger_id,
            "triggerType": "requestResponse",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_question_that_is_answered_later_says_where_and_one_answered_at_once_is_bare() {
        let metadata = Metadata {
            public_url: "https://acme.api.example.com/",
            invocation: "e9103ca9",
            secret: "s3",
            trigger_id: "test:request-response",
        };
        let input = r#"{"identityId":"1"}"#;
        assert_eq!(body(input, DispatchMode::Sync, &metadata), input);
        for mode in [DispatchMode::Async, DispatchMode::Dynamic] {
            assert_eq!(
                body(input, mode, &metadata),
                concat!(
                    r#"{"identityId":"1","_metadata":{"#,
                    r#""callbackURL":"https://acme.api.example.com/beta/trigger-invocations/e9103ca9/complete","#,
                    r#""responseMode":"async","secret":"s3","#,
                    r#""triggerId":"test:request-response","triggerType":"requestResponse"}}"#
                )
            );
        }
    }
}
