//! One batch: load, compute, decide. Nothing is written here.

use std::collections::HashMap;

use muster_model::AttributeValue;
use muster_model::id::IdentityId;
use muster_query::fold;
use muster_store::{Identity, Result, Stage, Tx};

use crate::attributes::{Inputs, Plain};
use crate::configuration::{Configuration, USER_NAME};
use crate::load::Loaded;
use crate::manager;
use crate::manual::Standing;
use crate::person::{Fate, Occasion, Person};
use crate::reading::RandomBits;

/// What a batch is computed with.
pub(crate) struct Setting<'a> {
    pub(crate) configuration: &'a Configuration,
    pub(crate) random: &'a RandomBits,
    pub(crate) occasion: Occasion,
    /// Whether the run may still bring managers who are not there yet.
    pub(crate) managers_may_come: bool,
}

/// What is to become of the identities of a batch.
pub(crate) struct Decided {
    pub(crate) loaded: Loaded,
    /// At the places of the batch.
    pub(crate) fates: Vec<Verdict>,
    /// Those whose manual lifecycle state holds no longer.
    pub(crate) released: Vec<IdentityId>,
}

/// What is to become of one identity.
pub(crate) enum Verdict {
    /// No profile speaks for it, and nobody was ever told of it: it goes.
    Forgotten,
    /// No profile speaks for it any more: it is hidden and keeps its last attributes.
    Withdrawn(Box<Identity>),
    /// A profile speaks for it. Named is the manager who is not there, if one is.
    Decided(Fate, Option<manager::Wanted>),
    /// Nothing to do.
    Nothing,
}

impl Setting<'_> {
    /// Loads a batch and decides.
    pub(crate) fn decide(&self, tx: &mut Tx<'_>, ids: &[IdentityId]) -> Result<Decided> {
        let loaded = Loaded::read(tx, ids)?;
        let mut fates: Vec<Verdict> = Vec::with_capacity(loaded.ids.len());
        let mut people = Vec::with_capacity(loaded.ids.len());
        let mut places = Vec::with_capacity(loaded.ids.len());
        let mut released = Vec::new();
        let texts: Vec<String> = loaded.ids.iter().map(ToString::to_string).collect();
        for at in 0..loaded.ids.len() {
            fates.push(Verdict::Nothing);
            let has_account = |source| {
                loaded.accounts[at]
                    .iter()
                    .any(|account| account.source_id == source)
            };
            match self.configuration.profile_for(has_account) {
                Some(profile) => {
                    let inputs = self.inputs(&loaded, &texts, at);
                    let id = loaded.ids[at];
                    let mut person = Person::compute(id, profile, &inputs, &mut Plain);
                    if let Some(manual) = loaded.manual.get(&id)
                        && person.obey(manual) == Standing::Over
                        && person.is_valid()
                    {
                        released.push(id);
                    }
                    people.push(person);
                    places.push(at);
                }
                None => fates[at] = self.without_profile(loaded.stored[at].as_ref()),
            }
        }
        note_taken_names(tx, &mut people)?;
        let managers = manager::find(tx, &people)?;
        for ((person, manager), at) in people.into_iter().zip(managers).zip(places) {
            let missing = match &manager {
                manager::Found::Missing(wanted) if person.is_valid() => Some(wanted.clone()),
                _ => None,
            };
            let settings = &self.configuration.settings;
            let fate = person.decide(manager, self.managers_may_come, settings, self.occasion);
            fates[at] = Verdict::Decided(fate, missing);
        }
        Ok(Decided {
            loaded,
            fates,
            released,
        })
    }

    fn inputs<'l>(&'l self, loaded: &'l Loaded, texts: &'l [String], at: usize) -> Inputs<'l> {
        let stored = loaded.stored[at].as_ref();
        Inputs {
            configuration: self.configuration,
            id: &texts[at],
            accounts: &loaded.accounts[at],
            stored,
            manager: stored
                .and_then(|stored| stored.manager_id)
                .and_then(|manager| loaded.managers.get(&manager)),
            now: self.occasion.now,
            random: self.random,
        }
    }

    fn without_profile(&self, stored: Option<&Identity>) -> Verdict {
        match stored {
            None => Verdict::Nothing,
            Some(identity) if !identity.stage.is_announced() => Verdict::Forgotten,
            Some(identity) if identity.stage == Stage::Withdrawn => Verdict::Nothing,
            Some(identity) => Verdict::Withdrawn(Box::new(Identity {
                version: identity.version + 1,
                stage: Stage::Withdrawn,
                modified: self.occasion.now,
                cause: self.occasion.cause,
                ..identity.clone()
            })),
        }
    }
}

/// Finds people whose user name is someone else's, in the store or further up in the batch.
pub(crate) fn note_taken_names(tx: &mut Tx<'_>, people: &mut [Person<'_>]) -> Result<()> {
    let name_of = |person: &Person<'_>| {
        person
            .computed
            .attributes
            .get(USER_NAME)
            .map(AttributeValue::to_text)
    };
    let next: HashMap<IdentityId, Option<String>> = people
        .iter()
        .map(|person| (person.id, name_of(person).map(|name| fold(&name))))
        .collect();
    let asked: Vec<(usize, String)> = people
        .iter()
        .enumerate()
        .filter(|(_, person)| person.is_valid() && is_new_name(person))
        .filter_map(|(at, person)| Some((at, name_of(person)?)))
        .collect();
    let names: Vec<&str> = asked.iter().map(|(_, name)| name.as_str()).collect();
    let owners = tx.identity_keys().find_each(USER_NAME, &names)?;
    let mut first: HashMap<String, IdentityId> = HashMap::new();
    for ((at, name), owners) in asked.iter().zip(owners) {
        let folded = fold(name);
        let person = &mut people[*at];
        // An owner who gives the name up in this batch is no owner any more.
        let is_owned = owners.iter().any(|owner| {
            *owner != person.id
                && next
                    .get(owner)
                    .is_none_or(|theirs| theirs.as_deref() == Some(folded.as_str()))
        });
        let is_first = *first.entry(folded).or_insert(person.id) == person.id;
        if is_owned || !is_first {
            person.note_taken_name(name);
        }
    }
    Ok(())
}

fn is_new_name(person: &Person<'_>) -> bool {
    let owned = person.stored.filter(|stored| stored.stage != Stage::Faulty);
    let name = person
        .computed
        .attributes
        .get(USER_NAME)
        .map(AttributeValue::to_text);
    owned.is_none_or(|stored| Some(fold(&stored.alias)) != name.map(|name| fold(&name)))
}
