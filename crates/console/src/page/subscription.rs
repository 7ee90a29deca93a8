//! One subscription: making it and changing it, with the filter tester beside it. A form that the
//! API refuses comes back as it was filled in, with the reason at its field.

mod delivery;
mod fields;
pub(crate) mod signing;
mod wrong;

use askama::Template;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::{Value, json};

use self::fields::{Fields, fill};
use self::wrong::Wrong;
use super::missing::nothing;
use super::subscriptions::{CURRENT, STARTERS, find, path};
use super::trial::{self, Invalid, Trial, Trying};
use super::triggers::kind;
use crate::api::Refused;
use crate::operator::{Asked, Operator};
use crate::reply;
use crate::shell::Shell;

struct Choice {
    id: String,
    name: String,
    kind: &'static str,
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
    let trying = Trying {
        trigger: &fields.trigger,
        filter: &fields.filter,
        dialect: &fields.delivery.dialect,
        event: "",
    };
    let (trial, invalid) = match trial::run(&operator.api, trying).await {
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
    let fields = Fields::fresh().filled(&form);
    let mut body = json!({"triggerId": form.text("triggerId"), "type": "HTTP"});
    if let Err(wrong) = fill(&mut body, &form) {
        return again(operator, String::new(), fields, wrong).await;
    }
    match operator.api.post("/muster/v1/subscriptions", &body).await {
        Ok(made) => {
            let id = made.body["id"].as_str().unwrap_or_default();
            reply::see(
                &operator.headers,
                &format!("/console/subscriptions/{id}?saved"),
            )
        }
        Err(refused) => told(operator, String::new(), fields, refused).await,
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
    let fields = Fields::stored(&body).filled(&form);
    if let Err(wrong) = fill(&mut body, &form) {
        return again(operator, id, fields, wrong).await;
    }
    match operator.api.put(&path(&id), &body).await {
        Ok(_) => reply::see(
            &operator.headers,
            &format!("/console/subscriptions/{id}?saved"),
        ),
        Err(refused) => told(operator, id, fields, refused).await,
    }
}

/// What the API refused.
async fn told(operator: Operator, id: String, fields: Fields, refused: Refused) -> Response {
    if !refused.status.is_client_error() || matches!(refused.status.as_u16(), 401 | 403) {
        return operator.refused(CURRENT, &refused);
    }
    again(operator, id, fields, Wrong::of(refused.text)).await
}

/// The form once more, with what is wrong about it.
async fn again(operator: Operator, id: String, fields: Fields, wrong: Wrong) -> Response {
    show(
        operator,
        id,
        fields,
        (StatusCode::UNPROCESSABLE_ENTITY, wrong, ""),
    )
    .await
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
