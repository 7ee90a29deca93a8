//! The pull feed over the wire: fetched, waited for, streamed.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, Response, header};
use http_body_util::BodyExt;
use muster_event::{Draft, object};
use muster_testkit::Backend;
use serde_json::{Value, json};
use tower::ServiceExt;

use crate::subscriptions::CREATED;
use crate::support::{ADMIN, NOW, Server, run_on, start};

const FEED: &str = "/muster/v1/events";

fn happen(server: &Server, number: i64) {
    let draft = Draft {
        trigger: CREATED,
        subject: "ann".to_owned(),
        identity: vec![number.to_be_bytes().to_vec()],
        created: NOW,
        cause: "test".to_owned(),
        value: object([("number", number.into())]),
    };
    let outbox = server.outboxes.of("acme");
    server.write(|tx| outbox.append(tx, vec![draft]));
}

fn numbers(page: &Value) -> Vec<i64> {
    let events = page["events"].as_array().unwrap().iter();
    events
        .map(|one| one["event"]["number"].as_i64().unwrap())
        .collect()
}

async fn fetch(server: &Server, query: &str) -> Value {
    server.get(&format!("{FEED}?{query}")).await.expect(200)
}

async fn pages(server: &Server) {
    crate::support::apart(|| (1..=5).for_each(|number| happen(server, number)));
    let first = fetch(server, "limit=2").await;
    assert_eq!(
        (numbers(&first), &first["more"]),
        (vec![1, 2], &json!(true))
    );
    assert_eq!(first["events"][0]["triggerId"], CREATED);
    let cursor = first["cursor"].as_str().unwrap();
    let rest = fetch(server, &format!("after={cursor}")).await;
    assert_eq!(
        (numbers(&rest), &rest["more"]),
        (vec![3, 4, 5], &json!(false))
    );
    let filter = "%24%5B%3F(%40.number+%3E+4)%5D";
    let some = fetch(server, &format!("triggerId={CREATED}&filter={filter}")).await;
    assert_eq!((numbers(&some), &some["cursor"]), (vec![5], &json!("5")));
    assert!(
        numbers(
            &fetch(
                server,
                "triggerId=idn:identity-deleted,test:fire-and-forget"
            )
            .await
        )
        .is_empty()
    );
    assert!(numbers(&fetch(server, "after=latest").await).is_empty());
    assert_eq!(
        numbers(&fetch(server, "since=2000-01-01T00:00:00Z&limit=1").await),
        [1]
    );

    for (query, code, field) in [
        ("after=x", "400.1.3 Illegal value", "after"),
        ("after=-1", "400.1.3 Illegal value", "after"),
        ("after=6", "400.1.3 Illegal value", "after"),
        ("since=yesterday", "400.1.3 Illegal value", "since"),
        ("limit=0", "400.1.3 Illegal value", "limit"),
        ("wait=61", "400.1.3 Illegal value", "wait"),
        ("dialect=sql", "400.1.3 Illegal value", "dialect"),
        ("filter=%24%5B%3F(", "400.1.3 Illegal value", "filter"),
        (
            "triggerId=idn:no",
            "400.1.404 Referenced object not found",
            "triggerId",
        ),
    ] {
        let path = format!("{FEED}?{query}");
        let (found, text) = server.get(&path).await.problem(400);
        assert_eq!(found, code, "{query}: {text}");
        assert!(text.starts_with(field), "{query}: {text}");
    }
    let org = server.store.org();
    crate::support::apart(|| org.write(|tx| tx.events().purge(3))).unwrap();
    let (code, text) = server.get(&format!("{FEED}?after=2")).await.problem(410);
    assert_eq!(code, "410 Gone");
    assert!(text.contains("after=oldest"), "{text}");
    assert_eq!(numbers(&fetch(server, "after=oldest").await), [4, 5]);
}

#[test]
fn the_feed_is_fetched_page_by_page_in_sqlite() {
    run_on(Backend::Sqlite, pages);
}

#[test]
fn the_feed_is_fetched_page_by_page_in_postgres() {
    run_on(Backend::Postgres, pages);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fetch_that_waits_ends_with_the_next_event() {
    let server = start();
    happen(&server, 1);
    let waiting = ask(&server, "?after=latest&wait=60", None).await;
    happen(&server, 2);
    let page = waiting.into_body().collect().await.unwrap().to_bytes();
    let page: Value = serde_json::from_slice(&page).unwrap();
    assert_eq!((numbers(&page), &page["cursor"]), (vec![2], &json!("2")));
    let nothing = fetch(&server, "after=latest&wait=1").await;
    assert_eq!(
        (numbers(&nothing), &nothing["cursor"]),
        (vec![], &json!("2"))
    );
}

/// The beginning of an answer, whose body may take a while.
async fn ask(server: &Server, rest: &str, last_event_id: Option<&str>) -> Response<Body> {
    let mut request = Request::builder()
        .uri(format!("{FEED}{rest}"))
        .header(header::AUTHORIZATION, format!("Bearer {ADMIN}"));
    if let Some(id) = last_event_id {
        request = request.header("last-event-id", id);
    }
    let request = request.body(Body::empty()).unwrap();
    server.service.clone().oneshot(request).await.unwrap()
}

/// A stream and the text that came so far.
struct Stream {
    body: Body,
    text: String,
}

impl Stream {
    async fn open(server: &Server, query: &str, last_event_id: Option<&str>) -> Self {
        let response = ask(server, &format!("/stream?{query}"), last_event_id).await;
        assert_eq!(response.status().as_u16(), 200);
        assert_eq!(response.headers()["content-type"], "text/event-stream");
        Self {
            body: response.into_body(),
            text: String::new(),
        }
    }

    /// Reads until the text has come.
    async fn until(&mut self, text: &str) {
        let patience = Duration::from_secs(60);
        while !self.text.contains(text) {
            let frame = tokio::time::timeout(patience, self.body.frame()).await;
            let frame = frame
                .expect("the stream goes on")
                .expect("it has not ended");
            let bytes = frame.unwrap().into_data().unwrap();
            self.text.push_str(std::str::from_utf8(&bytes).unwrap());
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_tells_events_as_they_happen_and_is_taken_up_where_it_was() {
    let server = start();
    happen(&server, 1);
    let mut stream = Stream::open(&server, "after=oldest", None).await;
    stream.until("\"number\":1").await;
    happen(&server, 2);
    stream.until("\"number\":2").await;
    assert!(
        stream.text.starts_with("retry: 1000\nid: 0\n\n"),
        "{}",
        stream.text
    );
    assert!(
        stream.text.contains("\n\nid: 2\ndata: {\"cursor\":\"2\""),
        "{}",
        stream.text
    );
    drop(stream);
    happen(&server, 3);
    // The address still says where the stream began; the client says where it was.
    let mut again = Stream::open(&server, "after=oldest", Some("2")).await;
    again.until("\"number\":3").await;
    assert!(!again.text.contains("\"number\":2"), "{}", again.text);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stream_ends_when_the_server_stops() {
    let server = start();
    let mut stream = Stream::open(&server, "after=latest", None).await;
    stream.until("retry: 1000").await;
    server.closing.cancel();
    let rest = tokio::time::timeout(Duration::from_secs(60), stream.body.collect()).await;
    rest.expect("the stream ends").unwrap();
}
