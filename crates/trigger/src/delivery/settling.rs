//! When a lane that starts over may read its rows. What was taken from an offer has no row until it is
//! told or has taken long, and a newer event of another subject may have one before it: whoever read
//! the rows then would go past it. The mark moves over events only with all their rows.

/// What a lane waits for. A lane begins with it.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Settling {
    /// Up to which event there are rows is not known yet; up to this one there may be some to come.
    Unknown(i64),
    /// Until the mark has passed this event.
    Until(i64),
    /// All rows are there.
    Done,
}

impl Default for Settling {
    fn default() -> Self {
        Self::Unknown(0)
    }
}

impl Settling {
    /// The lane starts over, having been offered events up to `taken_to`.
    pub(crate) const fn begin(&mut self, taken_to: i64) {
        *self = Self::Unknown(taken_to);
    }

    pub(crate) const fn is_done(self) -> bool {
        matches!(self, Self::Done)
    }

    /// One view of the store has the mark at `mark` and rows up to the event `newest`; says whether
    /// the rows in it may be read.
    pub(crate) fn see(&mut self, mark: i64, newest: i64) -> bool {
        let until = match *self {
            Self::Unknown(taken_to) => taken_to.max(newest),
            Self::Until(until) => until,
            Self::Done => return true,
        };
        *self = if mark >= until {
            Self::Done
        } else {
            Self::Until(until)
        };
        self.is_done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_read_once_the_mark_has_passed_all_that_had_been_told_of() {
        let mut settling = Settling::default();
        assert!(!settling.see(100, 150));
        // Newer rows are written in order: they need not be waited for.
        assert!(!settling.see(149, 900));
        assert!(settling.see(150, 901));
        assert!(settling.see(0, 902));
        settling.begin(1_000);
        assert!(!settling.see(999, 950));
        assert!(settling.see(1_000, 950));
    }

    #[test]
    fn a_store_at_rest_keeps_nobody_waiting() {
        assert!(Settling::default().see(150, 150));
    }
}
