//! The README's quick start, run as it is printed.

use std::time::Duration;

use serde_json::json;

use crate::support::{Demo, catch};

/// The commands below the marker.
fn commands() -> String {
    let readme = include_str!("../../../../README.md");
    let after = readme
        .split("<!-- quick start")
        .nth(1)
        .expect("the README has a quick start");
    let block = after.split("```sh\n").nth(1).unwrap();
    block.split("```").next().unwrap().to_owned()
}

#[test]
fn the_quick_start_ends_with_the_event_of_the_seed() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path());
    let (inbox, caught) = catch();
    // Only the port differs from what is printed: another test may use the printed one.
    let script = commands().replace("127.0.0.1:9000", &inbox.to_string());
    let done = demo
        .client("sh")
        .args(["-euc", &script])
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    let event = caught
        .recv_timeout(Duration::from_secs(30))
        .expect("the event arrives")
        .body;
    assert_eq!(event["identity"]["name"], "Nadia Mensah");
    assert_eq!(
        event["changes"],
        json!([{"attribute": "department", "oldValue": "Support", "newValue": "Marketing"}])
    );
}
