//! A schema in the form that reading needs: attributes by number, and which of them name the account.

use std::sync::Arc;

use muster_model::{AttributeName, AttributeType, Schema};

/// The attributes of the accounts of one source, in schema order.
#[derive(Debug, PartialEq, Eq)]
pub struct Layout {
    attributes: Vec<LayoutAttribute>,
    identity: usize,
    display: usize,
    fingerprint: [u8; 8],
}

/// One attribute of a layout.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct LayoutAttribute {
    pub(crate) name: AttributeName,
    pub(crate) kind: AttributeType,
    pub(crate) is_multi: bool,
}

/// A schema by which no account can be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum LayoutError {
    /// The Account ID is not among the attributes.
    #[error("the schema has no attribute \"{0}\" for the Account ID")]
    NoIdentity(String),
    /// The Account ID would have several values.
    #[error("the Account ID \"{0}\" cannot have several values")]
    MultiIdentity(String),
    /// Two attributes have one name.
    #[error("the schema has two attributes named \"{0}\"")]
    Duplicate(String),
    /// More attributes than columns are allowed.
    #[error("the schema has more than {} attributes", crate::limits::COLUMNS_MAX)]
    TooMany,
}

impl Layout {
    /// The layout of a schema. Attributes in `collected` take several values even where the schema
    /// says one; that is what `mergeColumns` asks for.
    pub fn of(schema: &Schema, collected: &[String]) -> Result<Arc<Self>, LayoutError> {
        if schema.attributes.len() > crate::limits::COLUMNS_MAX {
            return Err(LayoutError::TooMany);
        }
        let mut attributes: Vec<LayoutAttribute> = Vec::with_capacity(schema.attributes.len());
        for definition in &schema.attributes {
            if attributes
                .iter()
                .any(|known| *known.name == *definition.name)
            {
                return Err(LayoutError::Duplicate(definition.name.clone()));
            }
            attributes.push(LayoutAttribute {
                name: definition.name.as_str().into(),
                kind: definition.kind,
                is_multi: definition.is_multi || collected.contains(&definition.name),
            });
        }
        let position = |name: &str| attributes.iter().position(|known| *known.name == *name);
        let identity = position(&schema.identity_attribute)
            .ok_or_else(|| LayoutError::NoIdentity(schema.identity_attribute.clone()))?;
        if attributes[identity].is_multi {
            return Err(LayoutError::MultiIdentity(
                schema.identity_attribute.clone(),
            ));
        }
        let display = position(&schema.display_attribute)
            .filter(|at| !attributes[*at].is_multi)
            .unwrap_or(identity);
        let fingerprint = fingerprint(&attributes);
        Ok(Arc::new(Self {
            attributes,
            identity,
            display,
            fingerprint,
        }))
    }

    pub(crate) fn attributes(&self) -> &[LayoutAttribute] {
        &self.attributes
    }

    /// The number of the attribute called Account ID.
    pub(crate) fn identity(&self) -> usize {
        self.identity
    }

    /// The number of the attribute called Account Name; that of the Account ID where there is none.
    pub(crate) fn display(&self) -> usize {
        self.display
    }

    /// Differs between layouts that would read one file differently.
    pub(crate) fn fingerprint(&self) -> [u8; 8] {
        self.fingerprint
    }
}

fn fingerprint(attributes: &[LayoutAttribute]) -> [u8; 8] {
    let mut hasher = blake3::Hasher::new();
    for attribute in attributes {
        hasher.update(&(attribute.name.len() as u64).to_le_bytes());
        hasher.update(attribute.name.as_bytes());
        hasher.update(&[attribute.kind as u8, u8::from(attribute.is_multi)]);
    }
    let mut bytes = [0; 8];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..8]);
    bytes
}
