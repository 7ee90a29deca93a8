//! The comparison operators, one file per family: [`equality`] (quirks 1, 2, 5, 8, 9, 26),
//! [`ordering`] (3, 4, 6), [`matching`] (14–18), [`membership`] (20, 23), [`sets`] (9, 25),
//! [`extent`] (13, 21, 22), [`unusable`] (27). What a side of a comparison is stands in [`side`],
//! how lists are read in [`list`] (24).

pub(crate) mod equality;
mod extent;
pub(crate) mod list;
mod matching;
mod membership;
mod ordering;
mod sets;
mod side;
mod unusable;

pub(crate) use side::Side;

use std::cmp::Ordering;

use crate::evaluate::{Evaluated, Evaluation};
use crate::node::Node;
use crate::program::{Comparison, Items, Operand};

/// What stands between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Operator {
    Equal,
    StrictlyEqual,
    NotEqual,
    StrictlyNotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    Matches,
    In,
    NotIn,
    Contains,
    SubsetOf,
    AnyOf,
    NoneOf,
    Size,
    Empty,
    /// Known words that never hold: see [`unusable`].
    All,
    Type,
    MatchesPredicate,
    ExistsWord,
}

/// The operators by name; words in any case (quirk 27).
const NAMES: [(&str, Operator); 21] = [
    (">=", Operator::GreaterOrEqual),
    ("<=", Operator::LessOrEqual),
    ("==", Operator::Equal),
    ("===", Operator::StrictlyEqual),
    ("!=", Operator::NotEqual),
    ("!==", Operator::StrictlyNotEqual),
    ("<", Operator::Less),
    (">", Operator::Greater),
    ("=~", Operator::Matches),
    ("NIN", Operator::NotIn),
    ("IN", Operator::In),
    ("CONTAINS", Operator::Contains),
    ("ALL", Operator::All),
    ("SIZE", Operator::Size),
    ("EXISTS", Operator::ExistsWord),
    ("TYPE", Operator::Type),
    ("MATCHES", Operator::MatchesPredicate),
    ("EMPTY", Operator::Empty),
    ("SUBSETOF", Operator::SubsetOf),
    ("ANYOF", Operator::AnyOf),
    ("NONEOF", Operator::NoneOf),
];

impl Operator {
    pub(crate) fn named(text: &str) -> Option<Operator> {
        let upper = text.to_uppercase();
        NAMES
            .iter()
            .find(|(name, _)| *name == upper)
            .map(|(_, operator)| *operator)
    }

    pub(crate) fn name(self) -> &'static str {
        NAMES
            .iter()
            .find(|(_, operator)| *operator == self)
            .map_or("", |(name, _)| name)
    }
}

/// Decides a comparison.
#[inline]
pub(crate) fn apply<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    operator: Operator,
    left: Side<'m, N>,
    right: Side<'m, N>,
) -> Evaluated<bool> {
    match operator {
        Operator::Equal => equality::equal(left, right),
        Operator::NotEqual => Ok(!equality::equal(left, right)?),
        Operator::StrictlyEqual => equality::strictly_equal(left, right),
        Operator::StrictlyNotEqual => Ok(!equality::strictly_equal(left, right)?),
        Operator::Less => Ok(ordering::holds(left, right, Ordering::is_lt)),
        Operator::LessOrEqual => Ok(ordering::holds(left, right, Ordering::is_le)),
        Operator::Greater => Ok(ordering::holds(left, right, Ordering::is_gt)),
        Operator::GreaterOrEqual => Ok(ordering::holds(left, right, Ordering::is_ge)),
        Operator::Matches => matching::matches(evaluation, left, right),
        Operator::In => membership::is_in(evaluation, left, right),
        Operator::NotIn => Ok(!membership::is_in(evaluation, left, right)?),
        Operator::Contains => membership::contains(evaluation, left, right),
        Operator::SubsetOf => sets::is_subset(evaluation, left, right),
        Operator::AnyOf => sets::is_any(evaluation, left, right),
        Operator::NoneOf => sets::is_none(evaluation, left, right),
        Operator::Size => extent::has_size(left, right),
        Operator::Empty => extent::is_empty(left, right),
        Operator::All | Operator::Type | Operator::MatchesPredicate => unusable::refuse(),
        Operator::ExistsWord => unusable::exists(left, right),
    }
}

/// Whether the operator reads whole lists before it decides.
pub(crate) fn collects(operator: Operator) -> bool {
    matches!(
        operator,
        Operator::SubsetOf | Operator::AnyOf | Operator::NoneOf
    )
}

/// Whether evaluating the comparison can raise an error that ends the evaluation.
pub(crate) fn may_fault(comparison: &Comparison) -> bool {
    let Comparison {
        operator,
        left,
        right,
    } = comparison;
    match operator {
        Operator::Equal
        | Operator::NotEqual
        | Operator::StrictlyEqual
        | Operator::StrictlyNotEqual => is_malformed(right),
        Operator::Less
        | Operator::LessOrEqual
        | Operator::Greater
        | Operator::GreaterOrEqual
        | Operator::All
        | Operator::Type
        | Operator::MatchesPredicate => false,
        Operator::In | Operator::NotIn => may_hold_unusable(right),
        Operator::Contains => may_hold_unusable(left),
        Operator::Matches | Operator::SubsetOf | Operator::AnyOf | Operator::NoneOf => {
            may_hold_unusable(left) || may_hold_unusable(right)
        }
        Operator::Size => is_malformed(left),
        // A list is never an object; anything else may be.
        Operator::Empty => {
            is_malformed(left)
                || matches!(left, Operand::Path(path) if path.definite)
                || matches!(left, Operand::Json(literal) if literal.items.is_none())
        }
        Operator::ExistsWord => true,
    }
}

fn is_malformed(operand: &Operand) -> bool {
    matches!(operand, Operand::Json(literal) if literal.value.is_none())
}

/// Whether it may be a list with members that cannot be compared.
fn may_hold_unusable(operand: &Operand) -> bool {
    match operand {
        Operand::Path(_) => true,
        Operand::Json(literal) => {
            literal.value.is_none() || matches!(literal.items, Some(Items::Unusable(_)))
        }
        _ => false,
    }
}
