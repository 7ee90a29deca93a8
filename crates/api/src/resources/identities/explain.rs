//! Why the attributes of an identity are as they are: value, mapping, steps, accounts, lines of files,
//! since when, and by which run.

use muster_model::{Document, IdentityAttribute, Severity, Timestamp};
use muster_refresh::explain::{
    Difference, Explained, Lookup, LookupOutcome, Occasion, Read, Trouble, explain as explained,
};
use muster_store::Tx;
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use super::cause::{Cause, Causes, Told};
use super::{named, unknown};
use crate::call::Call;
use crate::handler::Json;
use crate::operation::QueryParameter;
use crate::problem::{Problem, quote};
use crate::resources::sources::own;

/// The parameter that names one attribute.
pub(super) const ATTRIBUTE: QueryParameter = QueryParameter::new(
    "attribute",
    "The technical name of one attribute; all of them without it.",
);

/// An identity that explains itself.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Explanation {
    /// The identity: type, id and display name.
    identity: Value,
    /// The profile that speaks for it: type, id and name; null where none does any more.
    identity_profile: Option<Value>,
    /// When what is computed was computed.
    #[schemars(with = "String")]
    computed_at: Timestamp,
    /// Its attributes.
    attributes: Vec<Attribute>,
}

/// Why an attribute has its value.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Attribute {
    /// Its technical name.
    name: String,
    /// What is stored; null is no value.
    value: Value,
    /// What a refresh would make of the accounts now.
    computed_value: Value,
    /// Why the two differ, where they do.
    difference: Option<Words>,
    /// The profile's mapping; null where no mapping makes the attribute.
    mapping: Option<Mapping>,
    /// The steps of the transform in the order they began, the whole first, each with what went in
    /// and what came out.
    steps: Vec<Value>,
    /// How many more steps there were.
    steps_omitted: usize,
    /// Values of accounts that went into it.
    accounts: Vec<AccountRead>,
    /// For the manager: how they are looked up.
    #[serde(skip_serializing_if = "Option::is_none")]
    manager_lookup: Option<ManagerLookup>,
    /// For the lifecycle state: the one that a person set.
    #[serde(skip_serializing_if = "Option::is_none")]
    manual_state: Option<ManualState>,
    /// What is wrong with it.
    problems: Vec<ProblemOf>,
    /// Since when it has its value.
    #[schemars(with = "Option<String>")]
    since: Option<Timestamp>,
    /// The run that gave it its value, as far as that is kept.
    cause: Option<Cause>,
    /// The event that told of it, where one did.
    event: Option<Told>,
}

/// A word for programs and a sentence for people.
#[derive(Clone, Debug, Serialize, JsonSchema)]
struct Words {
    /// `KEPT`, `INVALID`, `WITHDRAWN`, `TIME`, `RANDOM`, `WAITING` or `OUTDATED`.
    reason: &'static str,
    /// The same in a sentence.
    text: &'static str,
}

/// How a profile makes an attribute.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Mapping {
    /// The profile: type, id and name.
    identity_profile: Value,
    /// Its transform, as the profile has it.
    transform_definition: Value,
}

/// A value of an account.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AccountRead {
    /// The source: type, id and name.
    source: Value,
    /// The account's id.
    id: String,
    /// The account's key on its source.
    native_identity: String,
    /// The attribute; null where a template looks at the whole account.
    attribute: Option<String>,
    /// What the source says.
    value: Value,
    /// The line of the file that the account was last written from; null where a call wrote it.
    line: Option<i64>,
    /// The run that read that file.
    read_by: Option<Cause>,
}

/// How a manager is looked up.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ManagerLookup {
    /// `MANAGER_CORRELATION` of the profile's source, or `MAPPING`: the mapped value is a user name.
    by: &'static str,
    /// The identity attribute that is looked in.
    identity_attribute: String,
    /// The value that is looked for.
    value: Option<String>,
    /// `FOUND`, `NOBODY` (none is named), `THEMSELF` (which counts as nobody) or `MISSING`.
    outcome: &'static str,
    /// Who was found: type, id and display name.
    found: Option<Value>,
}

/// A lifecycle state that a person set.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ManualState {
    /// The state.
    state: String,
    /// What was calculated when it was set; it holds as long as that stays.
    calculated_then: Option<String>,
    /// When it was set.
    #[schemars(with = "String")]
    set: Timestamp,
    /// Whether it still holds.
    holds: bool,
}

/// Something that is wrong with an attribute.
#[derive(Clone, Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ProblemOf {
    /// What.
    reason: String,
    /// `ERROR` or `WARN`.
    #[schemars(with = "String")]
    severity: Severity,
    /// Whether an older value is kept because of it.
    keeps_value: bool,
}

/// `GET /muster/v1/identities/{id}/explain`
pub(super) fn explain(call: &Call, (): ()) -> Result<Json<Explanation>, Problem> {
    let random = {
        let app = std::sync::Arc::clone(call.app());
        move || app.bits() as u64
    };
    let occasion = Occasion {
        random: &random,
        now: call.now(),
    };
    call.org().read(|tx| {
        let identity = named(tx, call)?;
        let mut all = explained(tx, identity.id, occasion)?.ok_or_else(|| unknown(call.id()))?;
        if let Some(name) = call.query(ATTRIBUTE.name) {
            all.attributes.retain(|one| &*one.name == name);
            if all.attributes.is_empty() {
                return Err(nothing_of(name, tx)?);
            }
        }
        // An explanation shows what accounts say, which is nothing for those whom it is closed to.
        for read in all.attributes.iter().flat_map(|one| &one.reads) {
            own::check_source(read.source.id.parse().ok(), tx, call)?;
        }
        let profile = all
            .profile
            .map(|(id, name)| json!({ "type": "IDENTITY_PROFILE", "id": id, "name": name }));
        let mut causes = Causes::default();
        let attributes = all
            .attributes
            .into_iter()
            .map(|one| attribute(one, profile.as_ref(), &mut causes, tx))
            .collect::<Result<_, Problem>>()?;
        let identity = &all.identity;
        Ok(Json(Explanation {
            identity: json!({ "type": "IDENTITY", "id": identity.id, "name": identity.name }),
            identity_profile: profile,
            computed_at: call.now(),
            attributes,
        }))
    })
}

/// There is nothing to explain about an attribute: nobody knows it, or the identity has none.
fn nothing_of(name: &str, tx: &mut Tx<'_>) -> Result<Problem, Problem> {
    let known = tx.documents(IdentityAttribute::KIND).get(name)?.is_some();
    let name = quote(name);
    Ok(Problem::illegal_value(if known {
        format!(
            "attribute: the identity has no value of \"{name}\" and its profile does not map it; \
             add a mapping to the profile."
        )
    } else {
        format!(
            "attribute: there is no identity attribute \"{name}\"; GET identity-attributes lists them."
        )
    }))
}

fn attribute(
    one: Explained,
    profile: Option<&Value>,
    causes: &mut Causes,
    tx: &mut Tx<'_>,
) -> Result<Attribute, Problem> {
    let cause = one.since.and_then(|since| since.cause);
    let cause = cause.map(|id| causes.of(id, tx)).transpose()?;
    let accounts = one
        .reads
        .into_iter()
        .map(|read| account(read, causes, tx))
        .collect::<Result<_, Problem>>()?;
    let mapping = Option::zip(profile, one.definition);
    Ok(Attribute {
        name: one.name.to_string(),
        value: json!(one.value),
        computed_value: json!(one.computed),
        difference: one.difference.map(words),
        mapping: mapping.map(|(profile, definition)| Mapping {
            identity_profile: profile.clone(),
            transform_definition: definition,
        }),
        steps: one.trace.steps.iter().map(|step| json!(step)).collect(),
        steps_omitted: one.trace.omitted,
        accounts,
        manager_lookup: one.lookup.map(ManagerLookup::from),
        manual_state: one.manual.map(|(manual, holds)| ManualState {
            state: manual.state,
            calculated_then: manual.calculated,
            set: manual.set_at,
            holds,
        }),
        problems: one.problems.into_iter().map(ProblemOf::from).collect(),
        since: one.since.map(|since| since.at),
        cause,
        event: one.since.and_then(|since| since.event).map(Told::from),
    })
}

fn account(read: Read, causes: &mut Causes, tx: &mut Tx<'_>) -> Result<AccountRead, Problem> {
    let read_by = read.origin.map(|origin| causes.of(origin.task, tx));
    Ok(AccountRead {
        source: json!(read.source),
        id: read.account.to_string(),
        native_identity: read.native_identity,
        attribute: read.attribute,
        value: json!(read.value),
        line: read.origin.map(|origin| origin.line),
        read_by: read_by.transpose()?,
    })
}

fn words(difference: Difference) -> Words {
    let (reason, text) = match difference {
        Difference::Kept => ("KEPT", "the transform fails; the older value is kept"),
        Difference::Invalid => (
            "INVALID",
            "a required attribute is missing or taken; the person stays as they were",
        ),
        Difference::Withdrawn => (
            "WITHDRAWN",
            "no profile speaks for the person any more; they keep their last attributes",
        ),
        Difference::Time => (
            "TIME",
            "the value depends on the time; the next scheduled refresh stores the new one",
        ),
        Difference::Random => ("RANDOM", "the value is random: each refresh makes another"),
        Difference::Waiting => ("WAITING", "a refresh that stores it is waiting or going on"),
        Difference::Outdated => (
            "OUTDATED",
            "what the value is made of changed after the last refresh; the next one stores it",
        ),
    };
    Words { reason, text }
}

impl From<Lookup> for ManagerLookup {
    fn from(lookup: Lookup) -> Self {
        let (outcome, found) = match lookup.outcome {
            LookupOutcome::Nobody => ("NOBODY", None),
            LookupOutcome::Found(manager) => ("FOUND", Some(json!(manager))),
            LookupOutcome::Themself => ("THEMSELF", None),
            LookupOutcome::Missing => ("MISSING", None),
        };
        Self {
            by: if lookup.by_rule {
                "MANAGER_CORRELATION"
            } else {
                "MAPPING"
            },
            identity_attribute: lookup.identity_attribute,
            value: lookup.value,
            outcome,
            found,
        }
    }
}

impl From<Trouble> for ProblemOf {
    fn from(trouble: Trouble) -> Self {
        Self {
            reason: trouble.reason,
            severity: trouble.severity,
            keeps_value: trouble.keeps_value,
        }
    }
}
