//! What a mapping would make of a person, without storing anything: the debugger of transforms.

use muster_model::id::IdentityId;
use muster_model::profile::IdentityAttributeConfig;
use muster_model::{AttributeValue, Timestamp};
use muster_store::{Result, Tx};

use crate::attributes::{Inputs, Plain, compute};
use crate::configuration::{Configuration, LIFECYCLE, compile_mapping};
use crate::load::Loaded;
use crate::reading::RandomBits;

/// One attribute of a preview.
#[derive(Clone, Debug, PartialEq)]
pub struct PreviewedAttribute {
    /// Its technical name.
    pub name: String,
    /// The value it would have.
    pub value: Option<AttributeValue>,
    /// The value it has.
    pub previous: Option<AttributeValue>,
    /// Why it could not be made, if it could not.
    pub errors: Vec<String>,
}

/// Applies a mapping, saved or not, to a stored identity; `None` when there is no such identity.
pub fn preview(
    tx: &mut Tx<'_>,
    id: IdentityId,
    config: &IdentityAttributeConfig,
    random: &RandomBits,
    now: Timestamp,
) -> Result<Option<Vec<PreviewedAttribute>>> {
    let configuration = Configuration::load(tx)?;
    let loaded = Loaded::read(tx, &[id])?;
    let Some(stored) = &loaded.stored[0] else {
        return Ok(None);
    };
    let mut mappings: Vec<_> = config
        .attribute_transforms
        .iter()
        .map(compile_mapping)
        .collect();
    mappings.sort_by_key(|mapping| &*mapping.attribute == LIFECYCLE);
    let text = id.to_string();
    let manager = stored
        .manager_id
        .and_then(|manager| loaded.managers.get(&manager));
    let inputs = Inputs {
        configuration: &configuration,
        id: &text,
        accounts: &loaded.accounts[0],
        stored: Some(stored),
        manager,
        now,
        random,
    };
    let computed = compute(&mappings, &inputs, &mut Plain);
    let attributes = mappings.iter().map(|mapping| PreviewedAttribute {
        name: mapping.attribute.to_string(),
        value: computed.attributes.get(&mapping.attribute).cloned(),
        previous: stored.attributes.get(&mapping.attribute).cloned(),
        errors: computed
            .problems
            .iter()
            .filter(|problem| *problem.attribute == *mapping.attribute)
            .map(|problem| problem.reason.clone())
            .collect(),
    });
    Ok(Some(attributes.collect()))
}
