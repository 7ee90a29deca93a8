//! The overview: how much there is at each station of the flow, and what needs attention. Every
//! figure is what the API counts at this moment; what the operator may not read is left out.

use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use serde_json::Value;

use crate::api::Api;
use crate::operator::Operator;
use crate::reply;
use crate::shell::Shell;

const CURRENT: &str = "Overview";
/// Invocations looked at for what failed lately.
const RECENT: &str = "250";

/// Something that somebody should look at.
struct Attention {
    state: &'static str,
    icon: &'static str,
    title: String,
    text: String,
    path: String,
    action: &'static str,
}

/// A run of the last ones.
struct Run {
    name: String,
    word: &'static str,
    state: &'static str,
    icon: &'static str,
    started: String,
}

#[derive(Template)]
#[template(path = "overview.html")]
struct Page {
    shell: Shell,
    now: String,
    accounts: Option<u64>,
    sources: Vec<String>,
    people: Option<u64>,
    invocations: Option<u64>,
    subscriptions: Vec<(String, String, bool)>,
    attention: Vec<Attention>,
    runs: Vec<Run>,
}

/// `GET /console`
pub(crate) async fn show(operator: Operator) -> Response {
    let api = &operator.api;
    let subscriptions = rows(api, "/v2026/trigger-subscriptions?limit=250").await;
    let log = format!("/muster/v1/invocations?limit={RECENT}&count=true");
    let log = api.get(&log).await.ok();
    let recent = log.as_ref().map_or(&[] as &[Value], |log| log.rows());
    let shell = operator.shell(CURRENT);
    let page = Page {
        now: shell.now.clone(),
        shell,
        accounts: total(api, "/v2026/accounts?limit=1&count=true").await,
        sources: rows(api, "/v2026/sources?limit=5")
            .await
            .iter()
            .map(|one| text(&one["name"]))
            .collect(),
        people: total(api, "/v2026/identities?limit=1&count=true").await,
        invocations: log.as_ref().and_then(|log| log.total),
        attention: attention(&subscriptions, recent),
        subscriptions: subscriptions
            .iter()
            .take(5)
            .map(|one| (text(&one["id"]), text(&one["name"]), one["enabled"] == true))
            .collect(),
        runs: rows(api, "/v2026/task-status?limit=6&sorters=-created")
            .await
            .iter()
            .map(Run::of)
            .collect(),
    };
    reply::html(StatusCode::OK, &page)
}

async fn total(api: &Api, path: &str) -> Option<u64> {
    api.get(path).await.ok()?.total
}

async fn rows(api: &Api, path: &str) -> Vec<Value> {
    api.get(path)
        .await
        .map(|reply| reply.rows().to_vec())
        .unwrap_or_default()
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

/// Subscriptions whose last deliveries failed, for good or so far.
fn attention(subscriptions: &[Value], recent: &[Value]) -> Vec<Attention> {
    let mut found = Vec::new();
    for subscription in subscriptions {
        let id = text(&subscription["id"]);
        let name = text(&subscription["name"]);
        let that_stand = |state: &str| {
            let ours = recent
                .iter()
                .filter(|one| one["subscriptionId"] == id.as_str() && one["state"] == state);
            ours.collect::<Vec<_>>()
        };
        let (failed, retrying) = (that_stand("FAILED"), that_stand("RETRYING"));
        let message =
            |one: &Value| text(&one["completeInvocationInput"]["localizedError"]["message"]);
        let path = |state| format!("/console/invocations?subscription={id}&state={state}");
        if let Some(last) = failed.first() {
            found.push(Attention {
                state: "bad",
                icon: "fail",
                title: format!("{name} did not take {} of its events", failed.len()),
                text: format!("{}. The events are kept.", message(last)),
                path: path("FAILED"),
                action: "Open",
            });
        }
        if let Some(last) = retrying.first() {
            found.push(Attention {
                state: "warn",
                icon: "retry",
                title: format!("{name} has not taken {} of its events yet", retrying.len()),
                text: format!("{}. They are tried again.", message(last)),
                path: path("RETRYING"),
                action: "Open",
            });
        }
    }
    found
}

impl Run {
    fn of(task: &Value) -> Self {
        let (word, state, icon) = match task["completionStatus"].as_str() {
            None => ("Running", "busy", "busy"),
            Some("SUCCESS") => ("Completed", "ok", "ok"),
            Some("WARNING") => ("Warning", "warn", "alert"),
            Some(_) => ("Failed", "bad", "fail"),
        };
        let named = [
            &task["target"]["name"],
            &task["description"],
            &task["uniqueName"],
        ];
        Self {
            name: named
                .into_iter()
                .find_map(Value::as_str)
                .unwrap_or_default()
                .to_owned(),
            word,
            state,
            icon,
            started: text(&task["created"]),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_subscription_whose_events_failed_needs_attention() {
        let subscriptions = [
            json!({"id": "1", "name": "Feed"}),
            json!({"id": "2", "name": "Fine"}),
        ];
        let stands = |id: &str, state: &str| {
            let message = if state == "DELIVERED" {
                None
            } else {
                Some("502")
            };
            json!({"subscriptionId": id, "state": state,
                "completeInvocationInput": {"localizedError": {"message": message}}})
        };
        let recent = [
            stands("1", "FAILED"),
            stands("2", "DELIVERED"),
            stands("1", "RETRYING"),
            stands("1", "FAILED"),
        ];
        let found = attention(&subscriptions, &recent);
        let told: Vec<(&str, &str)> = found.iter().map(|one| (one.state, &*one.title)).collect();
        assert_eq!(
            told,
            [
                ("bad", "Feed did not take 2 of its events"),
                ("warn", "Feed has not taken 1 of its events yet"),
            ]
        );
    }
}
