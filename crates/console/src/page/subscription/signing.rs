//! The signing secrets of a subscription: a new one is shown once, and the one before stays valid
//! until somebody withdraws it.

use askama::Template;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use crate::operator::{Asked, Operator};
use crate::page::missing::nothing;
use crate::page::subscriptions::{CURRENT, find};
use crate::reply;
use crate::shell::Shell;

/// A secret without its value.
struct Secret {
    id: String,
    created: String,
}

#[derive(Template)]
#[template(path = "signing.html")]
struct Page {
    shell: Shell,
    id: String,
    name: String,
    /// The newest first.
    secrets: Vec<Secret>,
    /// The one that was made a moment ago.
    made: Option<String>,
    now: String,
    toast: &'static str,
}

/// `GET /console/subscriptions/{id}/signing`
pub(crate) async fn list(
    operator: Operator,
    Path(id): Path<String>,
    Asked(asked): Asked,
) -> Response {
    let toast = if asked.has("withdrawn") {
        "Withdrawn"
    } else {
        ""
    };
    show(operator, id, None, toast).await
}

/// `POST /console/subscriptions/{id}/signing`: makes one. The answer is the only page that shows it,
/// so it is not redirected to.
pub(crate) async fn make(operator: Operator, Path(id): Path<String>, request: Request) -> Response {
    if let Err(response) = operator.form(request).await {
        return response;
    }
    match operator.api.post(&path(&id), &json!({})).await {
        Ok(made) => {
            let secret = made.body["secret"].as_str().map(str::to_owned);
            show(operator, id, secret, "").await
        }
        Err(refused) => operator.refused(CURRENT, &refused),
    }
}

/// `POST /console/subscriptions/{id}/signing/{secret}/withdraw`
pub(crate) async fn withdraw(
    operator: Operator,
    Path((id, secret)): Path<(String, String)>,
    request: Request,
) -> Response {
    if let Err(response) = operator.form(request).await {
        return response;
    }
    let secret = utf8_percent_encode(&secret, NON_ALPHANUMERIC).to_string();
    match operator
        .api
        .delete(&format!("{}/{secret}", path(&id)))
        .await
    {
        Ok(_) => reply::see(
            &operator.headers,
            &format!("/console/subscriptions/{id}/signing?withdrawn"),
        ),
        Err(refused) => operator.refused(CURRENT, &refused),
    }
}

async fn show(
    operator: Operator,
    id: String,
    made: Option<String>,
    toast: &'static str,
) -> Response {
    let found = match find(&operator.api, &id).await {
        Ok(Some(found)) => found,
        Ok(None) => return nothing(&operator, "There is no such subscription."),
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    let secrets = match operator.api.get(&path(&id)).await {
        Ok(secrets) => secrets,
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let shell = operator.shell(CURRENT);
    let page = Page {
        name: text(&found["name"]),
        secrets: secrets
            .rows()
            .iter()
            .map(|one| Secret {
                id: text(&one["id"]),
                created: text(&one["created"]),
            })
            .collect(),
        id,
        made,
        now: shell.now.clone(),
        shell,
        toast,
    };
    reply::html(StatusCode::OK, &page)
}

/// Their path in the API.
fn path(id: &str) -> String {
    let id = utf8_percent_encode(id, NON_ALPHANUMERIC);
    format!("/muster/v1/subscriptions/{id}/signing-secrets")
}
