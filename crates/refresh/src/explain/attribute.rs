//! What is to be said of one attribute, decided from what was found.

use std::collections::HashMap;

use muster_model::{AttributeName, AttributeValue, Reference};
use muster_store::{Account, Identity, ManualState, Stage};
use muster_transform::{Trace, Transform};
use serde_json::Value;

use super::traced::Traced;
use super::{Difference, Explained, Lookup, LookupOutcome, Read, Trouble};
use crate::configuration::{Configuration, LIFECYCLE, MANAGER, Mapping, USER_NAME};
use crate::manager::Found;
use crate::person::Person;

/// All that was found of an identity.
pub(super) struct Findings<'a> {
    pub(super) configuration: &'a Configuration,
    pub(super) accounts: &'a [Account],
    pub(super) stored: &'a Identity,
    /// The person as computed now; nothing where no profile speaks for them.
    pub(super) person: Option<Person<'a>>,
    pub(super) manager: Found,
    /// The transforms of the mapping as the profile has them, by attribute.
    pub(super) definitions: HashMap<String, Value>,
    /// The lifecycle state that a person set, and whether it holds.
    pub(super) manual: Option<(ManualState, bool)>,
    pub(super) traced: Traced,
    /// Whether a refresh is still to come.
    pub(super) is_waiting: bool,
}

impl<'a> Findings<'a> {
    /// What is found before anything is computed.
    pub(super) fn of(
        configuration: &'a Configuration,
        accounts: &'a [Account],
        stored: &'a Identity,
    ) -> Self {
        Self {
            configuration,
            accounts,
            stored,
            person: None,
            manager: Found::Nobody,
            definitions: HashMap::new(),
            manual: None,
            traced: Traced::default(),
            is_waiting: false,
        }
    }
}

impl Findings<'_> {
    /// All attributes, explained but for their history.
    pub(super) fn explained(&self) -> Vec<Explained> {
        self.names()
            .into_iter()
            .map(|name| self.explain(name))
            .collect()
    }

    /// As mapped, then the manager where a rule makes them, then what has a value or a problem without
    /// a mapping.
    fn names(&self) -> Vec<AttributeName> {
        let mut names: Vec<AttributeName> = Vec::new();
        if let Some(person) = &self.person {
            names.extend(person.profile.attribute_names().cloned());
            if person.profile.manager.is_some() {
                names.push(MANAGER.into());
            }
        }
        let stored = self.stored.attributes.iter().map(|(name, _)| name.clone());
        names.extend(stored);
        if let Some(person) = &self.person {
            let problems = person.computed.problems.iter();
            names.extend(problems.map(|problem| problem.attribute.as_str().into()));
        }
        let mut seen = std::collections::HashSet::new();
        names.retain(|name| seen.insert(name.clone()));
        names
    }

    fn explain(&self, name: AttributeName) -> Explained {
        let mapping = self.mapping(&name);
        let run = mapping.and_then(|_| self.traced.of(&name));
        let trace = run.map(|run| run.trace.clone()).unwrap_or_default();
        let has_failed = mapping.is_some_and(|mapping| {
            mapping.transform.is_err() || run.is_some_and(|run| run.has_failed)
        });
        let value = self.stored.attributes.get(&name).cloned();
        let computed = if has_failed {
            None
        } else {
            self.computed(&name)
        };
        let lookup = self.lookup(&name);
        let difference = AttributeValue::differ(value.as_ref(), computed.as_ref())
            .then(|| self.difference(mapping, has_failed && value.is_some()));
        Explained {
            value,
            computed,
            difference,
            definition: self.definitions.get(&*name).cloned(),
            reads: self.reads(&name, mapping, &trace),
            trace,
            problems: self.problems(&name),
            lookup,
            manual: self.manual.clone().filter(|_| &*name == LIFECYCLE),
            since: None,
            name,
        }
    }

    fn mapping(&self, name: &str) -> Option<&Mapping> {
        let mappings = &self.person.as_ref()?.profile.mappings;
        mappings.iter().find(|mapping| &*mapping.attribute == name)
    }

    fn computed(&self, name: &str) -> Option<AttributeValue> {
        if name == MANAGER {
            return match &self.manager {
                Found::Manager(id, name) => Some(AttributeValue::Reference(Reference::identity(
                    id.to_string(),
                    name,
                ))),
                Found::Nobody | Found::Themself | Found::Missing(_) => None,
            };
        }
        self.person.as_ref()?.computed.attributes.get(name).cloned()
    }

    fn difference(&self, mapping: Option<&Mapping>, is_kept: bool) -> Difference {
        let Some(person) = &self.person else {
            return Difference::Withdrawn;
        };
        let transform = mapping.and_then(|mapping| mapping.transform.as_ref().ok());
        let depends = |on: fn(&Transform) -> bool| {
            transform.is_some_and(|transform| self.any(transform, on, &mut Vec::new()))
        };
        if is_kept {
            Difference::Kept
        } else if !person.is_valid() && self.stored.stage == Stage::Active {
            Difference::Invalid
        } else if depends(|transform| transform.references().randomness) {
            Difference::Random
        } else if self.is_waiting {
            Difference::Waiting
        } else if depends(|transform| transform.references().time) {
            Difference::Time
        } else {
            Difference::Outdated
        }
    }

    /// Whether something holds for a transform or one that it refers to.
    fn any<'t>(
        &'t self,
        transform: &'t Transform,
        holds: fn(&Transform) -> bool,
        seen: &mut Vec<&'t str>,
    ) -> bool {
        if holds(transform) {
            return true;
        }
        for name in &transform.references().transforms {
            if seen.contains(&name.as_str()) {
                continue;
            }
            seen.push(name);
            let other = self.configuration.transforms.get(name);
            if other.is_some_and(|other| self.any(other, holds, seen)) {
                return true;
            }
        }
        false
    }

    fn problems(&self, name: &str) -> Vec<Trouble> {
        let problems = self
            .person
            .iter()
            .flat_map(|person| &person.computed.problems);
        problems
            .filter(|problem| problem.attribute == name)
            .map(|problem| Trouble {
                reason: problem.reason.clone(),
                severity: problem.severity,
                keeps_value: problem.is_kept,
            })
            .collect()
    }

    /// The values of accounts that went into an attribute: those that its steps took; all accounts
    /// where a template looks at them as it likes; for a manager by rule the one that names them.
    fn reads(&self, name: &str, mapping: Option<&Mapping>, trace: &Trace) -> Vec<Read> {
        let mut reads: Vec<Read> = Vec::new();
        let steps = trace.steps.iter();
        for taken in steps.filter_map(|step| step.taken_from.as_ref()) {
            let account = self
                .accounts
                .iter()
                .find(|account| account.id.to_string() == taken.account);
            let read = account.and_then(|account| self.read(account, Some(&taken.attribute)));
            reads.extend(read.filter(|read| !reads.contains(read)));
        }
        let transform = mapping.and_then(|mapping| mapping.transform.as_ref().ok());
        let looks_around = |transform: &Transform| transform.references().whole_identity;
        if transform.is_some_and(|transform| self.any(transform, looks_around, &mut Vec::new())) {
            reads.extend(
                self.accounts
                    .iter()
                    .filter_map(|account| self.read(account, None)),
            );
        }
        if name == MANAGER
            && let Some(person) = &self.person
            && let Some(rule) = &person.profile.manager
        {
            let account = self
                .accounts
                .iter()
                .find(|account| account.source_id == person.profile.source);
            // The rule counts, whatever a mapping made.
            reads.clear();
            reads.extend(
                account.and_then(|account| self.read(account, Some(&rule.account_attribute_name))),
            );
        }
        reads
    }

    /// One whose source is gone is read no more.
    fn read(&self, account: &Account, attribute: Option<&str>) -> Option<Read> {
        let source = self.configuration.sources.get(&account.source_id)?;
        Some(Read {
            source: Reference::source(&source.id, &source.name),
            account: account.id,
            native_identity: account.native_identity.clone(),
            attribute: attribute.map(str::to_owned),
            value: attribute.and_then(|attribute| account.attributes.get(attribute).cloned()),
            origin: account.origin,
        })
    }

    fn lookup(&self, name: &str) -> Option<Lookup> {
        let person = self.person.as_ref().filter(|_| name == MANAGER)?;
        let rule = person.profile.manager.as_ref();
        let attribute = rule.map_or(USER_NAME, |rule| &rule.identity_attribute_name);
        Some(Lookup {
            by_rule: rule.is_some(),
            identity_attribute: attribute.to_owned(),
            value: person.manager.as_ref().map(|wanted| wanted.value.clone()),
            outcome: match &self.manager {
                Found::Nobody => LookupOutcome::Nobody,
                Found::Manager(id, name) => {
                    LookupOutcome::Found(Reference::identity(id.to_string(), name))
                }
                Found::Themself => LookupOutcome::Themself,
                Found::Missing(_) => LookupOutcome::Missing,
            },
        })
    }
}
