//! How values are written for people: moments, numbers, sizes, JSON.

use std::fmt::Write;

use askama::filters::Safe;
use jiff::Timestamp;
use jiff::tz::TimeZone;
use serde_json::Value;

/// A moment as a `<time>`: the time of day today, otherwise the day; whole in its title. All times
/// are in UTC until people can choose (they say so in the title).
pub(crate) fn time(iso: &str, now: &str) -> Safe<String> {
    let (Ok(moment), Ok(now)) = (iso.parse::<Timestamp>(), now.parse::<Timestamp>()) else {
        return Safe(escape(iso));
    };
    let (moment, now) = (moment.to_zoned(TimeZone::UTC), now.to_zoned(TimeZone::UTC));
    let form = if moment.date() == now.date() {
        "%H:%M:%S"
    } else if moment.year() == now.year() {
        "%-d %b %H:%M"
    } else {
        "%-d %b %Y"
    };
    Safe(format!(
        "<time datetime=\"{}\" title=\"{}\">{}</time>",
        escape(iso),
        moment.strftime("%-d %B %Y, %H:%M:%S%.3f UTC"),
        moment.strftime(form)
    ))
}

/// The same as plain text, for places that take no markup.
pub(crate) fn clock(iso: &str, now: &str) -> String {
    let Safe(html) = time(iso, now);
    let after = html.split_once('>').map_or("", |(_, after)| after);
    after.split('<').next().unwrap_or_default().to_owned()
}

/// A number with commas between the thousands.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "templates pass references"
)]
pub(crate) fn number(number: &u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() + digits.len() / 3);
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// A size: `612 B`, `1.1 kB`.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "templates pass references"
)]
pub(crate) fn bytes(bytes: &u64) -> String {
    match *bytes {
        bytes @ 0..1_000 => format!("{bytes} B"),
        bytes @ 1_000..1_000_000 => format!("{:.1} kB", bytes as f64 / 1_000.0),
        bytes => format!("{:.1} MB", bytes as f64 / 1_000_000.0),
    }
}

/// How long something took: `84 ms`, `1.2 s`.
#[expect(
    clippy::trivially_copy_pass_by_ref,
    reason = "templates pass references"
)]
pub(crate) fn duration(micros: &u64) -> String {
    match *micros {
        micros @ 0..1_000 => format!("{micros} µs"),
        micros @ 1_000..1_000_000 => format!("{} ms", micros / 1_000),
        micros => format!("{:.1} s", micros as f64 / 1_000_000.0),
    }
}

/// JSON, indented and coloured: values by their kind, punctuation quiet.
pub(crate) fn json(value: &Value) -> Safe<String> {
    let mut out = String::new();
    write_json(value, 0, &mut out);
    Safe(out)
}

fn write_json(value: &Value, depth: usize, out: &mut String) {
    let quiet = |text: &str, out: &mut String| {
        let _ = write!(out, "<span class=\"p\">{text}</span>");
    };
    let line = |depth: usize, out: &mut String| {
        let _ = write!(out, "\n{:indent$}", "", indent = depth * 2);
    };
    match value {
        Value::Null => out.push_str("<span class=\"z\">null</span>"),
        Value::Bool(_) | Value::Number(_) => {
            let _ = write!(out, "<span class=\"n\">{value}</span>");
        }
        Value::String(_) => {
            let _ = write!(
                out,
                "<span class=\"s\">{}</span>",
                escape(&value.to_string())
            );
        }
        Value::Array(items) if items.is_empty() => quiet("[ ]", out),
        Value::Object(members) if members.is_empty() => quiet("{ }", out),
        Value::Array(items) => {
            quiet("[", out);
            for (at, item) in items.iter().enumerate() {
                if at > 0 {
                    quiet(",", out);
                }
                line(depth + 1, out);
                write_json(item, depth + 1, out);
            }
            line(depth, out);
            quiet("]", out);
        }
        Value::Object(members) => {
            quiet("{", out);
            for (at, (name, member)) in members.iter().enumerate() {
                if at > 0 {
                    quiet(",", out);
                }
                line(depth + 1, out);
                let name = Value::from(name.as_str()).to_string();
                let _ = write!(out, "{}<span class=\"p\">:</span> ", escape(&name));
                write_json(member, depth + 1, out);
            }
            line(depth, out);
            quiet("}", out);
        }
    }
}

/// Text as it may stand in HTML.
pub(crate) fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => escaped.push_str("&amp;"),
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '"' => escaped.push_str("&quot;"),
            '\'' => escaped.push_str("&#39;"),
            letter => escaped.push(letter),
        }
    }
    escaped
}

/// The name of a trigger without its vendor prefix, as a second line shows it.
pub(crate) fn short_trigger(id: &str) -> &str {
    id.strip_prefix("idn:").unwrap_or(id)
}

/// A name for a trigger of which only the id is known: `idn:identity-created` is "Identity Created".
pub(crate) fn trigger_name(id: &str) -> String {
    let words = short_trigger(id).split(['-', ':']).map(|word| {
        let mut letters = word.chars();
        let first = letters.next().map(|first| first.to_ascii_uppercase());
        first.into_iter().chain(letters).collect::<String>()
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Whom or what an event is about: the name of the identity, recipient, account or source in it.
pub(crate) fn about(event: &Value) -> String {
    for part in ["identity", "recipient", "requestedFor", "account", "source"] {
        if let Some(name) = event[part]["name"].as_str() {
            return name.to_owned();
        }
    }
    event["name"].as_str().unwrap_or_default().to_owned()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn numbers_sizes_and_durations_read_as_the_design_says() {
        assert_eq!(number(&0), "0");
        assert_eq!(number(&999), "999");
        assert_eq!(number(&12_471), "12,471");
        assert_eq!(number(&1_000_000), "1,000,000");
        assert_eq!(bytes(&612), "612 B");
        assert_eq!(bytes(&1_130), "1.1 kB");
        assert_eq!(duration(&84_900), "84 ms");
        assert_eq!(duration(&1_230_000), "1.2 s");
    }

    #[test]
    fn a_moment_of_today_is_a_time_and_an_older_one_a_day() {
        let now = "2026-11-20T14:06:00Z";
        for (iso, shown) in [
            ("2026-11-20T14:05:58Z", "14:05:58"),
            ("2026-11-03T09:00:00Z", "3 Nov 09:00"),
            ("2025-01-02T09:00:00Z", "2 Jan 2025"),
        ] {
            let Safe(html) = time(iso, now);
            assert!(html.contains(&format!(">{shown}<")), "{html}");
            assert!(html.contains("UTC"), "{html}");
        }
    }

    #[test]
    fn json_from_an_event_cannot_become_markup() {
        let Safe(html) = json(&json!({"<b>": "</span><script>\"&"}));
        assert!(
            !html.contains("<script>") && !html.contains("<b>"),
            "{html}"
        );
        assert!(html.contains("&lt;script&gt;"), "{html}");
    }
}
