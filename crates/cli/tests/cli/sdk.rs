//! The official SDKs, unmodified, drive the event trigger service.

use std::process::Command;

use serde_json::{Value, json};

use crate::support::Demo;

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance");

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} says where the SDK is; `cargo xtask test` installs it and sets it")
    })
}

/// Runs a script against a demo, and expects what each of them prints.
fn drives(prepare: impl FnOnce(&Demo) -> Command) {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path());
    let done = prepare(&demo).output().unwrap();
    let [printed, said] = [&done.stdout, &done.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(done.status.success(), "{printed}\n{said}");
    let seen: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    let expected = json!({
        "trigger": "Identity Attributes Changed",
        "listed": ["idn:identity-attributes-changed", "test:request-response"],
        "patched": "patched",
        "replaced": [null, "$.changes[?(@.attribute == 'department')]"],
        "verdict": [false, true, false],
        "event": [{ "from": "sdk" }, "TEST", ["changes", "identity"]],
        "question": [true, true, { "approved": true }],
        "left": [],
    });
    assert_eq!(seen, expected);
}

#[test]
fn case_88_the_official_python_sdk_drives_triggers_and_invocations() {
    drives(|demo| {
        let mut command = demo.client(&variable("MUSTER_TEST_PYTHON"));
        command.arg(format!("{SCRIPTS}/python/triggers.py"));
        command
    });
}

#[test]
fn the_official_typescript_sdk_drives_triggers_and_invocations() {
    drives(|demo| {
        let mut command = demo.client("node");
        command
            .env("NODE_PATH", variable("MUSTER_TEST_NODE_MODULES"))
            .arg(format!("{SCRIPTS}/typescript/triggers.cjs"));
        command
    });
}
