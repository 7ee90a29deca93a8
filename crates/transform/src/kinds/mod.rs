//! The operations, one file each or one for a close family. An operation reads its attributes once
//! (`parse`) and then evaluates as often as it is asked.

mod account_attribute;
mod account_filter;
mod base64;
mod conditional;
mod country;
mod date_compare;
mod date_format;
mod date_math;
mod diacritics;
mod display_name;
mod end_of_string;
mod first_valid;
mod identity_attribute;
mod index_of;
mod join;
mod language;
mod letter_case;
mod lookup;
mod names;
mod pad;
mod phone;
mod random;
mod reference;
mod reference_identity;
mod replace;
mod rule;
mod split;
mod static_value;
mod substring;
mod user_name;

use crate::attributes::Attributes;
use crate::error::ParseError;
use crate::eval::Operation;

/// What reading an operation gives.
pub(crate) type Parsed = Result<Box<dyn Operation>, ParseError>;

type Parse = fn(&mut Attributes<'_, '_>) -> Parsed;

/// Every value that `type` can have. The three operations of the "Cloud Services Deployment Utility"
/// (random string, end of string, attribute of another identity) hide behind `rule`.
pub const OPERATIONS: &[&str] = &{
    let mut names = [""; TABLE.len()];
    let mut index = 0;
    while index < TABLE.len() {
        names[index] = TABLE[index].0;
        index += 1;
    }
    names
};

const TABLE: [(&str, Parse); 36] = [
    ("accountAttribute", account_attribute::parse),
    ("base64Decode", |_| Ok(Box::new(base64::Decode))),
    ("base64Encode", |_| Ok(Box::new(base64::Encode))),
    ("concat", join::parse_concat),
    ("conditional", conditional::parse),
    ("dateCompare", date_compare::parse),
    ("dateFormat", date_format::parse),
    ("dateMath", date_math::parse),
    ("decomposeDiacriticalMarks", |_| {
        Ok(Box::new(diacritics::Decompose))
    }),
    ("displayName", |attributes| {
        Ok(display_name::operation(attributes))
    }),
    ("e164phone", phone::parse),
    ("firstValid", first_valid::parse),
    ("identityAttribute", identity_attribute::parse),
    ("indexOf", index_of::parse_first),
    ("iso3166", country::parse),
    ("join", join::parse_join),
    ("lastIndexOf", index_of::parse_last),
    ("leftPad", pad::parse_left),
    ("lookup", lookup::parse),
    ("lower", |_| Ok(Box::new(letter_case::Lower))),
    ("normalizeNames", |_| Ok(Box::new(names::NormalizeNames))),
    ("randomAlphaNumeric", random::parse_alphanumeric),
    ("randomNumeric", random::parse_numeric),
    ("reference", reference::parse),
    ("replace", replace::parse_replace),
    ("replaceAll", replace::parse_replace_all),
    ("rfc5646", |_| Ok(Box::new(language::Rfc5646))),
    ("rightPad", pad::parse_right),
    ("rule", rule::parse),
    ("split", split::parse),
    ("static", static_value::parse),
    ("substring", substring::parse),
    ("trim", |_| Ok(Box::new(letter_case::Trim))),
    ("upper", |_| Ok(Box::new(letter_case::Upper))),
    ("usernameGenerator", user_name::parse),
    ("uuid", |attributes| Ok(random::uuid(attributes))),
];

/// The operation of this name.
pub(crate) fn find(name: &str) -> Option<(&'static str, Parse)> {
    TABLE.into_iter().find(|(known, _)| *known == name)
}

/// The operation that was probably meant: the same letters in another case.
pub(crate) fn nearest(name: &str) -> Option<&'static str> {
    let same = |known: &&&str| known.eq_ignore_ascii_case(name.trim());
    OPERATIONS.iter().find(same).copied()
}
