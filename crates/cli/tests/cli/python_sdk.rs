//! The official Python SDK, unmodified, drives the mover flow.

use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Demo, catch};

#[test]
fn the_official_python_sdk_drives_the_mover_flow() {
    let python = std::env::var("MUSTER_TEST_PYTHON")
        .expect("MUSTER_TEST_PYTHON names a Python with the SDK; `cargo xtask test` makes one");
    let script = concat!(
        env!("CARGO_MANIFEST_DIR"),
        "/../../conformance/python/mover.py"
    );
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path());
    let (inbox, caught) = catch();
    let mut command = demo.client(&python);
    let done = command
        .arg(script)
        .arg(format!("http://{inbox}/"))
        .output()
        .unwrap();
    let [printed, said] = [&done.stdout, &done.stderr].map(|text| String::from_utf8_lossy(text));
    assert!(done.status.success(), "{printed}\n{said}");
    let seen: Value = serde_json::from_str(printed.lines().last().unwrap()).unwrap();
    assert_eq!(seen["people"], json!(["Sdk Person"]));
    assert_eq!(seen["department"], "Marketing");
    assert_eq!(seen["invocations"], 1);
    assert_eq!(seen["trigger"], "Identity Attributes Changed");
    assert!(
        seen["statuses"].to_string().matches("SUCCESS").count() == 2,
        "{seen}"
    );
    let event = caught
        .recv_timeout(Duration::from_secs(30))
        .expect("the event arrives")
        .body;
    assert_eq!(event["changes"][0]["newValue"], "Marketing");
}
