//! The surroundings of a transform, written down as JSON: for those who try one without a store.

use muster_model::{AttributeMap, AttributeValue, Timestamp};
use serde::Deserialize;
use serde_json::Value;

use crate::{Account, Context, Field, Identity, NameScope, ParseError, SeededRandom, Transform};

/// What a person wrote, all of it optional: the implicit input, accounts with their sources, the identity with its
/// managers, other identities by user name, transforms to refer to, the moment, names that are taken, the account
/// that is being made (`field`), and the attribute with its old value.
#[derive(Default, Deserialize)]
#[serde(default, rename_all = "camelCase", deny_unknown_fields)]
pub struct Given {
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
    native_identity: Option<String>,
    display_name: Option<String>,
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
        // Whoever leaves them out means somebody with a plain name.
        Identity {
            id: if self.id.is_empty() {
                &self.uid
            } else {
                &self.id
            },
            uid: &self.uid,
            display_name: if self.display_name.is_empty() {
                &self.uid
            } else {
                &self.display_name
            },
            is_manager: self.is_manager,
            attributes: &self.attributes,
        }
    }

    /// Everybody from here up.
    fn line(&self) -> impl Iterator<Item = &GivenIdentity> {
        std::iter::successors(Some(self), |identity| identity.manager.as_deref())
    }
}

/// A [`Given`], ready to be looked at.
pub struct World {
    given: Given,
    transforms: Vec<Transform>,
    random: SeededRandom,
    now: Timestamp,
}

impl World {
    /// Makes the transforms ready. `now` counts where the given says no moment; the same `seed` gives the same
    /// random values.
    pub fn of(given: Given, now: Timestamp, seed: u64) -> Result<Self, ParseError> {
        let transforms = given
            .transforms
            .iter()
            .map(Transform::parse)
            .collect::<Result<_, _>>()?;
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
            native_identity: account.native_identity.as_deref().unwrap_or_default(),
            display_name: account.display_name.as_deref().unwrap_or_default(),
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
            name: self.given.attribute_name.as_deref().unwrap_or("field"),
            attributes,
        })
    }

    fn is_name_taken(&self, candidate: &str, _: NameScope) -> Result<bool, String> {
        Ok(self.given.taken.iter().any(|taken| taken == candidate))
    }
}
