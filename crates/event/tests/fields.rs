//! The catalogue's schemas against the documented field tables (event-triggers.md §2).

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use muster_event::catalog;
use serde_json::{Value, json};

/// What one line of the tables says.
struct Line<'a> {
    trigger: &'a str,
    path: &'a str,
    required: bool,
    nullable: bool,
}

fn lines() -> impl Iterator<Item = Line<'static>> {
    let mut trigger = "";
    let text = include_str!("fields.txt").lines();
    text.filter(|line| !line.is_empty() && !line.starts_with('#'))
        .filter_map(move |line| {
            let words: Vec<&str> = line.split(' ').collect();
            if words.len() == 1 {
                trigger = words[0];
                return None;
            }
            Some(Line {
                trigger,
                path: words[0],
                required: words[1] == "required",
                nullable: words.get(2) == Some(&"nullable"),
            })
        })
}

/// Follows references, and passes through alternatives to the one that is an object or an array.
fn resolve<'a>(root: &'a Value, schema: &'a Value) -> &'a Value {
    if let Some(reference) = schema["$ref"].as_str() {
        return resolve(
            root,
            root.pointer(reference.trim_start_matches('#')).unwrap(),
        );
    }
    let inner = |one: &&Value| ["object", "array"].contains(&one["type"].as_str().unwrap_or(""));
    let alternatives = schema["oneOf"].as_array().into_iter().flatten();
    let mut resolved = alternatives.map(|one| resolve(root, one));
    resolved.find(inner).unwrap_or(schema)
}

#[test]
fn every_documented_field_is_there_and_required_and_nullable_as_documented() {
    let mut wrong = Vec::new();
    let mut count = 0;
    for line in lines() {
        count += 1;
        let trigger = catalog::find(line.trigger).unwrap();
        let root = trigger.input_schema();
        let mut owner = resolve(&root, &root);
        let mut field = owner;
        let mut is_required = false;
        for part in line.path.split('.') {
            owner = resolve(&root, field);
            while owner["type"] == "array" {
                owner = resolve(&root, &owner["items"]);
            }
            let name = part.trim_end_matches("[]");
            field = &owner["properties"][name];
            is_required = owner["required"].as_array().unwrap().contains(&json!(name));
        }
        let about = format!("{} {}", line.trigger, line.path);
        if field.is_null() {
            wrong.push(format!("{about} is missing"));
            continue;
        }
        if is_required != line.required {
            wrong.push(format!("{about}: required is {is_required}"));
        }
        let mut alone = field.clone();
        alone["definitions"] = root["definitions"].clone();
        let is_nullable = jsonschema::is_valid(&alone, &Value::Null);
        if is_nullable != line.nullable {
            wrong.push(format!("{about}: nullable is {is_nullable}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count > 200, "only {count} fields were looked at");
}
