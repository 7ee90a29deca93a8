//! A context made from JSON, in the form of the case file (aggregation-refresh.md §5.1).

use muster_model::{AttributeMap, AttributeValue, Timestamp};
use muster_transform::{
    Account, Context, EvaluationError, Field, Identity, NameScope, SeededRandom, Transform,
};
use serde::Deserialize;
use serde_json::Value;

#[derive(Default, Deserialize)]
#[serde(default)]
pub(crate) struct Given {
    input: Option<AttributeValue>,
    accounts: Vec<GivenAccount>,
    identity: Option<GivenIdentity>,
    identities: Vec<GivenIdentity>,
    transforms: Vec<Value>,
    now: Option<Timestamp>,
    taken: Vec<String>,
    field: Option<AttributeMap>,
    old_value: Option<AttributeValue>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct GivenAccount {
    source: String,
    #[serde(default)]
    source_id: String,
    #[serde(default)]
    created: Option<Timestamp>,
    #[serde(default)]
    native_identity: Option<String>,
    #[serde(default)]
    display_name: Option<String>,
    attributes: AttributeMap,
}

#[derive(Deserialize)]
struct GivenIdentity {
    #[serde(default)]
    uid: String,
    attributes: AttributeMap,
    #[serde(default)]
    manager: Option<Box<GivenIdentity>>,
}

impl GivenIdentity {
    fn view(&self) -> Identity<'_> {
        Identity {
            id: &self.uid,
            uid: &self.uid,
            display_name: &self.uid,
            is_manager: false,
            attributes: &self.attributes,
        }
    }
}

/// The context of one case.
pub(crate) struct World {
    given: Given,
    transforms: Vec<Transform>,
    random: SeededRandom,
}

impl World {
    pub(crate) fn of(json: &Value) -> Self {
        let given: Given = serde_json::from_value(json.clone()).expect("a context");
        let transforms = given
            .transforms
            .iter()
            .map(|json| Transform::parse(json).expect("a transform"))
            .collect();
        Self {
            given,
            transforms,
            random: SeededRandom::new(7),
        }
    }
}

impl Context for World {
    fn now(&self) -> Timestamp {
        self.given.now.unwrap_or_default()
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
            created: account.created.unwrap_or_default(),
            native_identity: account.native_identity.as_deref().unwrap_or_default(),
            display_name: account.display_name.as_deref().unwrap_or_default(),
            disabled: false,
            attributes: &account.attributes,
        })
    }

    fn identity(&self) -> Option<Identity<'_>> {
        self.given.identity.as_ref().map(GivenIdentity::view)
    }

    fn manager_of(&self, identity: &Identity<'_>) -> Option<Identity<'_>> {
        let ours = self.given.identity.as_ref()?;
        let is_ours = std::ptr::eq(identity.attributes, &raw const ours.attributes);
        ours.manager
            .as_ref()
            .filter(|_| is_ours)
            .map(|manager| manager.view())
    }

    fn identity_by_uid(&self, uid: &str) -> Option<Identity<'_>> {
        let found = self.given.identities.iter().find(|it| it.uid == uid);
        found.map(GivenIdentity::view)
    }

    fn transform(&self, name_or_id: &str) -> Option<&Transform> {
        let is_named = |transform: &&Transform| transform.name() == Some(name_or_id);
        self.transforms.iter().find(is_named)
    }

    fn old_value(&self) -> Option<&AttributeValue> {
        self.given.old_value.as_ref()
    }

    fn field(&self) -> Option<Field<'_>> {
        let attributes = self.given.field.as_ref()?;
        Some(Field {
            name: "userName",
            attributes,
        })
    }

    fn is_name_taken(&self, candidate: &str, _: NameScope) -> Result<bool, String> {
        Ok(self.given.taken.iter().any(|taken| taken == candidate))
    }
}

/// Parses and evaluates; both must be possible to call without a panic.
pub(crate) fn run(
    transform: &Value,
    context: &Value,
) -> Result<Option<AttributeValue>, EvaluationError> {
    let transform = Transform::parse(transform).unwrap_or_else(|error| panic!("{error}"));
    transform.evaluate(&World::of(context))
}
