//! A JSON body read into a type, with errors that name the field.

use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::problem::{Problem, quote};

/// Reads a whole body.
pub fn read<T: DeserializeOwned>(body: &[u8]) -> Result<T, Problem> {
    if body.iter().all(u8::is_ascii_whitespace) {
        return Err(Problem::required(
            "The request has no body; send a JSON body with Content-Type: application/json.",
        ));
    }
    let mut reader = serde_json::Deserializer::from_slice(body);
    let value = serde_path_to_error::deserialize(&mut reader).map_err(|error| refuse(&error))?;
    match reader.end() {
        Ok(()) => Ok(value),
        Err(error) => Err(Problem::bad_content(format!(
            "The body goes on after its end (line {}, column {}); send one JSON value.",
            error.line(),
            error.column()
        ))),
    }
}

/// Reads a value that is already parsed.
pub fn read_value<T: DeserializeOwned>(value: Value) -> Result<T, Problem> {
    serde_path_to_error::deserialize(value).map_err(|error| refuse(&error))
}

/// Missing fields have a code of their own (event-triggers.md §1.13); everything else is bad content.
fn refuse(error: &serde_path_to_error::Error<serde_json::Error>) -> Problem {
    let path = error.path().to_string();
    let cause = error.inner().to_string();
    let reason = cause.split(" at line ").next().unwrap_or(&cause);
    if error.inner().is_syntax() || error.inner().is_eof() {
        return Problem::bad_content(format!("The body is not JSON: {}.", quote(&cause)));
    }
    let within = |name: &str| match path.as_str() {
        "." => name.to_owned(),
        path => format!("{path}.{name}"),
    };
    if let Some(name) = reason
        .strip_prefix("missing field `")
        .and_then(|rest| rest.strip_suffix('`'))
    {
        return Problem::required(format!("{} is required; send it.", within(name)));
    }
    let place = if path == "." {
        "The body"
    } else {
        path.as_str()
    };
    Problem::bad_content(format!("{place}: {}.", quote(reason)))
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only the reading is looked at")]
    struct Outer {
        name: String,
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    #[expect(dead_code, reason = "only the reading is looked at")]
    struct Inner {
        count: u8,
    }

    fn refusal(body: &str) -> (String, String) {
        let problem = read::<Outer>(body.as_bytes()).unwrap_err();
        (problem.detail().to_owned(), problem.text().to_owned())
    }

    #[test]
    fn a_refusal_names_the_field() {
        assert_eq!(
            refusal(r#"{"name":"x","inner":{"count":"seven"}}"#),
            (
                "400.1 Bad request content".into(),
                "inner.count: invalid type: string \"seven\", expected u8.".into()
            )
        );
        assert_eq!(
            refusal(r#"{"name":"x","inner":{}}"#),
            (
                "400.1.0 Required data missing or empty".into(),
                "inner.count is required; send it.".into()
            )
        );
        assert_eq!(refusal("{}").1, "name is required; send it.");
        assert_eq!(refusal("").0, "400.1.0 Required data missing or empty");
        assert!(refusal("{\"name\":").1.starts_with("The body is not JSON"));
        assert!(
            refusal("{\"name\":\"x\"} x")
                .1
                .starts_with("The body goes on")
        );
    }

    #[test]
    fn a_deep_body_is_refused_and_does_not_overflow() {
        let deep = "[".repeat(100_000);
        assert!(read::<Value>(deep.as_bytes()).is_err());
    }
}
