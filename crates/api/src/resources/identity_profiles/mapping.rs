//! What a mapping must keep to before it is saved.

use std::collections::HashSet;

use muster_model::profile::{AttributeTransform, IdentityAttributeConfig};
use muster_model::{Document, IdentityAttribute, Source, StoredTransform};
use muster_store::Tx;
use muster_transform::{SourceKey, Transform};

use crate::problem::{Problem, quote};

/// Attributes without which nobody is a valid identity (aggregation-refresh.md §4.2).
const REQUIRED: [&str; 3] = ["uid", "email", "lastname"];

/// Names that a text offers as the right ones.
const OFFERED_MAX: usize = 10;

/// Everything that a mapping may speak of.
struct Known {
    attributes: Vec<IdentityAttribute>,
    sources: Vec<(String, String)>,
    transforms: HashSet<String>,
}

/// Refuses a mapping that could not be applied. One that lacks a required attribute is refused
/// where the caller takes it away or turns the mapping on; what was incomplete before may be
/// mended step by step.
pub(super) fn check(
    next: &IdentityAttributeConfig,
    was: Option<&IdentityAttributeConfig>,
    tx: &mut Tx<'_>,
) -> Result<(), Problem> {
    let known = Known::read(tx)?;
    let mut seen = HashSet::new();
    for (at, entry) in next.attribute_transforms.iter().enumerate() {
        let place = format!("identityAttributeConfig.attributeTransforms[{at}]");
        if !seen.insert(entry.identity_attribute_name.as_str()) {
            return Err(Problem::illegal_value(format!(
                "{place}.identityAttributeName: \"{}\" is mapped twice; keep one of the two.",
                quote(&entry.identity_attribute_name)
            )));
        }
        known.check_attribute(entry, &place)?;
        known.check_transform(entry, &place)?;
    }
    check_required(next, was)
}

fn check_required(
    next: &IdentityAttributeConfig,
    was: Option<&IdentityAttributeConfig>,
) -> Result<(), Problem> {
    if !next.enabled {
        return Ok(());
    }
    let maps = |config: &IdentityAttributeConfig, name: &str| {
        config
            .attribute_transforms
            .iter()
            .any(|entry| entry.identity_attribute_name == name)
    };
    let was_on = was.filter(|was| was.enabled);
    let missing: Vec<&str> = REQUIRED
        .into_iter()
        .filter(|name| !maps(next, name) && was_on.is_none_or(|was| maps(was, name)))
        .collect();
    if missing.is_empty() {
        return Ok(());
    }
    Err(Problem::required(format!(
        "identityAttributeConfig.attributeTransforms has no mapping of {}; without uid, email and \
         lastname nobody is a valid identity. Map them, or send enabled: false until you do.",
        missing.join(", ")
    )))
}

impl Known {
    fn read(tx: &mut Tx<'_>) -> Result<Self, Problem> {
        let sources = tx.documents(Source::KIND).list()?;
        let transforms = tx.documents(StoredTransform::KIND).list()?;
        Ok(Self {
            attributes: tx.typed::<IdentityAttribute>().list()?,
            sources: sources
                .iter()
                .map(|source| (source.id.clone(), source.name.clone()))
                .collect(),
            transforms: transforms
                .iter()
                .flat_map(|one| [one.id.clone(), one.name.clone()])
                .collect(),
        })
    }

    fn check_attribute(&self, entry: &AttributeTransform, place: &str) -> Result<(), Problem> {
        let name = &entry.identity_attribute_name;
        let field = format!("{place}.identityAttributeName");
        match self.attributes.iter().find(|known| known.name == *name) {
            Some(known) if known.system => Err(Problem::illegal_value(format!(
                "{field}: {name} is set by the product itself and cannot be mapped; leave it out."
            ))),
            Some(_) => Ok(()),
            None => {
                let twin = self
                    .attributes
                    .iter()
                    .find(|known| known.name.eq_ignore_ascii_case(name));
                let hint = match twin {
                    Some(twin) => format!("did you mean {}?", twin.name),
                    None => "create it with POST identity-attributes, or see GET \
                             identity-attributes for those there are."
                        .to_owned(),
                };
                Err(Problem::referenced_not_found(format!(
                    "{field}: there is no identity attribute \"{}\"; {hint}",
                    quote(name)
                )))
            }
        }
    }

    fn check_transform(&self, entry: &AttributeTransform, place: &str) -> Result<(), Problem> {
        let field = format!("{place}.transformDefinition");
        let transform = Transform::parse(&entry.transform_definition).map_err(|error| {
            let within = if error.path.is_empty() { "" } else { "." };
            Problem::illegal_value(format!("{field}{within}{}: {}.", error.path, error.refusal))
        })?;
        let references = transform.references();
        for read in &references.accounts {
            self.check_source(&read.source, &field)?;
        }
        for name in &references.transforms {
            if !self.transforms.contains(name) {
                return Err(Problem::referenced_not_found(format!(
                    "{field}: there is no transform \"{}\"; create it with POST transforms first.",
                    quote(name)
                )));
            }
        }
        Ok(())
    }

    fn check_source(&self, key: &SourceKey, field: &str) -> Result<(), Problem> {
        let (member, wanted, is_known) = match key {
            SourceKey::Id(id) => {
                let is_known = self.sources.iter().any(|(known, _)| known == id);
                ("sourceId", id, is_known)
            }
            SourceKey::Name(name) => {
                let is_known = self.sources.iter().any(|(_, known)| known == name);
                ("sourceName", name, is_known)
            }
            SourceKey::Application(name) => {
                let plain = name.strip_suffix(" [source]").unwrap_or(name);
                let is_known = self.sources.iter().any(|(_, known)| known == plain);
                ("applicationName", name, is_known)
            }
        };
        if is_known {
            return Ok(());
        }
        let names: Vec<String> = self
            .sources
            .iter()
            .take(OFFERED_MAX)
            .map(|(id, name)| match key {
                SourceKey::Id(_) => format!("{id} ({name})"),
                _ => name.clone(),
            })
            .collect();
        Err(Problem::referenced_not_found(format!(
            "{field}: there is no source whose {member} is \"{}\"; there are: {}.",
            quote(wanted),
            names.join(", ")
        )))
    }
}
