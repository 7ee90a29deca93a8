//! Where a lane sends, ready for use: the URL taken apart, secrets opened once.

use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::{HeaderName, HeaderValue};
use muster_model::Secret;
use tokio_rustls::rustls::ClientConfig;
use url::Url;

use super::bridge;
use super::lane::Share;
use super::sign::Signer;
use super::tls::client_config_with;
use crate::error::{Error, Result};
use crate::passed_in::{Place, SealError, Sealer};
use crate::subscription::{
    Authentication, CLIENT_KEY, Destination, Ordering, Subscription, header_place, reveal,
};

/// A lane's destination as of one version of its subscription.
pub(crate) struct Target {
    /// The subscription's number.
    pub(crate) number: i64,
    /// Whether real events are sent; tests always are.
    pub(crate) enabled: bool,
    /// What must arrive in order.
    pub(crate) ordering: Ordering,
    /// Waits before each try.
    pub(crate) schedule_ms: Vec<u64>,
    /// Requests a second at most.
    pub(crate) per_second: Option<u32>,
    /// Requests at once at most.
    concurrent_max: Option<u32>,
    /// What is called.
    pub(crate) call: Call,
}

/// What is called.
pub(crate) enum Call {
    /// An endpoint.
    Http(Box<Endpoint>),
    /// The sink that passes events on to a partner event source.
    Bridge(Box<Endpoint>, bridge::Source),
    /// Nothing: the answer is fixed.
    Inline {
        /// It fails with this.
        error: Option<String>,
    },
    /// Nothing can be called; this is why.
    Broken(String),
}

/// An endpoint.
pub(crate) struct Endpoint {
    /// Whether the connection is encrypted.
    pub(crate) is_tls: bool,
    /// The host, as it is resolved and certified.
    pub(crate) host: String,
    /// The port.
    pub(crate) port: u16,
    /// The `Host` header.
    pub(crate) authority: HeaderValue,
    /// Path and query.
    pub(crate) path: http::Uri,
    /// The `Authorization` header.
    pub(crate) authorization: Option<HeaderValue>,
    /// Headers of its own.
    pub(crate) headers: Vec<(HeaderName, HeaderValue)>,
    /// TLS of its own.
    pub(crate) tls: Option<Arc<ClientConfig>>,
    /// Signs bodies.
    pub(crate) signer: Signer,
}

/// What targets have that their subscriptions do not say.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Defaults {
    /// Waits before each try.
    pub(crate) schedule_ms: Vec<u64>,
    /// Where events for partner event sources go.
    pub(crate) bridge: Option<String>,
}

impl Target {
    /// Makes ready what the subscription says. One that cannot be used is kept and fails with its
    /// reason, where people will see it.
    pub(crate) fn of(
        subscription: &Subscription,
        sealer: &dyn Sealer,
        defaults: &Defaults,
    ) -> Self {
        let settings = &subscription.settings;
        let own = &settings.retry_schedule_ms;
        let schedule_ms = if own.is_empty() {
            &defaults.schedule_ms
        } else {
            own
        };
        Self {
            number: subscription.number,
            enabled: subscription.enabled,
            ordering: settings.ordering,
            schedule_ms: schedule_ms.clone(),
            per_second: settings.rate_per_second,
            concurrent_max: settings.concurrent_max,
            call: call(subscription, sealer, defaults)
                .unwrap_or_else(|error| Call::Broken(error.to_string())),
        }
    }

    /// How many connections it may have of its share.
    pub(crate) fn workers(&self, share: Share) -> usize {
        let own = self.concurrent_max.map_or(usize::MAX, |max| max as usize);
        share.workers.min(own)
    }
}

fn call(subscription: &Subscription, sealer: &dyn Sealer, defaults: &Defaults) -> Result<Call> {
    Ok(match &subscription.destination {
        Destination::Http(http) => {
            let authorization = authorization(&subscription.id, &http.authentication, sealer)?;
            let endpoint = endpoint(subscription, &http.url, authorization, sealer)?;
            Call::Http(Box::new(endpoint))
        }
        Destination::EventBridge(config) => match &defaults.bridge {
            Some(sink) => {
                let endpoint = endpoint(subscription, sink, None, sealer)?;
                Call::Bridge(Box::new(endpoint), bridge::Source::of(config))
            }
            None => Call::Broken(bridge::NO_SINK.to_owned()),
        },
        Destination::Inline(inline) => Call::Inline {
            error: inline.error.clone(),
        },
        other @ Destination::Workflow { .. } => Call::Broken(format!(
            "subscriptions of type {} are not served",
            other.type_name()
        )),
    })
}

fn endpoint(
    subscription: &Subscription,
    url: &str,
    authorization: Option<HeaderValue>,
    sealer: &dyn Sealer,
) -> Result<Endpoint> {
    let broken = || Error::illegal("httpConfig.url", "cannot be called", "change the URL");
    let url = Url::parse(url).map_err(|_| broken())?;
    let host = url.host_str().ok_or_else(broken)?.to_owned();
    let authority = match url.port() {
        Some(port) => format!("{host}:{port}"),
        None => host.clone(),
    };
    let path = match url.query() {
        Some(query) => format!("{}?{query}", url.path()),
        None => url.path().to_owned(),
    };
    let secrets = reveal(subscription, sealer)?;
    Ok(Endpoint {
        is_tls: url.scheme() == "https",
        port: url.port_or_known_default().ok_or_else(broken)?,
        host,
        authority: HeaderValue::from_str(&authority).map_err(|_| broken())?,
        path: path.parse().map_err(|_| broken())?,
        authorization,
        headers: headers(subscription, sealer)?,
        tls: tls(subscription, sealer)?,
        signer: Signer::of(secrets.iter().map(|secret| secret.expose().as_str())),
    })
}

fn headers(
    subscription: &Subscription,
    sealer: &dyn Sealer,
) -> Result<Vec<(HeaderName, HeaderValue)>> {
    let mut headers = Vec::with_capacity(subscription.settings.headers.len());
    for header in &subscription.settings.headers {
        let place = Place {
            object: &subscription.id,
            field: &header_place(&header.name),
        };
        let value = sealer.open(&header.value, place)?;
        let name = HeaderName::from_bytes(header.name.as_bytes());
        let value = HeaderValue::from_str(value.expose());
        let (Ok(name), Ok(mut value)) = (name, value) else {
            let remedy = "change the header";
            return Err(Error::illegal("headers", "cannot be sent", remedy));
        };
        value.set_sensitive(true);
        headers.push((name, value));
    }
    Ok(headers)
}

fn tls(subscription: &Subscription, sealer: &dyn Sealer) -> Result<Option<Arc<ClientConfig>>> {
    let tls = &subscription.settings.tls;
    let place = Place {
        object: &subscription.id,
        field: CLIENT_KEY,
    };
    let key = tls.client_key.as_ref();
    let key = key.map(|sealed| sealer.open(sealed, place)).transpose()?;
    client_config_with(
        tls.certificate_authority.as_deref(),
        tls.client_certificate.as_deref(),
        key.as_ref(),
    )
    .map_err(|fault| Error::illegal(fault.field, fault.reason, "send it anew"))
}

fn authorization(
    id: &str,
    authentication: &Authentication,
    sealer: &dyn Sealer,
) -> Result<Option<HeaderValue>> {
    let open = |sealed: &str, field| sealer.open(sealed, Place { object: id, field });
    let text = match authentication {
        Authentication::NoAuth => return Ok(None),
        Authentication::BasicAuth {
            user_name,
            password,
        } => {
            let password: Secret<String> = open(password, crate::subscription::PASSWORD)?;
            let pair = format!("{user_name}:{}", password.expose());
            format!("Basic {}", STANDARD.encode(pair))
        }
        Authentication::BearerToken { token } => {
            let token = open(token, crate::subscription::BEARER_TOKEN)?;
            format!("Bearer {}", token.expose())
        }
    };
    let mut value = HeaderValue::from_bytes(text.as_bytes())
        .map_err(|_| SealError("it does not fit into a header".into()))?;
    value.set_sensitive(true);
    Ok(Some(value))
}
