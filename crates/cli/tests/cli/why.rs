//! Everybody of the demo explains themselves: each value by its steps, its account and the line of the
//! file that it came from.

use std::collections::BTreeSet;

use muster_testkit::Backend;
use serde_json::{Value, json};

use crate::place::Place;
use crate::support::Demo;

/// The explanations of all people of the demo.
fn explanations(demo: &Demo) -> Vec<Value> {
    let people = demo.shell(r#"api "$SAIL_BASE_URL/v2026/identities?limit=250""#);
    let people: Vec<Value> = serde_json::from_str(&people).unwrap();
    let addresses: Vec<String> = people
        .iter()
        .map(|person| {
            let id = person["id"].as_str().unwrap();
            format!(
                "url = {}/muster/v1/identities/{id}/explain\n",
                demo.text("baseUrl")
            )
        })
        .collect();
    let addresses = addresses.concat();
    let told = demo.shell(&format!("api -K - <<'EOF'\n{addresses}EOF"));
    serde_json::Deserializer::from_str(&told)
        .into_iter()
        .collect::<Result<_, _>>()
        .unwrap()
}

fn text(value: &Value) -> &str {
    value.as_str().unwrap()
}

/// The line of an account, in which the person and the value must stand.
fn line_of<'f>(file: &'f [&str], account: &Value) -> &'f str {
    let line = file[account["line"].as_u64().unwrap() as usize - 1];
    let native = text(&account["nativeIdentity"]);
    assert!(line.starts_with(&format!("{native},")), "{account}: {line}");
    let cells = cells(line);
    let column = file[0]
        .split(',')
        .position(|name| name == account["attribute"]);
    assert_eq!(
        cells[column.unwrap()],
        text(&account["value"]),
        "{account}: {line}"
    );
    line
}

/// The cells of a line, without the quotes around some.
fn cells(line: &str) -> Vec<String> {
    let mut cells = vec![String::new()];
    let mut is_quoted = false;
    for character in line.chars() {
        match character {
            '"' => is_quoted = !is_quoted,
            ',' if !is_quoted => cells.push(String::new()),
            other => cells.last_mut().unwrap().push(other),
        }
    }
    cells
}

fn explains_itself(attribute: &Value, file: &[&str]) {
    let value = &attribute["value"];
    assert_eq!(value, &attribute["computedValue"], "{attribute}");
    assert_eq!(attribute["difference"], Value::Null, "{attribute}");
    assert_eq!(attribute["problems"], json!([]), "{attribute}");
    assert_eq!(
        attribute["cause"]["type"], "CLOUD_ACCOUNT_AGGREGATION",
        "{attribute}"
    );
    assert_eq!(
        attribute["event"]["triggerId"], "idn:identity-created",
        "{attribute}"
    );
    assert!(attribute["since"].is_string(), "{attribute}");
    let accounts = attribute["accounts"].as_array().unwrap();
    for account in accounts {
        assert_eq!(account["readBy"]["id"], attribute["cause"]["id"]);
    }
    if attribute["name"] == "manager" {
        let lookup = &attribute["managerLookup"];
        if value.is_null() {
            assert_eq!(lookup["outcome"], "NOBODY", "{attribute}");
        } else {
            assert_eq!(&lookup["found"], value, "{attribute}");
            assert_eq!(lookup["value"], accounts[0]["value"]);
            line_of(file, &accounts[0]);
        }
        return;
    }
    assert_eq!(&attribute["steps"][0]["output"], value, "{attribute}");
    let from = &attribute["mapping"]["transformDefinition"]["attributes"]["attributeName"];
    assert!(from.is_string(), "{attribute}");
    if !value.is_null() {
        let [account] = &accounts[..] else {
            panic!("{attribute}");
        };
        assert_eq!((&account["value"], &account["attribute"]), (value, from));
        line_of(file, account);
    }
}

fn everybody_explains_themselves(backend: Backend) {
    let place = Place::new(backend);
    let demo = place.start(&[], &[]);
    let file = std::fs::read_to_string(place.file(demo.text("file"))).unwrap();
    let file: Vec<&str> = file.lines().collect();
    let all = explanations(&demo);
    assert_eq!(all.len(), 250);
    let mut managed = 0;
    for person in &all {
        let attributes = person["attributes"].as_array().unwrap();
        let names: BTreeSet<&str> = attributes.iter().map(|one| text(&one["name"])).collect();
        assert_eq!(names.len(), attributes.len());
        assert!(names.len() > 10 && names.contains("manager"), "{names:?}");
        for attribute in attributes {
            explains_itself(attribute, &file);
        }
        let manager = attributes.iter().find(|one| one["name"] == "manager");
        managed += usize::from(!manager.unwrap()["value"].is_null());
    }
    assert!(managed > 200, "most have a manager: {managed}");
    the_command_says_the_same(&demo, &all[7]);
}

fn the_command_says_the_same(demo: &Demo, person: &Value) {
    let run = |arguments: &[&str]| {
        let mut muster = demo.client(env!("CARGO_BIN_EXE_muster"));
        let done = muster.arg("explain").args(arguments).output().unwrap();
        let told = if done.status.success() {
            done.stdout
        } else {
            done.stderr
        };
        (done.status.success(), String::from_utf8(told).unwrap())
    };
    let value = |name: &str| {
        let mut attributes = person["attributes"].as_array().unwrap().iter();
        text(&attributes.find(|one| one["name"] == name).unwrap()["value"])
    };
    let id = text(&person["identity"]["id"]);
    let line = &person["attributes"][0]["accounts"][0]["line"];
    let (_, told) = run(&[id]);
    for who in [value("uid"), value("email")] {
        assert_eq!(run(&[who]), (true, told.clone()), "{who}");
    }
    let department = format!("\ndepartment = \"{}\"\n  since ", value("department"));
    assert!(told.contains(&department), "{told}");
    assert!(told.contains("    accountAttribute (account: "), "{told}");
    assert!(
        told.contains(&format!("on HR: line {line} of the file of ")),
        "{told}"
    );
    assert!(
        told.contains("looked up by identificationNumber = "),
        "{told}"
    );
    let (_, json) = run(&[id, "--attribute", "title", "--json"]);
    let json: Value = serde_json::from_str(&json).unwrap();
    let title = person["attributes"]
        .as_array()
        .unwrap()
        .iter()
        .find(|one| one["name"] == "title");
    assert_eq!(json["attributes"], json!([title]));
    for (arguments, wanted) in [
        (&["nobody\"s"][..], "nobody has the id"),
        (
            &[id, "--attribute", "shoe size"],
            "there is no identity attribute \"shoe size\"",
        ),
        (
            &["00000000000000000000000000000bad"],
            "There is no identity",
        ),
    ] {
        let (is_done, told) = run(arguments);
        assert!(!is_done && told.contains(wanted), "{told}");
    }
}

#[test]
fn everybody_explains_themselves_on_sqlite() {
    everybody_explains_themselves(Backend::Sqlite);
}

#[test]
fn everybody_explains_themselves_on_postgres() {
    everybody_explains_themselves(Backend::Postgres);
}
