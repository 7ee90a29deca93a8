//! The terminal as it was before keys were read one at a time. Whatever ends the run while a key is
//! awaited must not leave a shell without echo.

use std::io::stdin;

use rustix::termios::{OptionalActions, Termios, tcgetattr, tcsetattr};

/// Puts the terminal back when dropped.
pub(super) struct AsItWas(Option<Termios>);

impl AsItWas {
    /// The terminal that is read from; nothing where it is none.
    pub(super) fn of_input() -> Self {
        Self(tcgetattr(stdin()).ok())
    }
}

impl Drop for AsItWas {
    fn drop(&mut self) {
        if let Some(before) = &self.0 {
            // Where it is gone there is nothing to put back.
            let _ = tcsetattr(stdin(), OptionalActions::Now, before);
        }
    }
}
