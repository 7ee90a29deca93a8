//! iso3166: a country by its alpha-2, alpha-3 or numeric code, its English name or a name in one of
//! its own languages, as one of its codes. An unknown country gives null.
//!
//! Codes come from the crate `iso3166`; names beyond its own stand in `country_names.tsv` (territory
//! names of the Unicode CLDR in English and in the languages of the country, and official names).

use std::collections::HashMap;
use std::sync::LazyLock;

use iso3166::Country;

use crate::attributes::Attributes;
use crate::datum::Datum;
use crate::error::{Failure, Refusal};
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::operand::Operand;

#[derive(Debug)]
struct Iso3166 {
    format: Format,
}

#[derive(Debug)]
enum Format {
    Constant(Code),
    Computed(Operand),
}

#[derive(Clone, Copy, Debug)]
enum Code {
    Alpha2,
    Alpha3,
    Numeric,
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let format = match attributes.operand("format")? {
        None | Some(Operand::Null) => Format::Constant(Code::Alpha2),
        Some(operand) => match operand.as_literal() {
            None => Format::Computed(operand),
            Some(name) => Format::Constant(code(name).ok_or_else(|| {
                attributes.refuse("format", Refusal::Expected("alpha2, alpha3 or numeric"))
            })?),
        },
    };
    Ok(Box::new(Iso3166 { format }))
}

fn code(name: &str) -> Option<Code> {
    Some(match name.trim().to_ascii_lowercase().as_str() {
        "alpha2" => Code::Alpha2,
        "alpha3" => Code::Alpha3,
        "numeric" => Code::Numeric,
        _ => return None,
    })
}

impl Operation for Iso3166 {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(text) = scope.input_text()? else {
            return Ok(None);
        };
        let code = match &self.format {
            Format::Constant(code) => *code,
            Format::Computed(operand) => {
                let name = scope.text("format", operand)?.unwrap_or_default();
                code(&name).ok_or_else(|| {
                    Failure::IllegalArgument(format!("format {name:?} is none of the codes"))
                })?
            }
        };
        Ok(find(&text).map(|country| match code {
            Code::Alpha2 => Datum::from(country.data().alpha2),
            Code::Alpha3 => Datum::from(country.data().alpha3),
            Code::Numeric => format!("{:03}", country.data().id).into(),
        }))
    }
}

/// The country that a text names.
pub(super) fn find(text: &str) -> Option<Country> {
    static BY_NAME: LazyLock<HashMap<String, &'static str>> = LazyLock::new(names);
    let text = text.trim();
    if text.len() <= 3 && text.bytes().all(|byte| byte.is_ascii_digit()) {
        return text.parse().ok().and_then(Country::from_id);
    }
    let by_code = match text.len() {
        2 => Country::from_alpha2_ignore_case(text),
        3 => Country::from_alpha3_ignore_case(text),
        _ => None,
    };
    by_code.or_else(|| {
        let code = BY_NAME.get(&folded(text))?;
        Country::from_alpha2(code)
    })
}

fn names() -> HashMap<String, &'static str> {
    let table = include_str!("country_names.tsv");
    let mut names = HashMap::new();
    for (code, listed) in table.lines().filter_map(|line| line.split_once('\t')) {
        for name in listed.split('|') {
            names.entry(folded(name)).or_insert(code);
        }
    }
    for country in iso3166::LIST {
        let data = country.data();
        names.entry(folded(data.name)).or_insert(data.alpha2);
    }
    names
}

/// Names are found whatever their case, and with either apostrophe: keyboards have one, books another.
fn folded(name: &str) -> String {
    name.to_lowercase().replace('\u{2019}', "'")
}
