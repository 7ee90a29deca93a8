//! The sample company of the tests and what its second day must tell, by the generator's own account.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::File;
use std::path::Path;

use muster_sample::{Change, Layout, Statistics, Truth, Version, truth, write_csv};

/// The seed is the demo's.
const SEED: u64 = 7;

/// Identity attribute ← column, as the demo maps them; the manager is looked up by the source's rule.
const MAPPED: [(&str, &str); 12] = [
    ("uid", "name"),
    ("email", "e-mail"),
    ("firstname", "givenName"),
    ("lastname", "familyName"),
    ("identificationNumber", "id"),
    ("department", "department"),
    ("title", "title"),
    ("location", "location"),
    ("phone", "phone"),
    ("startDate", "startDate"),
    ("cloudLifecycleState", "status"),
    ("manager", "manager"),
];

/// A company of so many people.
pub(crate) struct Company {
    people: u64,
    truth: Truth,
}

impl Company {
    pub(crate) fn of(people: u64) -> Self {
        Self {
            people,
            truth: truth(Layout::Template, people, SEED),
        }
    }

    /// Writes the file of a day.
    pub(crate) fn write(&self, day: Version, path: &Path) {
        let mut file = File::create(path).unwrap();
        write_csv(Layout::Template, self.people, SEED, day, &mut file).unwrap();
    }

    /// What the aggregation of the second day counts.
    pub(crate) fn statistics(&self) -> &Statistics {
        &self.truth.v1_to_v2
    }

    /// Numbers of those who join on the second day.
    pub(crate) fn joiners(&self) -> BTreeSet<String> {
        let joiners = self
            .truth
            .people
            .iter()
            .filter(|person| person.change == Change::Added);
        joiners
            .map(|person| person.native_identity.clone())
            .collect()
    }

    /// Of whom which attributes are different on the second day.
    pub(crate) fn movers(&self) -> BTreeMap<String, BTreeSet<&'static str>> {
        let mover = |person: &muster_sample::PersonChange| {
            let Change::Changed(columns) = &person.change else {
                return None;
            };
            let attributes: BTreeSet<&'static str> = MAPPED
                .iter()
                .filter(|(_, column)| columns.contains(column))
                .map(|(attribute, _)| *attribute)
                .collect();
            (!attributes.is_empty()).then(|| (person.native_identity.clone(), attributes))
        };
        self.truth.people.iter().filter_map(mover).collect()
    }
}
