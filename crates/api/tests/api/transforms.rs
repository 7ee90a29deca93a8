//! Transforms over the wire.

use serde_json::{Value, json};

use crate::support::{Server, start};

fn to_date() -> Value {
    json!({
        "name": "Timestamp To Date",
        "type": "dateFormat",
        "attributes": { "inputFormat": "MMM dd yyyy, HH:mm:ss.SSS", "outputFormat": "yyyy/dd/MM" },
    })
}

async fn create(server: &Server, name: &str) -> String {
    let mut transform = to_date();
    transform["name"] = json!(name);
    server.clock.advance_micros(1_000);
    let created = server.post("/transforms/v1", transform).await.expect(201);
    created["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_transform_lives_from_creation_to_deletion_in_every_spelling() {
    let server = start();
    for base in [
        "/transforms/v1",
        "/v2026/transforms",
        "/v2025/transforms",
        "/v2024/transforms",
        "/v3/transforms",
        "/beta/transforms",
    ] {
        let created = server.post(base, to_date()).await.expect(201);
        let id = created["id"].as_str().unwrap();
        assert_eq!(id.len(), 32);
        let mut expected = to_date();
        expected["id"] = json!(id);
        expected["internal"] = json!(false);
        assert_eq!(created, expected);
        assert_eq!(
            server.get(&format!("{base}/{id}")).await.expect(200),
            expected
        );
        assert_eq!(server.get(base).await.expect(200), json!([expected]));

        let mut next = to_date();
        next["attributes"] = json!({ "outputFormat": "ISO8601" });
        let replaced = server
            .put(&format!("{base}/{id}"), next.clone())
            .await
            .expect(200);
        assert_eq!(replaced["attributes"], next["attributes"]);
        assert_eq!(
            server.delete(&format!("{base}/{id}")).await.expect(204),
            Value::Null
        );
        let (code, _) = server.delete(&format!("{base}/{id}")).await.problem(404);
        assert_eq!(code, "404 Not found");
    }
}

#[tokio::test]
async fn a_transform_that_lacks_something_is_refused_by_name() {
    let server = start();
    for (body, code, text) in [
        (
            json!({"type": "upper"}),
            "400.1.0 Required data missing or empty",
            "name is required; send it.",
        ),
        (
            json!({"name": " ", "type": "upper"}),
            "400.1.0 Required data missing or empty",
            "name is empty; give the transform a name.",
        ),
        (
            json!({"name": "x".repeat(51), "type": "upper"}),
            "400.1.2 Value length out of range",
            "name has more than 50 characters; shorten it.",
        ),
        (
            json!({"name": 5, "type": "upper"}),
            "400.1 Bad request content",
            "name: invalid type: integer `5`, expected a string.",
        ),
        (
            json!([]),
            "400.1 Bad request content",
            "The body must be a JSON object.",
        ),
    ] {
        let found = server.post("/v3/transforms", body).await.problem(400);
        assert_eq!(found, (code.to_owned(), text.to_owned()));
    }
}

#[tokio::test]
async fn a_transform_that_could_not_run_is_refused_where_it_is_wrong() {
    let server = start();
    for (kind, attributes, code, place) in [
        ("uper", json!({}), "400.1.3 Illegal value", "uper"),
        (
            "concat",
            json!({}),
            "400.1.0 Required data missing or empty",
            "attributes.values",
        ),
        (
            "rule",
            json!({"name": "BeanShell rule"}),
            "400.1.3 Illegal value",
            "attributes.name: the rule",
        ),
    ] {
        let body = json!({ "name": "One", "type": kind, "attributes": attributes });
        let (found, text) = server.post("/v3/transforms", body).await.problem(400);
        assert_eq!(found, code, "{text}");
        assert!(text.contains(place), "{text}");
    }
}

#[tokio::test]
async fn name_and_type_stay_as_they_were_made() {
    let server = start();
    let id = create(&server, "One").await;
    let path = format!("/v2025/transforms/{id}");
    for change in [
        json!({"name": "Two"}),
        json!({"type": "upper"}),
        json!({"id": "other"}),
    ] {
        let mut next = to_date();
        next["name"] = json!("One");
        next.as_object_mut()
            .unwrap()
            .extend(change.as_object().unwrap().clone());
        let (code, _) = server.put(&path, next).await.problem(400);
        assert_eq!(code, "400.1.1 Illegal update attempt");
    }
}

#[tokio::test]
async fn a_name_is_taken_whatever_its_case() {
    let server = start();
    create(&server, "One").await;
    let mut twin = to_date();
    twin["name"] = json!("ONE");
    let (code, text) = server.post("/transforms/v1", twin).await.problem(400);
    assert_eq!(code, "400.1.409 Reference conflict");
    assert!(
        text.starts_with("name: there is already a transform called \"One\""),
        "{text}"
    );
}

#[tokio::test]
async fn the_list_is_filtered_paged_and_counted() {
    let server = start();
    for name in ["Alpha", "Beta", "Alphabet"] {
        create(&server, name).await;
    }
    let names = async |query: &str| {
        let list = server
            .get(&format!("/v3/transforms?{query}"))
            .await
            .expect(200);
        let names = list.as_array().unwrap().iter();
        names
            .map(|each| each["name"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["Alpha", "Beta", "Alphabet"]);
    assert_eq!(
        names("filters=name%20sw%20%22alpha%22").await,
        ["Alpha", "Alphabet"]
    );
    assert_eq!(names("filters=name+eq+%22Beta%22").await, ["Beta"]);
    assert_eq!(names("name=Beta").await, ["Beta"]);
    assert_eq!(names("limit=1&offset=1").await, ["Beta"]);
    assert!(names("filters=internal%20eq%20true").await.is_empty());

    let counted = server.get("/v3/transforms?count=true&limit=1").await;
    assert_eq!(counted.header("x-total-count"), Some("3"));
    let (_, text) = server
        .get("/v3/transforms?filters=type+eq+%22upper%22")
        .await
        .problem(400);
    assert!(text.contains("type") && text.contains("name"), "{text}");
    let (_, text) = server.get("/v3/transforms?limit=251").await.problem(400);
    assert!(text.contains("limit"), "{text}");
    server.get("/v3/transforms?sorters=name").await.problem(400);
}
