//! Tokens: where clients get them, how they are verified, and where an org says how to get one.

use axum::http::{HeaderValue, StatusCode, header};
use muster_auth::authorization::basic_credentials;
use muster_auth::{
    Applicant, Desk, Guard, OAuthClient, PersonalAccessToken, Refusal, TokenRequest, decide,
};
use muster_store::Tx;
use serde_json::{Value, json};

use crate::answer::Answer;
use crate::call::Call;
use crate::extract::upload::{Form, Upload};
use crate::handler::{Blocking, Json};
use crate::operation::{Operation, QueryParameter};
use crate::people;
use crate::problem::Problem;

const TAG: &str = "OAuth";

/// Everything around tokens, for everyone.
pub static OPERATIONS: &[Operation] = &[
    Operation::post("/oauth/token", "getToken")
        .title(TAG, "Issue an access token")
        .guard(Guard::PUBLIC)
        .asks(&[
            QueryParameter::new("grant_type", "client_credentials; may also be in the form."),
            QueryParameter::new("client_id", "May also be in the form or a Basic header."),
            QueryParameter::new(
                "client_secret",
                "May also be in the form or a Basic header.",
            ),
            QueryParameter::new(
                "scope",
                "Scopes to narrow the token to, separated by blanks.",
            ),
        ])
        .runs(&Blocking(issue)),
    Operation::get("/oauth/info", "oauthInfo")
        .title(TAG, "Where an org's OAuth endpoints are")
        .guard(Guard::PUBLIC)
        .runs(&Blocking(info)),
    Operation::get("/.well-known/jwks.json", "getJwks")
        .title(TAG, "The keys that verify the org's tokens")
        .guard(Guard::PUBLIC)
        .runs(&Blocking(jwks)),
];

fn issue(call: &Call, _: Form) -> Result<Answer, Problem> {
    let request = match request(call) {
        Ok(request) => request,
        Err(refusal) => return Ok(refused(&refusal)),
    };
    let keys = call.keys()?;
    let random = &**call.app().keyring.random();
    let now = call.now();
    let desk = Desk {
        issuer: &keys.issuer,
        hasher: &keys.hasher,
        random,
        now,
    };
    let decided = call.org().read(|tx| {
        let stored = Stored::find(request.client_id(), tx)?;
        Ok::<_, Problem>((decide(&request, stored.applicant(), &desk), stored))
    })?;
    let (grant, stored) = match decided {
        (Ok(grant), stored) => (grant, stored),
        (Err(refusal), _) => return Ok(refused(&refusal)),
    };
    if grant.last_used.is_some() {
        // Someone may have changed or deleted the client since; its own state is what counts.
        call.org().write(|tx| match &stored {
            Stored::Nothing => Ok::<_, Problem>(()),
            Stored::Client(client) => touch_client(&client.details.id, grant.last_used, tx),
            Stored::Token(token, _) => touch_token(&token.details.id, grant.last_used, tx),
        })?;
    }
    Ok(unstored(Answer::json(StatusCode::OK, &grant.response)))
}

/// What is stored under a client id.
enum Stored {
    Nothing,
    Client(Box<OAuthClient>),
    Token(
        Box<PersonalAccessToken>,
        Box<muster_auth::grant::TokenOwner>,
    ),
}

impl Stored {
    fn find(id: Option<&str>, tx: &mut Tx<'_>) -> Result<Self, Problem> {
        let Some(id) = id else {
            return Ok(Self::Nothing);
        };
        if let Some(client) = tx.typed::<OAuthClient>().get(id)? {
            return Ok(Self::Client(Box::new(client)));
        }
        let Some(token) = tx.typed::<PersonalAccessToken>().get(id)? else {
            return Ok(Self::Nothing);
        };
        let owner = match token.details.owner.id.parse() {
            Ok(owner) => people::owner(tx, owner)?,
            Err(_) => None,
        };
        Ok(owner.map_or(Self::Nothing, |owner| {
            Self::Token(Box::new(token), Box::new(owner))
        }))
    }

    fn applicant(&self) -> Option<Applicant<'_>> {
        match self {
            Self::Nothing => None,
            Self::Client(client) => Some(Applicant::Client(client)),
            Self::Token(token, owner) => Some(Applicant::PersonalAccessToken { token, owner }),
        }
    }
}

fn touch_client(
    id: &str,
    last_used: Option<muster_model::Timestamp>,
    tx: &mut Tx<'_>,
) -> Result<(), Problem> {
    if let Some(mut client) = tx.typed::<OAuthClient>().get(id)? {
        client.details.last_used = last_used;
        tx.typed::<OAuthClient>()
            .put(&client, client.details.modified)?;
    }
    Ok(())
}

fn touch_token(
    id: &str,
    last_used: Option<muster_model::Timestamp>,
    tx: &mut Tx<'_>,
) -> Result<(), Problem> {
    if let Some(mut token) = tx.typed::<PersonalAccessToken>().get(id)? {
        token.details.last_used = last_used;
        tx.typed::<PersonalAccessToken>()
            .put(&token, token.details.created)?;
    }
    Ok(())
}

/// The parameters from the query, the form and the Basic header together: each client splits them
/// in its own way (api-surface.md §0.3).
fn request(call: &Call) -> Result<TokenRequest, Refusal> {
    let form = call.upload().map(Upload::fields).unwrap_or_default();
    let pairs = call.queries().iter().chain(form);
    let request = TokenRequest::from_pairs(pairs.map(|(name, value)| (name, value.clone())))?;
    match call
        .header(&header::AUTHORIZATION)
        .and_then(basic_credentials)
    {
        Some(credentials) => request.with_basic(credentials),
        None => Ok(request),
    }
}

fn refused(refusal: &Refusal) -> Answer {
    let status = match refusal {
        Refusal::InvalidClient(_) => StatusCode::UNAUTHORIZED,
        Refusal::Server(_) => StatusCode::INTERNAL_SERVER_ERROR,
        _ => StatusCode::BAD_REQUEST,
    };
    unstored(Answer::json(status, &refusal.body()))
}

/// RFC 6749 §5.1: nobody keeps a token on the way.
fn unstored(answer: Answer) -> Answer {
    answer.with_header(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))
}

fn info(call: &Call, (): ()) -> Result<Json<Value>, Problem> {
    let keys = call.keys()?;
    let tenant = keys.issuer.tenant();
    let address = &tenant.issuer;
    Ok(Json(json!({
        "tenantId": tenant.tenant_id,
        "tenantName": tenant.org,
        "authorizeEndpoint": format!("{address}/oauth/authorize"),
        "tokenEndpoint": format!("{address}/oauth/token"),
        "cloudDomainUrl": address,
        "logoutUrl": format!("{address}/logout"),
        "pod": tenant.pod,
    })))
}

fn jwks(call: &Call, (): ()) -> Result<Answer, Problem> {
    let keys = call.keys()?.issuer.published_keys(call.now());
    Ok(Answer::json(StatusCode::OK, &keys))
}
