//! Where the values of a path go: the first is enough, the last counts, all are listed, or they
//! are only counted.

use bumpalo::Bump;
use bumpalo::collections::Vec as BumpVec;

use super::Handle;
use crate::error::Fault;

/// Why walking a path ends before its last value.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Halt {
    /// The sink has seen enough.
    Stop,
    /// The evaluation failed.
    Fault(Fault),
}

impl From<Fault> for Halt {
    fn from(fault: Fault) -> Self {
        Halt::Fault(fault)
    }
}

/// How walking goes on.
pub(crate) type Walked = Result<(), Halt>;

/// Turns the end of a walk into success or failure: stopping early is a success.
pub(crate) fn settle(walked: Walked) -> Result<(), Fault> {
    match walked {
        Err(Halt::Fault(fault)) => Err(fault),
        Ok(()) | Err(Halt::Stop) => Ok(()),
    }
}

/// Takes the values of a path in their order.
pub(crate) trait Sink<'m, N> {
    fn take(&mut self, value: Handle<'m, N>) -> Walked;
}

/// Whether there is any value; stops at the first.
#[derive(Debug, Default)]
pub(crate) struct First {
    pub(crate) found: bool,
}

impl<'m, N> Sink<'m, N> for First {
    #[inline]
    fn take(&mut self, _: Handle<'m, N>) -> Walked {
        self.found = true;
        Err(Halt::Stop)
    }
}

/// How many values there are.
#[derive(Debug, Default)]
pub(crate) struct Count {
    pub(crate) values: usize,
}

impl<'m, N> Sink<'m, N> for Count {
    fn take(&mut self, _: Handle<'m, N>) -> Walked {
        self.values += 1;
        Ok(())
    }
}

/// The last value: what a definite path yields.
#[derive(Debug)]
pub(crate) struct Last<'m, N> {
    pub(crate) value: Option<Handle<'m, N>>,
}

impl<'m, N: Copy> Sink<'m, N> for Last<'m, N> {
    fn take(&mut self, value: Handle<'m, N>) -> Walked {
        self.value = Some(value);
        Ok(())
    }
}

/// All values, in the working memory.
#[derive(Debug)]
pub(crate) struct All<'m, N> {
    pub(crate) values: BumpVec<'m, Handle<'m, N>>,
}

impl<'m, N> All<'m, N> {
    pub(crate) fn within(memory: &'m Bump) -> Self {
        All {
            values: BumpVec::new_in(memory),
        }
    }
}

impl<'m, N: Copy> Sink<'m, N> for All<'m, N> {
    fn take(&mut self, value: Handle<'m, N>) -> Walked {
        self.values.push(value);
        Ok(())
    }
}
