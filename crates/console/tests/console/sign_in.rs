//! Who gets in, how, and for how long.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use muster_auth::PersonalAccessToken;

use crate::support::{Browser, World};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn without_a_session_every_page_asks_to_sign_in_and_leads_back() {
    let world = World::new();
    let browser = Browser::default();
    let page = browser.get(&world, "/console/invocations?trigger=x").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
    let to = page.header("location").unwrap();
    assert_eq!(
        to,
        "/console/sign-in?next=%2Fconsole%2Finvocations%3Ftrigger%3Dx"
    );
    let part = Request::get("/console/triggers").header("hx-request", "true");
    let part = world
        .send(part.body(Body::empty()).unwrap(), "127.0.0.1:1")
        .await;
    assert_eq!(
        part.status,
        StatusCode::NO_CONTENT,
        "a fetch would follow a redirect"
    );
    assert!(
        part.header("hx-redirect")
            .unwrap()
            .starts_with("/console/sign-in")
    );
    let form = browser.get(&world, to).await;
    assert!(
        form.text
            .contains("value=\"/console/invocations?trigger=x\""),
        "{}",
        form.text
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn credentials_open_a_session_that_a_script_cannot_read() {
    let world = World::new();
    let mut browser = Browser::default();
    let refused = browser.sign_in(&world, "wrong").await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text.contains("do not match") && browser.cookie.is_none());
    let secret = world.client_secret.clone();
    let page = browser.sign_in(&world, &secret).await;
    assert_eq!(page.header("location"), Some("/console/triggers"));
    let cookie = page.header("set-cookie").unwrap();
    assert!(
        cookie.contains("HttpOnly") && cookie.contains("SameSite=Strict"),
        "{cookie}"
    );
    assert!(!cookie.contains(&secret), "the credentials are sealed");
    assert_eq!(
        browser.get(&world, "/console/triggers").await.status,
        StatusCode::OK
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_session_ends_by_signing_out_by_time_and_with_its_client() {
    let world = World::new();
    let asks = async |browser: &Browser| {
        browser.get(&world, "/console/triggers").await.status == StatusCode::SEE_OTHER
    };
    let out = world.signed_in().await;
    let page = out
        .post(&world, "/console/triggers", "/console/sign-out", &[])
        .await;
    assert_eq!(page.header("location"), Some("/console/sign-in"));
    assert!(asks(&out).await, "the cookie is worth nothing any more");

    let other = world.signed_in().await;
    let orgs = world.store.orgs();
    let org = orgs.iter().find(|org| org.name() == "demo").unwrap();
    assert!(!asks(&other).await);
    let id = world.client_id.clone();
    tokio::task::block_in_place(|| {
        org.write(|tx| tx.typed::<PersonalAccessToken>().delete(&id))
            .unwrap();
    });
    assert!(
        asks(&other).await,
        "the client is gone, and so is who used it"
    );

    let world = World::new();
    let late = world.signed_in().await;
    world.clock.advance_micros(9 * 60 * 60 * 1_000_000);
    let page = late.get(&world, "/console/triggers").await;
    assert_eq!(page.status, StatusCode::SEE_OTHER);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_fails_too_often_waits_even_with_the_right_secret() {
    let world = World::new();
    let mut browser = Browser::default();
    for _ in 0..10 {
        browser.sign_in(&world, "wrong").await;
    }
    let secret = world.client_secret.clone();
    let page = browser.sign_in(&world, &secret).await;
    assert_eq!(page.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(page.text.contains("Try again in"), "{}", page.text);
    world.clock.advance_micros(16 * 60 * 1_000_000);
    assert_eq!(
        browser.sign_in(&world, &secret).await.status,
        StatusCode::SEE_OTHER
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_form_without_the_sessions_token_or_from_another_site_changes_nothing() {
    let world = World::new();
    let browser = world.signed_in().await;
    let path = "/console/inbox";
    let page = browser.post_raw(&world, path, &[("name", "Mine")]).await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let token = browser.get(&world, "/console/triggers").await.token();
    let request = browser
        .with_cookie(Request::post(path))
        .header("origin", "http://evil.example");
    let body = Body::from(format!("name=Mine&csrf={token}"));
    let page = world.send(request.body(body).unwrap(), "127.0.0.1:1").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    let inbox = browser.get(&world, "/console/inbox").await;
    assert!(inbox.text.contains("No inbox yet"), "nothing was made");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_one_click_link_works_once_soon_and_on_this_machine_only() {
    let world = World::new();
    let link = || {
        world
            .console
            .sign_in_path("demo", &world.client_id, &world.client_secret)
            .unwrap()
    };
    let follow = async |path: &str, peer: &str, forwarded: bool| {
        let mut request = Request::get(path);
        if forwarded {
            request = request.header("x-forwarded-for", "192.0.2.1");
        }
        world.send(request.body(Body::empty()).unwrap(), peer).await
    };
    let path = link();
    for (peer, forwarded) in [("192.0.2.1:5", false), ("127.0.0.1:5", true)] {
        let page = follow(&path, peer, forwarded).await;
        assert_eq!(
            (page.status, page.header("set-cookie")),
            (StatusCode::GONE, None)
        );
    }
    let page = follow(&path, "127.0.0.1:5", false).await;
    assert_eq!(page.status, StatusCode::OK);
    let mut browser = Browser::default();
    browser.keep_cookie(&page);
    assert_eq!(browser.get(&world, "/console").await.status, StatusCode::OK);
    assert_eq!(
        follow(&path, "127.0.0.1:5", false).await.status,
        StatusCode::GONE
    );

    let path = link();
    world.clock.advance_micros(16 * 60 * 1_000_000);
    assert_eq!(
        follow(&path, "127.0.0.1:5", false).await.status,
        StatusCode::GONE
    );
}
