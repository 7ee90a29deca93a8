//! What was foretold beside what happened, in a form that can be compared.

use std::collections::{BTreeMap, BTreeSet};

use muster_store::{Backend, EventRow};
use regex::{Captures, Regex};
use serde_json::{Value, json};

use crate::support::{Server, apart};

/// The bodies that a subscription is foretold, byte for byte; all of them, or the test is too small.
pub(super) fn told_to(told: &Value, name: &str) -> Vec<String> {
    let subscription = subscription(told, name);
    let events = subscription["events"].as_array().unwrap();
    assert_eq!(
        subscription["count"],
        json!(events.len()),
        "{name} gets more than is shown"
    );
    events.iter().map(Value::to_string).collect()
}

pub(super) fn subscription<'t>(told: &'t Value, name: &str) -> &'t Value {
    let mut all = told["subscriptions"].as_array().unwrap().iter();
    all.find(|one| one["name"] == name)
        .unwrap_or_else(|| panic!("{name} would get nothing"))
}

pub(super) fn event_counts(told: &Value) -> BTreeMap<String, u64> {
    let events = told["events"].as_array().unwrap().iter();
    events
        .map(|one| {
            (
                one["triggerId"].as_str().unwrap().to_owned(),
                one["count"].as_u64().unwrap(),
            )
        })
        .collect()
}

pub(super) fn counts(events: &[EventRow]) -> BTreeMap<String, u64> {
    let mut counts = BTreeMap::new();
    for event in events {
        *counts.entry(event.trigger_id.clone()).or_default() += 1;
    }
    counts
}

pub(super) fn bodies(events: &[EventRow]) -> BTreeMap<&str, Vec<&str>> {
    let mut bodies: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for event in events {
        bodies
            .entry(&event.trigger_id)
            .or_default()
            .push(&event.body);
    }
    bodies
}

/// Bodies in an order of their own, with one word for each id that a run makes and for each moment.
pub(super) fn normal<'b>(
    bodies: impl Iterator<Item = &'b str>,
    known: &BTreeSet<String>,
) -> Vec<String> {
    let made = Regex::new(r#""([0-9a-f]{32})"|"\d{4}-\d\d-\d\dT[0-9:.]+Z""#).unwrap();
    let word = |found: &Captures<'_>| match found.get(1) {
        Some(id) if known.contains(id.as_str()) => found[0].to_owned(),
        Some(_) => "(a new id)".to_owned(),
        None => "(a moment)".to_owned(),
    };
    let mut bodies: Vec<String> = bodies
        .map(|body| made.replace_all(body, word).into_owned())
        .collect();
    bodies.sort_unstable();
    bodies
}

/// Every row of every table of the org.
pub(super) fn contents(server: &Server) -> BTreeMap<String, Vec<String>> {
    let org = server.store.org();
    let tables = match org.backend() {
        Backend::Sqlite => {
            "SELECT name, (SELECT group_concat('quote(' || name || ')', ' || '','' || ')
                             FROM pragma_table_info(t.name)) FROM sqlite_master t WHERE type = 'table'"
        }
        Backend::Postgres => {
            "SELECT CAST(tablename AS TEXT), 'CAST(t AS TEXT)' FROM pg_tables WHERE schemaname = current_schema()"
        }
    };
    let contents = apart(|| {
        org.read(|tx| {
            let tables: Vec<(String, String)> =
                tx.fetch(tables, &[], |row| Ok((row.get(0)?, row.get(1)?)))?;
            tables
                .into_iter()
                .map(|(table, whole)| {
                    let sql = format!("SELECT {whole} FROM {table} t ORDER BY 1");
                    Ok((table, tx.fetch(&sql, &[], |row| row.get::<String>(0))?))
                })
                .collect::<Result<_, muster_store::Error>>()
        })
    });
    contents.unwrap()
}
