//! Identity profiles: whose accounts make people, and how their attributes are made
//! (aggregation-refresh.md §4).

pub(super) mod defaults;
pub mod edit_preview;
mod exchange;
mod mapping;
mod operations;
mod preview;
mod references;
mod wire;

use muster_auth::{Guard, LevelSet, UserLevel};
use muster_model::{Document, IdentityProfile, Source};
use muster_query::filter::operator::{EQ, GE, GT, IN, LE, NE, NONE, SW};
use muster_query::{Field, Fields, PatchRules};
use muster_store::{RawDocument, Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub use self::operations::OPERATIONS;
use self::references::{check_owner, identity_name, source_of};
use super::lifecycle_states;
use super::reports::exceptions;
use crate::call::Call;
use crate::collection::{Collection, Offer, Shared};
use crate::listing::Listing;
use crate::problem::Problem;
use crate::resource::{Object, Resource};
use crate::spelling::ALL;

/// The longest name of a profile.
const NAME_CHARS_MAX: usize = 128;

/// The distance between the priorities of profiles that do not state one.
const PRIORITY_STEP: i64 = 10;

const TAG: &str = "Identity Profiles";

/// An identity profile: stored as the refresh station reads it, described for callers.
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Profile(#[schemars(with = "wire::Described")] pub IdentityProfile);

impl Document for Profile {
    const KIND: &'static str = IdentityProfile::KIND;

    fn id(&self) -> &str {
        self.0.id()
    }

    fn name(&self) -> &str {
        self.0.name()
    }
}

const LEVELS: LevelSet = LevelSet::of(&[UserLevel::OrgAdmin, UserLevel::Api]);
const READ: Guard = Guard::reading(LEVELS, &["idn:identity-profile:read"]).also_for_applications();
const MANAGE: Guard =
    Guard::changing(LEVELS, &["idn:identity-profile:manage"]).also_for_applications();

static LISTING: Listing = Listing::new(Fields::new(&[
    Field::id("id", COMPARED).sorted(),
    Field::text("name", COMPARED).sorted(),
    Field::number("priority", EQ.and(NE)).sorted(),
    Field::time("created", NONE).sorted(),
    Field::time("modified", NONE).sorted(),
    Field::id("owner.id", NONE).sorted(),
    Field::text("owner.name", NONE).sorted(),
]));
const COMPARED: muster_query::Operators = EQ.and(NE).and(GE).and(GT).and(IN).and(LE).and(SW);

/// `/identity-profiles`
pub static IDENTITY_PROFILES: Collection = Collection::of::<Profile>(
    "/identity-profiles",
    "/identity-profiles/{identity-profile-id}",
)
.title(TAG, "identity profile")
.spoken(ALL)
.guard(READ, MANAGE)
.lists(&LISTING)
.read_only(&[
    "created",
    "modified",
    "identityCount",
    "identityRefreshRequired",
    "identityExceptionReportReference",
    "hasTimeBasedAttr",
])
.nullable(&["description", "owner", "identityExceptionReportReference"])
.patchable(PatchRules::new(&[
    "name",
    "description",
    "owner",
    "priority",
    "authoritativeSource",
    "identityAttributeConfig",
]))
.unique_names()
.timed()
.offers(
    Shared::List,
    Offer::new("listIdentityProfiles", "List identity profiles"),
)
.offers(
    Shared::Create,
    Offer::new("createIdentityProfile", "Create identity profile"),
)
.offers(
    Shared::Get,
    Offer::new("getIdentityProfile", "Get identity profile"),
)
.offers(
    Shared::Patch,
    Offer::new("updateIdentityProfile", "Update identity profile"),
);

impl Resource for Profile {
    fn before_save(
        &mut self,
        was: Option<&Self>,
        tx: &mut Tx<'_>,
        call: &Call,
    ) -> Result<(), Problem> {
        let profile = &mut self.0;
        let was = was.map(|was| &was.0);
        profile.other.clear();
        check_name(&profile.name)?;
        if was.map(|was| &was.owner) != Some(&profile.owner) {
            check_owner(profile, tx)?;
        }
        let source = source_of(profile, tx)?;
        set_priority(profile, was, tx)?;
        match was {
            Some(was) => change_mapping(profile, was, tx),
            None => begin(profile, &source, tx, call),
        }
    }

    fn before_delete(&self, tx: &mut Tx<'_>, _: &Call) -> Result<(), Problem> {
        lifecycle_states::forget(&self.0.id, tx)
    }

    fn present(
        wire: &mut Object,
        stored: &RawDocument,
        tx: &mut Tx<'_>,
        _: &Call,
    ) -> Result<(), Problem> {
        let profile: IdentityProfile = stored.read()?;
        let (visible, with_problems) = tx.identities().count_of_profile(profile.profile_id())?;
        wire.insert("identityCount".to_owned(), Value::from(visible));
        wire.insert(
            "hasTimeBasedAttr".to_owned(),
            Value::Bool(muster_refresh::periodic::is_time_based(&profile, tx)?),
        );
        if with_problems > 0 {
            wire.insert(
                "identityExceptionReportReference".to_owned(),
                exceptions::reference(&profile.id),
            );
        }
        // A reference shows the name of today, not that of the day it was made.
        if let Some(source) = tx
            .documents(Source::KIND)
            .get(&profile.authoritative_source.id)?
        {
            wire["authoritativeSource"]["name"] = Value::from(source.name.clone());
        }
        if let Some(owner) = &profile.owner
            && let Some(name) = identity_name(&owner.id, tx)?
        {
            wire["owner"]["name"] = Value::from(name);
        }
        Ok(())
    }
}

fn check_name(name: &str) -> Result<(), Problem> {
    if name.trim().is_empty() {
        return Err(Problem::required(
            "name is empty; give the identity profile a name.",
        ));
    }
    if name.chars().count() > NAME_CHARS_MAX {
        return Err(Problem::length(format!(
            "name has more than {NAME_CHARS_MAX} characters; shorten it."
        )));
    }
    Ok(())
}

/// A profile without a priority comes after all others, in steps that leave room between.
fn set_priority(
    profile: &mut IdentityProfile,
    was: Option<&IdentityProfile>,
    tx: &mut Tx<'_>,
) -> Result<(), Problem> {
    if profile.priority == 0 {
        let all = tx.typed::<IdentityProfile>().list()?;
        let last = all.iter().map(|other| other.priority).max().unwrap_or(0);
        let next = last.max(0).saturating_add(PRIORITY_STEP);
        profile.priority = was.map_or(next, |was| was.priority);
    }
    if profile.priority < 0 {
        return Err(Problem::illegal_value(
            "priority: it must be 1 or more; the profile with the lowest number wins.",
        ));
    }
    Ok(())
}

/// What a changed mapping must keep to, and what follows from it.
fn change_mapping(
    profile: &mut IdentityProfile,
    was: &IdentityProfile,
    tx: &mut Tx<'_>,
) -> Result<(), Problem> {
    let is_remapped = profile.identity_attribute_config != was.identity_attribute_config;
    let is_moved = profile.authoritative_source.id != was.authoritative_source.id;
    if is_remapped && is_moved {
        return Err(Problem::illegal_update(
            "authoritativeSource and identityAttributeConfig cannot be changed together; \
             patch one, then the other.",
        ));
    }
    if is_remapped {
        let (next, before) = (
            &profile.identity_attribute_config,
            &was.identity_attribute_config,
        );
        mapping::check(next, Some(before), tx)?;
    }
    profile.identity_refresh_required = was.identity_refresh_required || is_remapped || is_moved;
    Ok(())
}

/// A new profile: a mapping of what can be mapped where it brings none, and the two lifecycle states
/// of every profile.
fn begin(
    profile: &mut IdentityProfile,
    source: &Source,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let config = &mut profile.identity_attribute_config;
    if config.attribute_transforms.is_empty() {
        *config = defaults::config(source, tx)?;
    } else {
        mapping::check(config, None, tx)?;
    }
    // Accounts that were there before the profile wait for a refresh.
    profile.identity_refresh_required = tx.accounts().count(source.source_id())? > 0;
    lifecycle_states::create_defaults(&profile.id, tx, call)
}
