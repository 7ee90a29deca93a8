//! dateFormat: a date from one format into another. Null stays null.

use crate::attributes::Attributes;
use crate::error::{Failure, ParseError, Refusal};
use crate::eval::{Fault, Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::operand::Operand;
use crate::pattern::Format;

#[derive(Debug)]
struct DateFormat {
    input: Layout,
    output: Layout,
}

#[derive(Debug)]
enum Layout {
    Constant(Format),
    Computed(Operand),
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let input = layout(attributes, "inputFormat")?;
    let output = layout(attributes, "outputFormat")?;
    if matches!(&input, Layout::Constant(format) if format.has('Y')) {
        // The lifecycle guide itself fell into this (§5.2, 3).
        attributes.at("inputFormat", |parser| {
            parser.warn("YYYY is the year of the week and drops month and day; yyyy is the year");
        });
    }
    Ok(Box::new(DateFormat { input, output }))
}

fn layout(attributes: &mut Attributes<'_, '_>, name: &'static str) -> Result<Layout, ParseError> {
    match attributes.operand(name)? {
        None | Some(Operand::Null) => Ok(Layout::Constant(Format::Iso8601)),
        Some(operand) => match operand.as_literal() {
            None => Ok(Layout::Computed(operand)),
            Some(source) => match Format::compile(source) {
                Ok(format) => Ok(Layout::Constant(format)),
                Err(reason) => Err(attributes.refuse(name, Refusal::DatePattern(reason))),
            },
        },
    }
}

impl Operation for DateFormat {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(text) = scope.input_text()? else {
            return Ok(None);
        };
        let now = scope.context().now().as_millis();
        let moment = with(scope, &self.input, "inputFormat", |format| {
            format.parse(&text, now)
        })?;
        let Some(moment) = moment else {
            let text = format!("{text:?} does not follow the input format");
            return Err(Failure::Unparseable(text).into());
        };
        let formatted = with(scope, &self.output, "outputFormat", |format| {
            format.format(moment)
        })?;
        Ok(Some(formatted.into()))
    }
}

fn with<'a, T>(
    scope: &mut Scope<'_, 'a>,
    layout: &'a Layout,
    name: &str,
    act: impl FnOnce(&Format) -> T,
) -> Result<T, Fault> {
    match layout {
        Layout::Constant(format) => Ok(act(format)),
        Layout::Computed(operand) => {
            let source = scope.text(name, operand)?;
            let format = match &source {
                None => Ok(Format::Iso8601),
                Some(source) => Format::compile(source),
            };
            match format {
                Ok(format) => Ok(act(&format)),
                Err(reason) => Err(Failure::IllegalArgument(format!("{name}: {reason}")).into()),
            }
        }
    }
}
