//! lookup: a table from one text to another. Keys match exactly; without a match the entry `default`
//! counts, and without that it is an error.

use std::collections::HashMap;

use crate::attributes::Attributes;
use crate::error::{Failure, Refusal};
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::operand::Operand;

#[derive(Debug)]
struct Lookup {
    table: HashMap<Box<str>, Operand>,
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let Some(entries) = attributes.table("table")? else {
        return Err(attributes.refuse("table", Refusal::Missing));
    };
    let table = attributes.at("table", |parser| {
        entries
            .iter()
            .map(|(key, json)| {
                let value = parser.at(key, |parser| parser.operand(json))?;
                Ok((key.as_str().into(), value))
            })
            .collect::<Result<_, _>>()
    })?;
    Ok(Box::new(Lookup { table }))
}

impl Operation for Lookup {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(input) = scope.input_text()? else {
            return Ok(None);
        };
        let found = self
            .table
            .get(&*input)
            .or_else(|| self.table.get("default"));
        match found {
            Some(value) => scope.value("table", value),
            None => Err(Failure::NoMatch(input.into_owned()).into()),
        }
    }
}
