//! Traces a predicate of the Jayway dialect for one item: every part is looked at, also those that
//! an evaluation would skip.

use super::render::side_text;
use super::{ExplainedPredicate, outcome};
use crate::evaluate::{Evaluation, Handle};
use crate::jayway::operators::{self, Side};
use crate::jayway::print::{self, Level};
use crate::jayway::walk::Names;
use crate::node::Node;
use crate::program::{Comparison, Expression, Operand};

/// What a predicate saw and decided for an item.
pub(super) fn trace<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    expression: &'m Expression,
    item: Handle<'m, N>,
) -> ExplainedPredicate {
    let (holds, error) = outcome(evaluation.holds(expression, item, Names::Optional));
    let explained = ExplainedPredicate {
        text: print::text(|out| print::expression(expression, Level::Or, out)),
        holds,
        error,
        ..ExplainedPredicate::default()
    };
    match expression {
        Expression::Or(parts) | Expression::And(parts) => ExplainedPredicate {
            parts: parts
                .iter()
                .map(|part| trace(evaluation, part, item))
                .collect(),
            ..explained
        },
        Expression::Not(part) => ExplainedPredicate {
            parts: vec![trace(evaluation, part, item)],
            ..explained
        },
        // Present but null counts as there (quirk 10).
        Expression::Exists { wanted, .. } => ExplainedPredicate {
            when_absent: Some(!wanted),
            when_null: Some(*wanted),
            ..explained
        },
        Expression::Compare(comparison) => {
            trace_comparison(evaluation, comparison, item, explained)
        }
    }
}

fn trace_comparison<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    comparison: &'m Comparison,
    item: Handle<'m, N>,
    explained: ExplainedPredicate,
) -> ExplainedPredicate {
    let (Ok(left), Ok(right)) = (
        evaluation.side(&comparison.left, item, Names::Optional),
        evaluation.side(&comparison.right, item, Names::Optional),
    ) else {
        return explained;
    };
    // What the comparison says of an attribute that is absent or null; a failure counts as no.
    let instead = |side: Side<'m, N>| {
        let (left, right) = match (&comparison.left, &comparison.right) {
            (Operand::Path(_), _) => (side, right),
            (_, Operand::Path(_)) => (left, side),
            _ => return None,
        };
        Some(operators::apply(evaluation, comparison.operator, left, right).unwrap_or(false))
    };
    ExplainedPredicate {
        left: Some(side_text(left)),
        right: Some(side_text(right)),
        when_absent: instead(Side::Undefined),
        when_null: instead(Side::Null),
        ..explained
    }
}
