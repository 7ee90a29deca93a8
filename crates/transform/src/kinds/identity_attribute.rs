//! identityAttribute: a value that the identity had before this refresh; absent is null.

use crate::attributes::Attributes;
use crate::datum::Datum;
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;

#[derive(Debug)]
struct IdentityAttribute {
    name: Box<str>,
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let name = attributes.required_constant("name")?;
    attributes.parser.references.add_identity_attribute(name);
    Ok(Box::new(IdentityAttribute { name: name.into() }))
}

impl Operation for IdentityAttribute {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let identity = scope.context().identity();
        Ok(identity
            .and_then(|identity| identity.attribute(&self.name))
            .map(Datum::of))
    }
}
