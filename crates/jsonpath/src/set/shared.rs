//! Predicates of several filters over common parts, each part decided once per item.

use std::cell::Cell;
use std::collections::HashMap;

use bumpalo::Bump;

use crate::error::{Fault, FaultKind};
use crate::evaluate::{Evaluated, Evaluation, Handle};
use crate::jayway::print::{self, Level};
use crate::jayway::walk::Names;
use crate::node::Node;
use crate::program::Expression;

/// A predicate over numbered parts.
#[derive(Debug)]
pub(super) enum Shared {
    Or(Box<[Shared]>),
    And(Box<[Shared]>),
    Not(Box<Shared>),
    Atom(u32),
}

/// The distinct parts: comparisons and existence tests.
#[derive(Debug, Default)]
pub(super) struct Atoms {
    expressions: Vec<Expression>,
    numbers: HashMap<String, u32>,
}

/// What is known of the parts for the item at hand.
#[derive(Debug)]
pub(super) struct Memo<'m>(&'m [Cell<Known>]);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Known {
    Nothing,
    Holds(bool),
    /// It failed; the kind says whether the predicate or the whole filter is lost.
    Failed(FaultKind),
}

impl Memo<'_> {
    pub(super) fn forget(&self) {
        for known in self.0 {
            known.set(Known::Nothing);
        }
    }
}

impl Atoms {
    /// The predicate over the parts of this group, new ones added.
    pub(super) fn share(&mut self, expression: &Expression) -> Shared {
        match expression {
            Expression::Or(parts) => {
                Shared::Or(parts.iter().map(|part| self.share(part)).collect())
            }
            Expression::And(parts) => {
                Shared::And(parts.iter().map(|part| self.share(part)).collect())
            }
            Expression::Not(part) => Shared::Not(Box::new(self.share(part))),
            Expression::Exists { .. } | Expression::Compare(_) => {
                let name = print::text(|out| print::expression(expression, Level::Or, out));
                let next = self.expressions.len() as u32;
                let number = *self.numbers.entry(name).or_insert(next);
                if number == next {
                    self.expressions.push(expression.clone());
                }
                Shared::Atom(number)
            }
        }
    }

    pub(super) fn memo<'m>(&self, memory: &'m Bump) -> Memo<'m> {
        Memo(memory.alloc_slice_fill_with(self.expressions.len(), |_| Cell::new(Known::Nothing)))
    }

    /// Whether a predicate holds for an item.
    pub(super) fn holds<'m, N: Node + 'm>(
        &'m self,
        shared: &Shared,
        evaluation: &Evaluation<'m, N>,
        item: Handle<'m, N>,
        memo: &Memo<'m>,
    ) -> Evaluated<bool> {
        match shared {
            Shared::Or(parts) => {
                for part in parts {
                    if self.holds(part, evaluation, item, memo)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Shared::And(parts) => {
                for part in parts {
                    if !self.holds(part, evaluation, item, memo)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Shared::Not(part) => Ok(!self.holds(part, evaluation, item, memo)?),
            Shared::Atom(number) => {
                let known = &memo.0[*number as usize];
                match known.get() {
                    Known::Holds(holds) => return Ok(holds),
                    Known::Failed(kind) => return Err(Fault::new(kind, "failed before")),
                    Known::Nothing => {}
                }
                let expression = &self.expressions[*number as usize];
                let decided = evaluation.holds(expression, item, Names::Optional);
                known.set(match decided {
                    Ok(holds) => Known::Holds(holds),
                    Err(fault) => Known::Failed(fault.kind),
                });
                decided
            }
        }
    }
}
