//! One subscription: making it and changing it, with the filter tester beside it. A form that the
//! API refuses comes back as it was filled in, with the reason at its field.

use askama::Template;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Map, Value, json};

use super::missing::nothing;
use super::subscriptions::{CURRENT, STARTERS, destination, find, path};
use super::trial::{self, Invalid, Trial};
use super::triggers::kind;
use crate::api::Refused;
use crate::operator::{Asked, Form, Operator};
use crate::reply;
use crate::shell::Shell;

/// What stands in the fields.
#[expect(
    clippy::struct_excessive_bools,
    reason = "a form has independent boxes"
)]
#[derive(Default)]
struct Fields {
    name: String,
    description: String,
    trigger: String,
    is_enabled: bool,
    filter: String,
    /// Whether it goes to a URL; the others are only shown here.
    is_http: bool,
    destination: String,
    url: String,
    authentication: String,
    user_name: String,
    has_password: bool,
    has_token: bool,
}

struct Choice {
    id: String,
    name: String,
    kind: &'static str,
}

/// A refusal, and the field it is about; empty where it is about the whole.
#[derive(Default)]
struct Wrong {
    field: &'static str,
    text: String,
}

#[derive(Template)]
#[template(path = "subscription.html")]
struct Page {
    shell: Shell,
    /// Its id; empty for a new one.
    id: String,
    title: String,
    fields: Fields,
    triggers: Vec<Choice>,
    inboxes: Vec<(String, String)>,
    wrong: Wrong,
    trial: Option<Trial>,
    invalid: Option<Invalid>,
    toast: &'static str,
    now: String,
}

impl Page {
    fn is_new(&self) -> bool {
        self.id.is_empty()
    }

    fn is_wrong(&self, field: &str) -> bool {
        self.wrong.field == field && !self.wrong.text.is_empty()
    }

    fn trigger_kind(&self) -> &'static str {
        let found = self
            .triggers
            .iter()
            .find(|one| one.id == self.fields.trigger);
        found.map_or("", |one| one.kind)
    }
}

/// `GET /console/subscriptions/new`
pub(crate) async fn new(operator: Operator, Asked(asked): Asked) -> Response {
    let starter = STARTERS.iter().find(|one| one.key == asked.text("starter"));
    let fields = match starter {
        Some(starter) => Fields {
            name: starter.name.to_owned(),
            trigger: starter.trigger.to_owned(),
            filter: starter.filter.to_owned(),
            ..Fields::fresh()
        },
        None => Fields {
            trigger: asked.text("trigger").to_owned(),
            filter: asked.text("filter").to_owned(),
            ..Fields::fresh()
        },
    };
    show(
        operator,
        String::new(),
        fields,
        (StatusCode::OK, Wrong::default(), ""),
    )
    .await
}

/// `GET /console/subscriptions/{id}`
pub(crate) async fn edit(
    operator: Operator,
    Path(id): Path<String>,
    Asked(asked): Asked,
) -> Response {
    let found = match find(&operator.api, &id).await {
        Ok(Some(found)) => found,
        Ok(None) => return nothing(&operator, "There is no such subscription."),
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    let toast = if asked.has("saved") {
        "Saved"
    } else if asked.has("silent") {
        "The filter is silent for the trigger’s example, so nothing was sent"
    } else {
        ""
    };
    show(
        operator,
        id,
        Fields::stored(&found),
        (StatusCode::OK, Wrong::default(), toast),
    )
    .await
}

async fn show(
    operator: Operator,
    id: String,
    mut fields: Fields,
    (status, wrong, toast): (StatusCode, Wrong, &'static str),
) -> Response {
    let triggers = match operator.api.get("/v2026/triggers?limit=250").await {
        Ok(triggers) => triggers,
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let triggers: Vec<Choice> = triggers
        .rows()
        .iter()
        .map(|trigger| Choice {
            id: text(&trigger["id"]),
            name: text(&trigger["name"]),
            kind: kind(trigger["type"].as_str()),
        })
        .collect();
    if fields.trigger.is_empty() {
        "idn:identity-attributes-changed".clone_into(&mut fields.trigger);
    }
    // Whoever may not read inboxes is simply not offered one.
    let inboxes = match operator.api.get("/muster/v1/inboxes").await {
        Ok(inboxes) => inboxes
            .rows()
            .iter()
            .map(|one| (text(&one["name"]), text(&one["url"])))
            .collect(),
        Err(_) => Vec::new(),
    };
    let (trial, invalid) =
        match trial::run(&operator.api, &fields.trigger, &fields.filter, "").await {
            Ok(Ok(trial)) => (Some(trial), None),
            Ok(Err(invalid)) => (None, Some(invalid)),
            Err(_) => (None, None),
        };
    let shell = operator.shell(CURRENT);
    let page = Page {
        title: match (id.is_empty(), fields.name.is_empty()) {
            (true, _) => "New subscription".to_owned(),
            (false, true) => "Subscription".to_owned(),
            (false, false) => fields.name.clone(),
        },
        id,
        fields,
        triggers,
        inboxes,
        wrong,
        trial,
        invalid,
        toast,
        now: shell.now.clone(),
        shell,
    };
    reply::html(status, &page)
}

/// `POST /console/subscriptions`
pub(crate) async fn create(operator: Operator, request: Request) -> Response {
    let form = match operator.form(request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let mut body = json!({"triggerId": form.text("triggerId"), "type": "HTTP"});
    fill(&mut body, &form);
    match operator
        .api
        .post("/v2026/trigger-subscriptions", &body)
        .await
    {
        Ok(made) => {
            let id = made.body["id"].as_str().unwrap_or_default();
            reply::see(
                &operator.headers,
                &format!("/console/subscriptions/{id}?saved"),
            )
        }
        Err(refused) => again(operator, String::new(), Fields::filled(&form), refused).await,
    }
}

/// `POST /console/subscriptions/{id}`
pub(crate) async fn save(operator: Operator, Path(id): Path<String>, request: Request) -> Response {
    let form = match operator.form(request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let mut body = match find(&operator.api, &id).await {
        Ok(Some(found)) => found,
        Ok(None) => return nothing(&operator, "There is no such subscription."),
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    let before = Fields::stored(&body);
    fill(&mut body, &form);
    match operator.api.put(&path(&id), &body).await {
        Ok(_) => reply::see(
            &operator.headers,
            &format!("/console/subscriptions/{id}?saved"),
        ),
        Err(refused) => {
            let fields = Fields {
                trigger: before.trigger,
                is_http: before.is_http,
                destination: before.destination,
                has_password: before.has_password,
                has_token: before.has_token,
                ..Fields::filled(&form)
            };
            again(operator, id, fields, refused).await
        }
    }
}

/// The form once more, with what is wrong about it.
async fn again(operator: Operator, id: String, fields: Fields, refused: Refused) -> Response {
    if !refused.status.is_client_error() || matches!(refused.status.as_u16(), 401 | 403) {
        return operator.refused(CURRENT, &refused);
    }
    let wrong = Wrong::of(refused.text);
    show(
        operator,
        id,
        fields,
        (StatusCode::UNPROCESSABLE_ENTITY, wrong, ""),
    )
    .await
}

/// Writes the form into a subscription as the API takes it. What the form does not show stays.
fn fill(body: &mut Value, form: &Form) {
    body["name"] = form.text("name").trim().into();
    body["description"] = form.text("description").trim().into();
    body["enabled"] = form.has("enabled").into();
    body["filter"] = match form.text("filter").trim() {
        "" => Value::Null,
        filter => filter.into(),
    };
    if body["type"] != "HTTP" {
        return;
    }
    let mut http = body["httpConfig"]
        .as_object()
        .cloned()
        .unwrap_or_else(Map::new);
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
    body["httpConfig"] = http.into();
}

impl Fields {
    fn fresh() -> Self {
        Self {
            is_enabled: true,
            is_http: true,
            authentication: "NO_AUTH".to_owned(),
            ..Self::default()
        }
    }

    fn stored(subscription: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let http = &subscription["httpConfig"];
        let authentication = text(&http["httpAuthenticationType"]);
        Self {
            name: text(&subscription["name"]),
            description: text(&subscription["description"]),
            trigger: text(&subscription["triggerId"]),
            is_enabled: subscription["enabled"] == true,
            filter: text(&subscription["filter"]),
            is_http: subscription["type"] == "HTTP",
            destination: destination(subscription),
            url: text(&http["url"]),
            user_name: text(&http["basicAuthConfig"]["userName"]),
            has_password: authentication == "BASIC_AUTH",
            has_token: authentication == "BEARER_TOKEN",
            authentication: match authentication.as_str() {
                "" => "NO_AUTH".to_owned(),
                _ => authentication,
            },
        }
    }

    fn filled(form: &Form) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        Self {
            name: text("name"),
            description: text("description"),
            trigger: text("triggerId"),
            is_enabled: form.has("enabled"),
            filter: text("filter"),
            url: text("url"),
            authentication: text("authentication"),
            user_name: text("userName"),
            ..Self::fresh()
        }
    }
}

impl Wrong {
    /// The API's texts begin with the field.
    fn of(text: String) -> Self {
        const FIELDS: [(&str, &str); 8] = [
            ("name", "name"),
            ("triggerId", "trigger"),
            ("filter", "filter"),
            ("description", "description"),
            ("httpConfig.url", "url"),
            ("httpConfig.basicAuthConfig.userName", "userName"),
            ("httpConfig.basicAuthConfig", "password"),
            ("httpConfig.bearerTokenAuthConfig", "bearerToken"),
        ];
        let found = FIELDS.iter().find(|(start, _)| text.starts_with(start));
        Self {
            field: found.map_or("form", |(_, field)| field),
            text,
        }
    }
}

/// Filters to begin with, for a trigger.
pub(crate) fn starters(trigger: &str) -> &'static [(&'static str, &'static str)] {
    match trigger {
        "idn:identity-attributes-changed" => &[
            ("Department", "$.changes[?(@.attribute == \"department\")]"),
            ("Manager", "$.changes[?(@.attribute == \"manager\")]"),
            (
                "Lifecycle state",
                "$.changes[?(@.attribute == \"cloudLifecycleState\")]",
            ),
        ],
        "idn:post-provisioning" => &[
            (
                "Unsuccessful",
                "$.accountRequests[?(@.provisioningResult != \"SUCCESS\")]",
            ),
            ("With a ticket", "$.accountRequests[?(@.ticketId != null)]"),
        ],
        "idn:account-aggregation-completed" => &[("Unsuccessful", "$[?($.status != \"Success\")]")],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_finds_its_field() {
        let field = |text: &str| Wrong::of(text.to_owned()).field;
        assert_eq!(field("httpConfig.url is missing or empty; send it."), "url");
        assert_eq!(
            field("httpConfig.basicAuthConfig.password is missing"),
            "password"
        );
        assert_eq!(field("filter does not compile: at byte 3"), "filter");
        assert_eq!(field("The body is not as documented"), "form");
    }
}
