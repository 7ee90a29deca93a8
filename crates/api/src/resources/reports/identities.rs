//! Reports on people: how they are called and how they stand, or all their attributes. Those who were
//! never announced are in the report on exceptions alone.

use muster_model::id::IdentityId;
use muster_model::{AttributeValue, IdentityAttribute};
use muster_store::{Identity, Result, Stage, Tx};

use super::table::Rows;
use super::wanted::Correlated;
use crate::limits::REPORT_ROWS;

const HEADER: [&str; 6] = [
    "Identity ID",
    "User Name",
    "Display Name",
    "Correlated",
    "Created",
    "Modified",
];

/// Behind the columns that all have, in the report on names: technical name and heading.
const NAMES: [(&str, &str); 5] = [
    ("firstname", "First Name"),
    ("lastname", "Last Name"),
    ("email", "Work Email"),
    ("manager", "Manager"),
    ("cloudLifecycleState", "Lifecycle State"),
];

/// People at some stages, with some of their attributes.
pub(super) struct Identities {
    stages: &'static [Stage],
    attributes: Vec<(String, String)>,
    after: Option<IdentityId>,
}

impl Identities {
    /// How people are called.
    pub(super) fn names(correlated: Correlated) -> Self {
        Self::at(stages(correlated), named())
    }

    /// Those whose authoritative account is gone.
    pub(super) fn orphans() -> Self {
        Self::at(&[Stage::Withdrawn], named())
    }

    /// People with all attributes that the org has; columns are called by technical names.
    pub(super) fn details(correlated: Correlated, tx: &mut Tx<'_>) -> Result<Self> {
        let mut known: Vec<String> = tx
            .typed::<IdentityAttribute>()
            .list()?
            .into_iter()
            .map(|attribute| attribute.name)
            .collect();
        known.sort_unstable();
        let columns = known.into_iter().map(|name| (name.clone(), name)).collect();
        Ok(Self::at(stages(correlated), columns))
    }

    fn at(stages: &'static [Stage], attributes: Vec<(String, String)>) -> Self {
        Self {
            stages,
            attributes,
            after: None,
        }
    }

    fn line(&self, person: &Identity) -> Vec<String> {
        let mut line = vec![
            person.id.to_string(),
            person.alias.clone(),
            person.name.clone(),
            (person.stage == Stage::Active).to_string(),
            person.created.to_string(),
            person.modified.to_string(),
        ];
        let values = self.attributes.iter().map(|(attribute, _)| {
            let value = person.attributes.get(attribute.as_str());
            value.map(AttributeValue::to_text).unwrap_or_default()
        });
        line.extend(values);
        line
    }
}

impl Rows for Identities {
    fn header(&self) -> Vec<String> {
        let attributes = self.attributes.iter().map(|(_, heading)| heading.clone());
        HEADER
            .map(str::to_owned)
            .into_iter()
            .chain(attributes)
            .collect()
    }

    fn count(&self, tx: &mut Tx<'_>) -> Result<i64> {
        tx.identities().count_at(self.stages)
    }

    fn next(&mut self, tx: &mut Tx<'_>) -> Result<Vec<Vec<String>>> {
        let people = tx
            .identities()
            .page_at(self.stages, self.after, REPORT_ROWS)?;
        self.after = people.last().map(|last| last.id);
        Ok(people.iter().map(|person| self.line(person)).collect())
    }
}

fn named() -> Vec<(String, String)> {
    NAMES
        .map(|(attribute, heading)| (attribute.to_owned(), heading.to_owned()))
        .to_vec()
}

/// As the list of identities understands the word.
const fn stages(correlated: Correlated) -> &'static [Stage] {
    match correlated {
        Correlated::Only => &[Stage::Active],
        Correlated::OrNot => &[Stage::Active, Stage::Withdrawn],
    }
}
