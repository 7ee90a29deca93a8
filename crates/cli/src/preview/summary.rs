//! A preview in words. Pure.

use std::fmt::Write;

use serde_json::Value;

/// A preview as people read it.
pub(super) fn summary(preview: &Value) -> String {
    let mut text = String::new();
    // Writing to a text cannot fail.
    let _ = write_all(&mut text, preview);
    text
}

fn write_all(out: &mut String, preview: &Value) -> std::fmt::Result {
    let waiting = number(&preview["jobsWaiting"]);
    if waiting > 0 {
        writeln!(
            out,
            "note: {waiting} jobs of this org are not done yet; this is a preview of what is stored now"
        )?;
    }
    match &preview["run"] {
        Value::Null => writeln!(out, "nothing would have to be done")?,
        run => write_run(out, run)?,
    }
    if let held @ Value::Object(_) = &preview["held"] {
        write_held(out, held)?;
    }
    write_people(out, &preview["people"])?;
    write_counts(out, preview)?;
    write_subscriptions(out, &preview["subscriptions"])
}

fn write_run(out: &mut String, run: &Value) -> std::fmt::Result {
    let [name, about, status] =
        ["name", "about", "completionStatus"].map(|field| word(&run[field]));
    writeln!(out, "{name} of {about}: {status}")?;
    let accounts = &run["accounts"];
    let count = |field: &str| number(&accounts[field]);
    if count("scanned") + count("missing") > 0 {
        writeln!(
            out,
            "  accounts: {} in the file, {} new, {} changed, {} unchanged, {} missing ({} deleted), {} rows \
             not readable",
            count("scanned"),
            count("added"),
            count("changed"),
            count("unchanged"),
            count("missing"),
            count("deleted"),
            count("rejected"),
        )?;
    }
    for message in list(&run["messages"]) {
        writeln!(
            out,
            "  {}: {}",
            word(&message["severity"]),
            word(&message["text"])
        )?;
    }
    Ok(())
}

fn write_held(out: &mut String, held: &Value) -> std::fmt::Result {
    let (kind, count) = (word(&held["kind"]).to_lowercase(), number(&held["count"]));
    writeln!(
        out,
        "held: {count} {kind}, because {}",
        word(&held["reason"])
    )?;
    for account in list(&held["accounts"]) {
        let [native, name] = ["nativeIdentity", "name"].map(|field| word(&account[field]));
        writeln!(
            out,
            "  account {native} ({name}) would be deleted once released"
        )?;
    }
    Ok(())
}

fn write_people(out: &mut String, people: &Value) -> std::fmt::Result {
    for (kind, sign) in [
        ("created", '+'),
        ("changed", '~'),
        ("returned", '^'),
        ("removed", '-'),
        ("problems", '!'),
    ] {
        let count = number(&people[kind]["count"]);
        if count == 0 && ["returned", "problems"].contains(&kind) {
            continue;
        }
        writeln!(
            out,
            "people {}: {count}",
            kind.replace("problems", "with new problems")
        )?;
        let items = list(&people[kind]["items"]);
        for person in items {
            write!(
                out,
                "  {sign} {} ({})",
                word(&person["alias"]),
                word(&person["name"])
            )?;
            let changes: Vec<String> = list(&person["changes"]).iter().map(change).collect();
            let problems: Vec<&str> = list(&person["problems"])
                .iter()
                .map(|problem| word(&problem["reason"]))
                .collect();
            match (changes.is_empty(), problems.is_empty()) {
                (false, _) => writeln!(out, ": {}", changes.join(", "))?,
                (true, false) => writeln!(out, ": {}", problems.join(", "))?,
                (true, true) => writeln!(out)?,
            }
        }
        write_rest(out, count, items)?;
    }
    Ok(())
}

fn write_counts(out: &mut String, preview: &Value) -> std::fmt::Result {
    let mut write = |title: &str, lines: Vec<String>| {
        if lines.is_empty() {
            return Ok(());
        }
        writeln!(out, "{title}")?;
        lines.iter().try_for_each(|line| writeln!(out, "  {line}"))
    };
    let lines = |rows: &Value, name: &dyn Fn(&Value) -> String| -> Vec<String> {
        let line = |row: &Value| format!("{:>8}  {}", number(&row["count"]), name(row));
        list(rows).iter().map(line).collect()
    };
    let attribute = |row: &Value| word(&row["attribute"]).to_owned();
    write("attributes", lines(&preview["attributes"], &attribute))?;
    let moved = |row: &Value| format!("{} → {}", value(&row["from"]), value(&row["to"]));
    write("lifecycle", lines(&preview["lifecycle"], &moved))?;
    let trigger = |row: &Value| word(&row["triggerId"]).to_owned();
    write("events", lines(&preview["events"], &trigger))
}

fn write_subscriptions(out: &mut String, subscriptions: &Value) -> std::fmt::Result {
    for one in list(subscriptions) {
        let (count, rejected) = (number(&one["count"]), number(&one["rejected"]));
        let (name, trigger) = (word(&one["name"]), word(&one["triggerId"]));
        let word = if count == 1 { "event" } else { "events" };
        write!(out, "subscription {name} ({trigger}): {count} {word}")?;
        if rejected > 0 {
            write!(out, ", {rejected} kept away by its filter")?;
        }
        writeln!(out)?;
        let events = list(&one["events"]);
        for event in events {
            writeln!(out, "  {event}")?;
        }
        write_rest(out, count, events)?;
    }
    Ok(())
}

fn write_rest(out: &mut String, count: i64, items: &[Value]) -> std::fmt::Result {
    match count - items.len() as i64 {
        0 => Ok(()),
        rest => writeln!(out, "  and {rest} more"),
    }
}

fn change(change: &Value) -> String {
    let (old, new) = (value(&change["oldValue"]), value(&change["newValue"]));
    format!("{} {old} → {new}", word(&change["attribute"]))
}

/// A value in few words: references by name, nothing for null.
fn value(value: &Value) -> String {
    match value {
        Value::Null => "(none)".to_owned(),
        Value::String(text) => text.clone(),
        Value::Object(reference) => reference
            .get("name")
            .map_or_else(|| value.to_string(), |name| word(name).to_owned()),
        other => other.to_string(),
    }
}

fn word(value: &Value) -> &str {
    value.as_str().unwrap_or_default()
}

fn number(value: &Value) -> i64 {
    value.as_i64().unwrap_or_default()
}

fn list(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_preview_reads_like_a_report() {
        let moved = json!({"id": "1", "alias": "ada", "name": "Ada Lovelace", "changes": [
            {"attribute": "department", "oldValue": "Sales", "newValue": null},
            {"attribute": "manager", "oldValue": null, "newValue": {"id": "2", "name": "bob"}},
        ]});
        let preview = json!({
            "jobsWaiting": 0,
            "run": {"name": "Cloud Account Aggregation", "about": "HR", "completionStatus": "WARNING",
                "accounts": {"scanned": 3, "changed": 1, "unchanged": 2, "missing": 4},
                "messages": [{"severity": "WARN", "text": "line 2 is odd"}]},
            "held": {"kind": "DELETIONS", "count": 4, "reason": "4 of 7 accounts are missing",
                "accounts": [{"nativeIdentity": "9", "name": "zoe"}]},
            "people": {
                "created": {"count": 0, "items": []}, "changed": {"count": 2, "items": [moved]},
                "returned": {"count": 0, "items": []}, "removed": {"count": 0, "items": []},
                "problems": {"count": 0, "items": []},
            },
            "attributes": [{"attribute": "department", "count": 2}],
            "lifecycle": [{"from": null, "to": "active", "count": 1}],
            "events": [{"triggerId": "idn:identity-attributes-changed", "count": 2}],
            "subscriptions": [{"name": "Movers", "triggerId": "idn:identity-attributes-changed",
                "count": 1, "rejected": 1, "events": [{"a": 1}]}],
        });
        assert_eq!(
            summary(&preview),
            "Cloud Account Aggregation of HR: WARNING
  accounts: 3 in the file, 0 new, 1 changed, 2 unchanged, 4 missing (0 deleted), 0 rows not readable
  WARN: line 2 is odd
held: 4 deletions, because 4 of 7 accounts are missing
  account 9 (zoe) would be deleted once released
people created: 0
people changed: 2
  ~ ada (Ada Lovelace): department Sales → (none), manager (none) → bob
  and 1 more
people removed: 0
attributes
         2  department
lifecycle
         1  (none) → active
events
         2  idn:identity-attributes-changed
subscription Movers (idn:identity-attributes-changed): 1 event, 1 kept away by its filter
  {\"a\":1}
"
        );
    }
}
