//! Holds a filter against a collection's declaration, and reads its values as what the fields
//! hold. After this a filter cannot fail.

use super::PARAMETER;
use super::ast::{Comparison, Expression, Written};
use super::operator::Operator;
use crate::error::Error;
use crate::fields::{Field, Fields, Kind};
use crate::moment::{self, Moment};
use crate::text::{closest, echo, fold};

/// A filter whose fields, operators and values all fit the collection it was checked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedFilter {
    pub(super) root: Node,
}

impl CheckedFilter {
    /// What both ask.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            root: Node::And(vec![self.root, other.root]),
        }
    }
}

/// A part of a checked filter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Node {
    And(Vec<Node>),
    Or(Vec<Node>),
    Not(Box<Node>),
    Test(Test),
}

/// One comparison, ready to be asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Test {
    pub(super) field: &'static Field,
    pub(super) operator: Operator,
    pub(super) values: Vec<Constant>,
}

/// A value read as what the field holds. Texts without regard to case are folded already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Constant {
    Text(String),
    Number(i64),
    Flag(bool),
    Time(Moment),
}

/// The depth is that of the expression, which the parser has bounded.
pub(super) fn check(expression: &Expression, fields: Fields) -> Result<CheckedFilter, Error> {
    node(expression, fields).map(|root| CheckedFilter { root })
}

fn node(expression: &Expression, fields: Fields) -> Result<Node, Error> {
    let all = |parts: &[Expression]| {
        parts
            .iter()
            .map(|part| node(part, fields))
            .collect::<Result<Vec<_>, _>>()
    };
    Ok(match expression {
        Expression::And(parts) => Node::And(all(parts)?),
        Expression::Or(parts) => Node::Or(all(parts)?),
        Expression::Not(part) => Node::Not(Box::new(node(part, fields)?)),
        Expression::Comparison(comparison) => Node::Test(test(comparison, fields)?),
    })
}

fn test(comparison: &Comparison, fields: Fields) -> Result<Test, Error> {
    let name = comparison.field.as_str();
    let Some(field) = fields.filterable().find(|field| field.name == name) else {
        return Err(Error::UnknownField {
            parameter: PARAMETER,
            field: echo(name),
            remedy: known_fields(name, fields),
        });
    };
    let operator = comparison.operator;
    if !field.operators.contains(operator) {
        return Err(Error::UnsupportedOperator {
            field: field.name,
            operator: operator.word(),
            remedy: format!("use one of: {}", field.operators.words()),
        });
    }
    let values = comparison
        .values
        .iter()
        .map(|value| constant(field, operator, value));
    Ok(Test {
        field,
        operator,
        values: values.collect::<Result<_, _>>()?,
    })
}

/// `did you mean `id`? supported: id (eq, in), name (eq)`
fn known_fields(written: &str, fields: Fields) -> String {
    let known: Vec<String> = fields
        .filterable()
        .map(|field| format!("{} ({})", field.name, field.operators.words()))
        .collect();
    if known.is_empty() {
        return "this list takes no filters".to_owned();
    }
    let supported = format!("supported: {}", known.join(", "));
    match closest(written, fields.filterable().map(|field| field.name)) {
        Some(name) => format!("did you mean `{name}`? {supported}"),
        None => supported,
    }
}

fn constant(field: &'static Field, operator: Operator, value: &Written) -> Result<Constant, Error> {
    let unsuitable = |remedy: String| Error::UnsuitableValue {
        field: field.name,
        value: echo(value.text()),
        remedy,
    };
    if *value == Written::Bare("null".to_owned()) {
        let remedy = match operator {
            Operator::NotEqual => format!("for a present value write `not {} isnull`", field.name),
            _ => format!("for a missing value write `{} isnull`", field.name),
        };
        return Err(unsuitable(remedy));
    }
    let text = value.text();
    let wanted = match field.kind {
        Kind::Text | Kind::TextList => return Ok(Constant::Text(fold(text))),
        Kind::Id => return Ok(Constant::Text(text.to_owned())),
        Kind::Number => match text.trim().parse() {
            Ok(number) => return Ok(Constant::Number(number)),
            Err(_) => "write a whole number, such as 42",
        },
        // `saved eq "true"` occurs in the vendor's own examples.
        Kind::Flag => match text {
            _ if text.eq_ignore_ascii_case("true") => return Ok(Constant::Flag(true)),
            _ if text.eq_ignore_ascii_case("false") => return Ok(Constant::Flag(false)),
            _ => "write true or false",
        },
        Kind::Time => match moment::parse(text) {
            Some(moment) => return Ok(Constant::Time(moment)),
            None => "write an ISO 8601 time, such as 2026-04-27T16:48:33Z, or its beginning",
        },
    };
    Err(unsuitable(wanted.to_owned()))
}

#[cfg(test)]
mod tests {
    use crate::fields::{Field, Fields};
    use crate::filter::Filter;
    use crate::filter::operator::{CO, EQ, GT, IN, NE, NONE, SW};

    static FIELDS: Fields = Fields::new(&[
        Field::id("id", EQ.and(IN)),
        Field::text("triggerName", EQ.and(SW).and(CO)),
        Field::number("count", EQ.and(NE).and(GT)),
        Field::flag("enabled", EQ),
        Field::time("created", GT),
        Field::text("uuid", NONE).sorted(),
    ]);

    #[test]
    fn what_does_not_fit_is_named_with_what_would() {
        let table = [
            (
                "triggername eq 1",
                "did you mean `triggerName`? supported: id (eq, in), triggerName",
            ),
            ("uuid eq 1", "`uuid` is not supported here"),
            (
                "id sw 1",
                "does not support the operator `sw`; use one of: eq, in",
            ),
            (
                "count gt 1.5",
                "cannot be compared with `1.5`; write a whole number",
            ),
            ("enabled eq yes", "write true or false"),
            ("created gt yesterday", "write an ISO 8601 time"),
            ("count eq null", "write `count isnull`"),
            ("count ne null", "write `not count isnull`"),
        ];
        for (text, expected) in table {
            let sentence = Filter::parse(text)
                .unwrap()
                .check(FIELDS)
                .unwrap_err()
                .to_string();
            assert!(sentence.contains(expected), "{text}: {sentence}");
        }
    }

    #[test]
    fn quoted_flags_times_and_bare_ids_are_taken() {
        for text in [
            r#"enabled eq "true""#,
            r#"created gt "2025-08-01""#,
            "created gt 2018",
            "id eq 550e8400-e29b-41d4-a716-446655440000",
            r#"triggerName eq "null""#,
            r#"count eq "7""#,
        ] {
            assert!(Filter::parse(text).unwrap().check(FIELDS).is_ok(), "{text}");
        }
    }
}
