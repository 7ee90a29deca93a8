//! Where a lane sends, ready for use: the URL taken apart, secrets opened once.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use http::HeaderValue;
use muster_model::Secret;
use url::Url;

use super::retry::SCHEDULE_MS;
use super::sign::Signer;
use crate::error::{Error, Result};
use crate::passed_in::{Place, SealError, Sealer};
use crate::subscription::{Authentication, Destination, Http, Ordering, Subscription, reveal};

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
    /// What is called.
    pub(crate) call: Call,
}

/// What is called.
pub(crate) enum Call {
    /// An endpoint.
    Http(Box<Endpoint>),
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
    /// Signs bodies.
    pub(crate) signer: Signer,
}

impl Target {
    /// Makes ready what the subscription says. One that cannot be used is kept and fails with its
    /// reason, where people will see it.
    pub(crate) fn of(
        subscription: &Subscription,
        sealer: &dyn Sealer,
        schedule_ms: &[u64],
    ) -> Self {
        let call = match &subscription.destination {
            Destination::Http(http) => match endpoint(subscription, http, sealer) {
                Ok(endpoint) => Call::Http(Box::new(endpoint)),
                Err(error) => Call::Broken(error.to_string()),
            },
            Destination::Inline(inline) => Call::Inline {
                error: inline.error.clone(),
            },
            other => Call::Broken(format!(
                "subscriptions of type {} are not served",
                other.type_name()
            )),
        };
        let own = &subscription.settings.retry_schedule_ms;
        let schedule = [own.as_slice(), schedule_ms, &SCHEDULE_MS]
            .into_iter()
            .find(|schedule| !schedule.is_empty());
        Self {
            number: subscription.number,
            enabled: subscription.enabled,
            ordering: subscription.settings.ordering,
            schedule_ms: schedule.unwrap_or(&SCHEDULE_MS).to_vec(),
            call,
        }
    }
}

fn endpoint(subscription: &Subscription, config: &Http, sealer: &dyn Sealer) -> Result<Endpoint> {
    let broken = || Error::illegal("httpConfig.url", "cannot be called", "change the URL");
    let url = Url::parse(&config.url).map_err(|_| broken())?;
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
        authorization: authorization(&subscription.id, &config.authentication, sealer)?,
        signer: Signer::of(secrets.iter().map(|secret| secret.expose().as_str())),
    })
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
