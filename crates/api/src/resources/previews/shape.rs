//! A preview as the wire shows it.

use muster_event::identity::AttributeChange;
use muster_model::{AttributeMap, AttributeValue, Report};
use muster_preview::{
    Counted, Held, Move, Outcome, Person, PersonBefore, PersonChange, PersonProblem, Told,
    ValueChange,
};
use muster_store::{Account, Task};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;

use crate::problem::Problem;

/// What a run would come to.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
pub(in crate::resources) struct RunPreview {
    /// Jobs of the org that were not done yet when the preview began: it shows what is stored.
    jobs_waiting: i64,
    /// The run as it would end; absent where nothing would have to be done.
    #[serde(skip_serializing_if = "Option::is_none")]
    run: Option<Run>,
    /// What the run would hold back for an administrator.
    #[serde(skip_serializing_if = "Option::is_none")]
    held: Option<PreviewedHold>,
    /// What would become of people.
    people: PreviewedPeople,
    /// Changes of visible people by attribute, the most frequent first.
    attributes: Vec<PreviewedChanges>,
    /// Moves from one lifecycle state to another, the most frequent first.
    lifecycle: Vec<LifecycleMove>,
    /// How many events of each trigger there would be.
    events: Vec<EventCount>,
    /// Subscriptions whose trigger has any of these events, and what each would get.
    subscriptions: Vec<PreviewedSubscription>,
}

/// How many there are, and the first of them.
#[derive(Debug, Serialize, JsonSchema)]
struct Several<T> {
    /// All of them.
    count: u64,
    /// The first of them, up to `limit`.
    items: Vec<T>,
}

/// The run as it would end.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct Run {
    /// Its name.
    name: String,
    /// What it is about.
    about: String,
    /// `SUCCESS`, `WARNING`, `ERROR` or `TERMINATED`.
    completion_status: String,
    /// Accounts, where it reads any.
    accounts: AccountCounts,
    /// Identities that would be looked at.
    identities: i64,
    /// What people should read.
    messages: Vec<RunMessage>,
    /// Messages beyond those kept.
    messages_dropped: i64,
}

/// What a run finds in its file.
#[derive(Debug, Serialize, JsonSchema)]
struct AccountCounts {
    /// Accounts in the file.
    scanned: i64,
    /// Accounts nobody knows.
    added: i64,
    /// Accounts that are different.
    changed: i64,
    /// Accounts that are as they are known.
    unchanged: i64,
    /// Known accounts that the file lacks.
    missing: i64,
    /// Of the missing ones, how many would be deleted.
    deleted: i64,
    /// Rows that cannot be read.
    rejected: i64,
}

/// A message of a run.
#[derive(Debug, Serialize, JsonSchema)]
struct RunMessage {
    /// `INFO`, `WARN` or `ERROR`.
    severity: String,
    /// The text.
    text: String,
}

/// What a run would hold back.
#[derive(Debug, Serialize, JsonSchema)]
struct PreviewedHold {
    /// `DELETIONS` or `CHANGES`.
    kind: String,
    /// Why.
    reason: String,
    /// How many accounts.
    count: i64,
    /// The first accounts that would be deleted once it is released.
    accounts: Vec<HeldAccount>,
}

/// An account that would wait for its deletion.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct HeldAccount {
    /// Its id.
    id: String,
    /// Its key on the source.
    native_identity: String,
    /// Its name.
    name: String,
    /// Whose it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    identity_id: Option<String>,
}

/// What would become of people.
#[derive(Debug, Serialize, JsonSchema)]
struct PreviewedPeople {
    /// People nobody was told of before.
    created: Several<NewPerson>,
    /// People who would be different.
    changed: Several<ChangedPerson>,
    /// Hidden people who would be visible again.
    returned: Several<ChangedPerson>,
    /// People who would be hidden, because no profile speaks for them any more.
    removed: Several<KnownPerson>,
    /// People with problems that they do not have now.
    problems: Several<PersonWithProblems>,
}

/// A person who would be new. The id is made when the run is.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct NewPerson {
    /// The user name.
    alias: String,
    /// The display name.
    name: String,
    /// The lifecycle state.
    #[serde(skip_serializing_if = "Option::is_none")]
    lifecycle_state: Option<String>,
    /// All attributes.
    #[schemars(with = "serde_json::Map<String, Value>")]
    attributes: AttributeMap,
}

/// A person as stored now.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct KnownPerson {
    /// The identity's id.
    id: String,
    /// The user name.
    alias: String,
    /// The display name.
    name: String,
    /// The lifecycle state.
    #[serde(skip_serializing_if = "Option::is_none")]
    lifecycle_state: Option<String>,
}

/// A person who would be different.
#[derive(Debug, Serialize, JsonSchema)]
struct ChangedPerson {
    /// The person as stored now.
    #[serde(flatten)]
    person: KnownPerson,
    /// What would change.
    changes: Vec<AttributeDifference>,
}

/// One attribute that would change.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct AttributeDifference {
    /// Its technical name.
    attribute: String,
    /// The value now; null where there is none.
    #[schemars(with = "Value")]
    old_value: Option<AttributeValue>,
    /// The value it would have; null where it would have none.
    #[schemars(with = "Value")]
    new_value: Option<AttributeValue>,
}

/// A person with a problem.
#[derive(Debug, Serialize, JsonSchema)]
struct PersonWithProblems {
    /// The identity's id, where there is one already.
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<String>,
    /// The user name, as far as it is known.
    alias: String,
    /// The display name, as far as it is known.
    name: String,
    /// What would be wrong: attribute, reason, severity.
    problems: Value,
}

/// Changes of one attribute.
#[derive(Debug, Serialize, JsonSchema)]
struct PreviewedChanges {
    /// Its technical name.
    attribute: String,
    /// How many people.
    count: u64,
    /// Some of them.
    samples: Vec<ChangeSample>,
}

/// A person as a sample of an attribute's changes.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct ChangeSample {
    /// The identity's id.
    id: String,
    /// The user name.
    alias: String,
    /// The value now; null where there is none.
    #[schemars(with = "Value")]
    old_value: Option<AttributeValue>,
    /// The value it would have; null where it would have none.
    #[schemars(with = "Value")]
    new_value: Option<AttributeValue>,
}

/// People who would go from one lifecycle state to another.
#[derive(Debug, Serialize, JsonSchema)]
struct LifecycleMove {
    /// The state now; null for people who would be new, or are in none.
    from: Option<String>,
    /// The state they would be in; null where they would be in none.
    to: Option<String>,
    /// How many.
    count: u64,
}

/// Events of one trigger.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct EventCount {
    /// The trigger's id.
    trigger_id: String,
    /// How many.
    count: i64,
}

/// What a subscription would get.
#[derive(Debug, Serialize, JsonSchema)]
#[serde(rename_all = "camelCase")]
struct PreviewedSubscription {
    /// Its id.
    id: String,
    /// Its name.
    name: String,
    /// Its trigger.
    trigger_id: String,
    /// How many events it would get.
    count: u64,
    /// How many its filter would keep away.
    rejected: u64,
    /// The first events it would get: the bodies as they would be sent, but for ids and times that are
    /// made when the run is.
    #[schemars(with = "Vec<Value>")]
    events: Vec<Box<RawValue>>,
}

impl RunPreview {
    pub(super) fn of(outcome: Outcome) -> Result<Self, Problem> {
        let people = outcome.people;
        let subscriptions = outcome.subscriptions.into_iter();
        Ok(Self {
            jobs_waiting: outcome.jobs_waiting,
            run: outcome.task.map(Run::from),
            held: outcome.held.map(PreviewedHold::from),
            people: PreviewedPeople {
                created: several(people.created),
                changed: several(people.changed),
                returned: several(people.returned),
                removed: several(people.removed),
                problems: several(people.problems),
            },
            attributes: people
                .attributes
                .into_iter()
                .map(|(attribute, values)| PreviewedChanges {
                    attribute: attribute.to_string(),
                    count: values.count,
                    samples: values.first.into_iter().map(ChangeSample::from).collect(),
                })
                .collect(),
            lifecycle: people
                .lifecycle
                .into_iter()
                .map(|Move { from, to, count }| LifecycleMove { from, to, count })
                .collect(),
            events: outcome
                .events
                .into_iter()
                .map(|(trigger_id, count)| EventCount { trigger_id, count })
                .collect(),
            subscriptions: subscriptions
                .map(PreviewedSubscription::of)
                .collect::<Result<_, _>>()?,
        })
    }
}

fn several<S, T: From<S>>(counted: Counted<S>) -> Several<T> {
    Several {
        count: counted.count,
        items: counted.first.into_iter().map(T::from).collect(),
    }
}

impl From<Task> for Run {
    fn from(task: Task) -> Self {
        let Report {
            name,
            about,
            scanned,
            unchanged,
            changed,
            added,
            removed,
            deleted,
            rejected,
            messages,
            messages_dropped,
            ..
        } = task.report;
        Self {
            name,
            about,
            completion_status: task.completion_status.unwrap_or_default(),
            accounts: AccountCounts {
                scanned,
                added,
                changed,
                unchanged,
                missing: removed,
                deleted,
                rejected,
            },
            identities: task.refreshed.identities,
            messages: messages
                .into_iter()
                .map(|message| RunMessage {
                    severity: word(&message.severity),
                    text: message.text,
                })
                .collect(),
            messages_dropped,
        }
    }
}

/// The word for a value that is a word on the wire.
fn word<T: Serialize>(value: &T) -> String {
    let word = serde_json::to_value(value).ok();
    word.as_ref()
        .and_then(Value::as_str)
        .unwrap_or_default()
        .to_owned()
}

impl From<Held> for PreviewedHold {
    fn from(held: Held) -> Self {
        let account = |account: Account| HeldAccount {
            id: account.id.to_string(),
            native_identity: account.native_identity,
            name: account.name,
            identity_id: account.identity_id.map(|id| id.to_string()),
        };
        Self {
            kind: word(&held.hold.kind),
            reason: held.hold.reason,
            count: held.hold.count,
            accounts: held.accounts.into_iter().map(account).collect(),
        }
    }
}

impl From<Person> for NewPerson {
    fn from(person: Person) -> Self {
        Self {
            alias: person.alias,
            name: person.name,
            lifecycle_state: person.lifecycle,
            attributes: person.attributes,
        }
    }
}

impl From<PersonBefore> for KnownPerson {
    fn from(person: PersonBefore) -> Self {
        Self {
            id: person.id,
            alias: person.alias,
            name: person.name,
            lifecycle_state: person.lifecycle,
        }
    }
}

impl From<PersonChange> for ChangedPerson {
    fn from(changed: PersonChange) -> Self {
        let difference = |change: AttributeChange| AttributeDifference {
            attribute: change.attribute.to_string(),
            old_value: change.old,
            new_value: change.new,
        };
        Self {
            person: changed.person.into(),
            changes: changed.changes.into_iter().map(difference).collect(),
        }
    }
}

impl From<PersonProblem> for PersonWithProblems {
    fn from(person: PersonProblem) -> Self {
        Self {
            id: person.id,
            alias: person.alias,
            name: person.name,
            problems: person.problems,
        }
    }
}

impl From<ValueChange> for ChangeSample {
    fn from(change: ValueChange) -> Self {
        Self {
            id: change.id,
            alias: change.alias,
            old_value: change.old,
            new_value: change.new,
        }
    }
}

impl PreviewedSubscription {
    fn of(told: Told) -> Result<Self, Problem> {
        let bodies = told.events.first.iter();
        let events: Result<_, _> = bodies.map(|body| serde_json::from_slice(body)).collect();
        Ok(Self {
            id: told.id,
            name: told.name,
            trigger_id: told.trigger_id,
            count: told.events.count,
            rejected: told.rejected,
            events: events.map_err(|error| Problem::hidden(&error))?,
        })
    }
}
