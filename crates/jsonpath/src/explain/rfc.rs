//! Traces filters of RFC 9535 for one item.

use super::render::value_text;
use super::{ExplainedItem, ExplainedPredicate, outcome};
use crate::evaluate::{Evaluation, Handle};
use crate::jayway::print;
use crate::limits::EXPLAINED_ELEMENTS_MAX;
use crate::node::Node;
use crate::rfc9535::{Comparable, Logical, Selector, write_logical};

/// The items that the filters among the selectors try: elements and members.
pub(super) fn explain_items<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    selectors: &'m [Selector],
    values: &[Handle<'m, N>],
) -> Vec<ExplainedItem> {
    let mut items = Vec::new();
    for selector in selectors {
        let Selector::Filter(logical) = selector else {
            continue;
        };
        for value in values {
            let mut take = |item: Handle<'m, N>| {
                if items.len() >= EXPLAINED_ELEMENTS_MAX {
                    return Err(());
                }
                let predicate = trace(evaluation, logical, item);
                items.push(ExplainedItem {
                    item: value_text(item),
                    predicate,
                });
                Ok(())
            };
            let _ = value.try_each_element(&mut take);
            let _ = value.try_each_member(|_, member| take(member));
        }
    }
    items
}

fn trace<'m, N: Node + 'm>(
    evaluation: &Evaluation<'m, N>,
    logical: &'m Logical,
    item: Handle<'m, N>,
) -> ExplainedPredicate {
    let (holds, error) = outcome(evaluation.logical(logical, item));
    let explained = ExplainedPredicate {
        text: print::text(|out| write_logical(logical, out)),
        holds,
        error,
        ..ExplainedPredicate::default()
    };
    match logical {
        Logical::Or(parts) | Logical::And(parts) => ExplainedPredicate {
            parts: parts
                .iter()
                .map(|part| trace(evaluation, part, item))
                .collect(),
            ..explained
        },
        Logical::Not(part) => ExplainedPredicate {
            parts: vec![trace(evaluation, part, item)],
            ..explained
        },
        Logical::Exists(_) => ExplainedPredicate {
            when_absent: Some(false),
            when_null: Some(true),
            ..explained
        },
        Logical::Call(_) => explained,
        Logical::Compare(compare) => {
            let text = |comparable: &'m Comparable| match evaluation.comparable(comparable, item) {
                Ok(Some(value)) => Some(value_text(value)),
                Ok(None) => Some("absent".to_owned()),
                Err(_) => None,
            };
            ExplainedPredicate {
                left: text(&compare.left),
                right: text(&compare.right),
                when_absent: evaluation.compare_left_as(compare, None, item).ok(),
                when_null: evaluation
                    .compare_left_as(compare, Some(Handle::Null), item)
                    .ok(),
                ..explained
            }
        }
    }
}
