//! Signatures against the public libraries of Standard Webhooks.

use std::io::Write;
use std::process::{Command, Stdio};

use crate::world::{OpenSealer, World};
use muster_testkit::{Backend, Endpoint};
use muster_trigger::subscription;
use serde_json::{Value, json};

const SCRIPTS: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../conformance");

fn variable(name: &str) -> String {
    std::env::var(name).unwrap_or_else(|_| {
        panic!("{name} says where the library is; `cargo xtask test` installs it and sets it")
    })
}

/// A delivery that was signed while its secret was rotated, with both secrets.
fn delivered() -> Value {
    let store = muster_testkit::start(Backend::Sqlite);
    let world = World::new(store.org());
    let endpoint = Endpoint::start();
    let made = world.subscribe("signed", &endpoint.url("/"));
    let rotate = |tx: &mut muster_store::Tx<'_>| subscription::rotate(tx, &world.desk(), &made.id);
    world.org.write(rotate).unwrap();
    let rotated = world
        .org
        .read(|tx| subscription::find(tx, &made.id))
        .unwrap();
    let _service = world.start();
    world.happen("änn", 1);
    let told = endpoint.wait_for(1).remove(0);
    let secrets = subscription::reveal(&rotated, &OpenSealer).unwrap();
    let secrets: Vec<&String> = secrets.iter().map(muster_model::Secret::expose).collect();
    assert_eq!(secrets.len(), 2);
    let header = |name: &str| told.header(name).to_owned();
    json!({
        "secrets": secrets,
        "body": std::str::from_utf8(&told.body).unwrap(),
        "headers": {
            "webhook-id": header("webhook-id"),
            "webhook-timestamp": header("webhook-timestamp"),
            "webhook-signature": header("webhook-signature"),
        },
    })
}

#[track_caller]
fn verifies(command: &mut Command) {
    let mut child = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let given = delivered().to_string();
    child
        .stdin
        .take()
        .unwrap()
        .write_all(given.as_bytes())
        .unwrap();
    let done = child.wait_with_output().unwrap();
    let said = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{said}");
    assert_eq!(String::from_utf8_lossy(&done.stdout).trim(), "2");
}

#[test]
fn the_public_python_library_verifies_both_signatures_of_a_rotation() {
    let python = variable("MUSTER_TEST_PYTHON");
    verifies(Command::new(python).arg(format!("{SCRIPTS}/python/verify.py")));
}

#[test]
fn the_public_javascript_library_verifies_both_signatures_of_a_rotation() {
    let mut node = Command::new("node");
    let modules = variable("MUSTER_TEST_NODE_MODULES");
    verifies(
        node.env("NODE_PATH", modules)
            .arg(format!("{SCRIPTS}/typescript/verify.cjs")),
    );
}
