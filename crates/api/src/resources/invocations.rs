//! Invocations: one event for one subscription, as the API shows it. What happened to them, trying
//! a subscription out, and sending an event again ([`resend`]).

mod ask;
mod attempts;
mod complete;
mod resend;
pub mod shape;

use axum::http::StatusCode;
use muster_auth::{Guard, LevelSet};
use muster_model::Timestamp;
use muster_query::filter::operator::{EQ, IN, NONE};
use muster_query::{Field, Fields};
use muster_trigger::Fill;
use muster_trigger::invocation::{self, Desk, InvocationKey, Refusal, Standings};
use serde::de::DeserializeOwned;
use serde_json::Value;

use self::shape::{Invocation, InvocationDetail, InvocationStatus, TestInvocation};
use super::triggers::{SPOKEN, TAG, described, described_one};
use crate::answer::Answer;
use crate::call::{Call, Trace};
use crate::handler::{Blocking, Gives, Json, Rows, Shape};
use crate::listing::{Listing, PAGED};
use crate::operation::Operation;
use crate::problem::Problem;
use crate::sealer::{OrgSealer, fill};

const MANAGE_SCOPE: &str = "sp:trigger-service-invocation-status:manage";
const READ: Guard = Guard::reading(
    LevelSet::ORG_ADMIN,
    &["sp:trigger-service-invocation-status:read", MANAGE_SCOPE],
)
.also_for_applications();
const MANAGE: Guard = Guard::changing(LevelSet::ORG_ADMIN, &[MANAGE_SCOPE]).also_for_applications();

static LISTING: Listing = Listing::new(Fields::new(&[
    Field::id("triggerId", EQ).sorted(),
    Field::id("subscriptionId", EQ),
    Field::text("subscriptionName", NONE).sorted(),
    Field::time("created", NONE).sorted(),
    Field::time("completed", NONE).sorted(),
]));

static DETAILED: Listing = Listing::new(Fields::new(&[
    Field::id("triggerId", EQ).sorted(),
    Field::id("subscriptionId", EQ),
    Field::text("state", EQ.and(IN)),
    Field::text("subscriptionName", NONE).sorted(),
    Field::time("created", NONE).sorted(),
    Field::time("completed", NONE).sorted(),
]));

/// `/trigger-invocations`
pub static OPERATIONS: &[Operation] = &[
    Operation::get("/trigger-invocations/status", "listTriggerInvocationStatus")
        .title(TAG, "List latest invocation statuses")
        .spoken(SPOKEN)
        .guard(READ)
        .lists(&LISTING)
        .runs(&Blocking(status)),
    Operation::post("/trigger-invocations/test", "startTestTriggerInvocation")
        .title(TAG, "Start a test invocation")
        .spoken(SPOKEN)
        .guard(MANAGE)
        .runs(&Blocking(test)),
    Operation::post(
        "/trigger-invocations/{id}/complete",
        "completeTriggerInvocation",
    )
    .title(TAG, "Complete a trigger invocation")
    .spoken(SPOKEN)
    // The secret in the body says who calls (decisions.md 12); a token is not needed, but one that
    // does not hold is refused.
    .guard(Guard::PUBLIC)
    .checks_token()
    .runs(&Blocking(complete::complete)),
    Operation::get("/muster/v1/invocations", "listInvocations")
        .title(TAG, "List invocations and how they stand")
        .guard(READ)
        .lists(&DETAILED)
        .runs(&Blocking(list)),
    Operation::get("/muster/v1/invocations/{id}", "getInvocation")
        .title(TAG, "Get an invocation and how it stands")
        .guard(READ)
        .runs(&Blocking(one)),
    Operation::get(
        "/muster/v1/invocations/{id}/attempts",
        "listInvocationAttempts",
    )
    .title(TAG, "List the tries of an invocation")
    .guard(READ)
    .lists(&PAGED)
    .runs(&Blocking(attempts::attempts)),
    Operation::post("/muster/v1/invocations/{id}/resend", "resendInvocation")
        .title(TAG, "Send an invocation's event again")
        .guard(MANAGE)
        .runs(&Blocking(resend::resend))
        .answers(202),
];

fn status(call: &Call, (): ()) -> Result<Rows<InvocationStatus>, Problem> {
    listed(call, Standings::Untold)
}

fn list(call: &Call, (): ()) -> Result<Rows<InvocationDetail>, Problem> {
    listed(call, Standings::Told)
}

fn listed<T: DeserializeOwned>(call: &Call, standings: Standings) -> Result<Rows<T>, Problem> {
    let view = call.view()?;
    let wanted = ask::read(call, standings)?;
    let key = key(call)?;
    let now: Timestamp = call.now();
    let page = call
        .org()
        .read(|tx| Ok::<_, Problem>(invocation::list(tx, &key, &wanted.listing, now)?))?;
    let rows = if wanted.is_whole {
        Rows {
            total: view.page.count.then_some(page.total as u64),
            items: page.items,
        }
    } else {
        view.take(page.items)
    };
    described(rows)
}

fn one(call: &Call, (): ()) -> Result<Json<InvocationDetail>, Problem> {
    let key = key(call)?;
    let found = call
        .org()
        .read(|tx| Ok::<_, Problem>(invocation::one(tx, &key, call.id(), call.now())?))?;
    let found = found.ok_or_else(|| resend::unknown(call))?;
    described_one(found).map(Json)
}

fn test(call: &Call, Json(body): Json<TestInvocation>) -> Result<Started, Problem> {
    let body = serde_json::to_value(&body).map_err(|error| Problem::hidden(&error))?;
    let trigger = body["triggerId"].as_str().unwrap_or_default();
    let (fill, sealer) = (random(call), OrgSealer::of(call)?);
    call.org().write(|tx| {
        let desk = Desk {
            now: call.now(),
            fill: &fill,
            sealer: &sealer,
        };
        let made = match invocation::invoke(tx, &body, &desk) {
            Ok(made) => made,
            Err(error) => return Err(super::subscriptions::with_triggers(error, tx)),
        };
        let items = match made {
            Err(Refusal::Nobody) => return Ok(Started::Nobody),
            Ok(items) => items,
        };
        let ids: Value = items.iter().map(|item| item["id"].clone()).collect();
        call.audit(
            tx,
            Trace {
                action: "test",
                kind: "trigger",
                id: trigger,
                before: None,
                after: Some(&ids),
            },
        )?;
        let items = items.into_iter().map(described_one);
        items.collect::<Result<_, _>>().map(Started::These)
    })
}

/// The key to the org's invocation ids. It is made when it is first asked for, hence the write.
fn key(call: &Call) -> Result<InvocationKey, Problem> {
    let fill = random(call);
    call.org().write(|tx| Ok(InvocationKey::load(tx, &fill)?))
}

fn random(call: &Call) -> Fill {
    fill(&call.app().random)
}

/// What a test started.
enum Started {
    /// The trigger has no subscriptions, or none of those named: 204.
    Nobody,
    /// One invocation for each subscription whose filter lets the event pass.
    These(Vec<Invocation>),
}

impl Gives for Started {
    const SHAPE: Option<Shape> = Some(Shape::json::<Invocation>());
    const STATUS: u16 = 200;
    const IS_LIST: bool = true;

    fn give(self, status: StatusCode) -> Answer {
        match self {
            Self::Nobody => Answer::empty(StatusCode::NO_CONTENT),
            Self::These(invocations) => Answer::json(status, &invocations),
        }
    }
}
