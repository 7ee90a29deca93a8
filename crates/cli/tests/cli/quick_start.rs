//! The README's quick start, run as it is printed.

use std::path::Path;
use std::time::Duration;

use serde_json::json;

use crate::support::{Caught, Demo, catch};

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
    let muster = Path::new(env!("CARGO_BIN_EXE_muster"));
    let path = std::env::var("PATH").unwrap_or_default();
    let path = format!("{}:{path}", muster.parent().unwrap().display());
    let done = demo
        .client("sh")
        .args(["-euc", &script])
        .env("PATH", path)
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(
        done.status.success(),
        "{}",
        String::from_utf8_lossy(&done.stderr)
    );
    // Delivered to the subscription, and forwarded by the listener: the same event.
    let mut events: Vec<Caught> = (0..2)
        .map(|_| {
            caught
                .recv_timeout(Duration::from_secs(30))
                .expect("both arrive")
        })
        .collect();
    events.sort_by(|left, right| left.path.cmp(&right.path));
    assert_eq!(events[0].path, "/local");
    assert_eq!(events[1].path, "/movers");
    assert_eq!(events[0].webhook_id, events[1].webhook_id);
    assert_eq!(events[0].body, events[1].body);
    let event = &events[1].body;
    assert_eq!(event["identity"]["name"], "Nadia Mensah");
    assert_eq!(
        event["changes"],
        json!([{"attribute": "department", "oldValue": "Support", "newValue": "Marketing"}])
    );
}
