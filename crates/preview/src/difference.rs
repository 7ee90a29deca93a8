//! What becomes of one person, decided from the rows before and after. Pure.

use std::collections::BTreeMap;

use muster_event::identity::AttributeChange;
use muster_model::AttributeName;
use muster_store::{Identity, Stage};

use crate::limits::SAMPLES;
use crate::outcome::{
    Counted, Move, People, Person, PersonBefore, PersonChange, PersonProblem, ValueChange,
};

/// Adds people up, one after the other.
pub(crate) struct Tally {
    limit: usize,
    people: People,
    attributes: BTreeMap<AttributeName, Counted<ValueChange>>,
    moves: BTreeMap<(Option<String>, Option<String>), u64>,
}

impl Tally {
    pub(crate) fn new(limit: usize) -> Self {
        Self {
            limit,
            people: People::default(),
            attributes: BTreeMap::new(),
            moves: BTreeMap::new(),
        }
    }

    /// Adds a person whose rows differ.
    pub(crate) fn add(&mut self, before: Option<&Identity>, after: Option<&Identity>) {
        if let Some(after) = after {
            self.add_problems(before, after);
        }
        let shown = |row: &&Identity| row.stage == Stage::Active;
        let limit = self.limit;
        match (before, before.filter(shown), after.filter(shown)) {
            (Some(before), Some(_), None) => {
                self.people.removed.add(limit, || describe(before));
            }
            (Some(before), was, Some(after)) if before.stage.is_announced() => {
                let changes = changes(before, after);
                self.add_move(before.lifecycle.as_ref(), after.lifecycle.as_ref());
                self.add_values(before, &changes);
                let is_other = !changes.is_empty()
                    || (&before.lifecycle, before.manager_id, before.profile_id)
                        != (&after.lifecycle, after.manager_id, after.profile_id);
                let place = match was {
                    None => &mut self.people.returned,
                    Some(_) if is_other => &mut self.people.changed,
                    // Counters and notes of Muster's own.
                    Some(_) => return,
                };
                place.add(limit, || PersonChange {
                    person: describe(before),
                    changes,
                });
            }
            (_, _, Some(after)) => {
                self.add_move(None, after.lifecycle.as_ref());
                self.people.created.add(limit, || Person {
                    alias: after.alias.clone(),
                    name: after.name.clone(),
                    lifecycle: after.lifecycle.clone(),
                    attributes: after.attributes.clone(),
                });
            }
            (_, _, None) => {}
        }
    }

    /// The sums.
    pub(crate) fn end(self) -> People {
        let mut people = self.people;
        people.attributes = self.attributes.into_iter().collect();
        // Those of equal count stay in the order of their names.
        people
            .attributes
            .sort_by_key(|(_, values)| std::cmp::Reverse(values.count));
        people.lifecycle = self
            .moves
            .into_iter()
            .map(|((from, to), count)| Move { from, to, count })
            .collect();
        people
            .lifecycle
            .sort_by_key(|one| std::cmp::Reverse(one.count));
        people
    }

    fn add_problems(&mut self, before: Option<&Identity>, after: &Identity) {
        let had = before.and_then(|before| before.problems.as_ref());
        let Some(problems) = after.problems.as_ref().filter(|now| Some(*now) != had) else {
            return;
        };
        self.people.problems.add(self.limit, || PersonProblem {
            id: before.map(|before| before.id.to_string()),
            alias: after.alias.clone(),
            name: after.name.clone(),
            problems: problems.clone(),
        });
    }

    fn add_move(&mut self, from: Option<&String>, to: Option<&String>) {
        if from != to {
            let key = (from.cloned(), to.cloned());
            *self.moves.entry(key).or_default() += 1;
        }
    }

    fn add_values(&mut self, person: &Identity, changes: &[AttributeChange]) {
        for change in changes {
            let values = self.attributes.entry(change.attribute.clone()).or_default();
            values.add(SAMPLES, || ValueChange {
                id: person.id.to_string(),
                alias: person.alias.clone(),
                old: change.old.clone(),
                new: change.new.clone(),
            });
        }
    }
}

fn describe(person: &Identity) -> PersonBefore {
    PersonBefore {
        id: person.id.to_string(),
        alias: person.alias.clone(),
        name: person.name.clone(),
        lifecycle: person.lifecycle.clone(),
    }
}

/// Attributes of which the values do not say the same, in the order of their names.
fn changes(before: &Identity, after: &Identity) -> Vec<AttributeChange> {
    let mut changes =
        muster_refresh::differences(std::iter::empty(), &before.attributes, &after.attributes);
    changes.sort_unstable_by(|one, other| one.attribute.cmp(&other.attribute));
    changes
}
