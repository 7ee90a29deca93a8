//! How a subscription's events are delivered, as the form shows it: what Muster adds to the vendor's
//! subscription. Moments are written as people say them; what a field may hold, the API knows.

use serde_json::{Value, json};

use super::wrong::Wrong;
use crate::operator::Form;

/// Rows for headers that are not there yet.
const BLANK_HEADERS: usize = 2;

/// What stands in the fields of the section.
#[derive(Default)]
pub(crate) struct Delivery {
    pub(crate) schedule: String,
    /// Whether events of one person wait for each other.
    pub(crate) is_ordered: bool,
    /// `jayway` or `rfc9535`.
    pub(crate) dialect: String,
    pub(crate) rate: String,
    pub(crate) concurrent: String,
    pub(crate) headers: Vec<Header>,
    pub(crate) authority: String,
    pub(crate) certificate: String,
    /// Whether a key is stored, which is never shown.
    pub(crate) has_key: bool,
}

/// A header of one's own, or a row for one.
pub(crate) struct Header {
    pub(crate) name: String,
    /// Whether a value is stored, which is never shown.
    pub(crate) is_stored: bool,
}

impl Delivery {
    pub(crate) fn fresh() -> Self {
        Self {
            is_ordered: true,
            dialect: "jayway".to_owned(),
            ..Self::default()
        }
        .with_blank_headers()
    }

    /// As the API shows it.
    pub(crate) fn stored(settings: &Value) -> Self {
        let number = |value: &Value| value.as_u64().map_or_else(String::new, |it| it.to_string());
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let headers = settings["headers"].as_array().into_iter().flatten();
        let tls = &settings["tls"];
        Self {
            schedule: written(&settings["retryScheduleMs"]),
            is_ordered: settings["ordering"] != "none",
            dialect: text(&settings["dialect"]),
            rate: number(&settings["ratePerSecond"]),
            concurrent: number(&settings["concurrentMax"]),
            headers: headers
                .map(|header| Header {
                    name: text(&header["name"]),
                    is_stored: true,
                })
                .collect(),
            authority: text(&tls["certificateAuthority"]),
            certificate: text(&tls["clientCertificate"]),
            // A certificate is not kept without its key.
            has_key: tls["clientCertificate"].is_string(),
        }
        .with_blank_headers()
    }

    /// As it was filled in; `stored` is what the API has.
    pub(crate) fn filled(form: &Form, stored: &Self) -> Self {
        let text = |name: &str| form.text(name).to_owned();
        let is_stored = |name: &str| {
            let mut known = stored.headers.iter();
            known.any(|one| one.is_stored && one.name.eq_ignore_ascii_case(name))
        };
        let names = form.texts("headerName").filter(|name| !name.is_empty());
        Self {
            schedule: text("retrySchedule"),
            is_ordered: form.text("ordering") != "none",
            dialect: text("dialect"),
            rate: text("ratePerSecond"),
            concurrent: text("concurrentMax"),
            headers: names
                .map(|name| Header {
                    name: name.to_owned(),
                    is_stored: is_stored(name),
                })
                .collect(),
            authority: text("certificateAuthority"),
            certificate: text("clientCertificate"),
            has_key: stored.has_key,
        }
        .with_blank_headers()
    }

    fn with_blank_headers(mut self) -> Self {
        let blank = || Header {
            name: String::new(),
            is_stored: false,
        };
        self.headers
            .extend(std::iter::repeat_with(blank).take(BLANK_HEADERS));
        self
    }

    /// What differs from the usual, for the folded section.
    pub(crate) fn summary(&self) -> String {
        let mut parts = Vec::new();
        let mut add = |differs: bool, text: &str| {
            if differs {
                parts.push(text.to_owned());
            }
        };
        add(!self.schedule.is_empty(), "own retry schedule");
        add(!self.is_ordered, "in any order");
        add(self.dialect == "rfc9535", "RFC 9535");
        add(
            !self.rate.is_empty() || !self.concurrent.is_empty(),
            "limited",
        );
        add(self.headers.len() > BLANK_HEADERS, "own headers");
        add(
            !self.certificate.is_empty() || !self.authority.is_empty(),
            "own TLS",
        );
        if parts.is_empty() {
            "as usual".to_owned()
        } else {
            parts.join(", ")
        }
    }
}

/// The section as the API takes it. An empty secret keeps the one that is stored.
pub(crate) fn settings(form: &Form) -> Result<Value, Wrong> {
    let given = |name: &str| match form.text(name).trim() {
        "" => Value::Null,
        text => text.into(),
    };
    // What is no number goes as it is; the API says what is wrong with it.
    let number = |name: &str| {
        let text = form.text(name).trim();
        text.parse::<u64>()
            .map_or_else(|_| given(name), Value::from)
    };
    let values = form.texts("headerValue").map(|value| match value {
        "" => Value::Null,
        value => value.into(),
    });
    let headers = form.texts("headerName").zip(values);
    let headers: Vec<Value> = headers
        .filter(|(name, value)| !name.trim().is_empty() || !value.is_null())
        .map(|(name, value)| json!({"name": name, "value": value}))
        .collect();
    Ok(json!({
        "retryScheduleMs": read_schedule(form.text("retrySchedule"))?,
        "ordering": match form.text("ordering") { "" => "subject", chosen => chosen },
        "dialect": match form.text("dialect") { "" => "jayway", chosen => chosen },
        "ratePerSecond": number("ratePerSecond"),
        "concurrentMax": number("concurrentMax"),
        "headers": headers,
        "tls": {
            "certificateAuthority": given("certificateAuthority"),
            "clientCertificate": given("clientCertificate"),
            "clientKey": given("clientKey"),
        },
    }))
}

/// The units that a wait may be written in, the largest first, in milliseconds.
const UNITS: [(&str, u64); 5] = [
    ("d", 86_400_000),
    ("h", 3_600_000),
    ("min", 60_000),
    ("s", 1_000),
    ("ms", 1),
];

/// Reads `0s, 5s, 2min`.
fn read_schedule(text: &str) -> Result<Vec<u64>, Wrong> {
    let words = text.split([',', ' ', '\r', '\n', '\t']);
    let words = words.filter(|word| !word.is_empty());
    words
        .map(|word| {
            let unit = word.find(|letter: char| !letter.is_ascii_digit());
            let (count, unit) = word.split_at(unit.unwrap_or(word.len()));
            let unit = match unit {
                // Zero needs none.
                "" if word == "0" => Some(1),
                "m" => Some(60_000),
                _ => UNITS.iter().find(|one| one.0 == unit).map(|one| one.1),
            };
            let count: Option<u64> = count.parse().ok();
            let millis = count
                .zip(unit)
                .and_then(|(count, unit)| count.checked_mul(unit));
            millis.ok_or_else(|| Wrong {
                field: "retrySchedule",
                text: format!(
                    "“{word}” is no wait; write a whole number and ms, s, min, h or d, such as 30s."
                ),
            })
        })
        .collect()
}

/// Writes waits as [`read_schedule`] reads them.
fn written(schedule: &Value) -> String {
    let waits = schedule.as_array().into_iter().flatten();
    let waits: Vec<String> = waits.filter_map(Value::as_u64).map(wait).collect();
    waits.join(", ")
}

fn wait(millis: u64) -> String {
    let fits = |unit: &&(&str, u64)| millis > 0 && millis.is_multiple_of(unit.1);
    let found = UNITS.iter().find(fits);
    found.map_or_else(
        || "0s".to_owned(),
        |(name, unit)| format!("{}{name}", millis / unit),
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_schedule_is_written_as_it_is_read() {
        let waits = vec![0, 5_000, 90_000, 120_000, 3_600_000, 86_400_000, 1_500];
        let text = written(&json!(waits));
        assert_eq!(text, "0s, 5s, 90s, 2min, 1h, 1d, 1500ms");
        let read = |text: &str| read_schedule(text).map_err(|wrong| wrong.text);
        assert_eq!(read(&text), Ok(waits));
        assert_eq!(read(" 0 5s\n2m "), Ok(vec![0, 5_000, 120_000]));
        assert_eq!(read(""), Ok(Vec::new()));
    }

    #[test]
    fn a_wait_that_means_nothing_is_refused_by_its_name() {
        for word in [
            "5",
            "soon",
            "5 s",
            "-5s",
            "99999999999999999999s",
            "9999999999999999d",
        ] {
            let wrong = read_schedule(word).unwrap_err();
            assert_eq!(wrong.field, "retrySchedule");
            assert!(wrong.text.contains("is no wait"), "{}", wrong.text);
        }
    }
}
