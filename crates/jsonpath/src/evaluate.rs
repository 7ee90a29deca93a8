//! The core that both dialects share: handles to values, the working memory, budgets, and sinks
//! for what a path yields. How steps are walked stands with each dialect.

mod budget;
mod handle;
mod memory;
mod sink;

pub(crate) use budget::Budget;
pub(crate) use handle::{Handle, Shape};
pub(crate) use memory::with_memory;
pub(crate) use sink::{All, Count, First, Halt, Last, Sink, Walked, settle};

use bumpalo::Bump;

use crate::error::Fault;

/// One evaluation: the document, the working memory and what is left of the budget.
pub(crate) struct Evaluation<'m, N> {
    pub(crate) root: Handle<'m, N>,
    pub(crate) memory: &'m Bump,
    pub(crate) budget: Budget,
}

impl<'m, N> Evaluation<'m, N> {
    pub(crate) fn new(root: N, memory: &'m Bump) -> Self {
        Evaluation {
            root: Handle::Node(root),
            memory,
            budget: Budget::default(),
        }
    }
}

/// What evaluating something gives, or why it could not.
pub(crate) type Evaluated<T> = Result<T, Fault>;
