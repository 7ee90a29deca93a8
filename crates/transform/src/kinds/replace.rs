//! replace and replaceAll: regular expressions, the second from a table in the order it is written.

use crate::attributes::Attributes;
use crate::error::{Failure, ParseError, Refusal};
use crate::eval::{Fault, Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::limits;
use crate::operand::Operand;
use crate::parse::Parser;
use crate::pattern::{Pattern, Replacement};

/// An expression and what takes the place of its matches, compiled when both are constants.
#[derive(Debug)]
struct Pair {
    pattern: Pattern,
    /// Java reads the replacement at the first match only, so its errors wait until then.
    replacement: Result<Replacement, Failure>,
}

impl Pair {
    fn apply(&self, text: &str) -> Result<Option<String>, Failure> {
        if !self.pattern.is_found_in(text) {
            return Ok(None);
        }
        match &self.replacement {
            Ok(replacement) => self.pattern.replace_all(text, replacement).map(Some),
            Err(failure) => Err(failure.clone()),
        }
    }
}

#[derive(Debug)]
enum Replace {
    Constant(Pair),
    Computed {
        regex: Operand,
        replacement: Operand,
    },
}

pub(super) fn parse_replace(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let Some(regex) = attributes.pattern("regex")? else {
        return Err(attributes.refuse("regex", Refusal::Missing));
    };
    let Some(replacement) = attributes.pattern("replacement")? else {
        return Err(attributes.refuse("replacement", Refusal::Missing));
    };
    let (Some(source), Some(text)) = (regex.as_literal(), replacement.as_literal()) else {
        return Ok(Box::new(Replace::Computed { regex, replacement }));
    };
    let pattern = attributes.at("regex", |parser| compile(parser, source))?;
    let replacement = Replacement::parse(text, &pattern);
    if let Err(failure) = &replacement {
        attributes.at("replacement", |parser| parser.warn(failure.to_string()));
    }
    Ok(Box::new(Replace::Constant(Pair {
        pattern,
        replacement,
    })))
}

/// Compiles an expression at the parser's place.
pub(super) fn compile(parser: &Parser, source: &str) -> Result<Pattern, ParseError> {
    Pattern::compile(source).map_err(|reason| parser.refuse(Refusal::Regex(reason)))
}

/// Compiles an expression that is known only now.
pub(super) fn compile_late(scope: &mut Scope<'_, '_>, source: &str) -> Result<Pattern, Failure> {
    scope.spend_many(limits::REGEX_STEPS)?;
    Pattern::compile(source).map_err(|reason| {
        Failure::IllegalArgument(format!("the regular expression is not accepted: {reason}"))
    })
}

impl Operation for Replace {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(text) = scope.input_text()? else {
            return Ok(None);
        };
        let replaced = match self {
            Self::Constant(pair) => pair.apply(&text)?,
            Self::Computed { regex, replacement } => {
                let source = present(scope, "regex", regex)?;
                let pattern = compile_late(scope, &source)?;
                let replacement = present(scope, "replacement", replacement)?;
                let replacement = Replacement::parse(&replacement, &pattern);
                Pair {
                    pattern,
                    replacement,
                }
                .apply(&text)?
            }
        };
        Ok(Some(replaced.map_or_else(|| text.into(), Into::into)))
    }
}

fn present<'a>(
    scope: &mut Scope<'_, 'a>,
    name: &str,
    operand: &'a Operand,
) -> Result<std::borrow::Cow<'a, str>, Fault> {
    match scope.text(name, operand)? {
        Some(text) => Ok(text),
        None => Err(Failure::IllegalArgument(format!("{name} is null")).into()),
    }
}

#[derive(Debug)]
struct ReplaceAll {
    pairs: Vec<Pair>,
}

pub(super) fn parse_replace_all(attributes: &mut Attributes<'_, '_>) -> Parsed {
    // A missing or empty table leaves the input as it is (replace-all page).
    let mut pairs = Vec::new();
    if let Some(table) = attributes.table("table")? {
        for (source, json) in table {
            let pair = attributes.at("table", |parser| {
                parser.at(source, |parser| {
                    let Some(text) = json.as_str() else {
                        return Err(parser.refuse(Refusal::Expected("a text")));
                    };
                    let pattern = compile(parser, source)?;
                    let replacement = Replacement::parse(text, &pattern);
                    if let Err(failure) = &replacement {
                        parser.warn(failure.to_string());
                    }
                    Ok(Pair {
                        pattern,
                        replacement,
                    })
                })
            })?;
            pairs.push(pair);
        }
    }
    Ok(Box::new(ReplaceAll { pairs }))
}

impl Operation for ReplaceAll {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(mut text) = scope.input_text()? else {
            return Ok(None);
        };
        for pair in &self.pairs {
            if let Some(replaced) = pair.apply(&text)? {
                text = replaced.into();
            }
        }
        Ok(Some(text.into()))
    }
}
