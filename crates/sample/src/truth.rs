//! What a reader of both versions must find, computed from the company and not from the files.

use std::collections::BTreeMap;

use serde::Serialize;

use crate::company::{Company, Version};
use crate::layout::Layout;

/// The difference between the two versions of a company. Serialized it is the generator's `truth.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Truth {
    /// People in the first version.
    pub rows: u64,
    /// The seed.
    pub seed: u64,
    /// The name of the layout.
    pub layout: &'static str,
    /// How many people had which fate.
    pub fates: BTreeMap<&'static str, u64>,
    /// What an aggregation of the second version counts after the first.
    pub v1_to_v2: Statistics,
    /// How many people changed in which column.
    pub changed_cells: BTreeMap<&'static str, u64>,
    /// Everyone who is not the same in both versions, by number.
    #[serde(skip)]
    pub people: Vec<PersonChange>,
}

/// The statistics of the trigger Account Aggregation Completed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Statistics {
    /// Accounts of the second version.
    pub scanned: u64,
    /// Equal in both.
    pub unchanged: u64,
    /// In both, with a difference.
    pub changed: u64,
    /// Only in the second.
    pub added: u64,
    /// Only in the first.
    pub removed: u64,
}

/// What happened to one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PersonChange {
    /// The id in the file.
    pub native_identity: String,
    /// What is different.
    pub change: Change,
}

/// A difference between the versions of one person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Change {
    /// Only in the second version.
    Added,
    /// Only in the first version.
    Removed,
    /// In both, different in these columns, in the order of the header.
    Changed(Vec<&'static str>),
}

/// The truth about a company.
pub fn truth(layout: Layout, rows: u64, seed: u64) -> Truth {
    let company = Company::new(rows, seed);
    let mut truth = Truth {
        rows,
        seed,
        layout: layout.name(),
        fates: BTreeMap::new(),
        v1_to_v2: Statistics::default(),
        changed_cells: BTreeMap::new(),
        people: Vec::new(),
    };
    for person in 0..company.people() {
        *truth.fates.entry(company.fate(person).name()).or_default() += 1;
        truth.count(layout.id(person), change_of(&company, layout, person));
    }
    truth
}

impl Truth {
    fn count(&mut self, native_identity: String, change: Option<Change>) {
        let statistics = &mut self.v1_to_v2;
        statistics.scanned += u64::from(change != Some(Change::Removed));
        match &change {
            None => statistics.unchanged += 1,
            Some(Change::Added) => statistics.added += 1,
            Some(Change::Removed) => statistics.removed += 1,
            Some(Change::Changed(columns)) => {
                statistics.changed += 1;
                for column in columns {
                    *self.changed_cells.entry(column).or_default() += 1;
                }
            }
        }
        self.people.extend(change.map(|change| PersonChange {
            native_identity,
            change,
        }));
    }
}

fn change_of(company: &Company, layout: Layout, person: u64) -> Option<Change> {
    let before = company.person(person, Version::First);
    let after = company.person(person, Version::Second);
    let (mut before, mut after) = match (before, after) {
        (Some(before), Some(after)) => (before, after),
        (Some(_), None) => return Some(Change::Removed),
        (None, _) => return Some(Change::Added),
    };
    let groups_before = std::mem::take(&mut before.groups);
    let groups_after = std::mem::take(&mut after.groups);
    let (before, after) = (layout.cells(before), layout.cells(after));
    let mut columns: Vec<&'static str> = layout
        .columns()
        .iter()
        .zip(before.iter().zip(&after))
        .filter(|(_, (before, after))| before != after)
        .map(|(column, _)| *column)
        .collect();
    if layout.has_groups() && groups_before != groups_after {
        columns.push("groups");
    }
    (!columns.is_empty()).then_some(Change::Changed(columns))
}
