//! What an HTTP answer means for a question (event-triggers.md §1.9). Pure: nothing is read or
//! stored.

use muster_event::catalog::Trigger;
use serde_json::Value;

use crate::limits::ANSWER_BYTES_MAX;
use crate::subscription::{DispatchMode, Inline};

/// An answer as it came over the wire.
#[derive(Clone, Copy, Debug)]
pub(super) struct Heard<'a> {
    /// Its status; always a good one here.
    pub(super) status: u16,
    /// Its body, unless that was longer than is read.
    pub(super) body: Option<&'a [u8]>,
}

/// What an answer means.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Verdict {
    /// This is the answer.
    Answered(Value),
    /// The answer will be called back.
    Later,
    /// There is no answer, and this is why.
    Failed(String),
}

/// Reads the answer of an endpoint that was asked in this mode.
pub(super) fn verdict(mode: DispatchMode, trigger: &Trigger, heard: Heard<'_>) -> Verdict {
    let Some(body) = heard.body else {
        return Verdict::Failed(format!(
            "the answer has more than {ANSWER_BYTES_MAX} bytes; send less"
        ));
    };
    let later = match mode {
        DispatchMode::Sync => false,
        DispatchMode::Async => true,
        DispatchMode::Dynamic => heard.status == 202,
    };
    if later {
        acknowledged(body)
    } else {
        answered(trigger, body)
    }
}

/// The vendor's service takes nothing but an empty object: an empty body is an error, too.
fn acknowledged(body: &[u8]) -> Verdict {
    match serde_json::from_slice::<Value>(body) {
        Ok(Value::Object(members)) if members.is_empty() => Verdict::Later,
        Ok(_) => Verdict::Failed(
            "the acknowledgement is not `{}`; answer with an empty JSON object and post the output \
             to the callbackURL"
                .to_owned(),
        ),
        Err(error) => Verdict::Failed(format!(
            "the acknowledgement is no JSON ({error}); answer with an empty JSON object, `{{}}`"
        )),
    }
}

fn answered(trigger: &Trigger, body: &[u8]) -> Verdict {
    let output = match serde_json::from_slice::<Value>(body) {
        Ok(output) => output,
        Err(error) => {
            return Verdict::Failed(format!(
                "the answer is no JSON ({error}); answer with the output as the whole body"
            ));
        }
    };
    match check(trigger, &output) {
        Ok(()) => Verdict::Answered(output),
        Err(reason) => Verdict::Failed(format!("the answer {reason}")),
    }
}

/// What an INLINE subscription answers.
pub(super) fn of_inline(trigger: &Trigger, inline: &Inline) -> Result<Value, String> {
    if let Some(error) = &inline.error {
        return Err(error.clone());
    }
    let output = inline.output.clone().unwrap_or(Value::Null);
    check(trigger, &output)
        .map_err(|reason| format!("the inline output {reason}"))
        .map(|()| output)
}

/// Whether an output fits the trigger; where not, what is wrong with it.
pub(super) fn check(trigger: &Trigger, output: &Value) -> Result<(), String> {
    let Some(schema) = trigger.output_schema() else {
        return Err("is not awaited by this trigger".to_owned());
    };
    if trigger.says_nothing(output) {
        return Ok(());
    }
    let schema = jsonschema::validator_for(&schema)
        .map_err(|error| format!("cannot be checked: {error}"))?;
    schema.validate(output).map_err(|error| {
        format!(
            "does not fit the trigger's outputSchema at `{}`: {error}",
            error.instance_path()
        )
    })
}

#[cfg(test)]
mod tests {
    use muster_event::catalog::find;
    use serde_json::json;

    use super::*;

    fn of(mode: DispatchMode, status: u16, body: &str) -> Verdict {
        let trigger = find("test:request-response").unwrap();
        let body = Some(body.as_bytes());
        verdict(mode, trigger, Heard { status, body })
    }

    #[test]
    fn each_mode_takes_the_answers_that_are_documented_for_it_and_no_others() {
        use DispatchMode::{Async, Dynamic, Sync};
        let yes = Verdict::Answered(json!({ "approved": true, "more": 1 }));
        let output = r#"{"approved":true,"more":1}"#;
        assert_eq!(of(Sync, 200, output), yes);
        assert_eq!(of(Dynamic, 200, output), yes);
        assert_eq!(of(Async, 200, "{}"), Verdict::Later);
        assert_eq!(of(Dynamic, 202, " {} "), Verdict::Later);
        for (mode, status, body, reason) in [
            (Async, 200, "", "no JSON"),
            (Async, 200, output, "not `{}`"),
            (Dynamic, 202, "", "no JSON"),
            (Dynamic, 200, "{}", "outputSchema"),
            (Sync, 200, "", "no JSON"),
            (Sync, 200, "null", "outputSchema"),
            (Sync, 200, r#"{"output":{"approved":true}}"#, "outputSchema"),
            (Sync, 200, r#"{"approved":"yes"}"#, "`/approved`"),
        ] {
            let Verdict::Failed(error) = of(mode, status, body) else {
                panic!("{mode:?} takes {status} {body}");
            };
            assert!(error.contains(reason), "{error}");
        }
    }

    #[test]
    fn an_answer_that_was_too_long_to_read_is_none() {
        let trigger = find("test:request-response").unwrap();
        let heard = Heard {
            status: 200,
            body: None,
        };
        let Verdict::Failed(error) = verdict(DispatchMode::Sync, trigger, heard) else {
            panic!("taken");
        };
        assert!(error.contains("65536 bytes"), "{error}");
    }
}
