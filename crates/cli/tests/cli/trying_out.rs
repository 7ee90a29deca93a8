//! `muster filter test` and `muster transform test`, as people and scripts call them.

use std::io::Write;
use std::process::{Command, Output, Stdio};

use serde_json::{Value, json};

/// Runs `muster` with text on its standard input.
fn muster(arguments: &[&str], input: &str) -> Output {
    let mut child = Command::new(env!("CARGO_BIN_EXE_muster"))
        .args(arguments)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    // One that refuses its arguments does not read.
    let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
    child.wait_with_output().unwrap()
}

fn printed(arguments: &[&str], input: &str) -> String {
    let done = muster(arguments, input);
    let problem = String::from_utf8_lossy(&done.stderr);
    assert!(done.status.success(), "{problem}");
    String::from_utf8(done.stdout).unwrap()
}

fn refusal(arguments: &[&str], input: &str) -> String {
    let done = muster(arguments, input);
    assert!(!done.status.success(), "{arguments:?}");
    String::from_utf8(done.stderr).unwrap()
}

fn lines(text: &str) -> Vec<Value> {
    text.lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect()
}

const FILTER: &str = "$[?(@.department != 'Sales')]";

#[test]
fn a_filter_is_tried_on_each_event_of_a_stream() {
    let events = "{\"department\":\"Sales\"}\n\n{\"department\":\n  \"IT\"}\n{}\n";
    assert_eq!(
        printed(&["filter", "test", FILTER, "-"], events),
        "does not fire\nfires\nfires\n"
    );
    let verdicts = lines(&printed(&["filter", "test", FILTER, "-", "--json"], events));
    assert_eq!(
        verdicts,
        [false, true, true].map(|fires| json!({ "fires": fires }))
    );
}

#[test]
fn a_filter_explains_the_trap_of_the_absent_attribute() {
    let text = printed(&["filter", "test", FILTER, "-", "--explain"], "{}");
    assert!(text.contains("left absent"), "{text}");
    assert!(text.contains("when absent: yes"), "{text}");
    let explained = &lines(&printed(
        &["filter", "test", FILTER, "-", "--explain", "--json"],
        "{}",
    ))[0];
    let predicate = &explained["explanation"]["steps"][0]["items"][0]["predicate"];
    assert_eq!(predicate["whenAbsent"], true, "{explained}");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let told = refusal(&["filter", "test", "$[?(@.a = 1)]"], "");
    assert!(told.contains("write `==` instead of `=`"), "{told}");
    assert!(told.contains("\n          ^ at byte 8"), "{told}");
    let told = refusal(&["filter", "test", FILTER, "-"], "{}\n{]\n");
    assert!(
        told.contains("event 2 is no JSON") && told.contains("line 2"),
        "{told}"
    );
    assert!(refusal(&["filter", "test", FILTER, "-"], "").contains("no event"));
    let done = muster(&["filter", "test", "$[?(@.a = 1)]", "--json"], "");
    let line: Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(
        (&line["valid"], &line["error"]["offset"]),
        (&json!(false), &json!(8))
    );
    assert_eq!(
        printed(&["filter", "test", FILTER], ""),
        "the filter is valid\n"
    );
    assert_eq!(
        printed(
            &["filter", "test", "$[?@.a]", "-", "--rfc9535"],
            "[{\"a\":1}]"
        ),
        "fires\n"
    );
}

fn transform() -> tempfile::NamedTempFile {
    let transform = json!({
        "name": "Mail", "type": "lower", "attributes": {"input": {
            "type": "firstValid", "attributes": {"values": [
                {"type": "accountAttribute", "attributes": {"sourceName": "HR", "attributeName": "mail"}},
                {"type": "identityAttribute", "attributes": {"name": "email"}}
            ]}
        }}
    });
    let mut file = tempfile::NamedTempFile::new().unwrap();
    write!(file, "{transform}").unwrap();
    file
}

#[test]
fn a_transform_is_tried_on_each_person_and_tells_its_steps() {
    let file = transform();
    let file = file.path().to_str().unwrap();
    let people = r#"{"accounts": [{"source": "HR", "attributes": {"mail": "Ann@X.org"}}]}
        {"identity": {"uid": "bob", "attributes": {"email": "BOB@x.org"}}}"#;
    assert_eq!(
        printed(&["transform", "test", file, "-", "--quiet"], people),
        "\"ann@x.org\"\n\"bob@x.org\"\n"
    );
    let text = printed(&["transform", "test", file, "-"], people);
    assert!(
        text.contains("  lower \"Mail\" (input: \"Ann@X.org\") → \"ann@x.org\"\n"),
        "{text}"
    );
    assert!(text.contains("      accountAttribute ("), "{text}");
    let told = lines(&printed(
        &["transform", "test", file, "-", "--json"],
        people,
    ));
    assert_eq!(told[1]["value"], "bob@x.org");
    assert_eq!(told[1]["steps"][0]["operation"], "lower");
}

#[test]
fn a_transform_that_is_wrong_or_fails_says_where() {
    let told = refusal(&["transform", "test", "-"], r#"{"type": "nosuch"}"#);
    assert!(told.contains("the transform is not valid"), "{told}");
    let done = muster(
        &["transform", "test", "-", "--quiet"],
        r#"{"type": "substring", "attributes": {"begin": 5, "input": {"type": "static", "attributes": {"value": "abc"}}}}"#,
    );
    assert!(!done.status.success());
    assert!(String::from_utf8_lossy(&done.stdout).starts_with("error: "));
    let told = refusal(&["transform", "test", "-", "-"], "");
    assert!(told.contains("only one of the two"), "{told}");
    let file = transform();
    let told = refusal(
        &["transform", "test", file.path().to_str().unwrap(), "-"],
        r#"{"account": []}"#,
    );
    assert!(told.contains("unknown field `account`"), "{told}");
}
