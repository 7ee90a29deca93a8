//! rule: the three operations of the "Cloud Services Deployment Utility". Other rules are programs in
//! BeanShell; they are refused (decisions.md 4).

use crate::attributes::Attributes;
use crate::error::Refusal;
use crate::kinds::{Parsed, end_of_string, random, reference_identity};

const UTILITY: &str = "Cloud Services Deployment Utility";

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let name = attributes.required_constant("name")?;
    if name != UTILITY {
        let instead = match name {
            "Create Unique LDAP Attribute" | "Create Unique Account ID" => {
                "use usernameGenerator with patterns".to_owned()
            }
            "Create Password" => {
                format!("use rule {UTILITY:?} with operation generateRandomString")
            }
            _ => "use static with a template, or conditional, lookup, firstValid, replace, split \
                  and substring in its place"
                .to_owned(),
        };
        let refusal = Refusal::Unsupported {
            what: format!("the rule {name:?} is a BeanShell program, and those are not run here"),
            instead,
        };
        return Err(attributes.refuse("name", refusal));
    }
    match attributes.required_constant("operation")? {
        "generateRandomString" => random::parse_random_string(attributes),
        "getEndOfString" => end_of_string::parse(attributes),
        "getReferenceIdentityAttribute" => reference_identity::parse(attributes),
        _ => Err(attributes.refuse(
            "operation",
            Refusal::Expected(
                "generateRandomString, getEndOfString or getReferenceIdentityAttribute",
            ),
        )),
    }
}
