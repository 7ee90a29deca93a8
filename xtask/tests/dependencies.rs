//! The part of the dependency audit that needs no network and no installed tool: licences, sources
//! and wildcards, by the same `deny.toml` that `cargo deny` reads. Advisories are its own part.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;
use spdx::expression::ExpressionReq;
use spdx::{Expression, ParseMode};

/// Where crates may come from besides this repository.
const REGISTRY: &str = "registry+https://github.com/rust-lang/crates.io-index";

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap()
        .to_owned()
}

/// All packages that the workspace is built of, as `Cargo.lock` has them.
fn packages() -> Vec<Value> {
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".into()))
        .args([
            "metadata",
            "--format-version",
            "1",
            "--all-features",
            "--locked",
        ])
        .current_dir(root())
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let mut metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let Value::Array(packages) = metadata["packages"].take() else {
        panic!("the metadata lists packages");
    };
    packages
}

/// What `deny.toml` says.
fn rules() -> toml::Table {
    let text = fs::read_to_string(root().join("deny.toml")).unwrap();
    text.parse().unwrap()
}

fn name(package: &Value) -> String {
    format!(
        "{} {}",
        package["name"].as_str().unwrap(),
        package["version"].as_str().unwrap()
    )
}

/// A licence as it is written in the list, with its exception.
fn written(requirement: &ExpressionReq) -> String {
    requirement.req.to_string()
}

#[test]
fn every_dependency_has_a_licence_that_is_allowed() {
    let rules = rules();
    let allowed: BTreeSet<&str> = rules["licenses"]["allow"]
        .as_array()
        .unwrap()
        .iter()
        .map(|licence| licence.as_str().unwrap())
        .collect();
    let mut wrong = Vec::new();
    for package in packages() {
        let Some(text) = package["license"].as_str() else {
            wrong.push(format!("{} states no licence", name(&package)));
            continue;
        };
        // Older crates write `MIT/Apache-2.0`.
        let expression = Expression::parse_mode(text, ParseMode::LAX).unwrap();
        let is_allowed =
            |requirement: &spdx::LicenseReq| allowed.contains(requirement.to_string().as_str());
        if !expression.evaluate(is_allowed) {
            let needed: Vec<String> = expression.requirements().map(written).collect();
            wrong.push(format!("{}: {}", name(&package), needed.join(", ")));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn every_dependency_comes_from_the_public_registry() {
    let wrong: Vec<String> = packages()
        .iter()
        .filter(|package| {
            // Our own have no source: they lie in this repository.
            let source = package["source"].as_str();
            let ours = package["manifest_path"].as_str().unwrap();
            match source {
                None => !Path::new(ours).starts_with(root()),
                Some(source) => source != REGISTRY,
            }
        })
        .map(|package| format!("{} from {}", name(package), package["source"]))
        .collect();
    assert!(wrong.is_empty(), "{wrong:#?}");
}

#[test]
fn no_dependency_of_ours_takes_any_version() {
    let mut wrong = Vec::new();
    for package in packages()
        .iter()
        .filter(|package| package["source"].is_null())
    {
        for dependency in package["dependencies"].as_array().unwrap() {
            if dependency["req"] == "*" && dependency["path"].is_null() {
                wrong.push(format!(
                    "{} takes any {}",
                    name(package),
                    dependency["name"]
                ));
            }
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}
