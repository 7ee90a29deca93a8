//! Triggers: the kinds of event that one may subscribe to. Fixed, read-only, and the only authority
//! on their ids (event-triggers.md §2.0).

use muster_auth::{Guard, LevelSet};
use muster_event::catalog::{self, feature::Flags};
use muster_query::filter::operator::{EQ, GE, LE, NONE};
use muster_query::{Field, Fields};
use schemars::JsonSchema;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::call::Call;
use crate::handler::{Blocking, Rows};
use crate::listing::Listing;
use crate::operation::Operation;
use crate::problem::Problem;
use crate::resource::Object;
use crate::spelling::{BETA, DATED, Spelling, V1};

/// The family that the whole service is shown with.
pub(super) const TAG: &str = "Triggers";
/// The vendor never had the service under `/v3` (api-surface.md §5 row 9).
pub(super) const SPOKEN: Spelling = BETA.and(DATED).and(V1);

const READ: Guard = Guard::reading(
    LevelSet::ORG_ADMIN,
    &["sp:trigger-service-subscriptions:read"],
)
.also_for_applications();

static LISTING: Listing = Listing::new(Fields::new(&[
    Field::id("id", EQ.and(GE).and(LE)).sorted(),
    Field::text("name", NONE).sorted(),
]));

/// `/triggers`
pub static OPERATIONS: &[Operation] = &[Operation::get("/triggers", "listTriggers")
    .title(TAG, "List triggers")
    .spoken(SPOKEN)
    .guard(READ)
    .lists(&LISTING)
    .runs(&Blocking(list))];

/// A trigger.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub struct Trigger {
    /// Its id, such as `idn:identity-created`.
    pub id: String,
    /// Its display name.
    pub name: String,
    /// `FIRE_AND_FORGET` or `REQUEST_RESPONSE`.
    #[serde(rename = "type")]
    pub kind: String,
    /// What it tells.
    pub description: String,
    /// The JSON Schema of its events, as text.
    pub input_schema: String,
    /// An event as it might happen.
    pub example_input: Object,
    /// The JSON Schema of an answer, as text; null where nobody answers.
    pub output_schema: Option<String>,
    /// An answer as it might be given; null where nobody answers.
    pub example_output: Option<Object>,
}

fn list(call: &Call, (): ()) -> Result<Rows<Trigger>, Problem> {
    let view = call.view()?;
    let flags = call.org().read(Flags::load)?;
    let rows = view.take(
        catalog::listed(&flags)
            .map(catalog::Trigger::to_wire)
            .collect(),
    );
    described(rows)
}

/// Rows that were filtered as JSON, in the type that describes them.
pub(super) fn described<T: DeserializeOwned>(rows: Rows<Value>) -> Result<Rows<T>, Problem> {
    let items = rows.items.into_iter().map(described_one);
    Ok(Rows {
        items: items.collect::<Result<_, _>>()?,
        total: rows.total,
    })
}

/// What a station wrote, in the type that describes it.
pub(super) fn described_one<T: DeserializeOwned>(wire: Value) -> Result<T, Problem> {
    T::deserialize(wire).map_err(|error| Problem::hidden(&error))
}
