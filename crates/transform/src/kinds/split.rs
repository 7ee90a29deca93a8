//! split: one part of a text that is cut at a regular expression. Past the last part it is an error
//! unless `throws` is false (the page's default; the API's schema has it the other way round).

use crate::attributes::Attributes;
use crate::datum::Datum;
use crate::error::{Failure, Refusal};
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::kinds::replace::{compile, compile_late};
use crate::operand::{Number, Operand};
use crate::pattern::Pattern;

#[derive(Debug)]
struct Split {
    delimiter: Delimiter,
    index: Number,
    throws: bool,
}

#[derive(Debug)]
enum Delimiter {
    Constant(Pattern),
    Computed(Operand),
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let Some(delimiter) = attributes.pattern("delimiter")? else {
        return Err(attributes.refuse("delimiter", Refusal::Missing));
    };
    let delimiter = match delimiter.as_literal() {
        None => Delimiter::Computed(delimiter),
        Some(source) => {
            let compiled = attributes.at("delimiter", |parser| compile(parser, source))?;
            Delimiter::Constant(compiled)
        }
    };
    let Some(index) = attributes.number("index")? else {
        return Err(attributes.refuse("index", Refusal::Missing));
    };
    Ok(Box::new(Split {
        delimiter,
        index,
        throws: attributes.flag("throws")?.unwrap_or(true),
    }))
}

impl Operation for Split {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(text) = scope.input_text()? else {
            return Ok(None);
        };
        let computed;
        let pattern = match &self.delimiter {
            Delimiter::Constant(pattern) => pattern,
            Delimiter::Computed(operand) => {
                let source = scope.text("delimiter", operand)?.unwrap_or_default();
                computed = compile_late(scope, &source)?;
                &computed
            }
        };
        let index = scope.integer("index", &self.index)?;
        let at = index.and_then(|index| usize::try_from(index).ok());
        let parts = pattern.split(&text);
        match at.and_then(|at| parts.get(at)) {
            Some(part) => Ok(Some(Datum::from((*part).to_owned()))),
            None if self.throws => Err(Failure::IndexOutOfBounds(format!(
                "index {}, parts {}",
                index.map_or_else(|| "null".to_owned(), |index| index.to_string()),
                parts.len()
            ))
            .into()),
            None => Ok(None),
        }
    }
}
