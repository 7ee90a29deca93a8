//! Steps and depth an evaluation may still take, so that no filter and no document can make it
//! hang or overflow the stack.

use std::cell::Cell;

use super::Evaluated;
use crate::error::{Fault, FaultKind};
use crate::limits::{EVALUATION_DEPTH_MAX, EVALUATION_STEPS_MAX};

/// What is left of both.
#[derive(Debug, Clone)]
pub(crate) struct Budget {
    steps: Cell<u32>,
    depth: Cell<u32>,
}

impl Default for Budget {
    fn default() -> Self {
        Budget {
            steps: Cell::new(EVALUATION_STEPS_MAX),
            depth: Cell::new(EVALUATION_DEPTH_MAX),
        }
    }
}

impl Budget {
    /// Goes on from where another budget has come to.
    pub(crate) fn follow(&self, other: &Budget) {
        self.steps.set(other.steps.get());
    }

    /// Starts over: for the next of several filters on one document.
    pub(crate) fn refill(&self) {
        self.steps.set(EVALUATION_STEPS_MAX);
    }

    /// Takes one step.
    #[inline]
    pub(crate) fn spend(&self) -> Evaluated<()> {
        match self.steps.get().checked_sub(1) {
            Some(left) => {
                self.steps.set(left);
                Ok(())
            }
            None => Err(Fault::new(
                FaultKind::Limit,
                "the evaluation takes too many steps",
            )),
        }
    }

    /// Runs `work` one level deeper.
    #[inline]
    pub(crate) fn deeper<T, E: From<Fault>>(
        &self,
        work: impl FnOnce() -> Result<T, E>,
    ) -> Result<T, E> {
        let Some(left) = self.depth.get().checked_sub(1) else {
            let detail = "the document or the filter is too deep";
            return Err(Fault::new(FaultKind::Limit, detail).into());
        };
        self.depth.set(left);
        let result = work();
        self.depth.set(left + 1);
        result
    }
}
