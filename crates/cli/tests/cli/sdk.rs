//! The official SDKs, unmodified, drive the event trigger service, and people in.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::Demo;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance");

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} says where the SDK is; `cargo xtask test` installs it and sets it")
    })
}

/// Runs a script against a demo, and expects what it prints.
fn drives(prepare: impl FnOnce(&Demo) -> Command, expected: &Value) {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path());
    let done = prepare(&demo).output().unwrap();
    let [printed, said] = [&done.stdout, &done.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(done.status.success(), "{printed}\n{said}");
    let seen: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    for (name, expected) in expected.as_object().unwrap() {
        assert_eq!(&seen[name], expected, "{name}");
    }
    assert_eq!(&seen, expected);
}

fn python(demo: &Demo, script: &str) -> Command {
    let mut command = demo.client(&variable("MUSTER_TEST_PYTHON"));
    command.arg(format!("{SCRIPTS}/python/{script}.py"));
    command
}

fn typescript(demo: &Demo, script: &str) -> Command {
    let mut command = demo.client("node");
    command
        .env("NODE_PATH", variable("MUSTER_TEST_NODE_MODULES"))
        .arg(format!("{SCRIPTS}/typescript/{script}.cjs"));
    command
}

/// What both scripts on triggers print.
fn triggers() -> Value {
    json!({
        "trigger": "Identity Attributes Changed",
        "listed": ["idn:identity-attributes-changed", "test:request-response"],
        "patched": "patched",
        "replaced": [null, "$.changes[?(@.attribute == 'department')]"],
        "verdict": [false, true, false],
        "event": [{ "from": "sdk" }, "TEST", ["changes", "identity"]],
        "question": [true, true, { "approved": true }],
        "left": [],
    })
}

/// What both scripts on people in print.
fn people_in() -> Value {
    json!({
        "aggregation": ["SUCCESS", "COMPLETED", 2, 2, 2],
        "people": [["Ada Sdk", "ada@sdk.example", "LDN"], ["Bob Sdk", "bob@sdk.example", "Paris"]],
        "profile": ["Sdk profile", 2, "Sdk people HR"],
        "transform": ["replaceAll", { "table": { "London": "Londinium" } }, false, ["Sdk town"]],
        "preview": [["city", "Londinium", "LDN"]],
        "processed": ["Londinium", "Paris"],
        "lifecycle": ["Back soon", "SUCCESS", "sdkAway", 1, true],
        "process": ["TASK_RESULT", "SUCCESS"],
        "promoted": [["groups", "Admins", "Admins"]],
        "entitlements": ["SUCCESS", "Administrators", "May do all", "Sdk people HR", true, true],
        "whose": [["Administrators"], ["Admins"], true],
        "requests": [true, true, false],
        "correlation": [
            ["SUCCESS", "SUCCESS"],
            [2, 1],
            "email",
            [["7", "Ada Sdk", false, false], ["8", "Bob Sdk", true, false]],
        ],
        "reload": ["SUCCESS", "ada@sdk.example"],
        // A warning, as nothing is written to a source yet.
        "synchronisation": [[["email", "e-mail"]], "QUEUED", true, "WARNING", "QUEUED", "WARNING"],
        "schedules": [
            "0 0 5 * * ?",
            "0 0 6 ? * MON-FRI",
            [["ACCOUNT_AGGREGATION", "0 0 6 ? * MON-FRI"]],
            0,
        ],
        "report": [
            "ACCOUNTS",
            "SUCCESS",
            "SUCCESS",
            2,
            ["CSV"],
            [["1", "Ada Sdk", "London"], ["2", "Bob Sdk", "Paris"]],
            "TERMINATED",
        ],
        "removed": ["TASK_RESULT", "SUCCESS", 0],
    })
}

#[test]
fn case_88_the_official_python_sdk_drives_triggers_and_invocations() {
    drives(|demo| python(demo, "triggers"), &triggers());
}

#[test]
fn the_official_typescript_sdk_drives_triggers_and_invocations() {
    drives(|demo| typescript(demo, "triggers"), &triggers());
}

#[test]
fn the_official_python_sdk_drives_people_in() {
    drives(|demo| python(demo, "people_in"), &people_in());
}

#[test]
fn the_official_typescript_sdk_drives_people_in() {
    drives(|demo| typescript(demo, "people_in"), &people_in());
}
