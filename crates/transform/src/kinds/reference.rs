//! reference: another transform by its name (or id), with this one's input as its implicit input.

use crate::attributes::Attributes;
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;

#[derive(Debug)]
struct Reference {
    id: Box<str>,
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let id = attributes.required_constant("id")?;
    attributes.parser.references.add_transform(id);
    Ok(Box::new(Reference { id: id.into() }))
}

impl Operation for Reference {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let input = scope.input()?;
        scope.call(&self.id, input)
    }
}
