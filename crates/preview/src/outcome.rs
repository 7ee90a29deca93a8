//! What a run would come to.

use bytes::Bytes;
use muster_event::identity::AttributeChange;
use muster_model::{AttributeMap, AttributeName, AttributeValue, Hold};
use muster_store::{Account, Task};
use serde_json::Value;

/// What a run would come to.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Jobs of the org that were not done yet when the preview began: it shows what is stored.
    pub jobs_waiting: i64,
    /// The run as it would end; none where nothing would have to be done.
    pub task: Option<Task>,
    /// What it would hold back for an administrator.
    pub held: Option<Held>,
    /// What would become of people.
    pub people: People,
    /// How many events of each trigger there would be, by the trigger's id.
    pub events: Vec<(String, i64)>,
    /// Subscriptions whose trigger has any of these events.
    pub subscriptions: Vec<Told>,
}

/// How many there are of something, and the first of them.
#[derive(Clone, Debug)]
pub struct Counted<T> {
    /// All of them.
    pub count: u64,
    /// The first of them.
    pub first: Vec<T>,
}

impl<T> Default for Counted<T> {
    fn default() -> Self {
        Self {
            count: 0,
            first: Vec::new(),
        }
    }
}

impl<T> Counted<T> {
    /// Counts one more; it is made where there is room among the first.
    pub(crate) fn add(&mut self, limit: usize, make: impl FnOnce() -> T) {
        self.count += 1;
        if self.first.len() < limit {
            self.first.push(make());
        }
    }
}

/// What a run would hold back.
#[derive(Clone, Debug)]
pub struct Held {
    /// Why, and how much.
    pub hold: Hold,
    /// The first accounts that would be deleted once it is released.
    pub accounts: Vec<Account>,
}

/// What would become of people.
#[derive(Clone, Debug, Default)]
pub struct People {
    /// People nobody was told of before.
    pub created: Counted<Person>,
    /// People who would be different.
    pub changed: Counted<PersonChange>,
    /// Hidden people who would be visible again.
    pub returned: Counted<PersonChange>,
    /// People who would be hidden, because no profile speaks for them any more.
    pub removed: Counted<PersonBefore>,
    /// People with problems that they do not have now.
    pub problems: Counted<PersonProblem>,
    /// Changes of visible people by attribute, the most frequent first.
    pub attributes: Vec<(AttributeName, Counted<ValueChange>)>,
    /// Moves from one lifecycle state to another, the most frequent first.
    pub lifecycle: Vec<Move>,
}

/// A person who would be new. The id is made when the run is.
#[derive(Clone, Debug)]
pub struct Person {
    /// The user name.
    pub alias: String,
    /// The display name.
    pub name: String,
    /// The lifecycle state.
    pub lifecycle: Option<String>,
    /// All attributes.
    pub attributes: AttributeMap,
}

/// A person as stored now.
#[derive(Clone, Debug)]
pub struct PersonBefore {
    /// The identity's id.
    pub id: String,
    /// The user name.
    pub alias: String,
    /// The display name.
    pub name: String,
    /// The lifecycle state.
    pub lifecycle: Option<String>,
}

/// A person who would be different.
#[derive(Clone, Debug)]
pub struct PersonChange {
    /// The person as stored now.
    pub person: PersonBefore,
    /// What would change.
    pub changes: Vec<AttributeChange>,
}

/// A person with a problem.
#[derive(Clone, Debug)]
pub struct PersonProblem {
    /// The identity's id, where there is one already.
    pub id: Option<String>,
    /// The user name, as far as it is known.
    pub alias: String,
    /// The display name, as far as it is known.
    pub name: String,
    /// What would be wrong: attribute, reason, severity.
    pub problems: Value,
}

/// The change of one attribute of one person.
#[derive(Clone, Debug)]
pub struct ValueChange {
    /// The identity's id.
    pub id: String,
    /// The user name.
    pub alias: String,
    /// The value now.
    pub old: Option<AttributeValue>,
    /// The value it would have.
    pub new: Option<AttributeValue>,
}

/// People who would go from one lifecycle state to another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Move {
    /// The state now; none for people who would be new, or are in none.
    pub from: Option<String>,
    /// The state they would be in.
    pub to: Option<String>,
    /// How many.
    pub count: u64,
}

/// What a subscription would get.
#[derive(Clone, Debug)]
pub struct Told {
    /// The subscription's id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// Its trigger.
    pub trigger_id: String,
    /// How many events its filter would keep away.
    pub rejected: u64,
    /// The events it would get: bodies as they would be sent.
    pub events: Counted<Bytes>,
}
