//! Subscriptions: who is told of what. The list, and the ways to end one and to try one out; making
//! and changing them is in [`super::subscription`].

use askama::Template;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::missing::nothing;
use crate::api::{Api, Refused};
use crate::operator::{Asked, Operator};
use crate::reply;
use crate::shell::Shell;

pub(super) const CURRENT: &str = "Subscriptions";

/// A subscription in the list.
struct Entry {
    id: String,
    name: String,
    trigger: String,
    is_enabled: bool,
    destination: String,
    has_filter: bool,
}

/// A ready-made beginning.
pub(super) struct Starter {
    pub(super) key: &'static str,
    pub(super) name: &'static str,
    pub(super) says: &'static str,
    pub(super) icon: &'static str,
    pub(super) trigger: &'static str,
    pub(super) filter: &'static str,
}

/// What people begin with, over triggers that have events today.
pub(super) const STARTERS: [Starter; 3] = [
    Starter {
        key: "movers",
        name: "Tell HR tools about movers",
        says: "Identity Attributes Changed, department or manager",
        icon: "people",
        trigger: "idn:identity-attributes-changed",
        filter: "$.changes[?(@.attribute == \"department\" || @.attribute == \"manager\")]",
    },
    Starter {
        key: "joiners",
        name: "Prepare for joiners",
        says: "Identity Created, everybody",
        icon: "user",
        trigger: "idn:identity-created",
        filter: "",
    },
    Starter {
        key: "failures",
        name: "Hear of failed aggregations",
        says: "Account Aggregation Completed, any that did not succeed",
        icon: "alert",
        trigger: "idn:account-aggregation-completed",
        filter: "$[?($.status != \"Success\")]",
    },
];

#[derive(Template)]
#[template(path = "subscriptions.html")]
struct Page {
    shell: Shell,
    entries: Vec<Entry>,
    starters: &'static [Starter],
    toast: &'static str,
}

/// `GET /console/subscriptions`
pub(crate) async fn list(operator: Operator, Asked(asked): Asked) -> Response {
    let all = match operator
        .api
        .get("/v2026/trigger-subscriptions?limit=250")
        .await
    {
        Ok(all) => all,
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    let page = Page {
        shell: operator.shell(CURRENT),
        entries: all.rows().iter().map(Entry::of).collect(),
        starters: &STARTERS,
        toast: if asked.has("deleted") { "Deleted" } else { "" },
    };
    reply::html(StatusCode::OK, &page)
}

impl Entry {
    fn of(subscription: &Value) -> Self {
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        Self {
            id: text(&subscription["id"]),
            name: text(&subscription["name"]),
            trigger: text(&subscription["triggerId"]),
            is_enabled: subscription["enabled"] == true,
            destination: destination(subscription),
            has_filter: subscription["filter"]
                .as_str()
                .is_some_and(|filter| !filter.trim().is_empty()),
        }
    }
}

/// Where its events go, in a few words.
pub(super) fn destination(subscription: &Value) -> String {
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    match subscription["type"].as_str() {
        Some("HTTP") => text(&subscription["httpConfig"]["url"]),
        Some("EVENTBRIDGE") => "AWS EventBridge".to_owned(),
        Some("INLINE") => "A fixed answer".to_owned(),
        _ => text(&subscription["type"]),
    }
}

/// The subscription of that id, with what Muster adds to it.
pub(super) async fn find(api: &Api, id: &str) -> Result<Option<Value>, Refused> {
    match api.get(&path(id)).await {
        Ok(found) => Ok(Some(found.body)),
        Err(refused) if refused.status == StatusCode::NOT_FOUND => Ok(None),
        Err(refused) => Err(refused),
    }
}

#[derive(Template)]
#[template(path = "subscription_delete.html")]
struct Confirm {
    shell: Shell,
    id: String,
    name: String,
    destination: String,
    logged: u64,
}

/// `GET /console/subscriptions/{id}/delete`: what it would mean.
pub(crate) async fn ask(operator: Operator, Path(id): Path<String>) -> Response {
    let found = match find(&operator.api, &id).await {
        Ok(Some(found)) => found,
        Ok(None) => return nothing(&operator, "There is no such subscription."),
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    let filter = utf8_percent_encode("subscriptionId eq \"", NON_ALPHANUMERIC);
    let path =
        format!("/v2026/trigger-invocations/status?limit=1&count=true&filters={filter}{id}%22");
    let logged = operator
        .api
        .get(&path)
        .await
        .ok()
        .and_then(|reply| reply.total);
    let page = Confirm {
        shell: operator.shell(CURRENT),
        name: found["name"].as_str().unwrap_or_default().to_owned(),
        destination: destination(&found),
        logged: logged.unwrap_or(0),
        id,
    };
    reply::html(StatusCode::OK, &page)
}

/// `POST /console/subscriptions/{id}/delete`
pub(crate) async fn delete(
    operator: Operator,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    if let Err(response) = operator.form(request).await {
        return response;
    }
    let path = format!(
        "/v2026/trigger-subscriptions/{}",
        utf8_percent_encode(&id, NON_ALPHANUMERIC)
    );
    match operator.api.delete(&path).await {
        Ok(_) => reply::see(&operator.headers, "/console/subscriptions?deleted"),
        Err(refused) => operator.refused(CURRENT, &refused),
    }
}

/// Its path in the API.
pub(super) fn path(id: &str) -> String {
    format!(
        "/muster/v1/subscriptions/{}",
        utf8_percent_encode(id, NON_ALPHANUMERIC)
    )
}

/// `POST /console/subscriptions/{id}/test`: sends the trigger's example to this one.
pub(crate) async fn test(operator: Operator, Path(id): Path<String>, request: Request) -> Response {
    if let Err(response) = operator.form(request).await {
        return response;
    }
    let found = match find(&operator.api, &id).await {
        Ok(Some(found)) => found,
        Ok(None) => return nothing(&operator, "There is no such subscription."),
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    let body = json!({
        "triggerId": found["triggerId"], "contentJson": {}, "subscriptionIds": [id],
    });
    match operator
        .api
        .post("/v2026/trigger-invocations/test", &body)
        .await
    {
        Ok(started) => {
            let to = started
                .rows()
                .first()
                .and_then(|one| one["id"].as_str())
                .map_or_else(
                    || format!("/console/subscriptions/{id}?silent"),
                    |invocation| format!("/console/invocations/{invocation}"),
                );
            reply::see(&operator.headers, &to)
        }
        Err(refused) => operator.refused(CURRENT, &refused),
    }
}
