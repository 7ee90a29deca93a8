//! Questions over the wire: asked by a test, called back with the secret alone (event-triggers.md §6,
//! cases 50 and 53).

use axum::body::Body;
use axum::http::{Request, header};
use muster_api::spelling::{BETA, DATED, V1, spell};
use muster_testkit::{Answer, Endpoint};
use serde_json::{Value, json};

use crate::invocations::{deliver, id, status, test};
use crate::subscriptions::create;
use crate::support::{ADMIN, Reply, Server, start};

const QUESTION: &str = "test:request-response";

/// Calls as a subscriber would, who has no token, or with one.
async fn complete(server: &Server, path: &str, token: Option<&str>, body: Value) -> Reply {
    let mut request = Request::builder()
        .method("POST")
        .uri(path)
        .header(header::CONTENT_TYPE, "application/json");
    if let Some(token) = token {
        request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
    }
    let body = Body::from(body.to_string());
    server.request(request.body(body).unwrap()).await
}

fn path(id: &str) -> String {
    format!("/beta/trigger-invocations/{id}/complete")
}

/// A question that waits for its answer, and its secret.
async fn ask(server: &Server) -> (String, String) {
    let body = json!({ "triggerId": QUESTION, "contentJson": {} });
    let started = test(server, body).await;
    let secret = started[0]["secret"].as_str().unwrap().to_owned();
    (id(&started[0]).to_owned(), secret)
}

async fn subscribe(server: &Server, endpoint: &Endpoint) {
    let http = json!({ "url": endpoint.url("/"), "httpDispatchMode": "ASYNC" });
    create(
        server,
        json!({ "name": "asked", "triggerId": QUESTION, "type": "HTTP", "httpConfig": http }),
    )
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_subscriber_calls_back_under_every_spelling_without_a_token() {
    let server = start();
    let endpoint = Endpoint::answering(|_, _| Answer::Body(200, "{}".into()));
    subscribe(&server, &endpoint).await;
    let service = deliver(&server);
    let mut count = 0;
    for spelling in BETA.and(DATED).and(V1).each() {
        let (id, secret) = ask(&server).await;
        count += 1;
        let asked = tokio::task::block_in_place(|| endpoint.wait_for(count));
        service.rest().await;
        let body: Value = serde_json::from_slice(&asked[count - 1].body).unwrap();
        assert_eq!(body["_metadata"]["secret"], secret);
        assert_eq!(
            body["_metadata"]["callbackURL"],
            format!("https://acme.api.example.com{}", path(&id))
        );
        let path = spell("/trigger-invocations/{id}/complete", spelling).replace("{id}", &id);
        let answer = json!({ "secret": secret, "output": { "approved": false } });
        let reply = complete(&server, &path, None, answer.clone()).await;
        assert_eq!((reply.status.as_u16(), reply.bytes.len()), (204, 0));
        let (code, text) = complete(&server, &path, None, answer).await.problem(400);
        assert_eq!(code, "400.1.409 Reference conflict", "{text}");
    }
    let rows = status(&server, "").await;
    assert_eq!(rows.len(), count);
    let path = format!("/muster/v1/invocations/{}/resend", id(&rows[0]));
    let (_, text) = server.post(&path, Value::Null).await.problem(412);
    assert!(text.contains("asked once"), "{text}");
    for row in rows {
        assert_eq!(
            row["completeInvocationInput"],
            json!({ "localizedError": null, "output": { "approved": false } })
        );
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_secret_counts_and_what_is_wrong_with_a_body_is_told_to_its_holder_alone() {
    let server = start();
    let endpoint = Endpoint::answering(|_, _| Answer::Body(200, "{}".into()));
    subscribe(&server, &endpoint).await;
    let service = deliver(&server);
    let (id, secret) = ask(&server).await;
    service.rest().await;
    let unknown = "0f11f2a4-7c94-4bf3-a2bd-742580fe3bde";
    let mut refusals = Vec::new();
    for (id, secret) in [
        (id.as_str(), "wrong"),
        (unknown, secret.as_str()),
        (unknown, "wrong"),
    ] {
        // A wrong output says nothing about whether the id exists.
        let body = json!({ "secret": secret, "output": { "approved": "?" } });
        refusals.push(complete(&server, &path(id), None, body).await.problem(403));
    }
    assert!(
        refusals.iter().all(|one| *one == refusals[0]),
        "{refusals:?}"
    );

    let good = json!({ "secret": secret, "output": { "approved": true } });
    for token in ["nonsense", "acme||"] {
        let reply = complete(&server, &path(&id), Some(token), good.clone()).await;
        assert!(reply.expect(401)["error"].is_string());
    }
    for (body, code, field) in [
        (
            json!({ "output": {} }),
            "400.1.0 Required data missing or empty",
            "secret",
        ),
        (
            json!({ "secret": secret }),
            "400.1.0 Required data missing or empty",
            "output",
        ),
        (
            json!({ "secret": secret, "output": null }),
            "400.1.3 Illegal value",
            "output",
        ),
        (
            json!({ "secret": secret, "output": {} }),
            "400.1.3 Illegal value",
            "output",
        ),
    ] {
        let (found, text) = complete(&server, &path(&id), None, body.clone())
            .await
            .problem(400);
        assert_eq!(found, code, "{body}: {text}");
        assert!(text.starts_with(field), "{body}: {text}");
    }
    let reply = complete(&server, &path(&id), Some(ADMIN), good).await;
    assert_eq!(reply.status.as_u16(), 204);
}
