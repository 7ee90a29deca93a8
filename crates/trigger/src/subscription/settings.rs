//! What Muster adds to a subscription, as clients see and send it: checked, secrets sealed, those that
//! are not sent again kept.

use muster_model::Secret;
use muster_store::Tx;
use serde::Deserialize;
use serde_json::{Value, json};

use super::save::locked;
use super::{CustomHeader, Desk, Dialect, Ordering, Settings, Subscription, Tls};
use crate::delivery::client_config_with;
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::limits::{
    CREDENTIAL_CHARS_MAX, CUSTOM_HEADERS_MAX, HEADER_NAME_CHARS_MAX, PEM_CHARS_MAX, RATE_MAX,
    RETRY_STEPS_MAX, RETRY_WAIT_MS_MAX,
};
use crate::passed_in::Place;

pub(crate) const CLIENT_KEY: &str = "settings.tls.clientKey";

/// Headers that belong to the connection, to HTTP, or to Muster.
const FORBIDDEN_HEADERS: [&str; 19] = [
    "accept",
    "authorization",
    "connection",
    "content-encoding",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authenticate",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "traceparent",
    "tracestate",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "via",
];
const FORBIDDEN_PREFIXES: [&str; 2] = ["webhook-", "muster-"];

/// Where the value of a header is sealed.
pub(crate) fn header_place(name: &str) -> String {
    format!("settings.headers.{name}")
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct SettingsWish {
    #[serde(default)]
    retry_schedule_ms: Option<Vec<u64>>,
    #[serde(default)]
    ordering: Ordering,
    #[serde(default)]
    dialect: Dialect,
    #[serde(default)]
    rate_per_second: Option<u32>,
    #[serde(default)]
    concurrent_max: Option<u32>,
    #[serde(default)]
    headers: Vec<HeaderWish>,
    #[serde(default)]
    tls: TlsWish,
}

#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct HeaderWish {
    name: String,
    #[serde(default)]
    value: Option<String>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
struct TlsWish {
    #[serde(default)]
    certificate_authority: Option<String>,
    #[serde(default)]
    client_certificate: Option<String>,
    #[serde(default)]
    client_key: Option<String>,
}

/// The settings as clients see them: without secrets.
pub fn settings_to_wire(settings: &Settings) -> Value {
    let headers: Vec<Value> = settings
        .headers
        .iter()
        .map(|header| json!({ "name": header.name, "value": null }))
        .collect();
    json!({
        "retryScheduleMs": settings.retry_schedule_ms,
        "ordering": settings.ordering,
        "dialect": settings.dialect,
        "ratePerSecond": settings.rate_per_second,
        "concurrentMax": settings.concurrent_max,
        "headers": headers,
        "tls": {
            "certificateAuthority": settings.tls.certificate_authority,
            "clientCertificate": settings.tls.client_certificate,
            "clientKey": null,
        },
    })
}

/// Changes the settings: `apply` gets them as clients see them and gives back what they shall be.
pub fn configure<E: From<Error>>(
    tx: &mut Tx<'_>,
    desk: &Desk<'_>,
    id: &str,
    apply: impl FnOnce(Value) -> Result<Value, E>,
) -> Result<Subscription, E> {
    let was = locked(tx, id)?;
    let wanted = apply(settings_to_wire(&was.settings))?;
    let wish = SettingsWish::deserialize(&wanted).map_err(|error| Error::BadContent {
        reason: error.to_string(),
    })?;
    let next = Subscription {
        settings: checked(wish, &was, desk)?,
        ..was
    };
    tx.typed().put(&next, desk.now).map_err(Error::from)?;
    Ok(next)
}

fn checked(wish: SettingsWish, was: &Subscription, desk: &Desk<'_>) -> Result<Settings> {
    if let Some(filter) = &was.filter {
        Filter::compile(filter, wish.dialect).map_err(|fault| {
            Error::illegal(
                "dialect",
                format!("does not fit the filter, which {}", fault.problem()),
                "change the filter first",
            )
        })?;
    }
    within(wish.rate_per_second, "ratePerSecond", RATE_MAX)?;
    let connections = crate::limits::CONNECTIONS_PER_LANE_MAX as u32;
    within(wish.concurrent_max, "concurrentMax", connections)?;
    let schedule = wish.retry_schedule_ms.unwrap_or_default();
    check_retry_schedule(&schedule)?;
    Ok(Settings {
        signing_secrets: was.settings.signing_secrets.clone(),
        retry_schedule_ms: schedule,
        ordering: wish.ordering,
        dialect: wish.dialect,
        rate_per_second: wish.rate_per_second,
        concurrent_max: wish.concurrent_max,
        headers: headers(wish.headers, was, desk)?,
        tls: tls(wish.tls, was, desk)?,
    })
}

/// Checks a retry schedule, of a subscription or of the org.
pub fn check_retry_schedule(schedule_ms: &[u64]) -> Result<()> {
    const FIELD: &str = "retryScheduleMs";
    if schedule_ms.len() > RETRY_STEPS_MAX {
        return Err(Error::illegal(
            FIELD,
            format!("has more than {RETRY_STEPS_MAX} steps"),
            "leave some out",
        ));
    }
    if let Some(long) = schedule_ms.iter().find(|wait| **wait > RETRY_WAIT_MS_MAX) {
        return Err(Error::illegal(
            FIELD,
            format!("has a wait of {long} ms"),
            format!("wait {RETRY_WAIT_MS_MAX} ms, a week, at most"),
        ));
    }
    Ok(())
}

fn within(number: Option<u32>, field: &'static str, max: u32) -> Result<()> {
    match number {
        Some(number) if !(1..=max).contains(&number) => Err(Error::illegal(
            field,
            format!("is {number}"),
            format!("use 1 to {max}, or null for no limit of its own"),
        )),
        _ => Ok(()),
    }
}

fn headers(
    wishes: Vec<HeaderWish>,
    was: &Subscription,
    desk: &Desk<'_>,
) -> Result<Vec<CustomHeader>> {
    if wishes.len() > CUSTOM_HEADERS_MAX {
        return Err(Error::illegal(
            "headers",
            format!("has more than {CUSTOM_HEADERS_MAX} entries"),
            "leave some out",
        ));
    }
    let mut headers: Vec<CustomHeader> = Vec::with_capacity(wishes.len());
    for wish in wishes {
        let name = header_name(&wish.name)?;
        if headers.iter().any(|one| one.name == name) {
            let remedy = "send each name once";
            return Err(Error::illegal(
                "headers.name",
                format!("`{name}` is repeated"),
                remedy,
            ));
        }
        let kept = was.settings.headers.iter().find(|one| one.name == name);
        let value = match (wish.value, kept) {
            (Some(value), _) => sealed_header(&name, value, was, desk)?,
            // Every answer shows null in place of a value: null means "as it was".
            (None, Some(kept)) => kept.value.clone(),
            (None, None) => {
                return Err(Error::RequiredMissing {
                    field: "headers.value",
                });
            }
        };
        headers.push(CustomHeader { name, value });
    }
    Ok(headers)
}

fn header_name(text: &str) -> Result<String> {
    const FIELD: &str = "headers.name";
    let name = text.trim().to_ascii_lowercase();
    if name.len() > HEADER_NAME_CHARS_MAX {
        return Err(Error::LengthOutOfRange {
            field: FIELD,
            chars_max: HEADER_NAME_CHARS_MAX,
        });
    }
    if http::HeaderName::from_bytes(name.as_bytes()).is_err() {
        let remedy = "use letters, digits and dashes";
        return Err(Error::illegal(FIELD, "is no name of a header", remedy));
    }
    let is_ours = FORBIDDEN_PREFIXES
        .iter()
        .any(|prefix| name.starts_with(prefix));
    if is_ours || FORBIDDEN_HEADERS.contains(&name.as_str()) {
        return Err(Error::illegal(
            FIELD,
            format!("`{name}` belongs to HTTP or to Muster"),
            "use another name; credentials belong into httpConfig",
        ));
    }
    Ok(name)
}

fn sealed_header(name: &str, value: String, was: &Subscription, desk: &Desk<'_>) -> Result<String> {
    const FIELD: &str = "headers.value";
    if value.len() > CREDENTIAL_CHARS_MAX {
        return Err(Error::LengthOutOfRange {
            field: FIELD,
            chars_max: CREDENTIAL_CHARS_MAX,
        });
    }
    if http::HeaderValue::from_str(&value).is_err() {
        let remedy = "use visible ASCII characters and blanks";
        return Err(Error::illegal(FIELD, "does not fit into a header", remedy));
    }
    let place = Place {
        object: &was.id,
        field: &header_place(name),
    };
    Ok(desk.sealer.seal(&Secret::new(value), place)?)
}

fn tls(wish: TlsWish, was: &Subscription, desk: &Desk<'_>) -> Result<Tls> {
    for (text, field) in [
        (&wish.certificate_authority, "tls.certificateAuthority"),
        (&wish.client_certificate, "tls.clientCertificate"),
        (&wish.client_key, "tls.clientKey"),
    ] {
        if text.as_ref().is_some_and(|text| text.len() > PEM_CHARS_MAX) {
            return Err(Error::LengthOutOfRange {
                field,
                chars_max: PEM_CHARS_MAX,
            });
        }
    }
    let place = Place {
        object: &was.id,
        field: CLIENT_KEY,
    };
    let kept = &was.settings.tls;
    let plain_key = match (&wish.client_certificate, wish.client_key, &kept.client_key) {
        (None, None, _) => None,
        (None, Some(_), _) => {
            return Err(Error::RequiredMissing {
                field: "tls.clientCertificate",
            });
        }
        (Some(_), Some(sent), _) => Some(Secret::new(sent)),
        (Some(_), None, Some(sealed)) => Some(desk.sealer.open(sealed, place)?),
        (Some(_), None, None) => {
            return Err(Error::RequiredMissing {
                field: "tls.clientKey",
            });
        }
    };
    // Tried now, so that a mistake is told to whoever made it and not found in a log.
    client_config_with(
        wish.certificate_authority.as_deref(),
        wish.client_certificate.as_deref(),
        plain_key.as_ref(),
    )
    .map_err(|fault| Error::illegal(fault.field, fault.reason, "send it as PEM"))?;
    let client_key = plain_key.map(|key| desk.sealer.seal(&key, place));
    Ok(Tls {
        certificate_authority: wish.certificate_authority,
        client_certificate: wish.client_certificate,
        client_key: client_key.transpose()?,
    })
}
