//! One request over one connection, plain or encrypted: to the server and to the local port.

use anyhow::{Context, Result, bail};
use bytes::Bytes;
use hyper::body::{Body, Incoming};
use hyper::client::conn::http1::handshake;
use hyper::header::HOST;
use hyper::http::HeaderValue;
use hyper::{Request, Response, Uri};
use hyper_util::rt::TokioIo;
use muster_trigger::delivery::client_config;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::rustls::pki_types::ServerName;

/// Sends a request to where its address says.
pub(crate) async fn send<B>(mut request: Request<B>) -> Result<Response<Incoming>>
where
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let uri = request.uri().clone();
    let authority = uri.authority().context("the address names no host")?;
    let is_tls = match uri.scheme_str() {
        Some("http") => false,
        Some("https") => true,
        _ => bail!("{uri}: write an address that begins with http:// or https://"),
    };
    let host = authority.host().trim_matches(['[', ']']).to_owned();
    let port = authority
        .port_u16()
        .unwrap_or(if is_tls { 443 } else { 80 });
    let name = HeaderValue::from_str(authority.as_str())?;
    request.headers_mut().insert(HOST, name);
    let path = uri.path_and_query().map_or("/", |path| path.as_str());
    *request.uri_mut() = Uri::try_from(path)?;
    let stream = TcpStream::connect((host.as_str(), port))
        .await
        .with_context(|| format!("{authority} cannot be reached"))?;
    stream.set_nodelay(true)?;
    if !is_tls {
        return over(stream, request).await;
    }
    let connector = TlsConnector::from(client_config()?);
    let name = ServerName::try_from(host)?;
    over(connector.connect(name, stream).await?, request).await
}

async fn over<S, B>(stream: S, request: Request<B>) -> Result<Response<Incoming>>
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    B: Body<Data = Bytes> + Send + Unpin + 'static,
    B::Error: Into<Box<dyn std::error::Error + Send + Sync>>,
{
    let (mut sender, connection) = handshake(TokioIo::new(stream)).await?;
    // Ends with the answer's body, or when that is dropped.
    tokio::spawn(connection);
    Ok(sender.send_request(request).await?)
}
