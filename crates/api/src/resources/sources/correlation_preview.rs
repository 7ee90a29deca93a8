//! What a correlation, saved or not, would do to the accounts that a source has. Muster's own.

use muster_aggregation::correlation_preview::{Error, Outcome, Preview, Sample, preview};
use muster_model::source::AttributeAssignment;
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::rights::READ;
use super::{TAG, find};
use crate::call::Call;
use crate::extract::json;
use crate::handler::{Blocking, Json};
use crate::limits::ASSIGNMENTS_MAX;
use crate::operation::Operation;
use crate::problem::Problem;
use crate::resources::shaped::without_nulls;

/// Its operation.
pub(crate) static OPERATIONS: &[Operation] = &[Operation::post(
    "/muster/v1/sources/{id}/correlation-preview",
    "previewCorrelation",
)
.title(TAG, "What a correlation would do, without doing it")
.guard(READ)
.runs(&Blocking(run))
.answers(200)];

/// What is to be tried.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(rename_all = "camelCase", default)]
struct Wanted {
    /// Pairs as in the correlation configuration; those of the source where they are left out.
    attribute_assignments: Option<Vec<Value>>,
}

/// What would become of the accounts, in the order in which a person should look at it.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Shown {
    /// Accounts by what would become of them.
    outcomes: Vec<ShownOutcome>,
}

/// One thing that may become of accounts.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct ShownOutcome {
    /// `MOVED`, `LOST`, `AMBIGUOUS`, `FOUND`, `NOBODY`, `KEPT` or `MANUAL`.
    outcome: &'static str,
    /// How many accounts.
    count: i64,
    /// The first of them.
    samples: Vec<ShownSample>,
}

/// An account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ShownSample {
    /// Its id.
    account_id: String,
    /// Its key on the source.
    native_identity: String,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    owner: Option<String>,
    /// Who would match.
    matches: Vec<String>,
    /// The pair that decides.
    #[serde(skip_serializing_if = "Option::is_none")]
    pair: Option<String>,
}

const ORDER: [(Outcome, &str); 7] = [
    (Outcome::Moved, "MOVED"),
    (Outcome::Lost, "LOST"),
    (Outcome::Ambiguous, "AMBIGUOUS"),
    (Outcome::Found, "FOUND"),
    (Outcome::Nobody, "NOBODY"),
    (Outcome::Kept, "KEPT"),
    (Outcome::Manual, "MANUAL"),
];

fn run(call: &Call, wanted: Option<Json<Wanted>>) -> Result<Json<Shown>, Problem> {
    let sent = wanted.and_then(|Json(wanted)| wanted.attribute_assignments);
    if sent
        .as_ref()
        .is_some_and(|pairs| pairs.len() > ASSIGNMENTS_MAX)
    {
        return Err(Problem::limit(format!(
            "attributeAssignments: use at most {ASSIGNMENTS_MAX} pairs."
        )));
    }
    let sent: Option<Vec<AttributeAssignment>> = sent
        .map(|pairs| json::read_value(without_nulls(Value::from(pairs))))
        .transpose()?;
    call.org().read(|tx| {
        let source = find(call.id(), tx, call)?;
        let pairs = sent.as_ref();
        let pairs = pairs.unwrap_or(&source.correlation.attribute_assignments);
        match preview(tx, &source, pairs) {
            Ok(preview) => Ok(Json(show(preview))),
            Err(Error::Store(error)) => Err(error.into()),
            Err(Error::TooMany) => Err(Problem::precondition(format!(
                "{}; try the correlation on an org of its own.",
                Error::TooMany
            ))),
        }
    })
}

fn show(mut preview: Preview) -> Shown {
    let outcomes = ORDER.into_iter().filter_map(|(outcome, name)| {
        let count = preview.counts.get(&outcome).copied()?;
        let samples = preview.samples.remove(&outcome).unwrap_or_default();
        Some(ShownOutcome {
            outcome: name,
            count,
            samples: samples.into_iter().map(sample).collect(),
        })
    });
    Shown {
        outcomes: outcomes.collect(),
    }
}

fn sample(sample: Sample) -> ShownSample {
    ShownSample {
        account_id: sample.account.to_string(),
        native_identity: sample.native_identity,
        owner: sample.owner,
        matches: sample.matches,
        pair: sample.pair,
    }
}
