//! The mapping that a profile starts with: each identity attribute for which the source's account
//! schema has an attribute of that meaning.

use muster_model::profile::{AttributeTransform, IdentityAttributeConfig};
use muster_model::{IdentityAttribute, Schema, Source};
use muster_store::Tx;
use serde_json::json;

use crate::problem::Problem;

/// Names by which sources call what an identity attribute holds, the likeliest first, in lower case
/// and without anything but letters and digits. An attribute's own name always comes first.
const SYNONYMS: &[(&str, &[&str])] = &[
    ("email", &["mail", "workemail", "emailwork", "emailaddress"]),
    (
        "firstname",
        &["givenname", "legalfirstname", "first", "vorname", "vorna"],
    ),
    (
        "lastname",
        &[
            "familyname",
            "surname",
            "sn",
            "legallastname",
            "last",
            "nachn",
        ],
    ),
    ("displayName", &["fullname", "cn"]),
    (
        "identificationNumber",
        &["employeenumber", "employeeid", "personidexternal", "pernr"],
    ),
    ("phone", &["workphone", "telephonenumber", "phonenumber"]),
    ("personalEmail", &["alternateemail", "emailpersonal"]),
    ("cloudLifecycleState", &["lifecyclestate"]),
    ("title", &["jobtitle", "businesstitle"]),
    ("department", &["departmentname"]),
    ("country", &["countryiso", "countrycode"]),
    ("city", &["town"]),
    ("postalCode", &["zip", "zipcode"]),
    ("streetAddress", &["street"]),
    ("timezone", &["tz"]),
];

/// The mapping of everything that the source's account schema has a name for.
pub(super) fn config(source: &Source, tx: &mut Tx<'_>) -> Result<IdentityAttributeConfig, Problem> {
    let attributes = tx.typed::<IdentityAttribute>().list()?;
    let mappable = attributes
        .iter()
        // The manager is found by the source's own rule, not by a mapping.
        .filter(|attribute| !attribute.system && attribute.name != "manager");
    let attribute_transforms = match source.account_schema() {
        None => Vec::new(),
        Some(schema) => mappable
            .filter_map(|attribute| {
                let from = counterpart(&attribute.name, schema)?;
                Some(mapped(&attribute.name, from, source))
            })
            .collect(),
    };
    Ok(IdentityAttributeConfig {
        enabled: true,
        attribute_transforms,
    })
}

fn mapped(attribute: &str, from: &str, source: &Source) -> AttributeTransform {
    AttributeTransform {
        identity_attribute_name: attribute.to_owned(),
        transform_definition: json!({
            "type": "accountAttribute",
            "attributes": {
                "attributeName": from,
                "sourceName": source.name,
                "sourceId": source.id,
            },
        }),
    }
}

/// The account attribute that holds what the identity attribute is to hold.
pub(in crate::resources) fn counterpart<'s>(
    attribute: &str,
    schema: &'s Schema,
) -> Option<&'s str> {
    let synonyms = SYNONYMS
        .iter()
        .find(|(name, _)| *name == attribute)
        .map_or(&[][..], |(_, synonyms)| synonyms);
    let own = plain(attribute);
    let named = std::iter::once(own.as_str())
        .chain(synonyms.iter().copied())
        .find_map(|wanted| {
            schema
                .attributes
                .iter()
                .find(|known| plain(&known.name) == wanted)
        });
    if let Some(known) = named {
        return Some(&known.name);
    }
    // The user name is what the source shows of an account; the number is its key.
    let key = match attribute {
        "uid" => [&schema.display_attribute, &schema.identity_attribute],
        "identificationNumber" => [&schema.identity_attribute, &schema.identity_attribute],
        _ => return None,
    };
    key.into_iter()
        .find(|name| !name.is_empty())
        .map(String::as_str)
}

fn plain(name: &str) -> String {
    name.chars()
        .filter(|letter| letter.is_alphanumeric())
        .flat_map(char::to_lowercase)
        .collect()
}
