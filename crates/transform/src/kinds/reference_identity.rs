//! getReferenceIdentityAttribute: an attribute of another identity, or of the manager.

use crate::attributes::Attributes;
use crate::datum::Datum;
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::operand::Operand;

#[derive(Debug)]
struct ReferenceIdentity {
    uid: Operand,
    name: Box<str>,
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let uid = attributes.required("uid")?;
    let name = attributes.required_constant("attributeName")?;
    let references = &mut attributes.parser.references;
    match uid.as_literal() {
        Some("manager") => {
            references.add_identity_attribute("manager");
            references.add_manager_attribute(name);
        }
        Some(uid) => references.add_identity(uid),
        None => references.whole_identity = true,
    }
    Ok(Box::new(ReferenceIdentity {
        uid,
        name: name.into(),
    }))
}

impl Operation for ReferenceIdentity {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(uid) = scope.text("uid", &self.uid)? else {
            return Ok(None);
        };
        let context = scope.context();
        let identity = if uid == "manager" {
            context
                .identity()
                .and_then(|identity| context.manager_of(&identity))
        } else {
            context.identity_by_uid(&uid)
        };
        Ok(identity
            .and_then(|identity| identity.attribute(&self.name))
            .map(Datum::of))
    }
}
