//! Who may know whom (ARCHITECTURE.md): each layer may import those above it, never those beside or
//! below it.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// Our crates by layer, lowest first.
const LAYERS: [&[&str]; 10] = [
    &["muster-model"],
    &[
        "muster-jsonpath",
        "muster-query",
        "muster-transform",
        "muster-connector",
    ],
    &["muster-store", "muster-sample"],
    &["muster-work", "muster-event", "muster-auth", "muster-inbox"],
    &["muster-aggregation", "muster-refresh", "muster-trigger"],
    &["muster-preview"],
    &["muster-api"],
    &["muster-console"],
    &["muster-server"],
    &["muster"],
];

/// Crates that are part of no product.
const OUTSIDE: [&str; 2] = ["muster-testkit", "xtask"];

/// What languages and words must not drag in.
const FOREIGN_TO_PURE: [&str; 6] = [
    "tokio",
    "rusqlite",
    "tokio-postgres",
    "hyper",
    "axum",
    "reqwest",
];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// Normal dependencies of each package of the workspace.
fn dependencies() -> BTreeMap<String, BTreeSet<String>> {
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
        .args(["metadata", "--format-version", "1", "--no-deps"])
        .current_dir(root())
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    packages
        .iter()
        .map(|package| {
            let normal = package["dependencies"]
                .as_array()
                .unwrap()
                .iter()
                .filter(|dependency| dependency["kind"].is_null())
                .map(|dependency| dependency["name"].as_str().unwrap().to_owned());
            (
                package["name"].as_str().unwrap().to_owned(),
                normal.collect(),
            )
        })
        .collect()
}

fn layer(name: &str) -> Option<usize> {
    LAYERS.iter().position(|layer| layer.contains(&name))
}

#[test]
fn every_crate_has_its_layer() {
    let homeless: Vec<String> = dependencies()
        .into_keys()
        .filter(|name| layer(name).is_none() && !OUTSIDE.contains(&name.as_str()))
        .collect();
    assert!(
        homeless.is_empty(),
        "give these crates a layer: {homeless:?}"
    );
}

#[test]
fn crates_import_only_what_stands_above_them() {
    let mut wrong = Vec::new();
    for (name, imports) in dependencies() {
        let Some(own) = layer(&name) else { continue };
        for import in imports.iter().filter(|import| import.starts_with("muster")) {
            let query_in_store = own == 2 && import == "muster-query";
            let above = layer(import).is_some_and(|theirs| theirs < own);
            // The event station matches filters on its own values.
            if !above && !query_in_store {
                wrong.push(format!("{name} imports {import}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn words_and_languages_are_pure() {
    let all = dependencies();
    for name in [
        "muster-model",
        "muster-jsonpath",
        "muster-query",
        "muster-transform",
    ] {
        let Some(imports) = all.get(name) else {
            continue;
        };
        let foreign: Vec<&&str> = FOREIGN_TO_PURE
            .iter()
            .filter(|foreign| imports.contains(**foreign))
            .collect();
        assert!(foreign.is_empty(), "{name} imports {foreign:?}");
    }
}

#[test]
fn jsonpath_stands_alone() {
    let imports = dependencies().remove("muster-jsonpath").unwrap();
    assert!(
        !imports.iter().any(|import| import.starts_with("muster")),
        "{imports:?}"
    );
}

/// Text that only a statement starts with.
fn is_statement(line: &str) -> bool {
    let text = line.trim_start().trim_start_matches(['"', '&']);
    ["SELECT ", "INSERT INTO ", "UPDATE ", "DELETE FROM "]
        .iter()
        .any(|word| text.starts_with(word))
        && (text.contains(" FROM ") || text.contains(" SET ") || text.contains(" INTO "))
}

#[test]
fn sql_is_written_in_the_store_only() {
    let mut wrong = Vec::new();
    each_source(&root().join("crates"), &mut |path, text| {
        let shown = path.strip_prefix(root()).unwrap().display().to_string();
        // The query language renders conditions; tests may look at tables themselves.
        let allowed = ["crates/store/", "crates/query/"]
            .iter()
            .any(|crate_| shown.starts_with(crate_));
        if allowed || shown.contains("/tests/") {
            return;
        }
        for (number, line) in text
            .lines()
            .enumerate()
            .filter(|(_, line)| is_statement(line))
        {
            wrong.push(format!("{shown}:{}: {}", number + 1, line.trim()));
        }
    });
    assert!(wrong.is_empty(), "{wrong:#?}");
}

fn each_source(folder: &Path, each: &mut dyn FnMut(&Path, &str)) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            each_source(&path, each);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            each(&path, &fs::read_to_string(&path).unwrap());
        }
    }
}
