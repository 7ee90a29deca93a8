//! What a report is on: its type and what the type asks beside, read from the wire's words
//! (`reportType`, `arguments`) and written back in the same.

use muster_model::id::SourceId;
use serde_json::{Map, Value, json};

use super::exceptions;
use crate::problem::{Problem, quote};

/// The formats that a report can be had in.
pub(super) const FORMATS: [&str; 1] = ["CSV"];

/// What a report is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Wanted {
    /// The accounts of a source.
    Accounts(SourceId),
    /// People and how they are called.
    Identities(Correlated),
    /// People with all their attributes.
    IdentitiesDetails(Correlated),
    /// The people made of that source's accounts whose attributes could not be made.
    Exceptions(SourceId),
    /// People whose authoritative account is gone.
    OrphanIdentities,
    /// Accounts that are nobody's.
    UncorrelatedAccounts,
}

/// Which people a report has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Correlated {
    /// Those with an authoritative account.
    Only,
    /// Also those whose account is gone.
    OrNot,
}

/// The types whose data exists. `SEARCH_EXPORT` is the one that the vendor has beside: there is no
/// search to export from.
const TYPES: [&str; 6] = [
    "ACCOUNTS",
    "IDENTITIES",
    "IDENTITIES_DETAILS",
    exceptions::TYPE,
    "ORPHAN_IDENTITIES",
    "UNCORRELATED_ACCOUNTS",
];

impl Wanted {
    /// Reads type and arguments. Arguments that the type does not ask are passed over, as the
    /// vendor's clients send those of other types too.
    pub(super) fn read(kind: &str, arguments: &Map<String, Value>) -> Result<Self, Problem> {
        check_formats(arguments)?;
        Ok(match kind {
            "ACCOUNTS" => Self::Accounts(source(arguments, "application")?),
            "IDENTITIES" => Self::Identities(correlated(arguments)?),
            "IDENTITIES_DETAILS" => Self::IdentitiesDetails(correlated(arguments)?),
            exceptions::TYPE => Self::Exceptions(source(arguments, "authoritativeSource")?),
            "ORPHAN_IDENTITIES" => Self::OrphanIdentities,
            "UNCORRELATED_ACCOUNTS" => Self::UncorrelatedAccounts,
            other => {
                return Err(Problem::illegal_value(format!(
                    "reportType: \"{}\" cannot be made; use one of {}.",
                    quote(other),
                    TYPES.join(", ")
                )));
            }
        })
    }

    /// The wire's word for the type.
    pub(super) const fn kind(self) -> &'static str {
        match self {
            Self::Accounts(_) => "ACCOUNTS",
            Self::Identities(_) => "IDENTITIES",
            Self::IdentitiesDetails(_) => "IDENTITIES_DETAILS",
            Self::Exceptions(_) => exceptions::TYPE,
            Self::OrphanIdentities => "ORPHAN_IDENTITIES",
            Self::UncorrelatedAccounts => "UNCORRELATED_ACCOUNTS",
        }
    }

    /// What people call it.
    pub(super) const fn name(self) -> &'static str {
        match self {
            Self::Accounts(_) => "Accounts Report",
            Self::Identities(_) => "Identities Report",
            Self::IdentitiesDetails(_) => "Identities Details Report",
            Self::Exceptions(_) => exceptions::NAME,
            Self::OrphanIdentities => "Orphan Identities Report",
            Self::UncorrelatedAccounts => "Uncorrelated Accounts Report",
        }
    }

    /// The source it is about, if it is about one.
    pub(super) const fn source(self) -> Option<SourceId> {
        match self {
            Self::Accounts(source) | Self::Exceptions(source) => Some(source),
            _ => None,
        }
    }

    /// The arguments as [`Wanted::read`] reads them.
    pub(super) fn arguments(self) -> Value {
        match self {
            Self::Accounts(source) => json!({ "application": source }),
            Self::Identities(correlated) | Self::IdentitiesDetails(correlated) => {
                json!({ "correlatedOnly": correlated == Correlated::Only })
            }
            Self::Exceptions(source) => json!({ "authoritativeSource": source }),
            Self::OrphanIdentities | Self::UncorrelatedAccounts => json!({}),
        }
    }
}

fn source(arguments: &Map<String, Value>, name: &str) -> Result<SourceId, Problem> {
    match arguments.get(name) {
        None | Some(Value::Null) => Err(Problem::required(format!(
            "arguments.{name} is required; send the id of a source."
        ))),
        Some(Value::String(id)) => id.parse().map_err(|_| {
            Problem::illegal_value(format!(
                "arguments.{name}: \"{}\" is no id of a source; it has 32 hexadecimal digits.",
                quote(id)
            ))
        }),
        Some(_) => Err(Problem::bad_content(format!(
            "arguments.{name} is not a text; send the id of a source."
        ))),
    }
}

/// The vendor requires it of one type and has false as the default of the other.
fn correlated(arguments: &Map<String, Value>) -> Result<Correlated, Problem> {
    match arguments.get("correlatedOnly") {
        None | Some(Value::Null | Value::Bool(false)) => Ok(Correlated::OrNot),
        Some(Value::Bool(true)) => Ok(Correlated::Only),
        Some(_) => Err(Problem::bad_content(
            "arguments.correlatedOnly is neither true nor false; send one of them.",
        )),
    }
}

fn check_formats(arguments: &Map<String, Value>) -> Result<(), Problem> {
    let wanted = match arguments.get("selectedFormats") {
        None | Some(Value::Null) => return Ok(()),
        Some(wanted) => wanted.as_array(),
    };
    let is_made = |format: &Value| format.as_str().is_some_and(|one| FORMATS.contains(&one));
    if wanted.is_some_and(|formats| formats.iter().any(is_made)) {
        return Ok(());
    }
    Err(Problem::illegal_value(
        "arguments.selectedFormats: only CSV is made; send [\"CSV\"] or leave it out.",
    ))
}
