//! Inboxes over the wire: made, listed, cleared, deleted. What they catch is tested where it is
//! caught.

use serde_json::json;

use crate::support::start;

const PATH: &str = "/muster/v1/inboxes";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_inbox_is_made_with_an_address_of_its_own_and_deleted() {
    let server = start();
    let made = server.post(PATH, json!({"name": "Mine"})).await.expect(201);
    let id = made["id"].as_str().unwrap();
    assert!(
        made["url"]
            .as_str()
            .unwrap()
            .ends_with(&format!("/inbox/{id}")),
        "{made}"
    );
    assert_eq!(server.get(PATH).await.expect(200), json!([made]));
    let requests = format!("{PATH}/{id}/requests");
    assert_eq!(server.get(&requests).await.expect(200), json!([]));
    server.delete(&requests).await.expect(204);
    server.delete(&format!("{PATH}/{id}")).await.expect(204);
    assert_eq!(server.get(PATH).await.expect(200), json!([]));
    let (code, text) = server.get(&requests).await.problem(404);
    assert_eq!(code, "404 Not found");
    assert!(text.contains(id), "{text}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_name_is_needed_and_taken_once() {
    let server = start();
    server.post(PATH, json!({"name": "Mine"})).await.expect(201);
    for (name, code) in [
        (" ".to_owned(), "400.1.0 Required data missing or empty"),
        ("mine".to_owned(), "400.1.409 Reference conflict"),
        ("x".repeat(101), "400.1.2 Value length out of range"),
    ] {
        let (found, text) = server.post(PATH, json!({"name": name})).await.problem(400);
        assert_eq!(found, code);
        assert!(text.starts_with("name"), "{text}");
    }
}
