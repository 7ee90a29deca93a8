//! Who someone's manager is: an account attribute looked up in an identity attribute
//! (aggregation-refresh.md §3, manager correlation).

use std::collections::HashMap;

use muster_model::id::IdentityId;
use muster_query::fold;
use muster_store::{Result, Tx};

use crate::person::Person;

/// Where a manager is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Wanted {
    /// The identity attribute.
    pub(crate) attribute: String,
    /// Its value.
    pub(crate) value: String,
}

/// What looking came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nobody is named.
    Nobody,
    /// This identity, by its display name.
    Manager(IdentityId, String),
    /// The person names themself, which counts as nobody.
    Themself,
    /// Someone is named who is not there.
    Missing(Wanted),
}

/// Finds the manager of each person, among the people of the batch first: they may be new or may
/// just have got the value they are looked up by.
pub(crate) fn find(tx: &mut Tx<'_>, people: &[Person<'_>]) -> Result<Vec<Found>> {
    let mut found = vec![Found::Nobody; people.len()];
    let here = index(people);
    let mut elsewhere: HashMap<&str, Vec<usize>> = HashMap::new();
    for (at, person) in people.iter().enumerate() {
        let Some(wanted) = &person.manager else {
            continue;
        };
        match here.get(&(wanted.attribute.as_str(), fold(&wanted.value))) {
            Some(manager) => found[at] = met(person, people[*manager].id, &people[*manager].name),
            None => elsewhere.entry(&wanted.attribute).or_default().push(at),
        }
    }
    for (attribute, places) in elsewhere {
        find_stored(tx, people, attribute, &places, &mut found)?;
    }
    Ok(found)
}

fn find_stored(
    tx: &mut Tx<'_>,
    people: &[Person<'_>],
    attribute: &str,
    places: &[usize],
    found: &mut [Found],
) -> Result<()> {
    let wanted = |at: &usize| people[*at].manager.as_ref();
    let values: Vec<&str> = places
        .iter()
        .filter_map(wanted)
        .map(|wanted| wanted.value.as_str())
        .collect();
    let owners = tx.identity_keys().find_each(attribute, &values)?;
    // The first by age, where several people share the value: the choice must not change from run
    // to run.
    let owners: Vec<Option<IdentityId>> = owners
        .into_iter()
        .map(|owners| owners.into_iter().min())
        .collect();
    let known: Vec<IdentityId> = owners.iter().flatten().copied().collect();
    let mut names = tx.identities().names(&known)?.into_iter();
    for (at, owner) in places.iter().zip(owners) {
        let name = owner.and_then(|_| names.next().flatten());
        found[*at] = match (owner, name) {
            (Some(manager), Some((name, _))) => met(&people[*at], manager, &name),
            _ => wanted(at).cloned().map_or(Found::Nobody, Found::Missing),
        };
    }
    Ok(())
}

fn met(person: &Person<'_>, manager: IdentityId, name: &str) -> Found {
    if manager == person.id {
        Found::Themself
    } else {
        Found::Manager(manager, name.to_owned())
    }
}

/// The people of the batch by the attributes that managers are looked up by.
fn index<'p>(people: &'p [Person<'_>]) -> HashMap<(&'p str, String), usize> {
    let attributes: std::collections::BTreeSet<&str> = people
        .iter()
        .filter_map(|person| person.manager.as_ref())
        .map(|wanted| wanted.attribute.as_str())
        .collect();
    let mut index = HashMap::new();
    for (at, person) in people
        .iter()
        .enumerate()
        .filter(|(_, person)| person.is_valid())
    {
        for attribute in &attributes {
            if let Some(value) = person.computed.attributes.get(attribute) {
                index
                    .entry((*attribute, fold(&value.to_text())))
                    .or_insert(at);
            }
        }
    }
    index
}
