//! Why: for each attribute of an identity, what is stored, what the mapping makes of the accounts now
//! and by which steps, where the values come from, and since when it is so.
//!
//! Nothing is stored. This file loads and looks things up as a refresh does; what is to be said of one
//! attribute is decided in [`attribute`].

mod attribute;
mod traced;

use std::collections::HashMap;

use muster_model::handover::{REFRESH, REFRESH_PROFILE};
use muster_model::id::{AccountId, IdentityId};
use muster_model::{AttributeName, AttributeValue, IdentityProfile, Reference, Timestamp};
use muster_store::{Identity, ManualState, Origin, Result, Tx};
use muster_transform::Trace;
use serde_json::Value;

use self::attribute::Findings;
use crate::attributes::Inputs;
use crate::batch::note_taken_names;
use crate::configuration::Configuration;
use crate::history::{Since, since};
use crate::load::Loaded;
use crate::manager;
use crate::manual::Standing;
use crate::person::Person;
use crate::reading::RandomBits;

/// An identity that explains itself.
#[derive(Debug)]
pub struct Explanation {
    /// The identity as it is stored.
    pub identity: Identity,
    /// The profile that speaks for it now, by id and name.
    pub profile: Option<(String, String)>,
    /// Its attributes: as mapped, then the manager, then those that no mapping makes.
    pub attributes: Vec<Explained>,
}

/// Why an attribute has its value.
#[derive(Debug)]
pub struct Explained {
    /// Its technical name.
    pub name: AttributeName,
    /// What is stored.
    pub value: Option<AttributeValue>,
    /// What a refresh would make of the accounts now; nothing where that fails.
    pub computed: Option<AttributeValue>,
    /// Why the two differ, where they do.
    pub difference: Option<Difference>,
    /// The mapping's transform, as the profile has it.
    pub definition: Option<Value>,
    /// The steps of the transform.
    pub trace: Trace,
    /// Values of accounts that went into it.
    pub reads: Vec<Read>,
    /// What is wrong with it, and what is done about that.
    pub problems: Vec<Trouble>,
    /// For the manager: how they were looked up.
    pub lookup: Option<Lookup>,
    /// For the lifecycle state: the one that a person set, and whether it still holds.
    pub manual: Option<(ManualState, bool)>,
    /// Since when it has its value.
    pub since: Option<Since>,
}

/// Why an attribute is stored with another value than would be computed now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// The transform fails; the older value is kept.
    Kept,
    /// Something required is missing or taken; the whole person stays as they were.
    Invalid,
    /// No profile speaks for the person any more; they keep their last attributes.
    Withdrawn,
    /// The result depends on the time.
    Time,
    /// The result is random, so it is another one each time.
    Random,
    /// A refresh waits or goes on that will store it.
    Waiting,
    /// Mapping, transforms, or other attributes changed after the last refresh; the next one stores it.
    Outdated,
}

/// A value of an account that was read.
#[derive(Clone, Debug, PartialEq)]
pub struct Read {
    /// The source.
    pub source: Reference,
    /// The account.
    pub account: AccountId,
    /// The account's key on its source.
    pub native_identity: String,
    /// The attribute; nothing where a template looks at the whole account.
    pub attribute: Option<String>,
    /// What the source says.
    pub value: Option<AttributeValue>,
    /// The line and the run that it was read from.
    pub origin: Option<Origin>,
}

/// Something that is wrong with an attribute.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trouble {
    /// What.
    pub reason: String,
    /// How bad it is.
    pub severity: muster_model::Severity,
    /// Whether an older value is kept because of it.
    pub keeps_value: bool,
}

/// How a manager is looked up.
#[derive(Clone, Debug, PartialEq)]
pub struct Lookup {
    /// Whether the source's manager correlation says so; otherwise the mapped value is taken for a
    /// user name.
    pub by_rule: bool,
    /// The identity attribute that is looked in.
    pub identity_attribute: String,
    /// The value that is looked for, where one is named.
    pub value: Option<String>,
    /// What came of it.
    pub outcome: LookupOutcome,
}

/// What looking for a manager came to.
#[derive(Clone, Debug, PartialEq)]
pub enum LookupOutcome {
    /// Nobody is named.
    Nobody,
    /// This identity.
    Found(Reference),
    /// The person names themself, which counts as nobody.
    Themself,
    /// Nobody is there under that value.
    Missing,
}

/// What people are computed with beside what is stored.
#[derive(Clone, Copy)]
pub struct Occasion<'a> {
    /// Randomness for transforms that ask for it.
    pub random: &'a RandomBits,
    /// The present moment.
    pub now: Timestamp,
}

/// Explains a stored identity; nothing when there is no such identity.
pub fn explain(
    tx: &mut Tx<'_>,
    id: IdentityId,
    occasion: Occasion<'_>,
) -> Result<Option<Explanation>> {
    let configuration = Configuration::load(tx)?;
    let loaded = Loaded::read(tx, &[id])?;
    let Some(stored) = &loaded.stored[0] else {
        return Ok(None);
    };
    let text = id.to_string();
    let inputs = Inputs {
        configuration: &configuration,
        id: &text,
        accounts: &loaded.accounts[0],
        stored: Some(stored),
        manager: stored
            .manager_id
            .and_then(|manager| loaded.managers.get(&manager)),
        now: occasion.now,
        random: occasion.random,
    };
    let mut findings = Findings::of(&configuration, inputs.accounts, stored);
    let has_account = |source| {
        let mut accounts = inputs.accounts.iter();
        accounts.any(|account| account.source_id == source)
    };
    let mut speaks = None;
    if let Some(profile) = configuration.profile_for(has_account) {
        let mut person = Person::compute(id, profile, &inputs, &mut findings.traced);
        findings.manual = loaded.manual.get(&id).map(|manual| {
            let holds = person.obey(manual) == Standing::Holds;
            (manual.clone(), holds)
        });
        let mut people = vec![person];
        note_taken_names(tx, &mut people)?;
        findings.manager = manager::find(tx, &people)?.remove(0);
        findings.person = people.pop();
        if let Some(profile) = tx.typed::<IdentityProfile>().get(&profile.id.to_string())? {
            findings.is_waiting = loaded.awaiting[0] || waits(tx, id, &profile)?;
            findings.definitions = definitions(&profile);
            speaks = Some((profile.id, profile.name));
        }
    }
    let mut attributes = findings.explained();
    let names = attributes.iter().map(|one| one.name.clone()).collect();
    let versions = tx.identity_changes().all_versions(stored.clone())?;
    let since = since(versions, names)?;
    for attribute in &mut attributes {
        attribute.since = since.get(&attribute.name).copied();
    }
    Ok(Some(Explanation {
        identity: stored.clone(),
        profile: speaks,
        attributes,
    }))
}

/// Whether a refresh of the identity is still to come.
fn waits(tx: &mut Tx<'_>, id: IdentityId, profile: &IdentityProfile) -> Result<bool> {
    Ok(profile.identity_refresh_required
        || tx.jobs().any_names(REFRESH, &id.to_string())?
        || tx.jobs().any_names(REFRESH_PROFILE, &profile.id)?)
}

fn definitions(profile: &IdentityProfile) -> HashMap<String, Value> {
    let entries = &profile.identity_attribute_config.attribute_transforms;
    entries
        .iter()
        .map(|entry| {
            (
                entry.identity_attribute_name.clone(),
                entry.transform_definition.clone(),
            )
        })
        .collect()
}
