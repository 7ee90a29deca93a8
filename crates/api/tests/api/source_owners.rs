//! Source sub-administrators reach their own sources and nothing else.

use muster_api::bootstrap::{Newcomer, let_in};
use muster_auth::LevelSet;
use muster_model::Clock;
use serde_json::{Value, json};

use crate::support::people::{PEOPLE, source_body};
use crate::support::{Server, apart, start};

/// The owner of the first source; the second is somebody else's.
const SUBADMIN: &str = "acme|SOURCE_SUBADMIN|sp:scopes:all|person";
/// A client of that level, which is nobody and owns nothing.
const CLIENT: &str = "acme|SOURCE_SUBADMIN|sp:scopes:all|client";

/// Two sources with accounts: the sub-administrator's own, and another's.
async fn two_sources(server: &Server) -> (String, String) {
    let own = server.source("Own").await;
    let other = server.source("Other").await;
    server.load(&own, PEOPLE).await;
    server.load(&other, PEOPLE).await;
    give_away(server, &other).await;
    (own, other)
}

/// Makes somebody else the owner of a source.
pub(crate) async fn give_away(server: &Server, source: &str) {
    let next = format!("{:032x}", 9);
    let newcomer = Newcomer {
        id: next.clone(),
        uid: "grace".to_owned(),
        levels: LevelSet::ORG_ADMIN,
    };
    apart(|| {
        let org = server.store.org();
        org.write(|tx| let_in(tx, &newcomer, server.clock.now()))
    })
    .unwrap_or_else(|problem| panic!("{}", problem.text()));
    let owner =
        json!([{"op": "replace", "path": "/owner", "value": {"type": "IDENTITY", "id": next}}]);
    server
        .patch(&format!("/sources/v1/{source}"), owner)
        .await
        .expect(200);
}

fn ids(list: &Value) -> Vec<&str> {
    let all = list.as_array().unwrap().iter();
    all.map(|one| one["id"].as_str().unwrap()).collect()
}

#[tokio::test]
async fn a_subadmin_reaches_their_own_sources_only() {
    let server = start();
    let (own, other) = two_sources(&server).await;
    let get = async |path: String| server.send_as(SUBADMIN, "GET", &path, None).await;

    assert_eq!(
        ids(&get("/v3/sources".into()).await.expect(200)),
        [own.as_str()]
    );
    assert_eq!(
        server
            .get("/v3/sources")
            .await
            .expect(200)
            .as_array()
            .unwrap()
            .len(),
        2
    );
    for path in [
        "",
        "/schemas",
        "/schemas/accounts",
        "/connections",
        "/correlation-config",
    ] {
        let reply = get(format!("/v2026/sources/{own}{path}")).await;
        assert_eq!(reply.status.as_u16(), 200, "{path}");
        let (_, text) = get(format!("/v2026/sources/{other}{path}"))
            .await
            .problem(403);
        assert!(
            text.contains("SOURCE_SUBADMIN opens the sources that you own"),
            "{text}"
        );
    }
    let describe = json!([{"op": "replace", "path": "/description", "value": "x"}]);
    for (method, path, body) in [
        ("PATCH", "", Some(describe)),
        ("PUT", "", Some(json!({"name": "Mine"}))),
        ("PUT", "/correlation-config", Some(json!({}))),
        ("POST", "/load-accounts", None),
        ("DELETE", "", None),
    ] {
        let path = format!("/v2026/sources/{other}{path}");
        server
            .send_as(SUBADMIN, method, &path, body)
            .await
            .problem(403);
    }
    let mut body = source_body(&server, "Third");
    body["owner"]["id"] = json!(format!("{:032x}", 9));
    let (_, text) = server
        .send_as(SUBADMIN, "POST", "/v3/sources", Some(body))
        .await
        .problem(403);
    assert!(text.contains("sources that you own"), "{text}");
    let body = source_body(&server, "Third");
    server
        .send_as(SUBADMIN, "POST", "/v3/sources", Some(body))
        .await
        .expect(201);
}

#[tokio::test]
async fn a_subadmin_reaches_the_accounts_of_their_own_sources_only() {
    let server = start();
    let (own, other) = two_sources(&server).await;
    let list = async |query: &str| {
        let path = format!("/v3/accounts?sorters=name{query}");
        server.send_as(SUBADMIN, "GET", &path, None).await
    };
    let mine = list("&count=true").await;
    assert_eq!(mine.header("x-total-count"), Some("2"));
    let mine = mine.expect(200);
    assert!(
        mine.as_array()
            .unwrap()
            .iter()
            .all(|one| one["sourceId"] == own.as_str())
    );
    assert_eq!(
        list("&filters=name+eq+%22ada%22")
            .await
            .expect(200)
            .as_array()
            .unwrap()
            .len(),
        1
    );
    let asked = format!("&filters=sourceId+eq+%22{other}%22");
    assert_eq!(list(&asked).await.expect(200), json!([]));
    let path = "/v3/accounts";
    assert_eq!(
        server.send_as(CLIENT, "GET", path, None).await.expect(200),
        json!([])
    );

    let all = server
        .get(&format!("/v3/accounts?filters=sourceId+eq+%22{other}%22"))
        .await
        .expect(200);
    let theirs = format!("/v3/accounts/{}", ids(&all)[0]);
    for (method, path, body) in [
        ("GET", theirs.clone(), None),
        ("GET", format!("{theirs}/entitlements"), None),
        (
            "PUT",
            theirs.clone(),
            Some(json!({"attributes": {"name": "x"}})),
        ),
        ("DELETE", theirs, None),
        (
            "POST",
            path.to_owned(),
            Some(json!({"attributes": {"sourceId": other, "id": "9"}})),
        ),
    ] {
        server
            .send_as(SUBADMIN, method, &path, body)
            .await
            .problem(403);
    }
    let first = format!("/v3/accounts/{}", ids(&mine)[0]);
    server
        .send_as(SUBADMIN, "GET", &first, None)
        .await
        .expect(200);
}

#[tokio::test]
async fn a_subadmin_puts_an_end_to_runs_of_their_own_sources_only() {
    let server = start();
    let (own, other) = two_sources(&server).await;
    let end = json!([{"op": "replace", "path": "/completionStatus", "value": "TERMINATED"}]);
    for (source, status) in [(own, 200), (other, 403)] {
        let started = server
            .upload(
                &format!("/sources/v1/{source}/load-accounts"),
                &[],
                Some("id,name\n"),
            )
            .await
            .expect(202);
        let path = format!(
            "/task-status/v1/{}",
            started["task"]["id"].as_str().unwrap()
        );
        let reply = server
            .send_as(SUBADMIN, "PATCH", &path, Some(end.clone()))
            .await;
        assert_eq!(reply.status.as_u16(), status);
    }
}

#[tokio::test]
async fn an_explanation_shows_a_subadmin_accounts_of_their_own_sources_only() {
    let server = start();
    let own = server.source("HR").await;
    server.profile(&own);
    server.load(&own, PEOPLE).await;
    let people = server.get("/v2026/identities").await.expect(200);
    let path = format!(
        "/muster/v1/identities/{}/explain",
        people[0]["id"].as_str().unwrap()
    );
    let explained = server.send_as(SUBADMIN, "GET", &path, None).await;
    assert!(explained.expect(200)["attributes"][0]["accounts"].is_array());
    give_away(&server, &own).await;
    let (_, text) = server
        .send_as(SUBADMIN, "GET", &path, None)
        .await
        .problem(403);
    assert!(
        text.contains("SOURCE_SUBADMIN opens the sources that you own"),
        "{text}"
    );
}
