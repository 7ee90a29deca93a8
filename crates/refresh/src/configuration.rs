//! What is mapped how: an org's profiles, transforms and sources, compiled once per change.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use muster_model::id::{ProfileId, SourceId};
use muster_model::profile::AttributeTransform;
use muster_model::source::ManagerCorrelation;
use muster_model::{
    AttributeName, IdentityProfile, LifecycleState, OrgSettings, Source, StoredTransform,
};
pub(crate) use muster_store::USER_NAME;
use muster_store::{Result, Tx};
use muster_transform::Transform;
use parking_lot::Mutex;

/// The attribute that holds the lifecycle state; computed last, from the others.
pub(crate) const LIFECYCLE: &str = "cloudLifecycleState";
/// The attribute that holds the manager's reference.
pub(crate) const MANAGER: &str = "manager";
/// Attributes without which nobody is a valid identity (aggregation-refresh.md §4.2).
pub(crate) const REQUIRED: [&str; 3] = [USER_NAME, "email", "lastname"];

/// An org's configuration, ready to be applied.
pub struct Configuration {
    /// Profiles, the one with the highest precedence first.
    pub(crate) profiles: Vec<Profile>,
    /// Sources by id.
    pub(crate) sources: HashMap<SourceId, SourceNames>,
    /// Transforms by name and by id.
    pub(crate) transforms: HashMap<String, Arc<Transform>>,
    /// Identity attributes by which identities are looked up somewhere.
    pub(crate) key_attributes: BTreeSet<String>,
    /// The org's settings.
    pub(crate) settings: OrgSettings,
}

/// An identity profile, compiled.
pub(crate) struct Profile {
    pub(crate) id: ProfileId,
    pub(crate) source: SourceId,
    /// Attributes in the profile's order; the lifecycle state comes last.
    pub(crate) mappings: Vec<Mapping>,
    /// How the manager is looked up.
    pub(crate) manager: Option<ManagerCorrelation>,
    /// Technical names of the enabled lifecycle states.
    pub(crate) lifecycle_states: BTreeSet<String>,
}

/// How one attribute is made.
pub(crate) struct Mapping {
    pub(crate) attribute: AttributeName,
    /// The program, or why it cannot be run.
    pub(crate) transform: Result<Transform, String>,
}

/// How a source is spoken of in transforms.
pub(crate) struct SourceNames {
    pub(crate) id: String,
    pub(crate) name: String,
    pub(crate) application: String,
}

impl Configuration {
    /// Reads and compiles an org's configuration.
    pub fn load(tx: &mut Tx<'_>) -> Result<Self> {
        let sources = tx.typed::<Source>().list()?;
        let states = tx.typed::<LifecycleState>().list()?;
        let stored = tx.typed::<StoredTransform>().list()?;
        let settings = tx.typed::<OrgSettings>().get("org")?.unwrap_or_default();
        let mut profiles = tx.typed::<IdentityProfile>().list()?;
        // The lowest number wins; equals are in the order of their creation.
        profiles.sort_by_key(|profile| profile.priority);
        let profiles: Vec<Profile> = profiles
            .iter()
            .map(|profile| compile_profile(profile, &sources, &states))
            .collect();
        let mut transforms = HashMap::new();
        for one in &stored {
            let json = serde_json::to_value(one)?;
            // A stored transform was checked when it was saved; one that no longer compiles is
            // missed by whoever refers to it, with its name.
            if let Ok(transform) = Transform::parse(&json) {
                let transform = Arc::new(transform);
                transforms.insert(one.id.clone(), Arc::clone(&transform));
                transforms.insert(one.name.clone(), transform);
            }
        }
        Ok(Self {
            key_attributes: key_attributes(&sources),
            sources: sources
                .iter()
                .map(|source| (source.source_id(), names(source)))
                .collect(),
            profiles,
            transforms,
            settings,
        })
    }

    /// The profile of an identity that has accounts on these sources, if any has one.
    pub(crate) fn profile_for(&self, sources: impl Fn(SourceId) -> bool) -> Option<&Profile> {
        self.profiles.iter().find(|profile| sources(profile.source))
    }
}

impl Profile {
    /// The profile's attributes in their order, the manager's among them.
    pub(crate) fn attribute_names(&self) -> impl Iterator<Item = &AttributeName> {
        self.mappings.iter().map(|mapping| &mapping.attribute)
    }
}

/// Compiles a mapping.
pub(crate) fn compile_mapping(entry: &AttributeTransform) -> Mapping {
    Mapping {
        attribute: entry.identity_attribute_name.as_str().into(),
        transform: Transform::parse(&entry.transform_definition).map_err(|error| error.to_string()),
    }
}

fn compile_profile(
    profile: &IdentityProfile,
    sources: &[Source],
    states: &[LifecycleState],
) -> Profile {
    let config = &profile.identity_attribute_config;
    let mut mappings: Vec<Mapping> = if config.enabled {
        config
            .attribute_transforms
            .iter()
            .map(compile_mapping)
            .collect()
    } else {
        Vec::new()
    };
    mappings.sort_by_key(|mapping| &*mapping.attribute == LIFECYCLE);
    let source = sources
        .iter()
        .find(|source| source.id == profile.authoritative_source.id);
    let states = states
        .iter()
        .filter(|state| state.identity_profile_id == profile.id);
    Profile {
        id: profile.profile_id(),
        source: profile
            .authoritative_source
            .id
            .parse()
            .unwrap_or(SourceId(0)),
        mappings,
        manager: source.and_then(|source| source.manager_correlation_mapping.clone()),
        lifecycle_states: states
            .filter(|state| state.enabled)
            .map(|state| state.technical_name.clone())
            .collect(),
    }
}

/// Identity attributes by which these sources look identities up.
pub fn key_attributes(sources: &[Source]) -> BTreeSet<String> {
    let managers = sources
        .iter()
        .filter_map(|source| source.manager_correlation_mapping.as_ref());
    let pairs = sources
        .iter()
        .flat_map(|source| &source.correlation.attribute_assignments);
    managers
        .map(|mapping| mapping.identity_attribute_name.clone())
        .chain(pairs.map(|pair| pair.property.clone()))
        .chain([USER_NAME.to_owned()])
        .collect()
}

fn names(source: &Source) -> SourceNames {
    SourceNames {
        id: source.id.clone(),
        name: source.name.clone(),
        application: format!("{} [source]", source.name),
    }
}

/// The newest configuration of each org, compiled again when a document of the org has changed.
#[derive(Default)]
pub struct Configurations(Mutex<HashMap<String, (i64, Arc<Configuration>)>>);

impl Configurations {
    /// The configuration as of the transaction.
    pub fn current(&self, tx: &mut Tx<'_>) -> Result<Arc<Configuration>> {
        let revision = tx.documents("source").revision()?;
        let org = tx.org().name();
        if let Some((known, configuration)) = self.0.lock().get(org)
            && *known == revision
        {
            return Ok(Arc::clone(configuration));
        }
        let configuration = Arc::new(Configuration::load(tx)?);
        self.0
            .lock()
            .insert(org.to_owned(), (revision, Arc::clone(&configuration)));
        Ok(configuration)
    }
}
