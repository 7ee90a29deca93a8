//! The filter tester: what a filter would have done, why, and what it does with values that are not
//! there. Everything shown is one answer of the API's filter trial.

use std::fmt::Write;

use askama::Template;
use askama::filters::Safe;
use axum::extract::Request;
use axum::http::{HeaderValue, StatusCode};
use axum::response::Response;
use serde_json::{Value, json};

use crate::api::{Api, Refused};
use crate::icon;
use crate::operator::Operator;
use crate::reply;
use crate::show::{about, escape};

/// Marks on the strip; it is 1,000 wide, one for each event looked at.
const STRIP_WIDTH: usize = 1_000;
/// Matches offered to be explained.
const OFFERED_MAX: usize = 20;

/// What a trial came to, as it is shown.
pub(crate) struct Trial {
    pub(crate) examined: u64,
    pub(crate) matched: u64,
    pub(crate) last_match: Option<String>,
    pub(crate) oldest: Option<String>,
    pub(crate) strip: Safe<String>,
    pub(crate) example_fires: bool,
    /// Id and moment of each event that can be explained.
    pub(crate) offered: Vec<(String, String)>,
    pub(crate) explained: String,
    pub(crate) about: String,
    pub(crate) fires: bool,
    pub(crate) tree: Option<Safe<String>>,
    pub(crate) reason: String,
    pub(crate) instead: Vec<Instead>,
}

pub(crate) struct Instead {
    pub(crate) path: String,
    pub(crate) absent: bool,
    pub(crate) null: bool,
    pub(crate) empty: Option<bool>,
}

/// Why a filter could not be tried.
pub(crate) struct Invalid {
    pub(crate) text: String,
    pub(crate) suggestion: Option<String>,
}

#[derive(Template)]
#[template(path = "trial.html")]
struct Verdict {
    trial: Trial,
    now: String,
}

#[derive(Template)]
#[template(path = "trial_error.html")]
struct Wrong {
    invalid: Invalid,
}

/// `POST /console/filter/try`: the verdict. A filter that does not compile leaves the last verdict
/// where it is and says what is wrong above it.
pub(crate) async fn show(operator: Operator, request: Request) -> Response {
    let form = match operator.form(request).await {
        Ok(form) => form,
        Err(response) => return response,
    };
    let trying = Trying {
        trigger: form.text("triggerId"),
        filter: form.text("filter"),
        dialect: form.text("dialect"),
        event: form.text("eventId"),
    };
    match run(&operator.api, trying).await {
        Ok(Ok(trial)) => {
            let verdict = Verdict {
                trial,
                now: operator.shell("").now,
            };
            reply::html(StatusCode::OK, &verdict)
        }
        Ok(Err(invalid)) => wrong(invalid),
        Err(refused) => wrong(Invalid {
            text: refused.text,
            suggestion: None,
        }),
    }
}

fn wrong(invalid: Invalid) -> Response {
    let mut response = reply::html(StatusCode::OK, &Wrong { invalid });
    let headers = response.headers_mut();
    headers.insert("hx-retarget", HeaderValue::from_static("#trial-error"));
    headers.insert("hx-reswap", HeaderValue::from_static("innerHTML"));
    response
}

/// What is tried.
#[derive(Clone, Copy)]
pub(crate) struct Trying<'a> {
    pub(crate) trigger: &'a str,
    pub(crate) filter: &'a str,
    /// The filter's language; the vendor's, where empty.
    pub(crate) dialect: &'a str,
    /// The event to explain; the API chooses, where empty.
    pub(crate) event: &'a str,
}

/// Asks the API. The chosen event may no longer be among the last ones; then the API chooses.
pub(crate) async fn run(api: &Api, trying: Trying<'_>) -> Result<Result<Trial, Invalid>, Refused> {
    const PATH: &str = "/muster/v1/filter-trials";
    let Trying {
        trigger,
        filter,
        dialect,
        event,
    } = trying;
    let mut body = json!({"triggerId": trigger, "filter": filter});
    if !dialect.is_empty() {
        body["dialect"] = dialect.into();
    }
    let answer = if event.is_empty() {
        api.post(PATH, &body).await?
    } else {
        body["eventId"] = event.into();
        if let Ok(answer) = api.post(PATH, &body).await {
            answer
        } else {
            body["eventId"] = Value::Null;
            api.post(PATH, &body).await?
        }
    };
    let answer = answer.body;
    Ok(if answer["isValid"] == true {
        Ok(Trial::of(&answer))
    } else {
        Err(Invalid::of(&answer["error"], filter))
    })
}

impl Invalid {
    fn of(error: &Value, filter: &str) -> Self {
        let offset = error["offset"].as_u64().unwrap_or(0) as usize;
        let before = filter.get(..offset).unwrap_or(filter);
        let expected = error["expected"].as_str().unwrap_or("it does not compile");
        Self {
            text: format!("Position {}: {expected}.", before.chars().count() + 1),
            suggestion: error["suggestion"].as_str().map(str::to_owned),
        }
    }
}

impl Trial {
    fn of(answer: &Value) -> Self {
        let matches = answer["matches"]
            .as_array()
            .map_or(&[] as &[Value], Vec::as_slice);
        let text = |value: &Value| value.as_str().map(str::to_owned);
        let examined = answer["examined"].as_u64().unwrap_or(0);
        let explained = &answer["explained"];
        let explanation = &answer["explanation"];
        let offered = matches
            .iter()
            .take(OFFERED_MAX)
            .chain([explained])
            .filter_map(|event| Some((text(&event["id"])?, text(&event["created"])?)));
        let mut offered: Vec<(String, String)> = offered.collect();
        offered.sort_by(|one, other| other.1.cmp(&one.1));
        offered.dedup();
        let rows = answer["instead"].as_array().into_iter().flatten();
        Self {
            examined,
            matched: matches.len() as u64,
            last_match: matches.first().and_then(|newest| text(&newest["created"])),
            oldest: text(&answer["oldest"]),
            strip: strip(matches, examined as usize),
            example_fires: answer["exampleFires"] == true,
            offered,
            explained: text(&explained["id"]).unwrap_or_default(),
            about: about(&explained["input"]),
            fires: explained["fires"] == true,
            tree: explanation.is_object().then(|| Safe(tree(explanation))),
            reason: text(&explanation["reason"]).unwrap_or_default(),
            instead: rows
                .map(|row| Instead {
                    path: text(&row["path"]).unwrap_or_default(),
                    absent: row["whenAbsent"] == true,
                    null: row["whenNull"] == true,
                    empty: row["whenEmpty"].as_bool(),
                })
                .collect(),
        }
    }
}

/// A mark for each match, oldest at the left.
fn strip(matches: &[Value], examined: usize) -> Safe<String> {
    let mut marks = String::new();
    let step = STRIP_WIDTH as f64 / examined.max(1) as f64;
    for event in matches {
        let position = event["position"].as_u64().unwrap_or(0) as usize;
        let left = examined.saturating_sub(position + 1) as f64 * step;
        let width = step.max(2.4);
        let _ = write!(
            marks,
            "<rect x=\"{left:.1}\" y=\"3\" width=\"{width:.1}\" height=\"18\"/>"
        );
    }
    Safe(marks)
}

/// The explanation as nested lists: each step with what it found, each item with what was tried.
pub(crate) fn tree(explanation: &Value) -> String {
    let mut html = String::from("<li><div><code>$</code><em>the event</em></div>");
    let steps = explanation["steps"]
        .as_array()
        .map_or(&[] as &[Value], Vec::as_slice);
    write_steps(steps, &mut html);
    html.push_str("</li>");
    html
}

fn write_steps(steps: &[Value], html: &mut String) {
    let Some((step, rest)) = steps.split_first() else {
        return;
    };
    let found = match step["found"].as_u64().unwrap_or(0) {
        0 => "nothing found".to_owned(),
        1 => step["values"][0].as_str().unwrap_or("one value").to_owned(),
        found => format!("{found} values"),
    };
    let items = step["items"]
        .as_array()
        .map_or(&[] as &[Value], Vec::as_slice);
    let said = if items.is_empty() {
        found
    } else {
        format!("keeps {} of {}", step["found"], items.len())
    };
    let _ = write!(
        html,
        "<ul><li><div><code>{}</code><em>{}</em></div>",
        escape(step["step"].as_str().unwrap_or_default()),
        escape(&said)
    );
    if !items.is_empty() {
        html.push_str("<ul>");
        for (at, item) in items.iter().enumerate() {
            let shown = item["item"].as_str().unwrap_or_default();
            let _ = write!(
                html,
                "<li><div><code class=\"quiet-text\">[{at}]</code><code>{}</code></div><ul>",
                escape(shown)
            );
            write_predicate(&item["predicate"], html);
            html.push_str("</ul></li>");
        }
        html.push_str("</ul>");
    }
    write_steps(rest, html);
    html.push_str("</li></ul>");
}

fn write_predicate(predicate: &Value, html: &mut String) {
    let text = |name: &str| predicate[name].as_str();
    let _ = write!(
        html,
        "<li><div><code>{}</code>",
        escape(text("text").unwrap_or_default())
    );
    if let (Some(left), Some(right)) = (text("left"), text("right")) {
        let _ = write!(
            html,
            "<em><code><mark>{}</mark></code> and <code>{}</code></em>",
            escape(left),
            escape(right)
        );
    }
    match predicate["holds"].as_bool() {
        Some(true) => {
            let Safe(tick) = icon::svg("check", 16);
            let _ = write!(
                html,
                "<span class=\"state\" data-state=\"ok\">{tick}true</span>"
            );
        }
        Some(false) => html.push_str("<span class=\"state\">false</span>"),
        None => {
            let why = text("error").unwrap_or("cannot be decided");
            let _ = write!(html, "<span class=\"soft\">{}</span>", escape(why));
        }
    }
    html.push_str("</div>");
    let parts = predicate["parts"]
        .as_array()
        .map_or(&[] as &[Value], Vec::as_slice);
    if !parts.is_empty() {
        html.push_str("<ul>");
        for part in parts {
            write_predicate(part, html);
        }
        html.push_str("</ul>");
    }
    html.push_str("</li>");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_explanation_is_a_tree_without_markup_of_its_own() {
        let html = tree(
            &json!({"steps": [{"step": "['a']", "found": 1, "values": ["<b>"], "items": [
                {"item": "{}", "predicate": {"text": "@.x == 1", "holds": false, "left": "<i>", "right": "1", "parts": []}},
            ]}]}),
        );
        assert!(
            html.contains("keeps 1 of 1") && html.contains("&lt;i&gt;"),
            "{html}"
        );
        assert!(!html.contains("<b>") && !html.contains("<i>"), "{html}");
        assert_eq!(html.matches("<ul>").count(), html.matches("</ul>").count());
        assert_eq!(html.matches("<li>").count(), html.matches("</li>").count());
    }

    #[test]
    fn a_wrong_place_is_counted_in_characters() {
        let invalid = Invalid::of(&json!({"offset": 4, "expected": "a name"}), "$.é=");
        assert_eq!(invalid.text, "Position 4: a name.");
    }
}
