//! From a stored client or personal access token to a caller: creation, the token request, the
//! token, and each reason for refusal.

#![expect(
    clippy::unwrap_used,
    reason = "the lint excuses test functions, not what they call"
)]

use std::path::Path;

use muster_auth::grant::{Standing, TokenOwner};
use muster_auth::personal_access_token::Owner;
use muster_auth::{
    Applicant, Caller, Desk, Grant, Issuer, LevelSet, OAuthClient, PersonalAccessToken, Random,
    Refusal, ScopeSet, SecretHasher, SeededRandom, SigningAlgorithm, SigningKey, Subject, Tenant,
    TokenRequest, UserContext, UserLevel, decide,
};
use muster_model::id::IdentityId;
use muster_model::{Reference, Secret, Timestamp};
use serde_json::{Value, json};

const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

struct World {
    issuer: Issuer,
    hasher: SecretHasher,
    random: SeededRandom,
    admin: Caller,
}

impl World {
    fn new() -> Self {
        let random = SeededRandom::from_seed(1);
        let tenant = Tenant {
            org: "acme".to_owned(),
            tenant_id: "tenant-1".to_owned(),
            pod: "local".to_owned(),
            issuer: "http://127.0.0.1:8080".to_owned(),
        };
        let key = SigningKey::generate(SigningAlgorithm::EdDsa, &random).unwrap();
        Self {
            issuer: Issuer::new(tenant, key, Vec::new()),
            hasher: SecretHasher::new([9; 32]),
            random,
            admin: Caller {
                org: "acme".to_owned(),
                subject: Subject::Client("console".to_owned()),
                person: Some(ada()),
                levels: LevelSet::of(&[UserLevel::OrgAdmin, UserLevel::User]),
                scopes: ScopeSet::all(),
                token_id: "t".to_owned(),
            },
        }
    }

    fn desk(&self) -> Desk<'_> {
        Desk {
            issuer: &self.issuer,
            hasher: &self.hasher,
            random: &self.random as &dyn Random,
            now: NOW,
        }
    }

    fn client(&self, changes: Value) -> Result<(OAuthClient, Secret<String>), String> {
        let mut body = json!({
            "name": "Payroll", "description": null, "accessTokenValiditySeconds": 750,
            "grantTypes": ["CLIENT_CREDENTIALS"], "accessType": "OFFLINE", "enabled": true,
            "businessName": null, "redirectUris": null, "scope": null,
        });
        merge(&mut body, changes);
        let request = serde_json::from_value(body).map_err(|error| error.to_string())?;
        OAuthClient::create(request, &self.admin, &self.hasher, NOW, &self.random)
            .map_err(|error| error.to_string())
    }

    fn personal_token(
        &self,
        existing: &[PersonalAccessToken],
        changes: Value,
    ) -> Result<(PersonalAccessToken, Secret<String>), String> {
        let mut body = json!({ "name": "laptop", "userAwareTokenNeverExpires": true });
        merge(&mut body, changes);
        let request = serde_json::from_value(body).map_err(|error| error.to_string())?;
        let owner = Owner {
            identity: &Reference::identity("00000000000000000000000000000007", "Ada"),
            tokens: existing,
            caller: &self.admin,
        };
        PersonalAccessToken::create(request, &owner, &self.hasher, NOW, &self.random)
            .map_err(|error| error.to_string())
    }

    fn ask_client(
        &self,
        client: &OAuthClient,
        secret: &str,
        scope: &str,
    ) -> Result<Grant, Refusal> {
        let request = request(&client.details.id, secret, scope);
        decide(&request, Some(Applicant::Client(client)), &self.desk())
    }

    fn ask_personal(
        &self,
        token: &PersonalAccessToken,
        secret: &str,
        standing: Standing,
    ) -> Result<Grant, Refusal> {
        let owner = TokenOwner {
            person: ada(),
            levels: LevelSet::of(&[UserLevel::SourceAdmin]),
            standing,
        };
        let applicant = Applicant::PersonalAccessToken {
            token,
            owner: &owner,
        };
        let request = request(&token.details.id, secret, "");
        decide(&request, Some(applicant), &self.desk())
    }
}

#[test]
fn a_client_calls_for_itself_with_the_levels_of_its_maker() {
    let world = World::new();
    let (client, secret) = world.client(json!({})).unwrap();
    let grant = world.ask_client(&client, secret.expose(), "").unwrap();
    assert_eq!(grant.response.expires_in, 750);
    assert_eq!(grant.response.scope, "sp:scopes:all");

    let token = grant.response.access_token.expose();
    let caller = world.issuer.verify(token, NOW).unwrap();
    assert_eq!(caller.subject, Subject::Client(client.details.id.clone()));
    assert_eq!(caller.user_context(), None);
    assert!(caller.levels.contains(UserLevel::OrgAdmin));
    assert!(caller.levels.contains(UserLevel::Api));
}

#[test]
fn a_personal_access_token_calls_for_its_owner_with_the_levels_of_today() {
    let world = World::new();
    let (token, secret) = world.personal_token(&[], json!({})).unwrap();
    let grant = world
        .ask_personal(&token, secret.expose(), Standing::Active)
        .unwrap();
    let body = serde_json::to_value(&grant.response).unwrap();
    assert_eq!(body["token_type"], "bearer");
    assert_eq!(body["expires_in"], 43_200);
    assert_eq!(body["identity_id"], "00000000000000000000000000000007");
    assert_eq!(body["tenant_id"], "tenant-1");
    assert_eq!(body["org"], "acme");
    assert_eq!(body["pod"], "local");
    assert_eq!(body["strong_auth"], false);

    let caller = world
        .issuer
        .verify(body["access_token"].as_str().unwrap(), NOW)
        .unwrap();
    assert_eq!(caller.user_context(), Some(&ada()));
    assert_eq!(
        caller.levels,
        LevelSet::of(&[UserLevel::SourceAdmin, UserLevel::User])
    );
}

#[test]
fn an_unknown_client_and_a_wrong_secret_look_the_same() {
    let world = World::new();
    let (client, _) = world.client(json!({})).unwrap();
    let wrong = world.ask_client(&client, "wrong", "").unwrap_err();
    let unknown = decide(&request("nobody", "wrong", ""), None, &world.desk()).unwrap_err();
    assert_eq!(wrong.body(), unknown.body());
    assert_eq!(
        serde_json::to_value(wrong.body()).unwrap(),
        json!({ "error": "invalid_client", "error_description": "Bad client credentials" })
    );
}

#[test]
fn a_client_that_is_switched_off_or_may_not_ask_like_this_gets_nothing() {
    let world = World::new();
    let (off, secret) = world.client(json!({ "enabled": false })).unwrap();
    let refusal = world.ask_client(&off, secret.expose(), "").unwrap_err();
    assert_eq!(refusal.code(), "invalid_client");
    assert_eq!(refusal.to_string(), "the client is disabled");
    let refusal = world.ask_client(&off, "wrong", "").unwrap_err();
    assert_eq!(refusal.to_string(), "Bad client credentials");

    let sign_in =
        json!({ "grantTypes": ["AUTHORIZATION_CODE"], "redirectUris": ["http://localhost"] });
    let (client, secret) = world.client(sign_in).unwrap();
    let refusal = world.ask_client(&client, secret.expose(), "").unwrap_err();
    assert_eq!(refusal.code(), "unauthorized_client");
}

#[test]
fn an_expired_token_and_one_of_a_person_who_left_get_nothing() {
    let world = World::new();
    let (mut token, secret) = world.personal_token(&[], json!({})).unwrap();
    let refusal = world
        .ask_personal(&token, secret.expose(), Standing::Barred)
        .unwrap_err();
    assert_eq!(refusal.code(), "invalid_client");

    token.details.expiration_date = Some(NOW);
    let refusal = world
        .ask_personal(&token, secret.expose(), Standing::Active)
        .unwrap_err();
    assert_eq!(refusal.to_string(), "the personal access token is expired");
}

#[test]
fn a_request_may_narrow_the_scopes_and_never_widen_them() {
    let world = World::new();
    let (client, secret) = world
        .client(json!({ "scope": ["idn:sources:manage"] }))
        .unwrap();
    let grant = world
        .ask_client(&client, secret.expose(), "idn:sources:read")
        .unwrap();
    assert_eq!(grant.response.scope, "idn:sources:read");
    let refusal = world
        .ask_client(&client, secret.expose(), "sp:scopes:all")
        .unwrap_err();
    assert_eq!(refusal.code(), "invalid_scope");
    assert_eq!(
        refusal.to_string(),
        "the client may use: idn:sources:manage"
    );
}

#[test]
fn last_use_is_written_once_a_day() {
    let world = World::new();
    let (mut client, secret) = world.client(json!({})).unwrap();
    for (last_used, expected) in [
        (None, Some(NOW)),
        (Some(NOW.plus_millis(-86_399_999)), None),
        (Some(NOW.plus_millis(-86_400_000)), Some(NOW)),
    ] {
        client.details.last_used = last_used;
        let grant = world.ask_client(&client, secret.expose(), "").unwrap();
        assert_eq!(grant.last_used, expected, "{last_used:?}");
    }
}

#[test]
fn a_request_that_is_not_whole_is_refused_with_the_reason() {
    let world = World::new();
    for (pairs, code) in [
        (vec![], "invalid_request"),
        (
            vec![("grant_type", "client_credentials")],
            "invalid_request",
        ),
        (
            vec![("grant_type", "client_credentials"), ("client_id", "x")],
            "invalid_request",
        ),
        (vec![("grant_type", "password")], "unsupported_grant_type"),
        (
            vec![("grant_type", "refresh_token"), ("refresh_token", "x")],
            "unsupported_grant_type",
        ),
        (
            vec![("grant_type", "authorization_code"), ("code", "x")],
            "unsupported_grant_type",
        ),
        (
            vec![("grant_type", "a"), ("grant_type", "b")],
            "invalid_request",
        ),
    ] {
        let owned = pairs
            .iter()
            .map(|(name, value)| (*name, (*value).to_owned()));
        let outcome = TokenRequest::from_pairs(owned)
            .and_then(|request| decide(&request, None, &world.desk()));
        assert_eq!(outcome.unwrap_err().code(), code, "{pairs:?}");
    }
}

#[test]
fn a_parameter_sent_in_query_and_form_alike_counts_once() {
    let pairs = [("client_id", "x"), ("client_id", "x"), ("unheard", "of")];
    let request = TokenRequest::from_pairs(pairs.map(|(name, value)| (name, value.to_owned())));
    assert_eq!(request.unwrap().client_id(), Some("x"));
}

#[test]
fn the_eleventh_token_and_a_taken_name_are_refused() {
    let world = World::new();
    let mut tokens = Vec::new();
    for count in 0..10 {
        let name = format!("token {count}");
        tokens.push(
            world
                .personal_token(&tokens, json!({ "name": name }))
                .unwrap()
                .0,
        );
    }
    let refusal = world
        .personal_token(&tokens, json!({ "name": "one more" }))
        .unwrap_err();
    assert!(refusal.contains("10 personal access tokens"), "{refusal}");
    tokens[0].details.managed = true;
    assert!(
        world
            .personal_token(&tokens, json!({ "name": "one more" }))
            .is_ok()
    );
    let refusal = world
        .personal_token(&tokens, json!({ "name": "token 3" }))
        .unwrap_err();
    assert_eq!(refusal, "name: is taken by another of your tokens");
}

#[test]
fn the_end_of_a_token_is_stated_or_waived() {
    let world = World::new();
    let make = |never: bool, end: Value| {
        let changes = json!({ "userAwareTokenNeverExpires": never, "expirationDate": end });
        world.personal_token(&[], changes).is_ok()
    };
    assert!(make(true, Value::Null));
    assert!(!make(false, Value::Null));
    assert!(make(false, json!("2099-01-01T00:00:00.000Z")));
    assert!(!make(true, json!("2001-01-01T00:00:00.000Z")));
}

#[test]
fn nobody_gives_away_more_scope_than_the_own_token_has() {
    let mut world = World::new();
    let (token, _) = world.personal_token(&[], json!({})).unwrap();
    world.admin.scopes = ScopeSet::parse("sp:oauth-client:manage").unwrap();
    assert!(world.client(json!({})).is_err());
    assert!(
        world
            .client(json!({ "scope": ["sp:oauth-client:read"] }))
            .is_ok()
    );
    assert!(world.personal_token(&[], json!({})).is_err());

    // Renaming what is wider already is no gift.
    let identity = Reference::identity("00000000000000000000000000000007", "Ada");
    let owner = Owner {
        identity: &identity,
        tokens: std::slice::from_ref(&token),
        caller: &world.admin,
    };
    let mut patched = token.details.clone();
    patched.name = "desktop".to_owned();
    assert_eq!(
        token.amend(patched, &owner, NOW).unwrap().details.name,
        "desktop"
    );
}

#[test]
fn a_patch_changes_only_what_may_be_changed() {
    let world = World::new();
    let (client, secret) = world
        .client(json!({ "scope": ["idn:sources:read"] }))
        .unwrap();
    let mut patched = client.details.clone();
    patched.name = "Payroll 2".to_owned();
    patched.id = "another".to_owned();
    patched.scope = ScopeSet::all();
    let after = client.amend(patched, NOW.plus_millis(5)).unwrap();
    assert_eq!(after.details.name, "Payroll 2");
    assert_eq!(after.details.id, client.details.id);
    assert_eq!(after.details.scope, client.details.scope);
    assert_eq!(after.details.modified, NOW.plus_millis(5));
    assert!(world.ask_client(&after, secret.expose(), "").is_ok());
}

#[test]
fn bounds_of_a_client_are_kept() {
    let world = World::new();
    for changes in [
        json!({ "name": " " }),
        json!({ "name": null }),
        json!({ "accessTokenValiditySeconds": 14 }),
        json!({ "accessTokenValiditySeconds": 43_201 }),
        json!({ "refreshTokenValiditySeconds": 0 }),
        json!({ "grantTypes": [] }),
        json!({ "grantTypes": ["AUTHORIZATION_CODE"] }),
        json!({ "type": "PUBLIC" }),
        json!({ "description": "x".repeat(2_001) }),
        json!({ "scope": ["not a scope"] }),
    ] {
        assert!(world.client(changes.clone()).is_err(), "{changes}");
    }
}

#[test]
fn the_wire_has_every_required_member_and_no_secret() {
    let world = World::new();
    let (client, client_secret) = world.client(json!({})).unwrap();
    let (token, token_secret) = world.personal_token(&[], json!({})).unwrap();
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/spec/spec-tier1.json");
    let text = std::fs::read_to_string(path)
        .unwrap_or_else(|_| panic!("missing test data: ../shared/spec/spec-tier1.json"));
    let description: Value = serde_json::from_str(&text).unwrap();
    for (title, wire, stored, secret) in [
        (
            "Get O Auth Client Response",
            serde_json::to_value(&client.details).unwrap(),
            serde_json::to_string(&client).unwrap(),
            client_secret,
        ),
        (
            "Get Personal Access Token Response",
            serde_json::to_value(&token.details).unwrap(),
            serde_json::to_string(&token).unwrap(),
            token_secret,
        ),
    ] {
        let schemas = description["components"]["schemas"].as_object().unwrap();
        let schema = schemas
            .values()
            .find(|schema| schema["title"] == title)
            .unwrap();
        for required in schema["required"].as_array().unwrap() {
            assert!(
                wire.get(required.as_str().unwrap()).is_some(),
                "{title}: {required}"
            );
        }
        for member in wire.as_object().unwrap().keys() {
            assert!(
                schema["properties"].get(member).is_some(),
                "{title}: {member}"
            );
        }
        assert!(!stored.contains(secret.expose().as_str()));
    }
    let text = serde_json::to_string(&client).unwrap();
    assert_eq!(serde_json::from_str::<OAuthClient>(&text).unwrap(), client);
    let text = serde_json::to_string(&token).unwrap();
    assert_eq!(
        serde_json::from_str::<PersonalAccessToken>(&text).unwrap(),
        token
    );
}

fn ada() -> UserContext {
    UserContext {
        identity_id: IdentityId(7),
        user_name: "ada".to_owned(),
    }
}

fn request(id: &str, secret: &str, scope: &str) -> TokenRequest {
    let pairs = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
        ("scope", scope),
    ];
    TokenRequest::from_pairs(pairs.map(|(name, value)| (name, value.to_owned()))).unwrap()
}

fn merge(body: &mut Value, changes: Value) {
    let Value::Object(changes) = changes else {
        return;
    };
    for (name, value) in changes {
        body[name] = value;
    }
}
