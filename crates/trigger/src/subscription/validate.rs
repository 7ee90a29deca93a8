//! The rules of a subscription (event-triggers.md §1.4–1.7, §1.13). Pure: nothing is read or stored.

use jiff::{Span, SpanRelativeTo};
use muster_event::catalog::{self, Kind, Trigger, feature::Flags};
use muster_model::Secret;
use serde_json::Value;
use url::Url;

use super::wish::{AuthenticationType, EventBridgeWish, HttpWish, Kind as WishKind, Wish};
use super::{Authentication, Destination, DispatchMode, EventBridge, Http, Inline, Subscription};
use crate::error::{Error, Result};
use crate::filter::Filter;
use crate::limits::{
    CREDENTIAL_CHARS_MAX, DESCRIPTION_CHARS_MAX, FILTER_CHARS_MAX,
    FIRE_AND_FORGET_SUBSCRIPTIONS_MAX, NAME_CHARS_MAX, OPAQUE_BYTES_MAX,
    REQUEST_RESPONSE_SUBSCRIPTIONS_MAX, RESPONSE_DEADLINE_SECONDS_MAX, URL_CHARS_MAX,
};

const RESPONSE_DEADLINE: &str = "PT1H";

/// How many subscriptions a trigger may have; settings of the org (decisions.md 17).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Where nobody answers.
    pub fire_and_forget: usize,
    /// Where somebody does.
    pub request_response: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fire_and_forget: FIRE_AND_FORGET_SUBSCRIPTIONS_MAX,
            request_response: REQUEST_RESPONSE_SUBSCRIPTIONS_MAX,
        }
    }
}

impl Limits {
    /// The limit of one trigger.
    pub(super) const fn of(&self, trigger: &Trigger) -> usize {
        match trigger.kind {
            Kind::FireAndForget => self.fire_and_forget,
            Kind::RequestResponse => self.request_response,
        }
    }
}

/// Seals a secret for a field of the subscription at hand.
pub(super) type Seal<'a> = dyn Fn(&Secret<String>, &'static str) -> Result<String> + 'a;

/// What a wish says, checked; secrets sealed.
#[derive(Debug)]
pub(super) struct Checked {
    pub(super) name: String,
    pub(super) description: Option<String>,
    pub(super) destination: Destination,
    pub(super) response_deadline: String,
    pub(super) enabled: bool,
    pub(super) filter: Option<String>,
}

/// The trigger that a new subscription names.
pub(super) fn trigger(wish: &Wish, flags: &Flags) -> Result<&'static Trigger> {
    let id = present(wish.trigger_id.as_deref(), "triggerId")?;
    catalog::find(id)
        .filter(|trigger| flags.allow(trigger))
        .ok_or_else(|| Error::ReferencedNotFound { id: id.to_owned() })
}

/// Checks a wish. `was` is the subscription that it replaces: PUT may leave out name and type, and
/// a secret that is not sent again stays (event-triggers.md §1.4).
pub(super) fn check(wish: Wish, was: Option<&Subscription>, seal: &Seal<'_>) -> Result<Checked> {
    let name = match (wish.name.as_deref(), was) {
        (None, Some(was)) => was.name.clone(),
        (name, _) => present(name, "name")?.to_owned(),
    };
    at_most(&name, NAME_CHARS_MAX, "name")?;
    if let Some(description) = &wish.description {
        at_most(description, DESCRIPTION_CHARS_MAX, "description")?;
    }
    let filter = wish.filter.filter(|filter| !filter.trim().is_empty());
    if let Some(filter) = &filter {
        at_most(filter, FILTER_CHARS_MAX, "filter")?;
        let dialect = was.map(|was| was.settings.dialect).unwrap_or_default();
        Filter::compile(filter, dialect)
            .map_err(|fault| Error::illegal("filter", fault.problem(), fault.remedy()))?;
    }
    let response_deadline = match wish.response_deadline {
        Some(text) => deadline(text)?,
        None => RESPONSE_DEADLINE.to_owned(),
    };
    let kind = match (wish.kind, was) {
        (Some(kind), _) => kind,
        (None, Some(was)) => kind_of(&was.destination),
        (None, None) => return Err(Error::RequiredMissing { field: "type" }),
    };
    let destination = match kind {
        WishKind::Http => {
            let stored = was.and_then(|was| match &was.destination {
                Destination::Http(http) => Some(&http.authentication),
                _ => None,
            });
            Destination::Http(http(
                required(wish.http_config, "httpConfig")?,
                stored,
                seal,
            )?)
        }
        WishKind::EventBridge => {
            let config = required(wish.event_bridge_config, "eventBridgeConfig")?;
            Destination::EventBridge(event_bridge(&config)?)
        }
        WishKind::Inline => Destination::Inline(inline(wish.inline_config.unwrap_or_default())?),
        WishKind::Workflow => Destination::Workflow {
            config: wish.workflow_config.map(opaque).transpose()?,
        },
        WishKind::Script => {
            return Err(Error::illegal(
                "type",
                "SCRIPT is not run by this server",
                "use HTTP, or INLINE for a fixed answer",
            ));
        }
    };
    Ok(Checked {
        name,
        description: wish.description,
        destination,
        response_deadline,
        enabled: wish.enabled.unwrap_or(true),
        filter,
    })
}

/// Checks that a trigger can be heard at a destination: an event bus takes events and never answers
/// (event-triggers.md §1.5).
pub(super) fn fits(trigger_id: &str, destination: &Destination) -> Result<()> {
    let awaits = catalog::find(trigger_id).is_some_and(|one| one.kind == Kind::RequestResponse);
    if awaits && matches!(destination, Destination::EventBridge(_)) {
        return Err(Error::illegal(
            "type",
            "EVENTBRIDGE cannot answer, and this trigger awaits an answer",
            "use HTTP, or INLINE for a fixed answer",
        ));
    }
    Ok(())
}

const fn kind_of(destination: &Destination) -> WishKind {
    match destination {
        Destination::Http(_) => WishKind::Http,
        Destination::EventBridge(_) => WishKind::EventBridge,
        Destination::Inline(_) => WishKind::Inline,
        Destination::Workflow { .. } => WishKind::Workflow,
    }
}

fn http(wish: HttpWish, stored: Option<&Authentication>, seal: &Seal<'_>) -> Result<Http> {
    let url = present(wish.url.as_deref(), "httpConfig.url")?.to_owned();
    at_most(&url, URL_CHARS_MAX, "httpConfig.url")?;
    endpoint(&url)?;
    Ok(Http {
        url,
        // A published client sends `url` alone (event-triggers.md §1.5).
        dispatch_mode: wish.http_dispatch_mode.unwrap_or(DispatchMode::Sync),
        authentication: authentication(
            wish.http_authentication_type,
            wish.basic_auth_config,
            wish.bearer_token_auth_config,
            stored,
            seal,
        )?,
    })
}

fn endpoint(url: &str) -> Result<()> {
    const FIELD: &str = "httpConfig.url";
    let parsed = Url::parse(url).map_err(|error| {
        Error::illegal(
            FIELD,
            format!("is no URL ({error})"),
            "write https://host/path",
        )
    })?;
    if !matches!(parsed.scheme(), "http" | "https") || parsed.host_str().is_none() {
        let remedy = "use http:// or https:// and a host";
        return Err(Error::illegal(FIELD, "cannot be posted to", remedy));
    }
    // Credentials in the URL would be shown by every listing.
    if !parsed.username().is_empty() || parsed.password().is_some() {
        let remedy = "use httpAuthenticationType BASIC_AUTH";
        return Err(Error::illegal(FIELD, "carries credentials", remedy));
    }
    Ok(())
}

fn authentication(
    kind: Option<AuthenticationType>,
    basic: Option<super::wish::BasicWish>,
    bearer: Option<super::wish::BearerWish>,
    stored: Option<&Authentication>,
    seal: &Seal<'_>,
) -> Result<Authentication> {
    match kind.unwrap_or(AuthenticationType::NoAuth) {
        AuthenticationType::NoAuth => Ok(Authentication::NoAuth),
        AuthenticationType::BasicAuth => {
            const USER: &str = "httpConfig.basicAuthConfig.userName";
            let wish = required(basic, "httpConfig.basicAuthConfig")?;
            let user_name = present(wish.user_name.as_deref(), USER)?.to_owned();
            at_most(&user_name, CREDENTIAL_CHARS_MAX, USER)?;
            if user_name.contains(':') {
                let remedy = "RFC 7617 gives the colon to the password";
                return Err(Error::illegal(USER, "contains a colon", remedy));
            }
            let kept = match stored {
                Some(Authentication::BasicAuth {
                    user_name: known,
                    password,
                }) if *known == user_name => Some(password),
                _ => None,
            };
            let password = secret(wish.password, kept, super::save::PASSWORD, seal)?;
            Ok(Authentication::BasicAuth {
                user_name,
                password,
            })
        }
        AuthenticationType::BearerToken => {
            let wish = required(bearer, "httpConfig.bearerTokenAuthConfig")?;
            let kept = match stored {
                Some(Authentication::BearerToken { token }) => Some(token),
                _ => None,
            };
            let token = secret(wish.bearer_token, kept, super::save::BEARER_TOKEN, seal)?;
            Ok(Authentication::BearerToken { token })
        }
    }
}

/// Every answer shows null in place of a secret, so null and absent mean "as it was": a client that
/// reads and writes back must not wipe it.
fn secret(
    sent: Option<String>,
    kept: Option<&String>,
    field: &'static str,
    seal: &Seal<'_>,
) -> Result<String> {
    match (sent, kept) {
        (None, Some(kept)) => Ok(kept.clone()),
        (None, None) => Err(Error::RequiredMissing { field }),
        (Some(sent), _) => {
            present(Some(&sent), field)?;
            at_most(&sent, CREDENTIAL_CHARS_MAX, field)?;
            if sent.chars().any(char::is_control) {
                let remedy = "send it without line breaks";
                return Err(Error::illegal(field, "contains control characters", remedy));
            }
            seal(&Secret::new(sent), field)
        }
    }
}

fn event_bridge(wish: &EventBridgeWish) -> Result<EventBridge> {
    const ACCOUNT: &str = "eventBridgeConfig.awsAccount";
    const REGION: &str = "eventBridgeConfig.awsRegion";
    let account = present(wish.aws_account.as_deref(), ACCOUNT)?;
    if account.len() != 12 || !account.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Error::illegal(
            ACCOUNT,
            "is no AWS account",
            "send its twelve digits",
        ));
    }
    let region = present(wish.aws_region.as_deref(), REGION)?;
    at_most(region, NAME_CHARS_MAX, REGION)?;
    Ok(EventBridge {
        aws_account: account.to_owned(),
        aws_region: region.to_owned(),
    })
}

fn inline(inline: Inline) -> Result<Inline> {
    if let Some(error) = &inline.error {
        at_most(error, DESCRIPTION_CHARS_MAX, "inlineConfig.error")?;
    }
    inline.output.clone().map(opaque).transpose()?;
    Ok(inline)
}

fn opaque(config: Value) -> Result<Value> {
    if config.to_string().len() > OPAQUE_BYTES_MAX {
        let reason = format!("has more than {OPAQUE_BYTES_MAX} bytes");
        return Err(Error::illegal("workflowConfig", reason, "send less"));
    }
    Ok(config)
}

fn deadline(text: String) -> Result<String> {
    const FIELD: &str = "responseDeadline";
    let remedy = "send an ISO 8601 duration between one second and thirty days, such as PT1H";
    match deadline_seconds(&text) {
        None => Err(Error::illegal(FIELD, "is no ISO 8601 duration", remedy)),
        Some(1..=RESPONSE_DEADLINE_SECONDS_MAX) => Ok(text),
        Some(_) => Err(Error::illegal(FIELD, "is out of range", remedy)),
    }
}

/// The seconds of an ISO 8601 duration.
pub(crate) fn deadline_seconds(text: &str) -> Option<i64> {
    // jiff would also read friendly forms such as `1h`, which the wire does not have.
    Some(text)
        .filter(|text| text.starts_with('P'))
        .and_then(|text| text.parse::<Span>().ok())
        .and_then(|span| span.to_duration(SpanRelativeTo::days_are_24_hours()).ok())
        .map(|duration| duration.as_secs())
}

fn present<'a>(text: Option<&'a str>, field: &'static str) -> Result<&'a str> {
    text.filter(|text| !text.trim().is_empty())
        .ok_or(Error::RequiredMissing { field })
}

fn required<T>(value: Option<T>, field: &'static str) -> Result<T> {
    value.ok_or(Error::RequiredMissing { field })
}

fn at_most(text: &str, chars_max: usize, field: &'static str) -> Result<()> {
    if text.chars().count() > chars_max {
        return Err(Error::LengthOutOfRange { field, chars_max });
    }
    Ok(())
}
