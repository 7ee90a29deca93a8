//! The listing of invocations over the wire (event-triggers.md §1.10 and §6, cases 44 to 46).

use muster_testkit::Backend;
use serde_json::json;

use crate::invocations::{STATUS, fail, id, plain, status, test};
use crate::subscriptions::{CREATED, create, wish, wish_with};
use crate::support::{NOW, Server, run_on, start};

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
