//! A subscription and what Muster adds to it as one object: read, made and replaced in one go, so that
//! whoever fills in both never leaves half of it behind. The vendor's API has no GET of one.

use muster_store::Tx;
use muster_trigger::Error;
use muster_trigger::subscription::{self, Desk, Subscription as Stored, to_wire};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use super::extensions::{SubscriptionSettings, found, shown};
use super::shape::Subscription;
use super::{MANAGE, READ, TAG, Tools, about, audit, with_triggers, written};
use crate::call::Call;
use crate::extract::json::{read, read_value};
use crate::handler::{Blocking, Json, Shape, Takes};
use crate::operation::Operation;
use crate::problem::Problem;
use crate::resource::Object;
use crate::resources::triggers::described_one;

/// `/muster/v1/subscriptions`
pub static OPERATIONS: &[Operation] = &[
    Operation::post("/muster/v1/subscriptions", "createSubscriptionWithSettings")
        .title(TAG, "Create a subscription with what Muster adds to it")
        .guard(MANAGE)
        .runs(&Blocking(create))
        .answers(201),
    Operation::get(
        "/muster/v1/subscriptions/{id}",
        "getSubscriptionWithSettings",
    )
    .title(TAG, "Get a subscription with what Muster adds to it")
    .guard(READ)
    .runs(&Blocking(get)),
    Operation::put(
        "/muster/v1/subscriptions/{id}",
        "putSubscriptionWithSettings",
    )
    .title(TAG, "Update a subscription with what Muster adds to it")
    .guard(MANAGE)
    .runs(&Blocking(replace)),
];

/// A subscription with what Muster adds to it.
#[derive(Clone, Serialize, JsonSchema)]
pub struct SubscriptionWithSettings {
    /// As the vendor has it.
    #[serde(flatten)]
    pub subscription: Subscription,
    /// What Muster adds. On the way in, settings that are not sent get their defaults; where all are
    /// absent, they stay as they are.
    pub settings: Option<SubscriptionSettings>,
}

/// What a caller sent, in its two parts.
struct Sent {
    subscription: Subscription,
    settings: Option<SubscriptionSettings>,
}

impl Takes for Sent {
    const SHAPE: Option<Shape> = Some(Shape::json::<SubscriptionWithSettings>());

    fn take(call: &Call) -> Result<Self, Problem> {
        let mut body: Object = read(call.body())?;
        let settings = body.remove("settings").unwrap_or_default();
        Ok(Self {
            subscription: read_value(Value::Object(body))?,
            settings: read_value(settings).map_err(|problem| problem.within("settings"))?,
        })
    }
}

fn get(call: &Call, (): ()) -> Result<Json<SubscriptionWithSettings>, Problem> {
    whole(&found(call)?)
}

fn create(call: &Call, sent: Sent) -> Result<Json<SubscriptionWithSettings>, Problem> {
    let tools = Tools::of(call)?;
    let (body, rest) = sent.parts()?;
    call.org().write(|tx| {
        let desk = tools.desk(tx, call)?;
        let made =
            subscription::create(tx, &desk, &body).map_err(|error| with_triggers(error, tx))?;
        let made = rest.put(tx, &desk, &made.id)?;
        let after = traced(&made);
        audit(call, tx, "create", &made.id, (None, Some(&after)))?;
        whole(&made)
    })
}

fn replace(call: &Call, sent: Sent) -> Result<Json<SubscriptionWithSettings>, Problem> {
    let tools = Tools::of(call)?;
    let (body, rest) = sent.parts()?;
    call.org().write(|tx| {
        let was = subscription::find(tx, call.id()).map_err(|error| about(error, call))?;
        let desk = tools.desk(tx, call)?;
        subscription::replace(tx, &desk, call.id(), &body)?;
        let next = rest.put(tx, &desk, call.id())?;
        let (before, after) = (traced(&was), traced(&next));
        audit(call, tx, "update", call.id(), (Some(&before), Some(&after)))?;
        whole(&next)
    })
}

/// What is put once the rest is there.
struct Rest {
    settings: Option<SubscriptionSettings>,
    filter: Value,
}

impl Sent {
    /// The subscription without its filter, and what follows.
    fn parts(self) -> Result<(Value, Rest), Problem> {
        let mut body = written(&self.subscription)?;
        let rest = Rest {
            settings: self.settings,
            filter: body["filter"].take(),
        };
        Ok((body, rest))
    }
}

impl Rest {
    /// The filter comes last: it is read in the language that the settings name.
    fn put(self, tx: &mut Tx<'_>, desk: &Desk<'_>, id: &str) -> Result<Stored, Problem> {
        if let Some(settings) = &self.settings {
            let wanted = serde_json::to_value(settings).map_err(|error| Problem::hidden(&error))?;
            subscription::configure(tx, desk, id, |_| Ok(wanted)).map_err(of_setting)?;
        }
        let filtered = subscription::patch(tx, desk, id, |mut seen| {
            seen["filter"] = self.filter;
            Ok::<_, Error>(seen)
        });
        Ok(filtered?)
    }
}

/// A refusal about a setting, which stands under `settings` here.
fn of_setting(error: Error) -> Problem {
    let is_of_a_field = matches!(
        error,
        Error::RequiredMissing { .. } | Error::LengthOutOfRange { .. } | Error::IllegalValue { .. }
    );
    let problem = Problem::from(error);
    if is_of_a_field {
        problem.within("settings")
    } else {
        problem
    }
}

fn whole(stored: &Stored) -> Result<Json<SubscriptionWithSettings>, Problem> {
    let Json(settings) = shown(stored)?;
    Ok(Json(SubscriptionWithSettings {
        subscription: described_one(to_wire(stored))?,
        settings: Some(settings),
    }))
}

/// As the audit log keeps it: without secrets.
fn traced(stored: &Stored) -> Value {
    let mut wire = to_wire(stored);
    wire["settings"] = subscription::settings_to_wire(&stored.settings);
    wire
}
