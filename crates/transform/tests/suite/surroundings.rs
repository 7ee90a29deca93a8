//! Accounts, other transforms, other identities, user names: what the caller's context answers.

use muster_transform::{SourceKey, Transform};
use serde_json::{Value, json};

use crate::common::run;

fn text(transform: &Value, context: &Value) -> Option<String> {
    run(transform, context)
        .unwrap_or_else(|error| panic!("{transform}: {}", error.explain()))
        .map(|value| value.to_text())
}

fn account_attribute(more: &Value) -> Value {
    let mut attributes = json!({"sourceName": "HR", "attributeName": "dept"});
    for (name, value) in more.as_object().expect("an object") {
        attributes[name] = value.clone();
    }
    json!({"type": "accountAttribute", "attributes": attributes})
}

fn accounts() -> Value {
    json!({"accounts": [
        {"source": "HR", "sourceId": "1", "created": "2021-01-01T00:00:00Z", "nativeIdentity": "b",
         "displayName": "B", "attributes": {"dept": "Two", "rank": 10, "active": true, "groups": ["X", "Y"]}},
        {"source": "HR", "sourceId": "1", "created": "2020-01-01T00:00:00Z", "nativeIdentity": "c",
         "attributes": {"rank": 9}},
        {"source": "HR", "sourceId": "1", "created": "2022-01-01T00:00:00Z", "nativeIdentity": "a",
         "attributes": {"dept": "Three", "location": "Austin"}},
        {"source": "AD", "sourceId": "2", "created": "2019-01-01T00:00:00Z",
         "attributes": {"dept": "Other"}},
    ]})
}

#[test]
fn the_right_account_speaks() {
    for (more, expected) in [
        (json!({}), Some("Two")),
        (json!({"accountReturnFirstLink": "true"}), None),
        (json!({"accountSortDescending": "true"}), Some("Three")),
        (
            json!({"accountSortAttribute": "nativeIdentity"}),
            Some("Three"),
        ),
        (json!({"accountSortAttribute": "location"}), Some("Three")),
        (
            json!({"accountSortAttribute": "location", "accountSortDescending": true}),
            Some("Three"),
        ),
        (
            json!({"accountPropertyFilter": "active == true"}),
            Some("Two"),
        ),
        (
            json!({"accountPropertyFilter": "rank >= 10 && rank < 11"}),
            Some("Two"),
        ),
        (
            json!({"accountPropertyFilter": "location != \"Austin\""}),
            Some("Two"),
        ),
        (
            json!({"accountPropertyFilter": "location == i\"AUSTIN\""}),
            Some("Three"),
        ),
        (
            json!({"accountPropertyFilter": "location.notNull()"}),
            Some("Three"),
        ),
        (
            json!({"accountPropertyFilter": "location == null && !(rank.isNull())"}),
            Some("Two"),
        ),
        (
            json!({"accountPropertyFilter": "groups.containsAll({\"X\", \"Y\"})"}),
            Some("Two"),
        ),
        (
            json!({"accountPropertyFilter": "groups.containsAll({\"X\", \"Z\"})"}),
            None,
        ),
        (
            json!({"accountPropertyFilter": "groups == \"Y\""}),
            Some("Two"),
        ),
        (
            json!({"accountPropertyFilter": "location.in({\"Boston\", \"Austin\"})"}),
            Some("Three"),
        ),
        (
            json!({"accountPropertyFilter": "location.endsWith(\"tin\")"}),
            Some("Three"),
        ),
        (
            json!({"accountFilter": "displayName.startsWithIgnoreCase(\"b\")"}),
            Some("Two"),
        ),
        (
            json!({"accountFilter": "", "accountPropertyFilter": ""}),
            Some("Two"),
        ),
        (json!({"sourceName": "Nowhere"}), None),
        (
            json!({"sourceName": "Renamed", "sourceId": "1"}),
            Some("Two"),
        ),
        (json!({"applicationId": "2"}), Some("Other")),
        (json!({"attributeName": "nothing"}), None),
    ] {
        let transform = account_attribute(&more);
        assert_eq!(text(&transform, &accounts()).as_deref(), expected, "{more}");
    }
}

#[test]
fn values_keep_their_type_on_the_way_through() {
    let transform = account_attribute(&json!({"attributeName": "groups"}));
    assert_eq!(
        json!(run(&transform, &accounts()).unwrap()),
        json!(["X", "Y"])
    );
    let transform = json!({"type": "firstValid", "attributes": {"values": [
        account_attribute(&json!({"attributeName": "active"}))]}});
    assert_eq!(json!(run(&transform, &accounts()).unwrap()), json!(true));
}

#[test]
fn a_reference_hands_its_input_on_and_finds_its_cycles() {
    let reference = |name: &str| json!({"type": "reference", "attributes": {"id": name}});
    let context = json!({"input": "Abc", "transforms": [
        {"name": "Lower", "type": "lower"},
        {"name": "Twice", "type": "concat", "attributes": {"values": [reference("Lower"), {"type": "upper"}]}},
        {"name": "Self", "type": "trim", "attributes": {"input": reference("Other")}},
        {"name": "Other", "type": "trim", "attributes": {"input": reference("Self")}},
    ]});
    assert_eq!(
        text(&reference("Twice"), &context).as_deref(),
        Some("abcABC")
    );
    let with_input = json!({"type": "reference", "attributes": {"id": "Twice", "input": "X"}});
    assert_eq!(text(&with_input, &context).as_deref(), Some("xX"));
    let with_null = json!({"type": "reference", "attributes": {"id": "Lower", "input": null}});
    assert_eq!(text(&with_null, &context), None);

    let error = run(&reference("Self"), &context).unwrap_err();
    assert_eq!(
        error.explain(),
        "\"Other\": reference at attributes.input failed: transform \"Self\" refers to itself"
    );
    let error = run(&reference("Nothing"), &context).unwrap_err();
    assert_eq!(
        error.explain(),
        "reference at transform failed: there is no transform \"Nothing\""
    );
    let kept = json!({"type": "firstValid", "attributes": {"ignoreErrors": true, "values": [reference("Self"), "ok"]}});
    assert_eq!(text(&kept, &context).as_deref(), Some("ok"));
}

#[test]
fn another_identity_answers_or_is_null() {
    let rule = |uid: Value| {
        json!({"type": "rule", "attributes": {
            "name": "Cloud Services Deployment Utility", "operation": "getReferenceIdentityAttribute",
            "uid": uid, "attributeName": "email"}})
    };
    let context = json!({"identity": {"attributes": {"boss": "bob"}},
                         "identities": [{"uid": "bob", "attributes": {"email": "b@x"}}]});
    assert_eq!(text(&rule(json!("bob")), &context).as_deref(), Some("b@x"));
    assert_eq!(
        text(&rule(json!("$identity.attributes.boss")), &context).as_deref(),
        Some("b@x")
    );
    assert_eq!(text(&rule(json!("manager")), &context), None);
    assert_eq!(text(&rule(json!("nobody")), &context), None);
}

#[test]
fn user_names_are_found_in_order() {
    let generate = |patterns: Value, taken: &[&str], size: &str| {
        let transform = json!({"type": "usernameGenerator", "attributes": {
            "patterns": patterns, "ln": {"type": "identityAttribute", "attributes": {"name": "lastname"}},
            "nothing": {"type": "identityAttribute", "attributes": {"name": "nothing"}}}});
        let context = json!({"identity": {"attributes": {"firstname": "eve", "lastname": "engineer"}},
                             "taken": taken, "field": {"cloudMaxSize": size, "cloudMaxUniqueChecks": "5"}});
        run(&transform, &context)
            .map(|value| value.expect("a name").to_text())
            .map_err(|error| error.cause.class())
    };
    let both = json!(["e$ln", "e$ln${uniqueCounter}"]);
    let found = |name: &str| Ok(name.to_owned());
    assert_eq!(generate(both.clone(), &[], "100"), found("eengineer"));
    assert_eq!(
        generate(both.clone(), &["eengineer", "eengineer1"], "100"),
        found("eengineer2")
    );
    assert_eq!(
        generate(both.clone(), &["eengi", "eeng1"], "5"),
        found("eeng2")
    );
    assert_eq!(
        generate(json!(["$ln"]), &["engineer"], "100"),
        Err("IllegalStateException")
    );
    assert_eq!(
        generate(json!(["$nothing", "$ln"]), &[], "100"),
        found("engineer")
    );
    assert_eq!(
        generate(json!(["$nothing"]), &[], "100"),
        Err("MethodInvocationException")
    );
    let connector = json!(["$(firstname).$(lastname)$(uniqueCounter)"]);
    assert_eq!(
        generate(connector, &["eve.engineer"], "100"),
        found("eve.engineer1")
    );
    let taken: Vec<String> = (0..9).map(|n| format!("engineer{n}")).collect();
    let mut taken: Vec<&str> = taken.iter().map(String::as_str).collect();
    taken.push("engineer");
    assert_eq!(
        generate(json!(["$ln$uniqueCounter"]), &taken, "100"),
        Err("IllegalStateException")
    );
}

#[test]
fn what_a_transform_reads_is_known_when_it_is_saved() {
    let transform = json!({"name": "All", "type": "concat", "attributes": {"values": [
        {"type": "reference", "attributes": {"id": "Other"}},
        account_attribute(&json!({"accountSortAttribute": "rank", "accountPropertyFilter": "active == true"})),
        {"type": "identityAttribute", "attributes": {"name": "uid", "requiresPeriodicRefresh": "true"}},
        {"type": "dateMath", "attributes": {"expression": "now"}},
        "$identity.attributes.city $identity.getManager().getStringAttribute('email')",
    ]}});
    let transform = Transform::parse(&transform).unwrap();
    let references = transform.references();
    assert_eq!(references.transforms, ["Other"]);
    assert_eq!(references.identity_attributes, ["uid", "city", "manager"]);
    assert_eq!(references.manager_attributes, ["email"]);
    let read: Vec<_> = references
        .accounts
        .iter()
        .map(|it| it.attribute.as_str())
        .collect();
    assert_eq!(read, ["dept", "rank", "active"]);
    assert_eq!(references.accounts[0].source, SourceKey::Name("HR".into()));
    assert!(references.time && !references.randomness && !references.whole_identity);
    assert!(transform.requires_periodic_refresh());

    let random = Transform::parse(&json!({"type": "uuid"})).unwrap();
    assert!(random.references().randomness);
    assert!(random.warnings()[0].text.contains("every refresh"));
    assert!(!random.requires_periodic_refresh());
    let wide = json!({"type": "static", "attributes": {"value": "$identity.links.size()"}});
    assert!(Transform::parse(&wide).unwrap().references().whole_identity);
}
