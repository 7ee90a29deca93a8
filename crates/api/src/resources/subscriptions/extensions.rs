//! What Muster adds to subscriptions, under paths of its own (decisions.md 3): settings, signing
//! secrets, the events that a filter kept away, and sending again.

use muster_model::Timestamp;
use muster_query::PatchRules;
use muster_trigger::Error;
use muster_trigger::filter::Filter;
use muster_trigger::subscription::{self, Dialect, Ordering, Subscription as Stored};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::resend::resend;
use super::{MANAGE, READ, TAG, Tools, about, audit};
use crate::call::Call;
use crate::extract::json::read_value;
use crate::extract::patch::PatchBody;
use crate::handler::{Blocking, Json, Rows};
use crate::listing::PAGED;
use crate::operation::Operation;
use crate::problem::Problem;

/// `/muster/v1/subscriptions/{id}/…`
pub static OPERATIONS: &[Operation] = &[
    Operation::get(
        "/muster/v1/subscriptions/{id}/settings",
        "getSubscriptionSettings",
    )
    .title(TAG, "Get what Muster adds to a subscription")
    .guard(READ)
    .runs(&Blocking(settings)),
    Operation::patch(
        "/muster/v1/subscriptions/{id}/settings",
        "patchSubscriptionSettings",
    )
    .title(TAG, "Patch what Muster adds to a subscription")
    .guard(MANAGE)
    .runs(&Blocking(patch_settings)),
    Operation::get(
        "/muster/v1/subscriptions/{id}/signing-secrets",
        "listSigningSecrets",
    )
    .title(TAG, "List signing secrets, without the secrets")
    .guard(READ)
    .lists(&PAGED)
    .runs(&Blocking(signing_secrets)),
    Operation::post(
        "/muster/v1/subscriptions/{id}/signing-secrets",
        "createSigningSecret",
    )
    .title(TAG, "Make a signing secret; the one before stays valid")
    .guard(MANAGE)
    .runs(&Blocking(create_secret))
    .answers(201),
    Operation::delete(
        "/muster/v1/subscriptions/{id}/signing-secrets/{secretId}",
        "deleteSigningSecret",
    )
    .title(TAG, "Withdraw a signing secret")
    .guard(MANAGE)
    .runs(&Blocking(delete_secret)),
    Operation::get(
        "/muster/v1/subscriptions/{id}/rejected",
        "getRejectedEvents",
    )
    .title(TAG, "Get the events that the filter kept away, explained")
    .guard(READ)
    .runs(&Blocking(rejected)),
    Operation::post("/muster/v1/subscriptions/{id}/resend", "resendEvents")
        .title(TAG, "Send events again")
        .guard(MANAGE)
        .runs(&Blocking(resend))
        .answers(202),
];

const PATCHABLE: PatchRules = PatchRules::new(&[
    "retryScheduleMs",
    "ordering",
    "dialect",
    "ratePerSecond",
    "concurrentMax",
    "headers",
    "tls",
]);

/// What Muster adds to a subscription.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
pub struct SubscriptionSettings {
    /// Waits before each try in milliseconds, the first try's included; the org's, where empty.
    pub retry_schedule_ms: Vec<u64>,
    /// What must arrive in order: the events of one `subject`, or `none`.
    #[schemars(with = "String")]
    pub ordering: Ordering,
    /// The language of the filter: `jayway`, the vendor's, or `rfc9535`.
    #[schemars(with = "String")]
    pub dialect: Dialect,
    /// Requests a second at most.
    pub rate_per_second: Option<u32>,
    /// Requests at once at most.
    pub concurrent_max: Option<u32>,
    /// Headers that each request carries. Values are never shown; null means as it was.
    pub headers: Vec<SubscriptionHeader>,
    /// TLS beyond the usual.
    pub tls: SubscriptionTls,
}

/// A header of one's own.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct SubscriptionHeader {
    /// Its name.
    pub name: String,
    /// Its value; null on the way out.
    pub value: Option<String>,
}

/// TLS of one's own, each part as PEM.
#[derive(Clone, Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct SubscriptionTls {
    /// The authorities that may certify the endpoint.
    pub certificate_authority: Option<String>,
    /// The certificate that Muster shows.
    pub client_certificate: Option<String>,
    /// Its key; null on the way out.
    pub client_key: Option<String>,
}

/// A signing secret.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct SigningSecret {
    /// Its id.
    pub id: String,
    /// When it was made.
    #[schemars(with = "String")]
    pub created: Timestamp,
    /// The secret itself, as Standard Webhooks writes it: in the answer that makes it, and never
    /// again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
}

/// Events that a filter kept away.
#[derive(Clone, Debug, Serialize, JsonSchema)]
pub struct RejectedEvents {
    /// How many there were.
    pub count: i64,
    /// The last of them, newest first.
    pub events: Vec<RejectedEvent>,
}

/// An event that a filter kept away.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct RejectedEvent {
    /// The event's number.
    pub sequence: i64,
    /// The event's id.
    pub event_id: String,
    /// When it happened.
    #[schemars(with = "String")]
    pub created: Timestamp,
    /// Whether the filter, as it stands now, would let it pass.
    pub passes_now: bool,
    /// How the filter, as it stands now, decides on it.
    pub explanation: Value,
}

fn settings(call: &Call, (): ()) -> Result<Json<SubscriptionSettings>, Problem> {
    shown(&found(call)?)
}

fn patch_settings(call: &Call, patch: PatchBody) -> Result<Json<SubscriptionSettings>, Problem> {
    let tools = Tools::of(call)?;
    call.org().write(|tx| {
        let was =
            subscription::find(tx, call.parameter("id")).map_err(|error| about(error, call))?;
        let before = subscription::settings_to_wire(&was.settings);
        let desk = tools.desk(tx, call)?;
        let next = subscription::configure(tx, &desk, &was.id, |seen| {
            let next = patch.apply(&seen, PATCHABLE)?;
            // Read here for an error that names the field; the station reads it again.
            read_value::<SubscriptionSettings>(next.clone())?;
            Ok::<_, Problem>(next)
        })?;
        let after = subscription::settings_to_wire(&next.settings);
        let trace = (Some(&before), Some(&after));
        audit(call, tx, "update-settings", &was.id, trace)?;
        shown(&next)
    })
}

pub(super) fn shown(subscription: &Stored) -> Result<Json<SubscriptionSettings>, Problem> {
    let wire = subscription::settings_to_wire(&subscription.settings);
    read_value(wire).map(Json)
}

fn signing_secrets(call: &Call, (): ()) -> Result<Rows<SigningSecret>, Problem> {
    let secrets = found(call)?.settings.signing_secrets;
    let shown = secrets.into_iter().map(|one| SigningSecret {
        id: one.id,
        created: one.created,
        secret: None,
    });
    Ok(call.view()?.page_of(shown.collect()))
}

fn create_secret(call: &Call, (): ()) -> Result<Json<SigningSecret>, Problem> {
    let tools = Tools::of(call)?;
    call.org().write(|tx| {
        let desk = tools.desk(tx, call)?;
        let id = call.parameter("id");
        let made = subscription::rotate(tx, &desk, id).map_err(|error| about(error, call))?;
        let after = json!({ "signingSecret": made.kept.id });
        audit(call, tx, "rotate-secret", id, (None, Some(&after)))?;
        Ok(Json(SigningSecret {
            id: made.kept.id,
            created: made.kept.created,
            secret: Some(made.plain.expose().clone()),
        }))
    })
}

fn delete_secret(call: &Call, (): ()) -> Result<(), Problem> {
    let tools = Tools::of(call)?;
    call.org().write(|tx| {
        let desk = tools.desk(tx, call)?;
        let (id, secret) = (call.parameter("id"), call.parameter("secretId"));
        subscription::find(tx, id).map_err(|error| about(error, call))?;
        match subscription::withdraw(tx, &desk, id, secret) {
            Ok(()) => {}
            Err(Error::NotFound) => {
                return Err(Problem::not_found(
                    "There is no signing secret with that id; GET signing-secrets lists them.",
                ));
            }
            Err(error) => return Err(error.into()),
        }
        let before = json!({ "signingSecret": secret });
        audit(call, tx, "withdraw-secret", id, (Some(&before), None))
    })
}

fn rejected(call: &Call, (): ()) -> Result<Json<RejectedEvents>, Problem> {
    let subscription = found(call)?;
    let filter = compiled(&subscription)?;
    let (rejected, rows) = call.org().read(|tx| {
        let rejected = tx.rejections().of(subscription.number)?;
        let rows = tx.events().get_each(&rejected.recent)?;
        Ok::<_, Problem>((rejected, rows))
    })?;
    let explain = |row: muster_store::EventRow| {
        let body: Value = serde_json::from_str(&row.body).unwrap_or_default();
        let explanation = filter.as_ref().map(|filter| filter.explain(&body));
        RejectedEvent {
            sequence: row.seq,
            event_id: muster_model::id::dashed(row.id.0),
            created: row.created,
            passes_now: explanation.as_ref().is_none_or(|one| one.fires),
            explanation: json!(explanation),
        }
    };
    // Events that are no longer kept cannot be explained.
    let events = rows.into_iter().rev().flatten().map(explain).collect();
    Ok(Json(RejectedEvents {
        count: rejected.count,
        events,
    }))
}

pub(super) fn compiled(subscription: &Stored) -> Result<Option<Filter>, Problem> {
    let text = subscription.filter.as_deref();
    text.map(|text| Filter::compile(text, subscription.settings.dialect))
        .transpose()
        .map_err(|fault| {
            Problem::illegal_value(format!("filter {}; {}.", fault.problem(), fault.remedy()))
        })
}

/// The subscription that the path names.
pub(super) fn found(call: &Call) -> Result<Stored, Problem> {
    call.org().read(|tx| {
        let found = tx.typed::<Stored>().get(call.parameter("id"))?;
        found.ok_or_else(|| about(Error::NotFound, call))
    })
}
