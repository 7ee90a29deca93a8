//! A small HTTP client for this machine: the demo sets its org up over the API, and the benchmarks
//! measure what a real client sees.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::path::Path;

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::combinators::BoxBody;
use http_body_util::{BodyExt, Full, StreamBody};
use hyper::body::Frame;
use hyper::header::{AUTHORIZATION, CONTENT_TYPE};
use hyper::{Method, Request, StatusCode};
use hyper_util::client::legacy::Client as HttpClient;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use serde_json::Value;
use std::io::Read;

/// A body that is sent, whole or piece by piece.
pub(crate) type Body = BoxBody<Bytes, std::io::Error>;

/// Bytes of a file that are sent at a time.
const PIECE_BYTES: usize = 256 * 1024;

/// Calls one server with one token.
pub(crate) struct Client {
    http: HttpClient<HttpConnector, Body>,
    base: String,
    token: String,
}

impl Client {
    /// Signs in with client credentials.
    pub(crate) async fn sign_in(address: SocketAddr, id: &str, secret: &str) -> Result<Self> {
        let http = HttpClient::builder(TokioExecutor::new()).build_http();
        let mut client = Self {
            http,
            base: format!("http://{address}"),
            token: String::new(),
        };
        let form = format!("grant_type=client_credentials&client_id={id}&client_secret={secret}");
        let answer = client
            .send(
                Method::POST,
                "/oauth/token",
                "application/x-www-form-urlencoded",
                whole(form),
            )
            .await?;
        let token = answer["access_token"]
            .as_str()
            .context("the answer has no access token")?;
        token.clone_into(&mut client.token);
        Ok(client)
    }

    /// Reads.
    pub(crate) async fn get(&self, path: &str) -> Result<Value> {
        self.send(Method::GET, path, "application/json", whole(""))
            .await
    }

    /// Creates, or sets something going.
    pub(crate) async fn post(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(
            Method::POST,
            path,
            "application/json",
            whole(body.to_string()),
        )
        .await
    }

    /// Replaces.
    pub(crate) async fn put(&self, path: &str, body: &Value) -> Result<Value> {
        self.send(
            Method::PUT,
            path,
            "application/json",
            whole(body.to_string()),
        )
        .await
    }

    /// Changes by JSON Patch.
    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Result<Value> {
        let body = whole(body.to_string());
        self.send(Method::PATCH, path, "application/json-patch+json", body)
            .await
    }

    /// Sends a file as the part `file`, piece by piece.
    pub(crate) async fn upload(&self, path: &str, file: &Path) -> Result<Value> {
        self.upload_watched(path, file, |_| {}).await
    }

    /// The same, telling how many bytes have been handed to the connection.
    pub(crate) async fn upload_watched(
        &self,
        path: &str,
        file: &Path,
        sent: impl Fn(u64) + Send + Sync + 'static,
    ) -> Result<Value> {
        let (kind, body) = form_with_file(file, sent)?;
        self.send(Method::POST, path, &kind, body).await
    }

    async fn send(&self, method: Method, path: &str, kind: &str, body: Body) -> Result<Value> {
        let mut request = Request::builder()
            .method(&method)
            .uri(format!("{}{path}", self.base))
            .header(CONTENT_TYPE, kind);
        if !self.token.is_empty() {
            request = request.header(AUTHORIZATION, format!("Bearer {}", self.token));
        }
        let answer = self.http.request(request.body(body)?).await?;
        let status = answer.status();
        let bytes = answer.into_body().collect().await?.to_bytes();
        if !status.is_success() {
            bail!(
                "{method} {path} was answered with {status}: {}",
                String::from_utf8_lossy(&bytes)
            );
        }
        if status == StatusCode::NO_CONTENT || bytes.is_empty() {
            return Ok(Value::Null);
        }
        serde_json::from_slice(&bytes).context("the answer is no JSON")
    }
}

/// A body that is there.
pub(crate) fn whole(text: impl Into<Bytes>) -> Body {
    Full::new(text.into())
        .map_err(|never: Infallible| match never {})
        .boxed()
}

/// A form with the file as its part `file`, read while it is sent; `sent` hears how many bytes have been
/// handed to the connection. Gives its content type too.
pub(crate) fn form_with_file(
    file: &Path,
    sent: impl Fn(u64) + Send + Sync + 'static,
) -> Result<(String, Body)> {
    const BOUNDARY: &str = "muster-boundary-7d81b516112482accdbf3d57c0e9bf2e";
    let mut reader =
        std::fs::File::open(file).with_context(|| format!("cannot read {}", file.display()))?;
    let head = format!(
        "--{BOUNDARY}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"accounts.csv\"\r\n\
         Content-Type: text/csv\r\n\r\n"
    );
    let mut tail = Some(format!("\r\n--{BOUNDARY}--\r\n"));
    let mut head = Some(head);
    let mut done = 0;
    let pieces = stream::iter(std::iter::from_fn(move || {
        if let Some(head) = head.take() {
            return Some(Ok(Frame::data(Bytes::from(head))));
        }
        let mut piece = vec![0; PIECE_BYTES];
        match reader.read(&mut piece) {
            Err(error) => Some(Err(error)),
            Ok(0) => tail.take().map(|tail| Ok(Frame::data(Bytes::from(tail)))),
            Ok(count) => {
                piece.truncate(count);
                done += count as u64;
                sent(done);
                Some(Ok(Frame::data(Bytes::from(piece))))
            }
        }
    }));
    let body = StreamBody::new(pieces).boxed();
    let kind = format!("multipart/form-data; boundary={BOUNDARY}");
    Ok((kind, body))
}
