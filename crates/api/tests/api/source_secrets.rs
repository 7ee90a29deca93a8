//! Secrets among the settings of a source: never shown, kept when not sent again, sealed at rest.

use muster_auth::seal::Context;
use muster_model::Source;
use serde_json::{Value, json};

use crate::support::people::source_body;
use crate::support::{Server, apart, start};

const PASSWORD: &str = "correct horse battery staple";

/// A source with a host, a password, and a secret further down; gives its path.
async fn secretive(server: &Server) -> String {
    apart(|| server.keyring.of(server.store.org())).unwrap();
    let mut body = source_body(server, "HR");
    body["connectorAttributes"] = json!({
        "host": "hr.example.com",
        "password": PASSWORD,
        "proxy": {"host": "proxy.example.com", "client_secret": "another secret"},
        "encrypted": "pin",
        "pin": "4711",
    });
    let created = server.post("/sources/v1", body).await.expect(201);
    format!("/sources/v1/{}", created["id"].as_str().unwrap())
}

fn stored(server: &Server, path: &str) -> Source {
    let id = path.rsplit('/').next().unwrap();
    let found = server.read(|tx| tx.typed::<Source>().get(id));
    found.unwrap()
}

/// What a sealed setting opens to.
fn opened(server: &Server, path: &str, field: &str) -> Option<String> {
    let source = stored(server, path);
    let all = Value::Object(source.connector_attributes);
    let sealed = all.pointer(field)?["$sealed"].as_str()?;
    let place = Context {
        org: "acme",
        object: &source.id,
        field: &format!("/connectorAttributes{field}"),
    };
    let keys = apart(|| server.keyring.of(server.store.org())).unwrap();
    Some(
        keys.data
            .open_text(sealed, &place)
            .unwrap()
            .expose()
            .clone(),
    )
}

#[tokio::test]
async fn a_secret_is_sealed_and_never_shown() {
    let server = start();
    let path = secretive(&server).await;
    let shown = server.get(&path).await.expect(200);
    let attributes = &shown["connectorAttributes"];
    assert_eq!(attributes["host"], "hr.example.com");
    for secret in ["/password", "/proxy/client_secret", "/pin"] {
        assert_eq!(attributes.pointer(secret), Some(&Value::Null), "{secret}");
    }
    let list = server.get("/v3/sources").await.expect(200);
    let id = path.rsplit('/').next().unwrap();
    let audit = server.read(|tx| tx.audit().of("source", id));
    assert_eq!(audit.len(), 1);
    let events = server.told("idn:source-created");
    let body = serde_json::to_string(&stored(&server, &path)).unwrap();
    for text in [
        list.to_string(),
        format!("{audit:?}"),
        format!("{events:?}"),
        body,
    ] {
        for secret in [PASSWORD, "another secret", "4711"] {
            assert!(!text.contains(secret), "{text}");
        }
    }
    assert_eq!(opened(&server, &path, "/password").unwrap(), PASSWORD);
    assert_eq!(
        opened(&server, &path, "/proxy/client_secret").unwrap(),
        "another secret"
    );
}

#[tokio::test]
async fn a_secret_that_is_not_sent_again_is_kept() {
    let server = start();
    let path = secretive(&server).await;
    let version = stored(&server, &path).reading_version;
    // As it was read, with nulls; without them; and with another host beside it.
    let mut next = server.get(&path).await.expect(200);
    server.put(&path, next.clone()).await.expect(200);
    next["connectorAttributes"] =
        json!({"host": "hr.example.com", "proxy": {"host": "proxy.example.com"}});
    server.put(&path, next).await.expect(200);
    assert_eq!(opened(&server, &path, "/pin").unwrap(), "4711");
    let host = json!([{"op": "replace", "path": "/connectorAttributes/host", "value": "other"}]);
    server.patch(&path, host).await.expect(200);
    let whole =
        json!([{"op": "replace", "path": "/connectorAttributes", "value": {"host": "third"}}]);
    server.patch(&path, whole).await.expect(200);
    assert_eq!(opened(&server, &path, "/password").unwrap(), PASSWORD);
    assert_eq!(
        opened(&server, &path, "/proxy/client_secret"),
        None,
        "its parent was left out"
    );

    let before = stored(&server, &path).reading_version;
    assert!(before > version, "another host means other accounts");
    let secret =
        json!([{"op": "replace", "path": "/connectorAttributes/password", "value": "new"}]);
    server.patch(&path, secret).await.expect(200);
    assert_eq!(opened(&server, &path, "/password").unwrap(), "new");
    assert_eq!(
        stored(&server, &path).reading_version,
        before,
        "another password does not"
    );
}

#[tokio::test]
async fn a_secret_can_be_taken_away() {
    let server = start();
    let path = secretive(&server).await;
    let remove = json!([{"op": "remove", "path": "/connectorAttributes/password"}]);
    let shown = server.patch(&path, remove).await.expect(200);
    assert_eq!(shown["connectorAttributes"].get("password"), None);
    let empty = json!([{"op": "replace", "path": "/connectorAttributes/pin", "value": ""}]);
    let shown = server.patch(&path, empty).await.expect(200);
    assert_eq!(shown["connectorAttributes"].get("pin"), None);
    assert_eq!(opened(&server, &path, "/password"), None);
    assert!(opened(&server, &path, "/proxy/client_secret").is_some());
}

#[tokio::test]
async fn what_is_no_secret_or_cannot_be_kept_is_refused() {
    let server = start();
    let path = secretive(&server).await;
    for (attributes, wanted) in [
        (
            json!({"password": 7}),
            "connectorAttributes.password: a secret is text",
        ),
        (
            json!({"password": {"$sealed": "m1:AAAA"}}),
            "connectorAttributes.password: a secret is text",
        ),
        (json!({"$sealed": "m1:AAAA"}), "\"$sealed\" is not a name"),
        (
            json!({"hosts": [{"apiKey": "x"}]}),
            "connectorAttributes.hosts: \"apiKey\" is a secret",
        ),
    ] {
        let patch = json!([{"op": "replace", "path": "/connectorAttributes", "value": attributes}]);
        let (code, text) = server.patch(&path, patch).await.problem(400);
        assert_eq!(code, "400.1.3 Illegal value");
        assert!(text.contains(wanted), "{text}");
    }
    assert_eq!(opened(&server, &path, "/password").unwrap(), PASSWORD);
}
