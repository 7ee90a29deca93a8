//! The log of invocations without a browser: how one stands, and which of them are shown.

use axum::http::StatusCode;
use muster_store::{DeliveryState, Outcome};

use crate::pages::{MOVERS, subscribe};
use crate::support::{NOW, World};

/// Writes down that whatever waits was tried and failed.
fn fail(world: &World, state: DeliveryState) {
    let mut orgs = world.store.orgs().into_iter();
    let org = orgs.find(|org| org.name() == "demo").unwrap();
    org.write(|tx| {
        let mut outcomes = Vec::new();
        for subscription in tx.deliveries().subscriptions()? {
            for one in tx.deliveries().waiting(subscription, 0, 10)? {
                outcomes.push(Outcome {
                    subscription,
                    event_seq: one.event_seq,
                    state,
                    attempt: one.attempts + 1,
                    tried: 0,
                    due: NOW.plus_millis(5_000),
                    started: NOW,
                    latency: 1,
                    status: Some(502),
                    error: Some("it answered 502".to_owned()),
                    answer: None,
                });
            }
        }
        tx.deliveries().record(&outcomes)
    })
    .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_delivery_that_is_tried_again_is_retrying_with_its_time_and_not_failed() {
    let world = World::new();
    let browser = world.signed_in().await;
    let subscription = subscribe(&world, &browser, &MOVERS).await;
    let sent = browser
        .post(&world, &subscription, &format!("{subscription}/test"), &[])
        .await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text);
    let one = sent.header("location").unwrap().to_owned();
    let log = "/console/invocations";
    let stands = async |state: &str, others: &[&str]| {
        for path in [one.clone(), format!("{log}?state={state}")] {
            let page = browser.get(&world, &path).await;
            assert!(page.text.contains("1 to 1 of 1"), "{state}: {}", page.text);
        }
        for other in others {
            let page = browser.get(&world, &format!("{log}?state={other}")).await;
            assert!(page.text.contains("No invocation fits"), "{other}");
        }
        browser.get(&world, &one).await.text
    };
    let text = stands("IN_FLIGHT", &["RETRYING", "HELD", "DELIVERED", "FAILED"]).await;
    assert!(
        text.contains("is being told of") && !text.contains("/resend"),
        "{text}"
    );

    fail(&world, DeliveryState::Pending);
    let text = stands("RETRYING", &["IN_FLIGHT", "FAILED", "HELD"]).await;
    assert!(
        text.contains("It is tried again at <time") && text.contains("has not taken yet"),
        "{text}"
    );
    assert!(
        text.contains("next <time") && text.contains("Try now"),
        "{text}"
    );

    fail(&world, DeliveryState::Dead);
    let text = stands("FAILED", &["RETRYING", "DELIVERED"]).await;
    assert!(
        text.contains("did not take") && !text.contains("next <time"),
        "{text}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn filters_stay_while_one_invocation_is_looked_at() {
    let world = World::new();
    let browser = world.signed_in().await;
    let subscription = subscribe(&world, &browser, &MOVERS).await;
    browser
        .post(&world, &subscription, &format!("{subscription}/test"), &[])
        .await;
    let id = subscription.rsplit('/').next().unwrap();
    // A subscription leads to its own invocations.
    let page = browser.get(&world, &subscription).await;
    let own = format!("/console/invocations?subscription={id}");
    assert!(page.text.contains(&format!("href=\"{own}\"")));
    let list = browser.get(&world, &format!("{own}&state=IN_FLIGHT")).await;
    let row = list
        .text
        .split("<th scope=\"row\"><a href=\"")
        .nth(1)
        .unwrap();
    let to = row.split('"').next().unwrap().replace("&#38;", "&");
    assert!(
        to.contains("subscription=") && to.contains("state=IN"),
        "{to}"
    );
    let detail = browser.get(&world, &to).await;
    assert_eq!(detail.status, StatusCode::OK);
    assert!(
        detail.text.contains("<option value=\"")
            && detail.text.contains(&format!("value=\"{id}\" selected"))
    );
    let none = browser.get(&world, &format!("{own}&state=HELD")).await;
    assert!(none.text.contains("No invocation fits"));
    let unknown = "/console/invocations/0f11f2a4-7c94-4bf3-a2bd-742580fe3bde";
    assert_eq!(
        browser.get(&world, unknown).await.status,
        StatusCode::NOT_FOUND
    );
}
