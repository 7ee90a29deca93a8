//! Somebody's server: where it is, who asks, and calls of its API. What `client` is to a server that
//! was started here, this is to any.

mod connection;

use std::path::Path;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request, Response, StatusCode};
use serde_json::Value;

pub(crate) use self::connection::send;
use crate::SettingFlags;
use crate::client::{Body, whole};
use crate::demo;

/// Where the server is and who asks.
#[derive(Clone, Debug)]
pub(crate) struct Account {
    pub(crate) base: String,
    pub(crate) id: String,
    pub(crate) secret: String,
}

/// A server that was signed in to.
pub(crate) struct Remote {
    account: Account,
    token: String,
}

impl Remote {
    /// Signs in to the account that the settings and variables name.
    pub(crate) async fn sign_in(settings: &SettingFlags) -> Result<Self> {
        let account = account(settings)?;
        let token = sign_in(&account).await?;
        Ok(Self { account, token })
    }

    /// Reads.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.call(Method::GET, path, "application/json", whole(""))
            .await
    }

    /// Sends a body; an error has the server's own words.
    pub(crate) async fn post(&self, path: &str, kind: &str, body: Body) -> Result<Value> {
        self.call(Method::POST, path, kind, body).await
    }

    async fn call(&self, method: Method, path: &str, kind: &str, body: Body) -> Result<Value> {
        let request = Request::builder()
            .method(method)
            .uri(format!("{}{path}", self.account.base))
            .header(CONTENT_TYPE, kind)
            .header(AUTHORIZATION, format!("Bearer {}", self.token));
        let answer = send(request.body(body)?).await?;
        let status = answer.status();
        if !status.is_success() {
            bail!("the server refuses ({status}): {}", reason(answer).await);
        }
        let bytes = answer.into_body().collect().await?.to_bytes();
        if status == StatusCode::NO_CONTENT || bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).context("the answer is no JSON")
    }
}

/// The account that the variables of official clients name, or that of the demo in this folder.
pub(crate) fn account(settings: &SettingFlags) -> Result<Account> {
    let variable = |name| std::env::var(name).ok().filter(|text| !text.is_empty());
    let base = variable("SAIL_BASE_URL").unwrap_or_else(|| {
        format!(
            "http://{}",
            settings.listen.as_deref().unwrap_or(demo::ADDRESS)
        )
    });
    let base = base.trim_end_matches('/').to_owned();
    if let (Some(id), Some(secret)) = (variable("SAIL_CLIENT_ID"), variable("SAIL_CLIENT_SECRET")) {
        return Ok(Account { base, id, secret });
    }
    let folder = settings.data.as_deref().unwrap_or(demo::FOLDER);
    let file = Path::new(folder).join(demo::CREDENTIALS);
    let text = std::fs::read_to_string(&file).with_context(|| {
        format!(
            "set SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET, or start where `muster demo` \
             runs: {} cannot be read",
            file.display()
        )
    })?;
    let credentials: Value = serde_json::from_str(&text)?;
    let text = |name: &str| {
        let value = credentials[name].as_str();
        value
            .map(str::to_owned)
            .with_context(|| format!("{} names no {name}", file.display()))
    };
    Ok(Account {
        base,
        id: text("clientId")?,
        secret: text("clientSecret")?,
    })
}

/// A fresh access token.
pub(crate) async fn sign_in(account: &Account) -> Result<String> {
    let form = form_urlencoded::Serializer::new(String::new())
        .append_pair("grant_type", "client_credentials")
        .append_pair("client_id", &account.id)
        .append_pair("client_secret", &account.secret)
        .finish();
    let request = Request::builder()
        .method(Method::POST)
        .uri(format!("{}/oauth/token", account.base))
        .header(CONTENT_TYPE, "application/x-www-form-urlencoded")
        .body(Full::new(Bytes::from(form)))
        .with_context(|| format!("{} is no base URL", account.base))?;
    let answer = send(request).await?;
    let status = answer.status();
    if !status.is_success() {
        bail!(
            "the server refuses to sign in ({status}): {}",
            reason(answer).await
        );
    }
    let body = answer.into_body().collect().await?.to_bytes();
    let body: Value = serde_json::from_slice(&body).context("the answer is no JSON")?;
    let token = body["access_token"].as_str();
    Ok(token.context("the answer has no access token")?.to_owned())
}

/// What the server says is wrong, in its own words.
pub(crate) async fn reason(answer: Response<Incoming>) -> String {
    let Ok(body) = answer.into_body().collect().await else {
        return "no reason was given".to_owned();
    };
    let body = body.to_bytes();
    let told: Value = serde_json::from_slice(&body).unwrap_or_default();
    [
        &told["messages"][0]["text"],
        &told["error_description"],
        &told["error"],
        &told["message"],
    ]
    .into_iter()
    .find_map(Value::as_str)
    .map_or_else(
        || String::from_utf8_lossy(&body).into_owned(),
        str::to_owned,
    )
}
