//! One person between what is stored and what will be: computed attributes, then a decision.

use muster_event::identity::{AttributeChange, attributes_changed, created};
use muster_event::{IDENTITY_ATTRIBUTES_CHANGED, IDENTITY_CREATED, Value};
use muster_model::id::{IdentityId, TaskId};
use muster_model::settings::EventIdentityName;
use muster_model::{AttributeValue, OrgSettings, Reference, Timestamp};
use muster_store::{Account, Identity, Stage};

use crate::attributes::{Computed, Evaluate, Inputs, Problem, compute, display_name};
use crate::change::{differences, with_vendor_quirks};
use crate::configuration::{LIFECYCLE, MANAGER, Profile, REQUIRED, USER_NAME};
use crate::manager::{Found, Wanted};

/// A person of the batch with freshly computed attributes.
pub(crate) struct Person<'a> {
    pub(crate) id: IdentityId,
    pub(crate) stored: Option<&'a Identity>,
    pub(crate) profile: &'a Profile,
    pub(crate) computed: Computed,
    pub(crate) name: String,
    /// Whom the person names as manager.
    pub(crate) manager: Option<Wanted>,
}

/// What becomes of a person.
#[derive(Debug)]
pub(crate) enum Fate {
    /// Nothing to write.
    Same,
    /// Nothing is written of an announced person, because the run may still bring their manager; a
    /// new person is written but not announced.
    Waits(Option<Box<Identity>>),
    /// To be stored.
    Stored(Box<Identity>, Option<Told>),
}

/// What writes a person, and when.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Occasion {
    /// The run.
    pub(crate) cause: TaskId,
    /// The moment.
    pub(crate) now: Timestamp,
}

/// The event that tells of a person.
#[derive(Debug)]
pub(crate) struct Told {
    pub(crate) trigger: &'static str,
    pub(crate) body: Value,
}

impl<'a> Person<'a> {
    /// Computes the attributes of a person.
    pub(crate) fn compute(
        id: IdentityId,
        profile: &'a Profile,
        inputs: &Inputs<'a>,
        evaluator: &mut impl Evaluate,
    ) -> Self {
        let mut computed = compute(&profile.mappings, inputs, evaluator);
        let mapped_manager = computed.attributes.remove(MANAGER);
        let manager = wanted_manager(profile, inputs.accounts, mapped_manager);
        for name in REQUIRED {
            if computed
                .attributes
                .get(name)
                .is_none_or(AttributeValue::is_blank)
            {
                let reason = format!("required attribute {name} has no value");
                computed.problems.push(Problem::of(name, reason));
            }
        }
        let name = display_name(&computed.attributes);
        Self {
            id,
            stored: inputs.stored,
            profile,
            computed,
            name,
            manager,
        }
    }

    /// Notes that someone else has the person's user name.
    pub(crate) fn note_taken_name(&mut self, name: &str) {
        let reason = format!("the user name {name} belongs to another identity");
        self.computed.problems.push(Problem::of(USER_NAME, reason));
    }

    /// Whether nothing required is missing and the user name is free.
    pub(crate) fn is_valid(&self) -> bool {
        !self
            .computed
            .problems
            .iter()
            .any(|problem| REQUIRED.contains(&problem.attribute.as_str()) && !problem.is_kept)
    }

    /// Decides what becomes of the person.
    pub(crate) fn decide(
        mut self,
        manager: Found,
        managers_may_come: bool,
        settings: &OrgSettings,
        occasion: Occasion,
    ) -> Fate {
        let announced = self.stored.filter(|stored| stored.stage.is_announced());
        if !self.is_valid() {
            return self.invalid(announced, occasion);
        }
        let mut waits = false;
        let manager_id = match manager {
            Found::Manager(id, name) => {
                let reference = Reference::identity(id.to_string(), name);
                self.computed
                    .attributes
                    .set(MANAGER, AttributeValue::Reference(reference));
                Some(id)
            }
            Found::Themself => {
                let reason =
                    "the person is named as their own manager, which counts as none".to_owned();
                let warning = Problem::warning(MANAGER, reason);
                self.computed.problems.push(warning);
                None
            }
            Found::Missing(_) if managers_may_come => {
                waits = true;
                None
            }
            Found::Missing(_) | Found::Nobody => None,
        };
        match (waits, announced) {
            (true, Some(_)) => Fate::Waits(None),
            (true, None) => Fate::Waits(Some(Box::new(self.into_row(
                manager_id,
                Stage::Held,
                occasion,
            )))),
            (false, None) => self.announce(manager_id, settings, occasion),
            (false, Some(before)) => self.change(before, manager_id, settings, occasion),
        }
    }

    /// A required attribute is missing or the user name is taken: an announced person stays as they
    /// were, others stay hidden; nothing is told (aggregation-refresh.md §4.2).
    fn invalid(self, announced: Option<&Identity>, occasion: Occasion) -> Fate {
        let stored = self.stored;
        let problems = serde_json::to_value(&self.computed.problems).ok();
        let next = match announced {
            Some(before) => Identity {
                version: before.version + 1,
                problems,
                modified: occasion.now,
                cause: occasion.cause,
                ..before.clone()
            },
            None => self.into_row(None, Stage::Faulty, occasion),
        };
        let is_same = stored.is_some_and(|stored| {
            stored.stage == next.stage
                && stored.problems == next.problems
                && stored.attributes == next.attributes
        });
        if is_same {
            Fate::Same
        } else {
            Fate::Stored(Box::new(next), None)
        }
    }

    fn announce(
        self,
        manager: Option<IdentityId>,
        settings: &OrgSettings,
        occasion: Occasion,
    ) -> Fate {
        let mut row = self.into_row(manager, Stage::Active, occasion);
        row.revision += 1;
        let body = created(&event_identity(&row, settings), &row.attributes);
        Fate::Stored(
            Box::new(row),
            Some(Told {
                trigger: IDENTITY_CREATED,
                body,
            }),
        )
    }

    fn change(
        self,
        before: &Identity,
        manager: Option<IdentityId>,
        settings: &OrgSettings,
        occasion: Occasion,
    ) -> Fate {
        let order = self.order();
        let changes = differences(order.iter(), &before.attributes, &self.computed.attributes);
        let mut row = self.into_row(manager, Stage::Active, occasion);
        let is_same = changes.is_empty()
            && (row.stage, row.manager_id, &row.lifecycle, row.profile_id)
                == (
                    before.stage,
                    before.manager_id,
                    &before.lifecycle,
                    before.profile_id,
                )
            && row.problems == before.problems
            && row.name == before.name;
        if is_same {
            return Fate::Same;
        }
        // A manager's new name alone changes the reference and is no change of the report's.
        let told: Vec<AttributeChange> = if settings.vendor_quirks {
            with_vendor_quirks(changes)
        } else {
            changes
        };
        if told.is_empty() {
            return Fate::Stored(Box::new(row), None);
        }
        row.revision += 1;
        let body = attributes_changed(&event_identity(&row, settings), &told);
        Fate::Stored(
            Box::new(row),
            Some(Told {
                trigger: IDENTITY_ATTRIBUTES_CHANGED,
                body,
            }),
        )
    }

    /// Attributes in the order in which changes are told: as mapped, the manager where it is mapped
    /// or else after them.
    fn order(&self) -> Vec<muster_model::AttributeName> {
        let mut order: Vec<_> = self.profile.attribute_names().cloned().collect();
        if !order.iter().any(|name| &**name == MANAGER) {
            order.push(MANAGER.into());
        }
        order
    }

    fn into_row(
        self,
        manager_id: Option<IdentityId>,
        stage: Stage,
        occasion: Occasion,
    ) -> Identity {
        let Computed {
            attributes,
            problems,
        } = self.computed;
        let lifecycle = attributes
            .get(LIFECYCLE)
            .map(AttributeValue::to_text)
            .filter(|state| self.profile.lifecycle_states.contains(state));
        Identity {
            id: self.id,
            version: self.stored.map_or(1, |stored| stored.version + 1),
            revision: self.stored.map_or(0, |stored| stored.revision),
            profile_id: Some(self.profile.id),
            stage,
            name: self.name,
            alias: attributes
                .get(USER_NAME)
                .map(AttributeValue::to_text)
                .unwrap_or_default(),
            manager_id,
            lifecycle,
            created: self.stored.map_or(occasion.now, |stored| stored.created),
            modified: occasion.now,
            cause: occasion.cause,
            attributes,
            problems: (!problems.is_empty())
                .then(|| serde_json::to_value(&problems).ok())
                .flatten(),
        }
    }
}

fn wanted_manager(
    profile: &Profile,
    accounts: &[Account],
    mapped: Option<AttributeValue>,
) -> Option<Wanted> {
    let (attribute, value) = match &profile.manager {
        Some(rule) => {
            let account = accounts
                .iter()
                .find(|account| account.source_id == profile.source)?;
            let value = account
                .attributes
                .get(&rule.account_attribute_name)?
                .to_text();
            (rule.identity_attribute_name.clone(), value)
        }
        // Without a rule a mapped manager is taken for a user name.
        None => (USER_NAME.to_owned(), mapped?.to_text()),
    };
    (!value.trim().is_empty()).then_some(Wanted { attribute, value })
}

/// The identity as its events name it (decisions.md 5).
pub(crate) fn event_identity(row: &Identity, settings: &OrgSettings) -> Reference {
    let name = match settings.event_identity_name {
        EventIdentityName::DisplayName if !row.name.is_empty() => &row.name,
        _ => &row.alias,
    };
    Reference::identity(row.id.to_string(), name)
}
