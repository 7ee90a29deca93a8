//! The inbox: whatever was sent to an address of this server, live. The same parts serve the
//! inbox that `muster inbox` opens on its own ([`crate::alone`]).

use askama::Template;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::missing::nothing;
use crate::operator::{Asked, Operator};
use crate::reply;
use crate::shell::Shell;
use crate::show::{about, bytes};

pub(crate) const CURRENT: &str = "Inbox";

/// Requests shown in the list.
pub(crate) const SHOWN_MAX: usize = 100;

/// A request in the list.
pub(crate) struct Entry {
    pub(crate) path: String,
    pub(crate) title: String,
    pub(crate) method: String,
    pub(crate) is_event: bool,
    pub(crate) about: String,
    pub(crate) size: String,
    pub(crate) received: String,
    pub(crate) is_open: bool,
}

/// A request, whole.
pub(crate) struct Detail {
    pub(crate) title: String,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) size: String,
    pub(crate) received: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) json: Option<Value>,
    pub(crate) body: String,
}

/// Where an inbox is shown.
pub(crate) struct Place<'a> {
    /// The address of its page.
    pub(crate) base: &'a str,
    /// The request that is open.
    pub(crate) open: Option<&'a str>,
}

#[derive(Template)]
#[template(path = "inbox_list.html")]
pub(crate) struct List {
    pub(crate) entries: Vec<Entry>,
    pub(crate) now: String,
}

#[derive(Template)]
#[template(path = "inbox.html")]
struct Page {
    shell: Shell,
    now: String,
    inboxes: Vec<(String, String)>,
    id: String,
    url: String,
    stream: String,
    entries: Vec<Entry>,
    detail: Option<Detail>,
    toast: &'static str,
}

#[derive(Template)]
#[template(path = "inbox_none.html")]
struct Empty {
    shell: Shell,
    error: Option<String>,
}

impl Page {
    fn base(&self) -> String {
        format!("/console/inbox/{}", self.id)
    }
}

/// `GET /console/inbox`: the first inbox, or how to get one.
pub(crate) async fn first(operator: Operator) -> Response {
    let inboxes = match operator.api.get("/muster/v1/inboxes").await {
        Ok(inboxes) => inboxes,
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    match inboxes
        .rows()
        .first()
        .and_then(|inbox| inbox["id"].as_str())
    {
        Some(id) => show(operator, (id.to_owned(), None), "").await,
        None => none(&operator, StatusCode::OK, None),
    }
}

fn none(operator: &Operator, status: StatusCode, error: Option<String>) -> Response {
    let page = Empty {
        shell: operator.shell(CURRENT),
        error,
    };
    reply::html(status, &page)
}

/// `POST /console/inbox`: one more.
pub(crate) async fn create(operator: Operator, request: Request) -> Response {
    let form = match operator.form(request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let body = json!({"name": form.text("name")});
    match operator.api.post("/muster/v1/inboxes", &body).await {
        Ok(made) => {
            let id = made.body["id"].as_str().unwrap_or_default();
            reply::see(&operator.headers, &format!("/console/inbox/{id}"))
        }
        Err(refused) if refused.status == StatusCode::BAD_REQUEST => none(
            &operator,
            StatusCode::UNPROCESSABLE_ENTITY,
            Some(refused.text),
        ),
        Err(refused) => operator.refused(CURRENT, &refused),
    }
}

/// `GET /console/inbox/{id}`
pub(crate) async fn one(
    operator: Operator,
    Path(id): Path<String>,
    Asked(asked): Asked,
) -> Response {
    let toast = if asked.has("cleared") { "Cleared" } else { "" };
    show(operator, (id, None), toast).await
}

/// `GET /console/inbox/{id}/{request}`
pub(crate) async fn detail(
    operator: Operator,
    Path((id, request)): Path<(String, String)>,
) -> Response {
    show(operator, (id, Some(request)), "").await
}

async fn show(
    operator: Operator,
    (id, open): (String, Option<String>),
    toast: &'static str,
) -> Response {
    let inboxes = match operator.api.get("/muster/v1/inboxes").await {
        Ok(inboxes) => inboxes,
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    let Some(inbox) = inboxes
        .rows()
        .iter()
        .find(|inbox| inbox["id"] == id.as_str())
    else {
        return nothing(&operator, "There is no such inbox.");
    };
    let caught = match operator.api.get(&requests(&id)).await {
        Ok(caught) => caught,
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    let detail = match &open {
        None => None,
        Some(number) => {
            let found = caught.rows().iter().find(|one| is_numbered(one, number));
            let Some(found) = found else {
                return nothing(&operator, "This request is no longer remembered.");
            };
            Some(Detail::of(found))
        }
    };
    let base = format!("/console/inbox/{id}");
    let place = Place {
        base: &base,
        open: open.as_deref(),
    };
    let shell = operator.shell(CURRENT);
    let page = Page {
        now: shell.now.clone(),
        shell,
        inboxes: inboxes
            .rows()
            .iter()
            .map(|one| (text(&one["id"]), text(&one["name"])))
            .collect(),
        url: text(&inbox["url"]),
        stream: format!("/console/stream/inbox/{id}"),
        entries: entries(caught.rows(), &place),
        detail,
        toast,
        id,
    };
    reply::html(StatusCode::OK, &page)
}

/// `POST /console/inbox/{id}/clear`
pub(crate) async fn clear(
    operator: Operator,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    if let Err(response) = operator.form(request).await {
        return response;
    }
    match operator.api.delete(&requests(&id)).await {
        Ok(_) => reply::see(&operator.headers, &format!("/console/inbox/{id}?cleared")),
        Err(refused) => operator.refused(CURRENT, &refused),
    }
}

/// The path of an inbox's requests in the API.
pub(crate) fn requests(id: &str) -> String {
    format!(
        "/muster/v1/inboxes/{}/requests",
        utf8_percent_encode(id, NON_ALPHANUMERIC)
    )
}

/// The list, from requests as the API tells them.
pub(crate) fn entries(caught: &[Value], place: &Place<'_>) -> Vec<Entry> {
    let entry = |one: &Value| {
        let number = one["id"].to_string();
        let body = body(one);
        Entry {
            path: format!("{}/{number}", place.base),
            title: title(one),
            method: text(&one["method"]),
            is_event: header(one, "webhook-id").is_some(),
            about: body
                .as_ref()
                .map(about)
                .filter(|about| !about.is_empty())
                .unwrap_or_else(|| text(&one["path"])),
            size: bytes(&one["size"].as_u64().unwrap_or(0)),
            received: text(&one["received"]),
            is_open: place.open == Some(&*number),
        }
    };
    caught.iter().take(SHOWN_MAX).map(entry).collect()
}

impl Detail {
    pub(crate) fn of(one: &Value) -> Self {
        let json = body(one);
        let headers = one["headers"].as_array().into_iter().flatten();
        Self {
            title: title(one),
            method: text(&one["method"]),
            path: text(&one["path"]),
            size: bytes(&one["size"].as_u64().unwrap_or(0)),
            received: text(&one["received"]),
            headers: headers
                .map(|header| (text(&header["name"]), text(&header["value"])))
                .collect(),
            json,
            body: text(&one["body"]),
        }
    }
}

/// Whether a request has the number that an address names.
pub(crate) fn is_numbered(one: &Value, number: &str) -> bool {
    one["id"]
        .as_u64()
        .is_some_and(|id| number.parse() == Ok(id))
}

fn body(one: &Value) -> Option<Value> {
    let body: Value = serde_json::from_str(one["body"].as_str()?).ok()?;
    (body.is_object() || body.is_array()).then_some(body)
}

/// What it is: events of Muster say so in their headers.
fn title(one: &Value) -> String {
    if header(one, "webhook-id").is_none() {
        return "No Muster event".to_owned();
    }
    header(one, "muster-trigger-id").map_or_else(
        || "Event".to_owned(),
        |trigger| crate::show::trigger_name(&trigger),
    )
}

fn header(one: &Value, name: &str) -> Option<String> {
    let headers = one["headers"].as_array()?;
    let found = headers.iter().find(|header| header["name"] == name)?;
    Some(text(&found["value"]))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
