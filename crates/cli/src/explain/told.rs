//! An explanation in words.

use std::fmt::Write;

use serde_json::Value;

/// The answer of the API, for people.
pub(super) fn told(explained: &Value) -> String {
    let mut text = String::new();
    let identity = &explained["identity"];
    let _ = write!(
        text,
        "{} ({})",
        plain(&identity["name"]),
        plain(&identity["id"])
    );
    match explained["identityProfile"]["name"].as_str() {
        Some(profile) => {
            let _ = writeln!(text, ", profile {profile}");
        }
        None => text.push_str(", whom no profile speaks for any more\n"),
    }
    for attribute in items(&explained["attributes"]) {
        text.push('\n');
        tell(&mut text, attribute);
    }
    text
}

fn tell(text: &mut String, attribute: &Value) {
    let _ = writeln!(
        text,
        "{} = {}",
        plain(&attribute["name"]),
        attribute["value"]
    );
    if let Some(since) = attribute["since"].as_str() {
        let _ = writeln!(text, "  since {since}{}", because(attribute));
    }
    let difference = &attribute["difference"];
    if !difference.is_null() {
        let computed = &attribute["computedValue"];
        let _ = writeln!(
            text,
            "  now it would be {computed}: {}",
            plain(&difference["text"])
        );
    }
    for problem in items(&attribute["problems"]) {
        let kept = match problem["keepsValue"].as_bool() {
            Some(true) => " (the older value is kept)",
            _ => "",
        };
        let severity = plain(&problem["severity"]).to_lowercase();
        let _ = writeln!(text, "  {severity}: {}{kept}", plain(&problem["reason"]));
    }
    let manual = &attribute["manualState"];
    if !manual.is_null() {
        let over = match manual["holds"].as_bool() {
            Some(true) => "",
            _ => ", which holds no longer",
        };
        let (state, set) = (plain(&manual["state"]), plain(&manual["set"]));
        let _ = writeln!(text, "  set to {state} by hand at {set}{over}");
    }
    tell_lookup(text, &attribute["managerLookup"]);
    if attribute["mapping"].is_null() && attribute.get("managerLookup").is_none() {
        text.push_str("  no mapping makes it\n");
    }
    for step in items(&attribute["steps"]) {
        tell_step(text, step);
    }
    if attribute["stepsOmitted"].as_u64().unwrap_or_default() > 0 {
        let _ = writeln!(text, "    … and {} more steps", attribute["stepsOmitted"]);
    }
    for account in items(&attribute["accounts"]) {
        tell_account(text, account);
    }
}

fn because(attribute: &Value) -> String {
    let cause = &attribute["cause"];
    if cause.is_null() {
        return " or longer".to_owned();
    }
    let event = match attribute["event"]["id"].as_str() {
        Some(id) => format!(", told by event {id}"),
        None => String::new(),
    };
    format!(", by {}{event}", run(cause))
}

fn run(cause: &Value) -> String {
    let id = plain(&cause["id"]);
    match (cause["name"].as_str(), cause["about"].as_str()) {
        (Some(name), Some(about)) => format!("{name} of {about} (run {id})"),
        (Some(name), None) => format!("{name} (run {id})"),
        _ => format!("run {id}"),
    }
}

fn tell_lookup(text: &mut String, lookup: &Value) {
    if lookup.is_null() {
        return;
    }
    let named = format!(
        "{} = {}",
        plain(&lookup["identityAttribute"]),
        lookup["value"]
    );
    let outcome = match lookup["outcome"].as_str() {
        Some("FOUND") => format!("looked up by {named}: {}", plain(&lookup["found"]["name"])),
        Some("THEMSELF") => {
            format!("looked up by {named}: the person themself, which counts as none")
        }
        Some("MISSING") => format!("looked up by {named}: nobody is there"),
        _ => "no manager is named".to_owned(),
    };
    let _ = writeln!(text, "  {outcome}");
}

fn tell_step(text: &mut String, step: &Value) {
    let depth = step["depth"].as_u64().unwrap_or_default() as usize;
    let inputs: Vec<String> = items(&step["inputs"])
        .map(|input| format!("{}: {}", plain(&input["name"]), input["value"]))
        .collect();
    let outcome = match step["error"].as_str() {
        Some(error) => format!("error: {error}"),
        None => step["output"].to_string(),
    };
    let name = match (step["path"].as_str(), step["transform"].as_str()) {
        (Some(""), Some(name)) => format!(" \"{name}\""),
        _ => String::new(),
    };
    let _ = writeln!(
        text,
        "    {}{}{name} ({}) → {outcome}",
        "  ".repeat(depth),
        plain(&step["operation"]),
        inputs.join(", ")
    );
}

fn tell_account(text: &mut String, account: &Value) {
    let attribute = match account["attribute"].as_str() {
        Some(attribute) => format!("{attribute} = {} of ", account["value"]),
        None => String::new(),
    };
    let place = match account["line"].as_i64() {
        Some(line) => format!("line {line} of the file of {}", run(&account["readBy"])),
        None => "written by a call".to_owned(),
    };
    let _ = writeln!(
        text,
        "  from {attribute}account {} on {}: {place}",
        plain(&account["nativeIdentity"]),
        plain(&account["source"]["name"])
    );
}

fn items(list: &Value) -> impl Iterator<Item = &Value> {
    list.as_array().into_iter().flatten()
}

fn plain(text: &Value) -> &str {
    text.as_str().unwrap_or_default()
}
