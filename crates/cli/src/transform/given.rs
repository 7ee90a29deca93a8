//! The surroundings of a transform, written down as JSON.

use anyhow::{Context as _, Result};
use muster_model::{AttributeMap, AttributeValue, Timestamp};
use muster_transform::{Account, Context, Field, Identity, NameScope, SeededRandom, Transform};
use serde::Deserialize;
use serde_json::Value;

/// What a person wrote; see the help of `muster transform test`.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub(super) struct Given {
    input: Option<AttributeValue>,
    accounts: Vec<GivenAccount>,
    identity: Option<GivenIdentity>,
    identities: Vec<GivenIdentity>,
    transforms: Vec<Value>,
    now: Option<Timestamp>,
    taken: Vec<String>,
    field: Option<AttributeMap>,
    attribute_name: Option<String>,
    old_value: Option<AttributeValue>,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct GivenAccount {
    source: String,
    source_id: String,
    created: Timestamp,
    native_identity: String,
    display_name: String,
    disabled: bool,
    attributes: AttributeMap,
}

#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
struct GivenIdentity {
    id: String,
    uid: String,
    display_name: String,
    is_manager: bool,
    attributes: AttributeMap,
    manager: Option<Box<GivenIdentity>>,
}

impl GivenIdentity {
    fn view(&self) -> Identity<'_> {
        Identity {
            id: &self.id,
            uid: &self.uid,
            display_name: &self.display_name,
            is_manager: self.is_manager,
            attributes: &self.attributes,
        }
    }

    /// Everybody from here up.
    fn line(&self) -> impl Iterator<Item = &GivenIdentity> {
        std::iter::successors(Some(self), |identity| identity.manager.as_deref())
    }
}

/// The same, ready to be looked at.
pub(super) struct World {
    given: Given,
    transforms: Vec<Transform>,
    random: SeededRandom,
    now: Timestamp,
}

impl World {
    pub(super) fn of(given: Given, now: Timestamp, seed: u64) -> Result<Self> {
        let transforms = given
            .transforms
            .iter()
            .map(|json| Transform::parse(json).context("transforms"))
            .collect::<Result<_>>()?;
        Ok(Self {
            now: given.now.unwrap_or(now),
            transforms,
            random: SeededRandom::new(seed),
            given,
        })
    }
}

impl Context for World {
    fn now(&self) -> Timestamp {
        self.now
    }

    fn random_bits(&self) -> u64 {
        self.random.next_bits()
    }

    fn input(&self) -> Option<&AttributeValue> {
        self.given.input.as_ref()
    }

    fn account(&self, index: usize) -> Option<Account<'_>> {
        let account = self.given.accounts.get(index)?;
        Some(Account {
            source_name: &account.source,
            source_id: &account.source_id,
            application_name: &account.source,
            id: "",
            created: account.created,
            native_identity: &account.native_identity,
            display_name: &account.display_name,
            disabled: account.disabled,
            attributes: &account.attributes,
        })
    }

    fn identity(&self) -> Option<Identity<'_>> {
        self.given.identity.as_ref().map(GivenIdentity::view)
    }

    fn manager_of(&self, identity: &Identity<'_>) -> Option<Identity<'_>> {
        let mut known = self.given.identity.iter().chain(&self.given.identities);
        let found = known.find_map(|person| {
            person
                .line()
                .find(|person| std::ptr::eq(identity.attributes, &raw const person.attributes))
        });
        Some(found?.manager.as_ref()?.view())
    }

    fn identity_by_uid(&self, uid: &str) -> Option<Identity<'_>> {
        let found = self
            .given
            .identities
            .iter()
            .find(|person| person.uid == uid);
        found.map(GivenIdentity::view)
    }

    fn transform(&self, name_or_id: &str) -> Option<&Transform> {
        let is_named = |transform: &&Transform| transform.name() == Some(name_or_id);
        self.transforms.iter().find(is_named)
    }

    fn attribute_name(&self) -> Option<&str> {
        self.given.attribute_name.as_deref()
    }

    fn old_value(&self) -> Option<&AttributeValue> {
        self.given.old_value.as_ref()
    }

    fn field(&self) -> Option<Field<'_>> {
        let attributes = self.given.field.as_ref()?;
        Some(Field {
            name: "field",
            attributes,
        })
    }

    fn is_name_taken(&self, candidate: &str, _: NameScope) -> Result<bool, String> {
        Ok(self.given.taken.iter().any(|taken| taken == candidate))
    }
}
