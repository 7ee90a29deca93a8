//! Invocations: what was sent to whom and how that went; one of them with its event, its
//! explanation, and sending it again.

use askama::Template;
use askama::filters::Safe;
use axum::extract::{Path, Request};
use axum::http::StatusCode;
use axum::response::Response;
use percent_encoding::{NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};

use super::missing::nothing;
use super::subscriptions::find as find_subscription;
use super::trial::tree;
use crate::api::{Api, Refused, Reply};
use crate::operator::{Asked, Operator};
use crate::reply;
use crate::shell::Shell;
use crate::show::about;

const CURRENT: &str = "Invocations";
/// Rows of a page.
const ROWS: usize = 50;
/// Rows that the API gives at once, when one of them is looked for.
const LOOKED_AT: usize = 250;

/// How an invocation stands, in the fixed words of the design.
struct State {
    word: &'static str,
    tone: &'static str,
    icon: &'static str,
}

struct Entry {
    id: String,
    state: State,
    subscription: String,
    trigger: String,
    about: String,
    created: String,
    is_test: bool,
    is_open: bool,
}

struct Detail {
    id: String,
    state: State,
    subscription: String,
    subscription_id: String,
    trigger: String,
    about: String,
    created: String,
    completed: Option<String>,
    error: Option<String>,
    input: Value,
    output: Option<Value>,
    content: Option<Value>,
    attempts: Vec<Attempt>,
    why: Option<Why>,
}

/// One try to deliver, newest first.
struct Attempt {
    number: u64,
    started: String,
    latency: Option<u64>,
    status: Option<u64>,
    error: Option<String>,
    answer: Option<String>,
}

/// Why the subscription's filter let the event pass.
struct Why {
    filter: String,
    tree: Safe<String>,
    fires: bool,
}

struct Choice {
    id: String,
    name: String,
}

#[derive(Template)]
#[template(path = "invocations.html")]
struct Page {
    shell: Shell,
    now: String,
    entries: Vec<Entry>,
    total: u64,
    offset: usize,
    triggers: Vec<Choice>,
    subscriptions: Vec<Choice>,
    trigger: String,
    subscription: String,
    detail: Option<Detail>,
    toast: &'static str,
}

impl Page {
    fn is_filtered(&self) -> bool {
        !self.trigger.is_empty() || !self.subscription.is_empty()
    }

    /// The address of another page of the same list.
    fn at(&self, offset: usize) -> String {
        let encode = |text: &str| utf8_percent_encode(text, NON_ALPHANUMERIC).to_string();
        format!(
            "/console/invocations?trigger={}&subscription={}&offset={offset}",
            encode(&self.trigger),
            encode(&self.subscription)
        )
    }

    fn older(&self) -> Option<String> {
        let next = self.offset + self.entries.len();
        ((next as u64) < self.total).then(|| self.at(next))
    }

    fn newer(&self) -> Option<String> {
        (self.offset > 0).then(|| self.at(self.offset.saturating_sub(ROWS)))
    }
}

/// `GET /console/invocations`
pub(crate) async fn list(operator: Operator, Asked(asked): Asked) -> Response {
    let listing = Listing {
        trigger: asked.text("trigger").to_owned(),
        subscription: asked.text("subscription").to_owned(),
        offset: asked.text("offset").parse().unwrap_or(0),
    };
    show(operator, listing, (None, "")).await
}

struct Listing {
    trigger: String,
    subscription: String,
    offset: usize,
}

/// `GET /console/invocations/{id}`
pub(crate) async fn detail(
    operator: Operator,
    Path(id): Path<String>,
    Asked(asked): Asked,
) -> Response {
    let found = match find(&operator.api, &id).await {
        Ok(Some(found)) => found,
        Ok(None) => {
            return nothing(
                &operator,
                "There is no such invocation, or it is no longer in the log.",
            );
        }
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    let detail = Detail::of(&operator.api, &found).await;
    let toast = if asked.has("resent") {
        "Sent again"
    } else {
        ""
    };
    let listing = Listing {
        trigger: asked.text("trigger").to_owned(),
        subscription: asked.text("subscription").to_owned(),
        offset: asked.text("offset").parse().unwrap_or(0),
    };
    show(operator, listing, (Some(detail), toast)).await
}

async fn show(
    operator: Operator,
    listing: Listing,
    (detail, toast): (Option<Detail>, &'static str),
) -> Response {
    let Listing {
        trigger,
        subscription,
        offset,
    } = listing;
    let page = match fetch(&operator.api, (&trigger, &subscription), offset, ROWS).await {
        Ok(page) => page,
        Err(refused) => return operator.refused(CURRENT, &refused),
    };
    let choices = |reply: Result<Reply, Refused>| match reply {
        Ok(reply) => reply.rows().iter().map(Choice::of).collect(),
        Err(_) => Vec::new(),
    };
    let triggers = choices(operator.api.get("/v2026/triggers?limit=250").await);
    let subscriptions = choices(
        operator
            .api
            .get("/v2026/trigger-subscriptions?limit=250")
            .await,
    );
    let open = detail.as_ref().map(|detail| detail.id.as_str());
    let shell = operator.shell(CURRENT);
    let page = Page {
        now: shell.now.clone(),
        shell,
        entries: page.rows().iter().map(|row| Entry::of(row, open)).collect(),
        total: page.total.unwrap_or(0),
        offset,
        triggers,
        subscriptions,
        trigger,
        subscription,
        detail,
        toast,
    };
    reply::html(StatusCode::OK, &page)
}

/// `POST /console/invocations/{id}/resend`
pub(crate) async fn resend(
    operator: Operator,
    Path(id): Path<String>,
    request: Request,
) -> Response {
    if let Err(response) = operator.form(request).await {
        return response;
    }
    let path = format!(
        "/muster/v1/invocations/{}/resend",
        utf8_percent_encode(&id, NON_ALPHANUMERIC)
    );
    match operator.api.post(&path, &json!({})).await {
        Ok(_) => reply::see(
            &operator.headers,
            &format!("/console/invocations/{id}?resent"),
        ),
        Err(refused) => operator.refused(CURRENT, &refused),
    }
}

async fn fetch(
    api: &Api,
    (trigger, subscription): (&str, &str),
    offset: usize,
    limit: usize,
) -> Result<Reply, Refused> {
    let parts: Vec<String> = [("triggerId", trigger), ("subscriptionId", subscription)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(field, value)| format!("{field} eq \"{}\"", value.replace(['"', '\\'], "")))
        .collect();
    let mut path =
        format!("/v2026/trigger-invocations/status?count=true&limit={limit}&offset={offset}");
    if !parts.is_empty() {
        path.push_str("&filters=");
        path.extend(utf8_percent_encode(&parts.join(" and "), NON_ALPHANUMERIC));
    }
    api.get(&path).await
}

/// The vendor's API has no GET of one; the log is looked through for it, newest first.
async fn find(api: &Api, id: &str) -> Result<Option<Value>, Refused> {
    let mut offset = 0;
    loop {
        let page = fetch(api, ("", ""), offset, LOOKED_AT).await?;
        if let Some(found) = page.rows().iter().find(|row| row["id"] == id) {
            return Ok(Some(found.clone()));
        }
        offset += page.rows().len();
        if page.rows().is_empty() || offset as u64 >= page.total.unwrap_or(0) {
            return Ok(None);
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl State {
    fn of(row: &Value) -> Self {
        let (word, tone, icon) = if row["completed"].is_null() {
            ("In flight", "busy", "busy")
        } else if row["completeInvocationInput"]["localizedError"].is_null() {
            ("Delivered", "ok", "ok")
        } else {
            ("Failed", "bad", "fail")
        };
        Self { word, tone, icon }
    }
}

impl Entry {
    fn of(row: &Value, open: Option<&str>) -> Self {
        let id = text(&row["id"]);
        Self {
            state: State::of(row),
            subscription: text(&row["subscriptionName"]),
            trigger: text(&row["triggerId"]),
            about: about(&row["startInvocationInput"]["input"]),
            created: text(&row["created"]),
            is_test: row["type"] == "TEST",
            is_open: open == Some(&*id),
            id,
        }
    }
}

impl Choice {
    fn of(row: &Value) -> Self {
        Self {
            id: text(&row["id"]),
            name: text(&row["name"]),
        }
    }
}

impl Detail {
    async fn of(api: &Api, row: &Value) -> Self {
        let ended = &row["completeInvocationInput"];
        let present = |value: &Value| Some(value.clone()).filter(|value| !value.is_null());
        let id = text(&row["id"]);
        Self {
            state: State::of(row),
            subscription: text(&row["subscriptionName"]),
            subscription_id: text(&row["subscriptionId"]),
            trigger: text(&row["triggerId"]),
            about: about(&row["startInvocationInput"]["input"]),
            created: text(&row["created"]),
            completed: row["completed"].as_str().map(str::to_owned),
            error: ended["localizedError"]["message"]
                .as_str()
                .map(str::to_owned),
            input: row["startInvocationInput"]["input"].clone(),
            output: present(&ended["output"]),
            content: present(&row["startInvocationInput"]["contentJson"]),
            attempts: attempts(api, &id).await,
            why: why(api, row).await,
            id,
        }
    }
}

/// Every try, where the API tells them.
async fn attempts(api: &Api, id: &str) -> Vec<Attempt> {
    let path = format!(
        "/muster/v1/invocations/{}/attempts",
        utf8_percent_encode(id, NON_ALPHANUMERIC)
    );
    let Ok(reply) = api.get(&path).await else {
        return Vec::new();
    };
    let mut attempts: Vec<Attempt> = reply
        .rows()
        .iter()
        .map(|row| Attempt {
            number: row["number"].as_u64().unwrap_or(0),
            started: text(&row["started"]),
            latency: row["latencyMs"]
                .as_f64()
                .map(|millis| (millis * 1_000.0) as u64),
            status: row["status"].as_u64(),
            error: row["error"].as_str().map(str::to_owned),
            answer: row["answer"]
                .as_str()
                .filter(|answer| !answer.is_empty())
                .map(str::to_owned),
        })
        .collect();
    attempts.sort_by_key(|attempt| std::cmp::Reverse(attempt.number));
    attempts
}

/// How the subscription's filter, as it is now, decides on the event.
async fn why(api: &Api, row: &Value) -> Option<Why> {
    let found = find_subscription(api, row["subscriptionId"].as_str()?)
        .await
        .ok()??;
    let filter = found["filter"]
        .as_str()
        .filter(|filter| !filter.trim().is_empty())?;
    let body = json!({
        "triggerId": row["triggerId"],
        "filter": filter,
        "input": row["startInvocationInput"]["input"],
    });
    let trial = api.post("/muster/v1/filter-trials", &body).await.ok()?.body;
    trial["explanation"].is_object().then(|| Why {
        filter: filter.to_owned(),
        tree: Safe(tree(&trial["explanation"])),
        fires: trial["explained"]["fires"] == true,
    })
}
