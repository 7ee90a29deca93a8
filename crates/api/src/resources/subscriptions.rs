//! Subscriptions: the wish to hear of one trigger's events at one destination. The rules are those
//! of `muster-trigger`; here is what the wire carries ([`shape`]) and how a refusal reads
//! ([`refusal`]).

pub mod extensions;
mod refusal;
mod resend;
pub mod shape;
pub mod whole;

use muster_auth::{Guard, LevelSet};
use muster_event::catalog::{self, feature::Flags};
use muster_model::settings::ORG_SETTINGS_ID;
use muster_model::{Document, OrgSettings};
use muster_query::filter::operator::{EQ, LE, NONE};
use muster_query::{Field, Fields, PatchRules};
use muster_store::Tx;
use muster_trigger::filter::judge;
use muster_trigger::subscription::{self, Desk, Dialect, Limits, Subscription as Stored, to_wire};
use muster_trigger::{Error, Fill};
use serde_json::Value;

use self::shape::{FilterTrial, FilterVerdict, Subscription};
use super::triggers::{SPOKEN, TAG, described, described_one};
use crate::call::{Call, Trace};
use crate::extract::json::read_value;
use crate::extract::patch::PatchBody;
use crate::handler::{Blocking, Json, Rows};
use crate::listing::Listing;
use crate::operation::Operation;
use crate::problem::{Problem, quote};
use crate::sealer::{OrgSealer, fill};

const READ: Guard = Guard::reading(
    LevelSet::ORG_ADMIN,
    &[
        "sp:trigger-service-subscriptions:read",
        "sp:trigger-service-subscriptions:manage",
    ],
)
.also_for_applications();
const MANAGE: Guard = Guard::changing(
    LevelSet::ORG_ADMIN,
    &["sp:trigger-service-subscriptions:manage"],
)
.also_for_applications();

/// `name` is not documented; sp-config resolves subscriptions by it (event-triggers.md §1.3).
static LISTING: Listing = Listing::new(Fields::new(&[
    Field::id("id", EQ),
    Field::id("triggerId", EQ).sorted(),
    Field::text("triggerName", NONE).sorted(),
    Field::text("type", EQ.and(LE)),
    Field::text("name", EQ),
]));

/// Everything that a subscription may change (event-triggers.md §1.4).
const PATCHABLE: PatchRules = PatchRules::new(&[
    "name",
    "description",
    "enabled",
    "type",
    "filter",
    "responseDeadline",
    "httpConfig",
    "eventBridgeConfig",
    "workflowConfig",
    "inlineConfig",
]);

/// `/trigger-subscriptions`. There is no GET of one: clients filter the list by id.
pub static OPERATIONS: &[Operation] = &[
    Operation::get("/trigger-subscriptions", "listSubscriptions")
        .title(TAG, "List subscriptions")
        .spoken(SPOKEN)
        .guard(READ)
        .lists(&LISTING)
        .runs(&Blocking(list)),
    Operation::post("/trigger-subscriptions", "createSubscription")
        .title(TAG, "Create a subscription")
        .spoken(SPOKEN)
        .guard(MANAGE)
        .runs(&Blocking(create))
        .answers(201),
    Operation::put("/trigger-subscriptions/{id}", "updateSubscription")
        .title(TAG, "Update a subscription")
        .spoken(SPOKEN)
        .guard(MANAGE)
        .runs(&Blocking(replace)),
    Operation::patch("/trigger-subscriptions/{id}", "patchSubscription")
        .title(TAG, "Patch a subscription")
        .spoken(SPOKEN)
        .guard(MANAGE)
        .runs(&Blocking(patch)),
    Operation::delete("/trigger-subscriptions/{id}", "deleteSubscription")
        .title(TAG, "Delete a subscription")
        .spoken(SPOKEN)
        .guard(MANAGE)
        .runs(&Blocking(delete)),
    Operation::post(
        "/trigger-subscriptions/validate-filter",
        "testSubscriptionFilter",
    )
    .title(TAG, "Validate a subscription filter")
    .spoken(SPOKEN)
    .guard(MANAGE)
    .runs(&Blocking(validate_filter)),
];

fn list(call: &Call, (): ()) -> Result<Rows<Subscription>, Problem> {
    let view = call.view()?;
    let mut all = call
        .org()
        .read(|tx| Ok::<_, Problem>(tx.typed::<Stored>().list()?))?;
    // Ids are random; numbers grow, so a page does not shift when a subscription is added.
    all.sort_by_key(|one| one.number);
    described(view.take(all.iter().map(to_wire).collect()))
}

fn create(call: &Call, Json(body): Json<Subscription>) -> Result<Json<Subscription>, Problem> {
    let body = written(&body)?;
    let tools = Tools::of(call)?;
    call.org().write(|tx| {
        let desk = tools.desk(tx, call)?;
        let made =
            subscription::create(tx, &desk, &body).map_err(|error| with_triggers(error, tx))?;
        let after = to_wire(&made);
        audit(call, tx, "create", &made.id, (None, Some(&after)))?;
        described_one(after).map(Json)
    })
}

fn replace(call: &Call, Json(body): Json<Subscription>) -> Result<Json<Subscription>, Problem> {
    let body = written(&body)?;
    change(call, |tx, desk| {
        subscription::replace(tx, desk, call.id(), &body).map_err(|error| about(error, call))
    })
}

fn patch(call: &Call, patch: PatchBody) -> Result<Json<Subscription>, Problem> {
    change(call, |tx, desk| {
        let applied = |seen: Value| {
            let next = patch.apply(&seen, PATCHABLE)?;
            // Read here for an error that names the field; the station reads it again.
            read_value::<Subscription>(next.clone())?;
            Ok::<_, Problem>(next)
        };
        subscription::patch(tx, desk, call.id(), applied)
    })
}

fn delete(call: &Call, (): ()) -> Result<(), Problem> {
    call.org().write(|tx| {
        let gone =
            subscription::delete(tx, call.id(), call.now()).map_err(|error| about(error, call))?;
        audit(call, tx, "delete", &gone.id, (Some(&to_wire(&gone)), None))
    })
}

#[expect(clippy::unnecessary_wraps, reason = "handlers give results")]
fn validate_filter(
    _: &Call,
    Json(trial): Json<FilterTrial>,
) -> Result<Json<FilterVerdict>, Problem> {
    let input = Value::Object(trial.input);
    Ok(Json(judge(&trial.filter, &input, Dialect::Jayway).into()))
}

/// What the station is given to write subscriptions with.
struct Tools {
    sealer: OrgSealer,
    fill: Fill,
}

impl Tools {
    fn of(call: &Call) -> Result<Self, Problem> {
        Ok(Self {
            sealer: OrgSealer::of(call)?,
            fill: fill(&call.app().random),
        })
    }

    fn desk(&self, tx: &mut Tx<'_>, call: &Call) -> Result<Desk<'_>, Problem> {
        let settings = tx.typed::<OrgSettings>().get(ORG_SETTINGS_ID)?;
        let limits = settings.map_or_else(Limits::default, |settings| Limits {
            fire_and_forget: settings.subscriptions_max as usize,
            request_response: settings.request_response_subscriptions_max as usize,
        });
        Ok(Desk {
            now: call.now(),
            fill: &self.fill,
            sealer: &self.sealer,
            limits,
        })
    }
}

/// Changes the subscription that the path names.
fn change(
    call: &Call,
    act: impl FnOnce(&mut Tx<'_>, &Desk<'_>) -> Result<Stored, Problem>,
) -> Result<Json<Subscription>, Problem> {
    let tools = Tools::of(call)?;
    call.org().write(|tx| {
        let before = subscription::current(tx, call.id()).map_err(|error| about(error, call))?;
        let desk = tools.desk(tx, call)?;
        let after = to_wire(&act(tx, &desk)?);
        audit(call, tx, "update", call.id(), (Some(&before), Some(&after)))?;
        described_one(after).map(Json)
    })
}

fn written(body: &Subscription) -> Result<Value, Problem> {
    serde_json::to_value(body).map_err(|error| Problem::hidden(&error))
}

/// A trigger that does not exist is told together with those that do (api-surface.md §5 row 10).
pub(super) fn with_triggers(error: Error, tx: &mut Tx<'_>) -> Problem {
    let Error::ReferencedNotFound { id } = error else {
        return error.into();
    };
    match Flags::load(tx) {
        Ok(flags) => {
            let known: Vec<&str> = catalog::listed(&flags).map(|trigger| trigger.id).collect();
            Problem::referenced_not_found(format!(
                "triggerId: there is no trigger \"{}\"; there are: {}.",
                quote(&id),
                known.join(", ")
            ))
        }
        Err(error) => error.into(),
    }
}

fn about(error: Error, call: &Call) -> Problem {
    match error {
        Error::NotFound => Problem::not_found(format!(
            "There is no subscription with the id \"{}\".",
            quote(call.parameter("id"))
        )),
        error => error.into(),
    }
}

fn audit(
    call: &Call,
    tx: &mut Tx<'_>,
    action: &str,
    id: &str,
    (before, after): (Option<&Value>, Option<&Value>),
) -> Result<(), Problem> {
    call.audit(
        tx,
        Trace {
            action,
            kind: Stored::KIND,
            id,
            before,
            after,
        },
    )
}
