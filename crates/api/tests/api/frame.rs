//! What holds for every call, whatever the operation: hosts, paths, methods, bodies, panics, rates.

use std::io::{Read, Write};

use axum::body::Body;
use axum::http::{Request, header};
use flate2::Compression;
use flate2::read::GzDecoder;
use flate2::write::GzEncoder;
use muster_api::limits::BODY_BYTES_MAX;
use muster_api::rate::Rate;
use muster_api::{Blocking, Call, Json, Operation, Problem};
use muster_auth::Guard;
use serde_json::json;

use crate::support::{ADMIN, Server, start, start_with};

async fn raw(
    server: &Server,
    request: axum::http::request::Builder,
    body: Vec<u8>,
) -> crate::support::Reply {
    let request = request.header(header::AUTHORIZATION, format!("Bearer {ADMIN}"));
    server
        .request(request.body(Body::from(body)).unwrap())
        .await
}

#[tokio::test]
async fn an_unknown_path_and_a_wrong_method_are_refused_in_shape() {
    let server = start();
    let (code, text) = server.get("/v3/nothing").await.problem(404);
    assert_eq!(code, "404 Not found");
    assert!(text.contains("/v3/nothing"));
    server.get("/v3/triggers").await.problem(404);
    let reply = server.post("/v3/transforms/1", json!({})).await;
    assert_eq!(
        reply.header("allow"),
        Some("GET, PUT, DELETE, HEAD, OPTIONS")
    );
    let (code, _) = reply.problem(405);
    assert_eq!(code, "405 Method not allowed");
}

#[tokio::test]
async fn options_and_head_are_answered() {
    let server = start();
    let options = Request::builder().method("OPTIONS").uri("/v3/transforms");
    let reply = raw(&server, options, Vec::new()).await;
    assert_eq!(
        (reply.status.as_u16(), reply.header("allow")),
        (204, Some("GET, POST, HEAD, OPTIONS"))
    );
    let head = Request::builder().method("HEAD").uri("/v3/transforms");
    assert_eq!(raw(&server, head, Vec::new()).await.status, 200);
}

#[tokio::test]
async fn doubled_slashes_are_one() {
    assert_eq!(
        start().get("//v3//transforms/").await.expect(200),
        json!([])
    );
}

#[tokio::test]
async fn a_host_names_its_org_and_an_unknown_one_is_a_404() {
    let server = start();
    server
        .post("/transforms/v1", json!({"name": "One", "type": "upper"}))
        .await
        .expect(201);
    for (host, org, count) in [
        ("acme.api.localhost:8080", "acme", 1),
        ("127.0.0.1:8080", "acme", 1),
        ("globex.api.example.com", "globex", 0),
    ] {
        let request = Request::builder()
            .uri("/transforms/v1")
            .header(header::HOST, host)
            .header(
                header::AUTHORIZATION,
                format!("Bearer {org}|ORG_ADMIN|sp:scopes:all|person"),
            );
        let reply = server.request(request.body(Body::empty()).unwrap()).await;
        assert_eq!(reply.expect(200).as_array().unwrap().len(), count, "{host}");
    }
    let nobody = Request::builder()
        .uri("/transforms/v1")
        .header(header::HOST, "umbrella.api.localhost");
    let (_, text) = raw(&server, nobody, Vec::new()).await.problem(404);
    assert_eq!(text, "There is no org \"umbrella\" here.");
}

#[tokio::test]
async fn bodies_may_be_compressed_both_ways_and_bombs_are_stopped() {
    let server = start();
    let gzip = |text: &[u8]| {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(text).unwrap();
        encoder.finish().unwrap()
    };
    let post = || {
        Request::builder()
            .method("POST")
            .uri("/transforms/v1")
            .header(header::CONTENT_ENCODING, "gzip")
    };
    let transform = br#"{"name": "One", "type": "upper"}"#;
    raw(&server, post(), gzip(transform)).await.expect(201);
    let bomb = raw(&server, post(), gzip(&vec![b' '; BODY_BYTES_MAX + 1])).await;
    let (code, _) = bomb.problem(413);
    assert_eq!(code, "413 Content too large");

    let get = Request::builder()
        .uri("/openapi.json")
        .header(header::ACCEPT_ENCODING, "gzip");
    let reply = raw(&server, get, Vec::new()).await;
    assert_eq!(reply.header("content-encoding"), Some("gzip"));
    let mut text = String::new();
    GzDecoder::new(&*reply.bytes)
        .read_to_string(&mut text)
        .unwrap();
    assert!(text.contains("\"openapi\":\"3.0.3\""));
}

static PANICS: &[Operation] = &[
    Operation::get("/muster/v1/panic", "panic")
        .guard(Guard::PUBLIC)
        .runs(&Blocking(panics)),
    Operation::post("/muster/v1/echo", "echo")
        .guard(Guard::PUBLIC)
        .deprecated()
        .runs(&Blocking(echo)),
];

fn panics(_: &Call, (): ()) -> Result<(), Problem> {
    panic!("as the test wants it");
}

#[expect(clippy::unnecessary_wraps, reason = "handlers give results")]
fn echo(
    call: &Call,
    Json(body): Json<serde_json::Value>,
) -> Result<Json<serde_json::Value>, Problem> {
    Ok(Json(
        json!({ "body": body, "tracking": call.tracking_id() }),
    ))
}

#[tokio::test]
async fn a_panic_is_a_500_in_shape_and_the_service_lives_on() {
    let server = start_with(PANICS.to_vec(), |_| {});
    for _ in 0..2 {
        let (code, text) = server.get("/muster/v1/panic").await.problem(500);
        assert_eq!(code, "500.0 Internal fault");
        assert!(!text.contains("as the test"), "{text}");
    }
}

#[tokio::test]
async fn each_answer_carries_the_tracking_id_of_its_call() {
    let server = start_with(PANICS.to_vec(), |_| {});
    let one = server.post("/muster/v1/echo", json!(1)).await;
    assert_eq!(one.header("x-deprecated"), Some("true"));
    let id = one.header("x-request-id").unwrap().to_owned();
    assert_eq!(one.expect(200)["tracking"], json!(id));
    let two = server.post("/muster/v1/echo", json!(1)).await;
    assert_ne!(two.header("x-request-id"), Some(id.as_str()));
}

#[tokio::test]
async fn a_full_bucket_says_when_to_come_back() {
    let rate = Rate {
        calls_max: 2,
        window_ms: 10_000,
    };
    let server = start_with(muster_api::resources::all(), |settings| {
        settings.rate = Some(rate);
    });
    server.get("/v3/transforms").await.expect(200);
    server.get("/v3/transforms").await.expect(200);
    let reply = server.get("/v3/transforms").await;
    assert_eq!(reply.header("retry-after"), Some("10"));
    assert_eq!(
        reply.expect(429),
        json!({"message": " Rate Limit Exceeded "})
    );
    // Another version has a bucket of its own (api-surface.md §2).
    server.get("/beta/transforms").await.expect(200);
    server.clock.advance_micros(10_000_000);
    server.get("/v3/transforms").await.expect(200);
}

#[tokio::test]
async fn an_endless_path_is_refused() {
    let server = start();
    let reply = server
        .get(&format!("/v3/transforms?filters={}", "x".repeat(50_000)))
        .await;
    assert_eq!(reply.status, 400);
    let (code, _) = server
        .get(&format!("/v3/transforms?filters={}", "x".repeat(62_000)))
        .await
        .problem(414);
    assert_eq!(code, "414 URI too long");
}

#[tokio::test]
async fn changes_by_callers_are_audited() {
    let server = start();
    let created = server
        .post("/transforms/v1", json!({"name": "One", "type": "upper"}))
        .await
        .expect(201);
    server
        .delete(&format!(
            "/transforms/v1/{}",
            created["id"].as_str().unwrap()
        ))
        .await
        .expect(204);
    let actions: Vec<String> = server
        .store
        .org()
        .read(|tx| {
            tx.fetch(
                "SELECT actor, action, kind FROM audit ORDER BY seq",
                &[],
                |row| {
                    Ok(format!(
                        "{} {} {}",
                        row.get::<String>(0)?,
                        row.get::<String>(1)?,
                        row.get::<String>(2)?
                    ))
                },
            )
        })
        .unwrap_or_else(|error: muster_store::Error| panic!("{error}"));
    assert_eq!(actions, ["ada create transform", "ada delete transform"]);
}

#[tokio::test]
async fn the_server_describes_itself() {
    let server = start();
    let described = server.get("/openapi.json").await.expect(200);
    assert_eq!(
        described["paths"]["/transforms/v1"]["get"]["operationId"],
        "listTransformsV1"
    );
    let beta = server.get("/openapi.json?version=beta").await.expect(200);
    assert!(beta["paths"]["/beta/transforms"]["post"].is_object());
    server.get("/openapi.json?version=v1999").await.problem(400);
    let page = server.get("/docs").await;
    assert!(
        page.header("content-security-policy")
            .unwrap()
            .starts_with("default-src 'none'")
    );
    assert!(String::from_utf8_lossy(&page.bytes).contains("listTransforms"));
    assert_eq!(server.get("/docs/docs.css").await.status, 200);
}

static ASKS: &[Operation] = &[Operation::post("/muster/v1/ask", "ask")
    .guard(Guard::PUBLIC)
    .checks_token()
    .runs(&Blocking(ask))];

#[expect(clippy::unnecessary_wraps, reason = "handlers give results")]
fn ask(call: &Call, (): ()) -> Result<Json<String>, Problem> {
    Ok(Json(call.actor()))
}

#[tokio::test]
async fn a_public_operation_may_refuse_a_token_that_does_not_hold() {
    let server = start_with(ASKS.to_vec(), |_| {});
    let post = || Request::builder().method("POST").uri("/muster/v1/ask");
    let without = server.request(post().body(Body::empty()).unwrap()).await;
    assert_eq!(without.expect(200), json!("anonymous"));
    assert_eq!(
        raw(&server, post(), Vec::new()).await.expect(200),
        json!("ada")
    );
    let broken = post().header(header::AUTHORIZATION, "Bearer nonsense");
    server
        .request(broken.body(Body::empty()).unwrap())
        .await
        .expect(401);
}
