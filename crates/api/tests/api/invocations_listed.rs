//! The listing of invocations over the wire (event-triggers.md §1.10 and §6, cases 44 to 46).

use muster_event::{Draft, Outbox, Value as Told, object};
use muster_store::{DeliveryState, Outcome};
use muster_testkit::Backend;
use muster_trigger::subscription::Subscription;
use serde_json::{Value, json};

use crate::invocations::{STATUS, fail, id, plain, status, test};
use crate::subscriptions::{CREATED, create, wish, wish_with};
use crate::support::{NOW, Server, apart, run_on, start};

async fn list(server: &Server) {
    let first = create(server, wish("first")).await;
    let second = create(server, wish("second")).await;
    let other = json!({ "triggerId": "idn:account-correlated" });
    create(server, wish_with("third", other)).await;
    for trigger in [CREATED, "idn:account-correlated"] {
        let body = json!({ "triggerId": trigger, "contentJson": {} });
        test(server, body).await;
        server.clock.advance_micros(1_000_000);
    }
    let names = async |query: &str| {
        let rows = status(server, query).await;
        rows.iter()
            .map(|row| row["subscriptionName"].as_str().unwrap().to_owned())
            .collect::<Vec<_>>()
    };
    assert_eq!(names("").await, ["third", "second", "first"]);
    assert_eq!(
        names("sorters=created,subscriptionName").await,
        ["first", "second", "third"]
    );
    assert_eq!(names("sorters=triggerId&limit=1").await, ["third"]);
    assert_eq!(names("offset=1&limit=1").await, ["second"]);
    let is = |field: &str, value: &str| format!("{field}+eq+%22{value}%22");
    let of_first = is("subscriptionId", id(&first));
    let of_second = is("subscriptionId", id(&second));
    let created = is("triggerId", CREATED);
    assert_eq!(
        names(&format!("filters={of_first}&sorters=-created")).await,
        ["first"]
    );
    assert_eq!(
        names(&format!("filters={created}+and+{of_second}")).await,
        ["second"]
    );
    assert_eq!(
        names(&format!(
            "filters={of_first}+or+{of_second}&sorters=-subscriptionName"
        ))
        .await,
        ["second", "first"]
    );
    assert!(
        names(&format!("filters={of_first}+and+{of_second}"))
            .await
            .is_empty()
    );
    assert_eq!(names(&format!("filters=not+{created}")).await, ["third"]);
    for filter in [&created, &format!("not+{created}")] {
        let counted = server
            .get(&format!("{STATUS}?count=true&limit=1&filters={filter}"))
            .await;
        let expected = if filter.starts_with("not") { "1" } else { "2" };
        assert_eq!(counted.header("x-total-count"), Some(expected));
    }
    let rows = status(server, "").await;
    assert!(rows.iter().all(|row| row.get("completed").is_none()));

    let (code, text) = server
        .get(&format!("{STATUS}?filters={}", is("type", "TEST")))
        .await
        .problem(400);
    assert_eq!(code, "400.1.3 Illegal value");
    assert!(text.contains("triggerId"), "{text}");
}

#[test]
fn case_46_the_listing_is_newest_first_and_filtered_sorted_paged_and_counted_in_sqlite() {
    run_on(Backend::Sqlite, list);
}

#[test]
fn case_46_the_listing_is_newest_first_and_filtered_sorted_paged_and_counted_in_postgres() {
    run_on(Backend::Postgres, list);
}

#[tokio::test]
async fn case_44_a_failed_invocation_is_listed_for_two_days() {
    const HOUR: i64 = 3_600_000_000;
    let server = start();
    let made = create(&server, wish("HR feed")).await;
    test(&server, plain(json!({}))).await;
    fail(&server, id(&made), NOW);
    server.clock.advance_micros(47 * HOUR);
    assert_eq!(status(&server, "").await.len(), 1);
    server.clock.advance_micros(2 * HOUR);
    assert_eq!(status(&server, "").await.len(), 0);
}

/// Events about these people happen, in this order; none is sent.
fn happen(server: &Server, people: &[&str]) {
    let draft = |(number, person): (usize, &&str)| Draft {
        trigger: CREATED,
        subject: (*person).to_owned(),
        identity: vec![person.as_bytes().to_vec(), vec![number as u8]],
        created: NOW,
        cause: "run".into(),
        value: object([("person", Told::from((*person).to_owned()))]),
    };
    let drafts = people.iter().enumerate().map(draft).collect();
    let org = server.store.org();
    org.write(|tx| Outbox::default().append(tx, drafts))
        .unwrap();
}

/// Writes down how a try of event number `seq` went.
fn tried(server: &Server, number: i64, (seq, state): (i64, DeliveryState)) {
    let is_delivered = state == DeliveryState::Delivered;
    let outcome = Outcome {
        subscription: number,
        event_seq: seq,
        state,
        attempt: 1,
        tried: 0,
        due: NOW.plus_millis(5_000),
        started: NOW,
        latency: 1,
        status: Some(if is_delivered { 200 } else { 500 }),
        error: (!is_delivered).then(|| "it answered 500".into()),
        answer: None,
    };
    let org = server.store.org();
    org.write(|tx| tx.deliveries().record(&[outcome])).unwrap();
}

async fn standings(server: &Server) {
    const LIST: &str = "/muster/v1/invocations";
    let made = create(server, wish("HR feed")).await;
    apart(|| {
        happen(server, &["ann", "ann", "bob", "carl", "dora"]);
        let org = server.store.org();
        let stored = org.read(|tx| tx.typed::<Subscription>().get(id(&made)));
        let number = stored.unwrap().unwrap().number;
        let pairs = (1..=5).map(|seq| (number, seq));
        org.write(|tx| tx.deliveries().add(pairs, NOW)).unwrap();
        for one in [
            (1, DeliveryState::Pending),
            (3, DeliveryState::Delivered),
            (4, DeliveryState::Dead),
        ] {
            tried(server, number, one);
        }
    });
    let rows = async |query: &str| {
        let rows = server.get(&format!("{LIST}?{query}")).await.expect(200);
        rows.as_array().unwrap().clone()
    };
    let all = rows("").await;
    let states: Vec<&str> = all
        .iter()
        .map(|row| row["state"].as_str().unwrap())
        .collect();
    assert_eq!(
        states,
        ["IN_FLIGHT", "FAILED", "DELIVERED", "HELD", "RETRYING"]
    );
    let due = json!(NOW.plus_millis(5_000));
    let (held, retrying) = (&all[3], &all[4]);
    assert_eq!(
        (
            &retrying["nextAttempt"],
            &retrying["attempts"],
            &retrying["heldBy"]
        ),
        (&due, &json!(1), &Value::Null)
    );
    // It goes on with the one that it waits behind.
    assert_eq!(
        (&held["nextAttempt"], &held["attempts"], &held["heldBy"]),
        (&due, &json!(0), &retrying["id"])
    );
    assert_eq!(all[0]["nextAttempt"], Value::Null);
    for (at, state) in states.iter().enumerate() {
        let of_state = format!("count=true&filters=state+eq+%22{state}%22");
        assert_eq!(rows(&of_state).await, [all[at].clone()], "{state}");
        let counted = server.get(&format!("{LIST}?{of_state}")).await;
        assert_eq!(counted.header("x-total-count"), Some("1"), "{state}");
        let one = server.get(&format!("{LIST}/{}", id(&all[at]))).await;
        assert_eq!(one.expect(200), all[at]);
    }
    let open = rows("filters=state+in+(%22HELD%22,%22RETRYING%22)").await;
    assert_eq!(open, [all[3].clone(), all[4].clone()]);
    let of_nobody = rows("filters=state+eq+%22HELD%22+and+subscriptionId+eq+%22x%22").await;
    assert!(of_nobody.is_empty());
    let unknown = format!("{LIST}/0f11f2a4-7c94-4bf3-a2bd-742580fe3bde");
    server.get(&unknown).await.problem(404);

    // What waits for a disabled subscription is held by nobody in particular.
    let off = json!([{ "op": "replace", "path": "/enabled", "value": false }]);
    let path = format!("/v2026/trigger-subscriptions/{}", id(&made));
    server.patch(&path, off).await.expect(200);
    let held = rows("filters=state+eq+%22HELD%22").await;
    assert_eq!(held.len(), 3);
    assert!(
        held.iter()
            .all(|row| row["heldBy"].is_null() && row["nextAttempt"].is_null())
    );

    // The vendor's listing has none of these words.
    let plain = status(server, "").await;
    assert!(
        plain
            .iter()
            .all(|row| row.get("state").is_none() && row.get("heldBy").is_none())
    );
}

#[test]
fn how_invocations_stand_is_told_and_filtered_by_in_sqlite() {
    run_on(Backend::Sqlite, standings);
}

#[test]
fn how_invocations_stand_is_told_and_filtered_by_in_postgres() {
    run_on(Backend::Postgres, standings);
}
