//! Who asks and goes away.

use axum::body::Body;
use axum::http::Request;
use muster_api::{Blocking, Operation};
use muster_auth::{Guard, LevelSet};
use tower::ServiceExt;

use crate::support::{ADMIN, start_with};

/// Waits for its client to go away, saying when it has begun and when it has ended.
fn wait_until_gone(call: &muster_api::Call, (): ()) -> Result<(), muster_api::Problem> {
    let signals = call.app().service::<Signals>()?;
    let given_up = call.given_up();
    let _ = signals.0.send("began");
    while !given_up() {
        std::thread::yield_now();
    }
    let _ = signals.0.send("ended");
    Ok(())
}

struct Signals(tokio::sync::mpsc::UnboundedSender<&'static str>);

#[tokio::test(flavor = "multi_thread")]
async fn a_client_that_goes_away_is_noticed() {
    static WAITS: Operation = Operation::post("/muster/v1/waits", "waits")
        .guard(Guard::changing(
            LevelSet::ORG_ADMIN,
            &["idn:sources:manage"],
        ))
        .runs(&Blocking(wait_until_gone));
    let (sender, mut signals) = tokio::sync::mpsc::unbounded_channel();
    let server = start_with(Vec::new(), |_| {});
    let mut app = muster_api::App::new(
        server.store.clone(),
        std::sync::Arc::clone(&server.keyring),
        muster_api::Settings {
            default_org: "acme".to_owned(),
            ..muster_api::Settings::default()
        },
    )
    .with(Signals(sender));
    app.tokens = server.tokens();
    let service = muster_api::mount(std::sync::Arc::new(app), [WAITS]);
    let request = Request::post("/muster/v1/waits")
        .header("authorization", format!("Bearer {ADMIN}"))
        .body(Body::empty())
        .unwrap();
    let asking = tokio::spawn(service.oneshot(request));
    assert_eq!(signals.recv().await, Some("began"));
    asking.abort();
    assert_eq!(signals.recv().await, Some("ended"));
}
