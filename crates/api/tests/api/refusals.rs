//! Every operation, in every spelling, refuses those who may not call it. An operation cannot be
//! added without being covered.

use axum::body::Body;
use axum::http::{Request, header};
use muster_api::Operation;
use muster_api::spelling::spell;

use crate::support::{Server, start};

/// What anybody may call, token or not. Adding to this list is a decision.
const PUBLIC: &[&str] = &[
    "getOpenApi",
    "getDocs",
    "getDocsStyle",
    "getToken",
    "oauthInfo",
    "getJwks",
    // Guarded by the secret in its body.
    "completeTriggerInvocation",
];

/// Calls each guarded operation with `token` and gives the status and body of each answer.
async fn call_all(
    server: &Server,
    token: Option<&str>,
) -> Vec<(Operation, u16, serde_json::Value)> {
    let mut answers = Vec::new();
    // A stream that lets a caller in ends at once.
    server.closing.cancel();
    for operation in muster_api::resources::all() {
        if operation.guard.is_public() {
            assert!(
                PUBLIC.contains(&operation.id),
                "{operation:?} is open to everybody"
            );
            continue;
        }
        for spelling in operation.spellings.each() {
            let path = spell(operation.path, spelling).replace(['{', '}'], "");
            let mut request = Request::builder().method(operation.method.name()).uri(path);
            if let Some(token) = token {
                request = request.header(header::AUTHORIZATION, format!("Bearer {token}"));
            }
            let reply = server.request(request.body(Body::empty()).unwrap()).await;
            // A stream is no JSON; refusals always are.
            let body = serde_json::from_slice(&reply.bytes).unwrap_or_default();
            answers.push((operation, reply.status.as_u16(), body));
        }
    }
    assert!(!answers.is_empty());
    answers
}

#[tokio::test]
async fn every_operation_refuses_a_call_without_token() {
    for (operation, status, body) in call_all(&start(), None).await {
        assert_eq!(status, 401, "{operation:?}");
        assert!(body["error"].is_string(), "{operation:?}: {body}");
    }
}

#[tokio::test]
async fn every_operation_refuses_a_token_that_does_not_hold() {
    for (operation, status, body) in call_all(&start(), Some("nonsense")).await {
        assert_eq!(status, 401, "{operation:?}");
        assert!(body["error"].is_string(), "{operation:?}: {body}");
    }
}

#[tokio::test]
async fn every_operation_refuses_a_call_with_too_little_scope() {
    let levels: Vec<&str> = muster_auth::UserLevel::EACH
        .iter()
        .map(|level| level.wire_name())
        .collect();
    let token = format!("acme|{}|idn:nothing:read|person", levels.join(","));
    for (operation, status, body) in call_all(&start(), Some(&token)).await {
        assert_eq!(status, 403, "{operation:?}");
        assert_eq!(body["detailCode"], "403 Forbidden", "{operation:?}");
    }
}

#[tokio::test]
async fn every_operation_refuses_a_caller_of_too_low_a_level() {
    for (operation, status, _) in call_all(&start(), Some("acme||sp:scopes:all|person")).await {
        assert_eq!(status, 403, "{operation:?}");
    }
}

#[tokio::test]
async fn every_operation_that_acts_for_people_refuses_clients() {
    let token = "acme|ORG_ADMIN,API|sp:scopes:all|client";
    for (operation, status, _) in call_all(&start(), Some(token)).await {
        if !operation.guard.is_open_to_applications() {
            assert_eq!(status, 403, "{operation:?}");
        }
    }
}

#[tokio::test]
async fn every_operation_hides_from_a_token_of_another_org() {
    let token = "globex|ORG_ADMIN|sp:scopes:all|person";
    for (operation, status, body) in call_all(&start(), Some(token)).await {
        assert_eq!(status, 404, "{operation:?}");
        assert_eq!(body["detailCode"], "404 Not found", "{operation:?}");
    }
}
