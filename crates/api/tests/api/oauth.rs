//! Tokens, clients and personal access tokens over the wire, with real signatures.

use axum::body::Body;
use axum::http::{Request, header};
use muster_api::Settings;
use muster_api::bootstrap::{Credentials, Newcomer, let_in, token_for};
use muster_auth::{LevelSet, SeededRandom, UserLevel};
use muster_store::Org;
use serde_json::{Value, json};

use crate::support::{NOW, Reply, Server, keyring, start};

const ADA: &str = "019d9aa7e3b17a4c8d1e000000000001";
const BOB: &str = "019d9aa7e3b17a4c8d1e000000000002";

fn credentials(server: &Server, org: &Org, who: (&str, &str, LevelSet)) -> Credentials {
    let (id, uid, levels) = who;
    let keys = server.keyring.of(org).unwrap();
    let random = SeededRandom::from_seed(uid.bytes().map(u64::from).sum());
    let newcomer = Newcomer {
        id: id.to_owned(),
        uid: uid.to_owned(),
        levels,
    };
    org.write(|tx| {
        let_in(tx, &newcomer, NOW)?;
        token_for(tx, &keys, id, uid, (NOW, &random))
    })
    .unwrap_or_else(|problem: muster_api::Problem| panic!("{problem:?}"))
}

fn ada(server: &Server) -> Credentials {
    credentials(
        server,
        server.store.org(),
        (ADA, "ada", LevelSet::ORG_ADMIN),
    )
}

async fn ask(server: &Server, target: &str, content_type: &str, body: String) -> Reply {
    let request = Request::builder()
        .method("POST")
        .uri(target)
        .header(header::CONTENT_TYPE, content_type)
        .body(Body::from(body))
        .unwrap();
    server.request(request).await
}

const FORM: &str = "application/x-www-form-urlencoded";

async fn token(server: &Server, credentials: &Credentials) -> String {
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        credentials.client_id,
        credentials.client_secret.expose()
    );
    let granted = ask(server, "/oauth/token", FORM, form).await.expect(200);
    granted["access_token"].as_str().unwrap().to_owned()
}

async fn call(
    server: &Server,
    token: &str,
    method: &str,
    path: &str,
    body: Option<Value>,
) -> Reply {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {token}"))
        .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
        .unwrap();
    server.request(request).await
}

#[tokio::test]
async fn each_client_gets_a_token_in_its_own_encoding() {
    let server = start();
    let Credentials {
        client_id,
        client_secret,
    } = ada(&server);
    let secret = client_secret.expose();
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let multipart = format!(
        "{}{}{}--x--\r\n",
        part("grant_type", "client_credentials"),
        part("client_id", &client_id),
        part("client_secret", secret)
    );
    let half = format!("client_id={client_id}&client_secret={secret}");
    let whole = format!("grant_type=client_credentials&{half}");
    for (target, content_type, body) in [
        ("/oauth/token".to_owned(), FORM, whole.clone()),
        (
            "/oauth/token".to_owned(),
            "multipart/form-data; boundary=x",
            multipart,
        ),
        (
            "/oauth/token?grant_type=client_credentials".to_owned(),
            FORM,
            half,
        ),
        (format!("/oauth/token?{whole}"), FORM, String::new()),
        (
            format!("//oauth/token?{whole}"),
            "application/json",
            String::new(),
        ),
    ] {
        let reply = ask(&server, &target, content_type, body).await;
        assert_eq!(reply.header("cache-control"), Some("no-store"));
        let granted = reply.expect(200);
        assert_eq!(granted["org"], "acme", "{target}");
        assert_eq!(granted["identity_id"], ADA);
        let token = granted["access_token"].as_str().unwrap();
        assert_eq!(token.split('.').count(), 3);
        call(&server, token, "GET", "/v3/transforms", None)
            .await
            .expect(200);
    }
}

#[tokio::test]
async fn a_wrong_secret_and_an_unknown_client_look_the_same() {
    let server = start();
    let Credentials { client_id, .. } = ada(&server);
    let mut answers = Vec::new();
    for id in [client_id.as_str(), "nobody"] {
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret=wrong");
        answers.push(ask(&server, "/oauth/token", FORM, form).await.expect(401));
    }
    assert_eq!(answers[0], answers[1]);
    assert_eq!(answers[0]["error"], "invalid_client");
    let form = "client_id=a&client_secret=b".to_owned();
    let refused = ask(&server, "/oauth/token", FORM, form).await.expect(400);
    assert_eq!(refused["error"], "invalid_request");
}

#[tokio::test]
async fn a_token_ends_and_dies_with_what_it_was_issued_to() {
    let server = start();
    let credentials = ada(&server);
    let token = token(&server, &credentials).await;
    let path = format!("/personal-access-tokens/v1/{}", credentials.client_id);
    call(&server, &token, "DELETE", &path, None)
        .await
        .expect(204);
    let refused = call(&server, &token, "GET", "/v3/transforms", None)
        .await
        .expect(401);
    assert!(
        refused["error"]
            .as_str()
            .unwrap()
            .contains("deleted or disabled"),
        "{refused}"
    );

    let token = self::token(&server, &ada(&server)).await;
    server.clock.advance_micros(43_201 * 1_000_000);
    let refused = call(&server, &token, "GET", "/v3/transforms", None)
        .await
        .expect(401);
    assert_eq!(refused["error"], "JWT validation failed: JWT is expired");
}

#[tokio::test]
async fn a_level_that_was_taken_away_is_gone_at_once() {
    let server = start();
    let token = token(&server, &ada(&server)).await;
    call(&server, &token, "GET", "/v3/transforms", None)
        .await
        .expect(200);
    let lowered = Newcomer {
        id: ADA.to_owned(),
        uid: "ada".to_owned(),
        levels: LevelSet::NONE,
    };
    server
        .store
        .org()
        .write(|tx| let_in(tx, &lowered, NOW))
        .unwrap_or_else(|problem| panic!("{problem:?}"));
    call(&server, &token, "GET", "/v3/transforms", None)
        .await
        .problem(403);
}

#[tokio::test]
async fn a_good_token_of_another_org_finds_nothing() {
    let server = start();
    let globex = server
        .store
        .orgs()
        .into_iter()
        .find(|org| org.name() == "globex")
        .unwrap();
    let stranger = credentials(&server, &globex, (ADA, "eve", LevelSet::ORG_ADMIN));
    let request = Request::builder()
        .method("POST")
        .uri(format!(
            "/oauth/token?grant_type=client_credentials&client_id={}&client_secret={}",
            stranger.client_id,
            stranger.client_secret.expose()
        ))
        .header(header::HOST, "globex.api.localhost:8080")
        .body(Body::empty())
        .unwrap();
    let granted = server.request(request).await.expect(200);
    let token = granted["access_token"].as_str().unwrap();
    call(&server, token, "GET", "/v3/transforms", None)
        .await
        .problem(404);
}

#[tokio::test]
async fn a_client_lives_from_creation_to_deletion() {
    let server = start();
    let new = json!({
        "name": "Sync", "description": null, "accessTokenValiditySeconds": 750,
        "grantTypes": ["CLIENT_CREDENTIALS"], "accessType": "OFFLINE", "enabled": true,
    });
    for base in [
        "/oauth-clients/v1",
        "/v3/oauth-clients",
        "/beta/oauth-clients",
    ] {
        let made = server.post(base, new.clone()).await.expect(200);
        let credentials = Credentials {
            client_id: made["id"].as_str().unwrap().to_owned(),
            client_secret: muster_model::Secret::new(made["secret"].as_str().unwrap().to_owned()),
        };
        let one = format!("{base}/{}", credentials.client_id);
        let read = server.get(&one).await.expect(200);
        assert_eq!(
            (&read["secret"], &read["lastUsed"]),
            (&Value::Null, &Value::Null)
        );
        let token = token(&server, &credentials).await;
        assert!(server.get(&one).await.expect(200)["lastUsed"].is_string());
        call(&server, &token, "GET", "/v3/transforms", None)
            .await
            .expect(200);
        // A client that calls for itself is no person.
        call(&server, &token, "GET", "/personal-access-tokens/v1", None)
            .await
            .problem(403);

        let off = json!([{ "op": "replace", "path": "/enabled", "value": false }]);
        assert_eq!(server.patch(&one, off).await.expect(200)["enabled"], false);
        call(&server, &token, "GET", "/v3/transforms", None)
            .await
            .expect(401);
        let secret = json!([{ "op": "replace", "path": "/secret", "value": "mine" }]);
        let (code, _) = server.patch(&one, secret).await.problem(400);
        assert_eq!(code, "400.1.1 Illegal update attempt");
        assert_eq!(
            server.get(base).await.expect(200).as_array().unwrap().len(),
            1
        );
        server.delete(&one).await.expect(204);
        server.get(&one).await.problem(404);
    }
    let (code, text) = server
        .post("/v3/oauth-clients", json!({"name": "x"}))
        .await
        .problem(400);
    assert_eq!(code, "400.1.0 Required data missing or empty");
    assert!(text.contains("accessType"), "{text}");
}

#[tokio::test]
async fn people_see_their_own_tokens_and_administrators_all() {
    let server = start();
    let admin = token(&server, &ada(&server)).await;
    let bob = credentials(
        &server,
        server.store.org(),
        (BOB, "bob", LevelSet::of(&[UserLevel::Helpdesk])),
    );
    let bob = token(&server, &bob).await;
    let path = "/v2025/personal-access-tokens";
    let count = async |token: &str, query: &str| {
        let list = call(&server, token, "GET", &format!("{path}{query}"), None)
            .await
            .expect(200);
        list.as_array().unwrap().len()
    };
    assert_eq!(count(&admin, "").await, 2);
    assert_eq!(count(&admin, "?owner-id=me").await, 1);
    assert_eq!(count(&bob, "").await, 1);
    assert_eq!(count(&admin, "?filters=lastUsed%20isnull").await, 0);
    call(
        &server,
        &bob,
        "GET",
        &format!("{path}?owner-id={ADA}"),
        None,
    )
    .await
    .problem(403);

    let new = json!({ "name": "ci", "scope": ["idn:transform:read"], "userAwareTokenNeverExpires": true });
    let made = call(&server, &bob, "POST", path, Some(new))
        .await
        .expect(200);
    assert_eq!(made["owner"]["id"], BOB);
    let one = format!("{path}/{}", made["id"].as_str().unwrap());
    let rename = || Some(json!([{ "op": "replace", "path": "/name", "value": "build" }]));
    call(&server, &admin, "PATCH", &one, rename())
        .await
        .problem(404);
    let renamed = call(&server, &bob, "PATCH", &one, rename())
        .await
        .expect(200);
    assert_eq!(renamed["name"], "build");
    call(&server, &admin, "DELETE", &one, None)
        .await
        .expect(204);
    let ends = json!({ "name": "x" });
    let (_, text) = call(&server, &bob, "POST", path, Some(ends))
        .await
        .problem(400);
    assert!(text.contains("userAwareTokenNeverExpires"), "{text}");
}

#[tokio::test]
async fn an_org_says_where_its_endpoints_and_keys_are() {
    let server = start();
    let info = server.get("/oauth/info").await.expect(200);
    assert_eq!(info["tokenEndpoint"], "http://localhost:8080/oauth/token");
    assert_eq!(info["tenantName"], "acme");
    let keys = server.get("/.well-known/jwks.json").await.expect(200);
    assert_eq!(keys["keys"][0]["kty"], "OKP");
}

#[tokio::test]
async fn keys_are_the_same_after_a_restart() {
    let server = start();
    let keys = server.get("/.well-known/jwks.json").await.expect(200);
    let org = server.store.org();
    let again = keyring(&Settings::default()).of(org).unwrap();
    assert_eq!(
        serde_json::to_value(again.issuer.published_keys(NOW)).unwrap(),
        keys
    );
}
