//! `muster preview`: what it says comes true when the file is loaded, and nothing of it before.

use std::process::Command;
use std::time::Duration;

use serde_json::{Value, json};

use crate::support::{Demo, catch};

const PATIENCE: Duration = Duration::from_secs(60);
/// Nothing more comes once the run has ended and it was quiet for so long.
const QUIET: Duration = Duration::from_secs(1);

const CHANGED: &str = "identity-attributes-changed";

fn preview(demo: &Demo, arguments: &[&str]) -> Command {
    let mut command = demo.client(env!("CARGO_BIN_EXE_muster"));
    command.arg("preview").args(arguments);
    command
}

fn said(command: &mut Command) -> String {
    let done = command.output().unwrap();
    let error = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{error}");
    String::from_utf8(done.stdout).unwrap()
}

#[test]
fn what_a_preview_says_comes_true_once_the_file_is_loaded() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path());
    let (inbox, caught) = catch();
    demo.subscribe(CHANGED, &inbox.to_string());
    let people = std::fs::read_to_string(folder.path().join("muster-demo/hr.csv")).unwrap();
    let moved: Vec<String> = people
        .lines()
        .map(|line| {
            if line.starts_with("E0100004,") {
                line.replace(",Support,", ",Marketing,")
            } else {
                line.to_owned()
            }
        })
        .collect();
    let file = folder.path().join("moved.csv");
    std::fs::write(&file, moved.join("\n") + "\n").unwrap();
    let path = file.to_str().unwrap();

    let told = said(&mut preview(&demo, &[path, "--source", "HR", "--json"]));
    let told: Value = serde_json::from_str(&told).unwrap();
    let subscription = &told["subscriptions"][0];
    assert_eq!(
        (&subscription["name"], &subscription["count"]),
        (&json!(CHANGED), &json!(1))
    );
    let words = said(&mut preview(
        &demo,
        &[path, "--source", demo.text("sourceId")],
    ));
    assert!(words.contains("people changed: 1\n"), "{words}");
    assert!(words.contains("department Support → Marketing"), "{words}");

    demo.load(demo.text("sourceId"), &file);
    demo.wait_for_tasks(PATIENCE);
    // Had the preview sent anything, it would be here first.
    let event = caught.recv_timeout(PATIENCE).unwrap();
    assert_eq!(event.body, subscription["events"][0]);
    assert!(caught.recv_timeout(QUIET).is_err(), "one person moved once");
}

#[test]
fn an_edit_is_tried_by_name_and_a_mistake_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start(folder.path());
    let patch = folder.path().join("patch.json");
    let nobody = json!([{ "op": "replace", "path": "/description", "value": "Everybody" }]);
    std::fs::write(&patch, nobody.to_string()).unwrap();
    let patch = patch.to_str().unwrap();
    let words = said(&mut preview(
        &demo,
        &["--profile", "Employees", "--patch", patch],
    ));
    assert!(
        words.starts_with("Identity Refresh of Employees: SUCCESS\n"),
        "{words}"
    );
    assert!(words.contains("people changed: 0\n"), "{words}");
    for (arguments, why) in [
        (
            ["--profile", "Nobodies", "--patch", patch].as_slice(),
            "no identity profile called",
        ),
        (
            &["--transform", "Nothing", "--patch", patch],
            "no transform called",
        ),
        (
            &["/nowhere.csv", "--source", "HR"],
            "cannot read /nowhere.csv",
        ),
        (&["--profile", "Employees"], "--patch"),
        (&["some.csv"], "--source"),
    ] {
        let refused = preview(&demo, arguments).output().unwrap();
        let error = String::from_utf8_lossy(&refused.stderr);
        assert!(
            !refused.status.success() && error.contains(why),
            "{arguments:?}: {error}"
        );
    }
}
