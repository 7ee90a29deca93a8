//! Asks a checked filter of one JSON document.
//!
//! Every comparison is either true or false: a missing value equals nothing, is before and after
//! nothing, and is therefore `ne` to everything. `sql.rs` gives the same answers.

use std::cmp::Ordering;

use muster_model::Timestamp;
use serde_json::Value;

use super::check::{CheckedFilter, Constant, Node, Test};
use super::operator::Operator;
use crate::fields::{Field, Kind};
use crate::moment;
use crate::text::{compare_folded, fold, starts_folded};

impl CheckedFilter {
    /// Whether the document is among those asked for.
    pub fn matches(&self, document: &Value) -> bool {
        holds(&self.root, document)
    }
}

/// The depth is that of the expression, which the parser has bounded.
fn holds(node: &Node, document: &Value) -> bool {
    match node {
        Node::And(parts) => parts.iter().all(|part| holds(part, document)),
        Node::Or(parts) => parts.iter().any(|part| holds(part, document)),
        Node::Not(part) => !holds(part, document),
        Node::Test(test) if test.field.kind == Kind::TextList => list_passes(test, document),
        Node::Test(test) => passes(test, scalar(document, test.field)),
    }
}

/// The value of a field in a document; `None` when missing or null.
pub(crate) fn scalar<'v>(document: &'v Value, field: &Field) -> Option<&'v Value> {
    let found = field
        .segments()
        .try_fold(document, |value, segment| value.get(segment));
    found.filter(|value| !value.is_null())
}

fn passes(test: &Test, value: Option<&Value>) -> bool {
    let Some(value) = value else {
        return matches!(test.operator, Operator::IsNull | Operator::NotEqual);
    };
    let any = |fits: fn(Ordering) -> bool| {
        test.values
            .iter()
            .any(|wanted| compare(test.field, value, wanted).is_some_and(fits))
    };
    match test.operator {
        Operator::Present => true,
        Operator::Equal | Operator::In => any(Ordering::is_eq),
        Operator::NotEqual => !any(Ordering::is_eq),
        Operator::Greater => any(Ordering::is_gt),
        Operator::GreaterOrEqual => any(Ordering::is_ge),
        Operator::Less => any(Ordering::is_lt),
        Operator::LessOrEqual => any(Ordering::is_le),
        Operator::StartsWith => test
            .values
            .iter()
            .any(|wanted| starts(test.field, value, wanted)),
        Operator::Contains => test
            .values
            .iter()
            .any(|wanted| contains(test.field, value, wanted)),
        // Declarations give `ca` to lists only.
        Operator::IsNull | Operator::ContainsAll => false,
    }
}

/// How the document's value stands to the wanted one; `None` when it is of another sort.
fn compare(field: &Field, value: &Value, wanted: &Constant) -> Option<Ordering> {
    match wanted {
        Constant::Text(wanted) => {
            let text = text_of(value)?;
            Some(match field.kind {
                Kind::Id => text.as_str().cmp(wanted),
                _ => compare_folded(text.as_str(), wanted),
            })
        }
        Constant::Number(wanted) => compare_number(value, *wanted),
        Constant::Flag(wanted) => value.as_bool().map(|flag| flag.cmp(wanted)),
        Constant::Time(wanted) => time_of(value).map(|time| time.cmp(&wanted.start)),
    }
}

fn compare_number(value: &Value, wanted: i64) -> Option<Ordering> {
    match (value.as_i64(), value.as_u64()) {
        (Some(number), _) => Some(number.cmp(&wanted)),
        // Whole, and too large for i64.
        (None, Some(_)) => Some(Ordering::Greater),
        (None, None) => value.as_f64()?.partial_cmp(&(wanted as f64)),
    }
}

fn starts(field: &Field, value: &Value, wanted: &Constant) -> bool {
    match wanted {
        Constant::Text(wanted) => text_of(value).is_some_and(|text| match field.kind {
            Kind::Id => text.as_str().starts_with(wanted),
            _ => starts_folded(text.as_str(), wanted),
        }),
        Constant::Time(span) => {
            time_of(value).is_some_and(|time| span.start <= time && time < span.end)
        }
        Constant::Number(_) | Constant::Flag(_) => false,
    }
}

fn contains(field: &Field, value: &Value, wanted: &Constant) -> bool {
    let Constant::Text(wanted) = wanted else {
        return false;
    };
    text_of(value).is_some_and(|text| match field.kind {
        Kind::Id => text.as_str().contains(wanted.as_str()),
        _ => fold(text.as_str()).contains(wanted.as_str()),
    })
}

/// A document's text, or a bare value written as one.
enum Text<'v> {
    Held(&'v str),
    Written(String),
}

impl Text<'_> {
    fn as_str(&self) -> &str {
        match self {
            Self::Held(text) => text,
            Self::Written(text) => text,
        }
    }
}

fn text_of(value: &Value) -> Option<Text<'_>> {
    match value {
        Value::String(text) => Some(Text::Held(text)),
        Value::Number(number) => Some(Text::Written(number.to_string())),
        Value::Bool(flag) => Some(Text::Written(flag.to_string())),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

fn time_of(value: &Value) -> Option<Timestamp> {
    value.as_str().and_then(moment::start)
}

fn list_passes(test: &Test, document: &Value) -> bool {
    let segments: Vec<&str> = test.field.segments().collect();
    let mut items = Vec::new();
    gather(document, &segments, &mut items);
    let any = |fits: fn(&str, &str) -> bool| {
        test.values
            .iter()
            .any(|wanted| items.iter().any(|item| asks(item, wanted, fits)))
    };
    let equal: fn(&str, &str) -> bool = |item, wanted| compare_folded(item, wanted).is_eq();
    match test.operator {
        Operator::IsNull => items.is_empty(),
        Operator::Present => !items.is_empty(),
        Operator::Equal | Operator::In => any(equal),
        Operator::NotEqual => !any(equal),
        Operator::StartsWith => any(starts_folded),
        Operator::Contains => any(|item, wanted| fold(item).contains(wanted)),
        Operator::ContainsAll => {
            let mut wanted = test.values.iter();
            wanted.all(|wanted| items.iter().any(|item| asks(item, wanted, equal)))
        }
        // Declarations give no order to lists.
        Operator::Greater | Operator::GreaterOrEqual | Operator::Less | Operator::LessOrEqual => {
            false
        }
    }
}

fn asks(item: &Text<'_>, wanted: &Constant, fits: fn(&str, &str) -> bool) -> bool {
    matches!(wanted, Constant::Text(wanted) if fits(item.as_str(), wanted))
}

/// The texts at a path, through the arrays on its way. Each step shortens the declared path or
/// goes into one array, so the depth is bounded by the declaration.
fn gather<'v>(value: &'v Value, path: &[&str], items: &mut Vec<Text<'v>>) {
    if let Value::Array(elements) = value {
        for element in elements.iter().filter(|element| !element.is_array()) {
            gather(element, path, items);
        }
        return;
    }
    match path {
        [] => items.extend(text_of(value)),
        [segment, rest @ ..] => {
            if let Some(inner) = value.get(segment) {
                gather(inner, rest, items);
            }
        }
    }
}

/// The order of two present values of a field, as its column would have it. Values of another sort
/// than declared are all alike and stand after the rest.
pub(crate) fn compare_values(kind: Kind, one: &Value, other: &Value) -> Ordering {
    fn ranked<T: Ord>(one: Option<T>, other: Option<T>) -> Ordering {
        match (one, other) {
            (Some(one), Some(other)) => one.cmp(&other),
            (one, other) => one.is_none().cmp(&other.is_none()),
        }
    }
    match kind {
        Kind::Id => {
            let (one, other) = (text_of(one), text_of(other));
            ranked(
                one.as_ref().map(Text::as_str),
                other.as_ref().map(Text::as_str),
            )
        }
        Kind::Text | Kind::TextList => {
            let folded = |value| text_of(value).map(|text| fold(text.as_str()));
            ranked(folded(one), folded(other))
        }
        Kind::Number => match (one.as_i64(), other.as_i64()) {
            (Some(one), Some(other)) => one.cmp(&other),
            _ => match (one.as_f64(), other.as_f64()) {
                (Some(one), Some(other)) => one.total_cmp(&other),
                (one, other) => one.is_none().cmp(&other.is_none()),
            },
        },
        Kind::Flag => ranked(one.as_bool(), other.as_bool()),
        Kind::Time => ranked(time_of(one), time_of(other)),
    }
}
