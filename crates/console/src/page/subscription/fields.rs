//! What stands in the fields of the form, from what is stored or from what was filled in, and back
//! into a subscription as the API takes it.

use serde_json::{Map, Value, json};

use super::delivery::{self, Delivery};
use super::wrong::Wrong;
use crate::operator::Form;
use crate::page::subscriptions::destination;

/// What stands in the fields.
#[derive(Default)]
pub(crate) struct Fields {
    pub(crate) name: String,
    pub(crate) description: String,
    pub(crate) trigger: String,
    pub(crate) is_enabled: bool,
    pub(crate) filter: String,
    /// Where it goes, in the API's word.
    pub(crate) kind: String,
    pub(crate) destination: String,
    pub(crate) url: String,
    pub(crate) authentication: String,
    pub(crate) user_name: String,
    pub(crate) inline: Inline,
    pub(crate) stored: Stored,
    pub(crate) delivery: Delivery,
}

/// A fixed answer.
#[derive(Default)]
pub(crate) struct Inline {
    pub(crate) output: String,
    pub(crate) error: String,
}

/// Which secrets are stored; they are never shown.
#[derive(Clone, Copy, Default)]
pub(crate) struct Stored {
    pub(crate) password: bool,
    pub(crate) token: bool,
}

impl Fields {
    pub(crate) fn fresh() -> Self {
        Self {
            is_enabled: true,
            kind: "HTTP".to_owned(),
            authentication: "NO_AUTH".to_owned(),
            delivery: Delivery::fresh(),
            ..Self::default()
        }
    }

    /// As the API shows it.
    pub(crate) fn stored(subscription: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let http = &subscription["httpConfig"];
        let inline = &subscription["inlineConfig"];
        let authentication = text(&http["httpAuthenticationType"]);
        Self {
            name: text(&subscription["name"]),
            description: text(&subscription["description"]),
            trigger: text(&subscription["triggerId"]),
            is_enabled: subscription["enabled"] == true,
            filter: text(&subscription["filter"]),
            kind: text(&subscription["type"]),
            destination: destination(subscription),
            url: text(&http["url"]),
            user_name: text(&http["basicAuthConfig"]["userName"]),
            inline: Inline {
                output: match &inline["output"] {
                    Value::Null => String::new(),
                    output => format!("{output:#}"),
                },
                error: text(&inline["error"]),
            },
            stored: Stored {
                password: authentication == "BASIC_AUTH",
                token: authentication == "BEARER_TOKEN",
            },
            authentication: match authentication.as_str() {
                "" => "NO_AUTH".to_owned(),
                _ => authentication,
            },
            delivery: Delivery::stored(&subscription["settings"]),
        }
    }

    /// As it was filled in, over what is stored.
    pub(crate) fn filled(self, form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            name: text("name"),
            description: text("description"),
            trigger: match self.trigger.as_str() {
                "" => text("triggerId"),
                _ => self.trigger,
            },
            is_enabled: form.has("enabled"),
            filter: text("filter"),
            kind: match form.text("type") {
                "" => self.kind,
                chosen => chosen.to_owned(),
            },
            destination: self.destination,
            url: text("url"),
            authentication: text("authentication"),
            user_name: text("userName"),
            inline: Inline {
                output: text("inlineOutput"),
                error: text("inlineError"),
            },
            stored: self.stored,
            delivery: Delivery::filled(form, &self.delivery),
        }
    }

    /// Whether the form can change where it goes.
    pub(crate) fn is_editable(&self) -> bool {
        matches!(self.kind.as_str(), "HTTP" | "INLINE")
    }
}

/// Writes the form into a subscription as the API takes it. What the form does not show stays.
pub(crate) fn fill(body: &mut Value, form: &Form) -> Result<(), Wrong> {
    body["name"] = form.text("name").trim().into();
    body["description"] = form.text("description").trim().into();
    body["enabled"] = form.has("enabled").into();
    body["filter"] = match form.text("filter").trim() {
        "" => Value::Null,
        filter => filter.into(),
    };
    if !form.text("type").is_empty() {
        body["type"] = form.text("type").into();
    }
    body["settings"] = delivery::settings(form)?;
    if body["type"] == "HTTP" {
        body["httpConfig"] = http(&body["httpConfig"], form);
    }
    if body["type"] == "INLINE" {
        body["inlineConfig"] = inline(form)?;
    }
    Ok(())
}

fn http(was: &Value, form: &Form) -> Value {
    let mut http = was.as_object().cloned().unwrap_or_else(Map::new);
    http.insert("url".to_owned(), form.text("url").trim().into());
    http.entry("httpDispatchMode")
        .or_insert_with(|| "SYNC".into());
    let chosen = match form.text("authentication") {
        "" => "NO_AUTH",
        chosen => chosen,
    };
    http.insert("httpAuthenticationType".to_owned(), chosen.into());
    // An empty secret keeps the one that is stored.
    let secret = |name: &str| match form.text(name) {
        "" => Value::Null,
        secret => secret.into(),
    };
    let basic = match chosen {
        "BASIC_AUTH" => {
            json!({"userName": form.text("userName").trim(), "password": secret("password")})
        }
        _ => Value::Null,
    };
    let bearer = match chosen {
        "BEARER_TOKEN" => json!({"bearerToken": secret("bearerToken")}),
        _ => Value::Null,
    };
    http.insert("basicAuthConfig".to_owned(), basic);
    http.insert("bearerTokenAuthConfig".to_owned(), bearer);
    http.into()
}

fn inline(form: &Form) -> Result<Value, Wrong> {
    let output = match form.text("inlineOutput").trim() {
        "" => Value::Null,
        text => serde_json::from_str(text).map_err(|error| Wrong {
            field: "inlineOutput",
            text: format!("The answer is not JSON: {error}. A text needs its quotation marks."),
        })?,
    };
    let error = match form.text("inlineError").trim() {
        "" => Value::Null,
        error => error.into(),
    };
    Ok(json!({"output": output, "error": error}))
}
