//! Which rows of a typed table a list shows: a condition, an order and a page, as the query
//! language gives them.

use std::borrow::Cow;

use muster_query::{Condition, Literal};

use crate::driver::Arg;

/// Which rows a list shows.
#[derive(Clone, Debug)]
pub struct Selection {
    /// What must hold for a row, its parameters numbered from `$1`.
    pub condition: Option<Condition>,
    /// What stands after `ORDER BY`.
    pub order: String,
    /// Rows at most.
    pub limit: u32,
    /// Rows to skip.
    pub offset: u64,
}

impl Selection {
    /// The condition as SQL; true where none was asked for.
    pub(crate) fn condition(&self) -> &str {
        self.condition
            .as_ref()
            .map_or("1 = 1", |condition| &condition.text)
    }

    /// The arguments of the condition.
    pub(crate) fn args(&self) -> Vec<Arg<'_>> {
        let literals = self.condition.iter().flat_map(|each| &each.literals);
        literals
            .map(|literal| match literal {
                Literal::Null => Arg::Null,
                Literal::Int(number) => Arg::Int(*number),
                Literal::Text(text) => Arg::Text(Cow::Borrowed(text)),
            })
            .collect()
    }

    /// `LIMIT` and `OFFSET`; numbers that a page allows, so they need no parameters.
    pub(crate) fn page(&self) -> String {
        format!("LIMIT {} OFFSET {}", self.limit, self.offset)
    }
}
