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
use crate::operator::{Asked, Form, Operator};
use crate::reply;
use crate::shell::Shell;
use crate::show::about;

const CURRENT: &str = "Invocations";
/// Rows of a page.
const ROWS: usize = 50;

/// How an invocation stands, in the fixed words of the design.
struct State {
    /// As the API says it.
    key: &'static str,
    word: &'static str,
    tone: &'static str,
    icon: &'static str,
    /// What the subscription did with the event.
    did: &'static str,
}

/// All of them, in the order in which they are offered.
const STATES: [State; 5] = [
    State {
        key: "IN_FLIGHT",
        word: "In flight",
        tone: "busy",
        icon: "busy",
        did: "is being told of",
    },
    State {
        key: "DELIVERED",
        word: "Delivered",
        tone: "ok",
        icon: "ok",
        did: "took",
    },
    State {
        key: "RETRYING",
        word: "Retrying",
        tone: "warn",
        icon: "retry",
        did: "has not taken yet",
    },
    State {
        key: "HELD",
        word: "Held",
        tone: "warn",
        icon: "hold",
        did: "is not told yet of",
    },
    State {
        key: "FAILED",
        word: "Failed",
        tone: "bad",
        icon: "fail",
        did: "did not take",
    },
];

struct Entry {
    id: String,
    state: &'static State,
    /// When it goes on.
    next: Option<String>,
    subscription: String,
    trigger: String,
    about: String,
    created: String,
    is_test: bool,
    is_open: bool,
}

struct Detail {
    id: String,
    state: &'static State,
    next: Option<String>,
    /// The invocation that it waits behind.
    held_by: Option<String>,
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
    triggers: Vec<Choice>,
    subscriptions: Vec<Choice>,
    listing: Listing,
    detail: Option<Detail>,
    toast: &'static str,
}

/// Which part of the log is shown.
#[derive(Clone)]
struct Listing {
    /// Each is empty where all are.
    trigger: String,
    subscription: String,
    state: String,
    offset: usize,
}

impl Listing {
    fn of(asked: &Form) -> Self {
        Self {
            trigger: asked.text("trigger").to_owned(),
            subscription: asked.text("subscription").to_owned(),
            state: asked.text("state").to_owned(),
            offset: asked.text("offset").parse().unwrap_or(0),
        }
    }

    fn is_filtered(&self) -> bool {
        [&self.trigger, &self.subscription, &self.state]
            .iter()
            .any(|part| !part.is_empty())
    }

    /// What stands behind the `?` of its address; nothing where it is the whole log.
    fn query(&self) -> String {
        let offset = match self.offset {
            0 => String::new(),
            offset => offset.to_string(),
        };
        let parts = [
            ("trigger", &self.trigger),
            ("subscription", &self.subscription),
            ("state", &self.state),
            ("offset", &offset),
        ];
        let parts = parts.iter().filter(|(_, value)| !value.is_empty());
        let parts: Vec<String> = parts
            .map(|(name, value)| format!("{name}={}", utf8_percent_encode(value, NON_ALPHANUMERIC)))
            .collect();
        if parts.is_empty() {
            String::new()
        } else {
            format!("?{}", parts.join("&"))
        }
    }

    /// The API's filter.
    fn filter(&self) -> String {
        let parts = [
            ("triggerId", &self.trigger),
            ("subscriptionId", &self.subscription),
            ("state", &self.state),
        ];
        let parts = parts.iter().filter(|(_, value)| !value.is_empty());
        let parts: Vec<String> = parts
            .map(|(field, value)| format!("{field} eq \"{}\"", value.replace(['"', '\\'], "")))
            .collect();
        parts.join(" and ")
    }
}

impl Page {
    /// The address of another page of the same list.
    fn at(&self, offset: usize) -> String {
        let listing = Listing {
            offset,
            ..self.listing.clone()
        };
        format!("/console/invocations{}", listing.query())
    }

    /// The address of the list with another state.
    fn in_state(&self, state: &str) -> String {
        let listing = Listing {
            state: state.to_owned(),
            offset: 0,
            ..self.listing.clone()
        };
        format!("/console/invocations{}", listing.query())
    }

    fn older(&self) -> Option<String> {
        let next = self.listing.offset + self.entries.len();
        ((next as u64) < self.total).then(|| self.at(next))
    }

    fn newer(&self) -> Option<String> {
        (self.listing.offset > 0).then(|| self.at(self.listing.offset.saturating_sub(ROWS)))
    }
}

/// `GET /console/invocations`
pub(crate) async fn list(operator: Operator, Asked(asked): Asked) -> Response {
    show(operator, Listing::of(&asked), (None, "")).await
}

/// `GET /console/invocations/{id}`
pub(crate) async fn detail(
    operator: Operator,
    Path(id): Path<String>,
    Asked(asked): Asked,
) -> Response {
    let found = match operator.api.get(&path(&id)).await {
        Ok(found) => found.body,
        Err(refused) if refused.status == StatusCode::NOT_FOUND => {
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
    show(operator, Listing::of(&asked), (Some(detail), toast)).await
}

async fn show(
    operator: Operator,
    listing: Listing,
    (detail, toast): (Option<Detail>, &'static str),
) -> Response {
    let page = match fetch(&operator.api, &listing).await {
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
        triggers,
        subscriptions,
        listing,
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
    let path = format!("{}/resend", path(&id));
    match operator.api.post(&path, &json!({})).await {
        Ok(_) => reply::see(
            &operator.headers,
            &format!("/console/invocations/{id}?resent"),
        ),
        Err(refused) => operator.refused(CURRENT, &refused),
    }
}

async fn fetch(api: &Api, listing: &Listing) -> Result<Reply, Refused> {
    let mut path = format!(
        "/muster/v1/invocations?count=true&limit={ROWS}&offset={}",
        listing.offset
    );
    let filter = listing.filter();
    if !filter.is_empty() {
        path.push_str("&filters=");
        path.extend(utf8_percent_encode(&filter, NON_ALPHANUMERIC));
    }
    api.get(&path).await
}

/// The path of one in the API.
fn path(id: &str) -> String {
    let id = utf8_percent_encode(id, NON_ALPHANUMERIC);
    format!("/muster/v1/invocations/{id}")
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

impl State {
    fn of(row: &Value) -> &'static Self {
        let found = STATES.iter().find(|one| row["state"] == one.key);
        found.unwrap_or(&STATES[0])
    }
}

impl Entry {
    fn of(row: &Value, open: Option<&str>) -> Self {
        let id = text(&row["id"]);
        Self {
            state: State::of(row),
            next: row["nextAttempt"].as_str().map(str::to_owned),
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
    /// What is on its way or waits behind another cannot be hurried.
    fn can_resend(&self) -> bool {
        !matches!(self.state.key, "IN_FLIGHT" | "HELD")
    }

    async fn of(api: &Api, row: &Value) -> Self {
        let ended = &row["completeInvocationInput"];
        let present = |value: &Value| Some(value.clone()).filter(|value| !value.is_null());
        let id = text(&row["id"]);
        Self {
            state: State::of(row),
            next: row["nextAttempt"].as_str().map(str::to_owned),
            held_by: row["heldBy"].as_str().map(str::to_owned),
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
    let Ok(reply) = api.get(&format!("{}/attempts", path(id))).await else {
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
        "dialect": found["settings"]["dialect"],
        "input": row["startInvocationInput"]["input"],
    });
    let trial = api.post("/muster/v1/filter-trials", &body).await.ok()?.body;
    trial["explanation"].is_object().then(|| Why {
        filter: filter.to_owned(),
        tree: Safe(tree(&trial["explanation"])),
        fires: trial["explained"]["fires"] == true,
    })
}
