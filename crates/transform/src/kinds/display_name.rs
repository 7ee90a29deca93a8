//! displayName: the preferred name, else the first name, and the last name.

use std::borrow::Cow;

use crate::attributes::Attributes;
use crate::datum::Datum;
use crate::eval::{Operation, Outcome, Scope};

#[derive(Debug)]
struct DisplayName;

pub(super) fn operation(attributes: &mut Attributes<'_, '_>) -> Box<dyn Operation> {
    for name in ["preferredName", "firstname", "lastname"] {
        attributes.parser.references.add_identity_attribute(name);
    }
    Box::new(DisplayName)
}

impl Operation for DisplayName {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(identity) = scope.context().identity() else {
            return Ok(None);
        };
        let text = |name: &str| {
            let value = identity.attribute(name)?;
            let text: Cow<'a, str> = Datum::of(value).into_text();
            (!text.trim().is_empty()).then_some(text)
        };
        let given = text("preferredName").or_else(|| text("firstname"));
        Ok(match (given, text("lastname")) {
            (Some(given), Some(last)) => Some(format!("{given} {last}").into()),
            (one, other) => one.or(other).map(Datum::Text),
        })
    }
}
