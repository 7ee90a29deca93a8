//! Sending again on demand: deliveries that are put back, whatever became of them.

use muster_model::Timestamp;

use crate::args;
use crate::deliveries::{Deliveries, DeliveryState};
use crate::error::Result;
use crate::hints::Topic;

const RESENDS: &str = "resend";

impl Deliveries<'_, '_> {
    /// Puts deliveries back to be sent at once, with all their tries before them. What became of
    /// them before stays in the log of tries.
    pub fn resend(&mut self, subscription: i64, seqs: &[i64], now: Timestamp) -> Result<()> {
        const RESEND: &str = "
            UPDATE delivery SET state = 0, tried = tried + attempts, attempts = 0, due = $3
             WHERE subscription = $1 AND event_seq = $2";
        self.keep_first_successes(subscription, seqs)?;
        self.0.run(
            RESEND,
            seqs.iter().map(|seq| args![subscription, *seq, now]),
        )?;
        self.0.next_numbers(RESENDS, 1)?;
        self.0.hint(Topic::Deliveries);
        Ok(())
    }

    /// The numbers of events from `first` to `last` whose delivery to a subscription is in one of
    /// these states, in order.
    pub fn in_states(
        &mut self,
        subscription: i64,
        (first, last): (i64, i64),
        states: &[DeliveryState],
        limit: u32,
    ) -> Result<Vec<i64>> {
        const PICK: &str = "
            SELECT event_seq FROM delivery
             WHERE subscription = $1 AND event_seq BETWEEN $2 AND $3 AND state IN ($4, $5, $6)
             ORDER BY event_seq LIMIT $7";
        let state = |at: usize| states.get(at).map_or(-1, |state| *state as i64);
        let args = args![
            subscription,
            first,
            last,
            state(0),
            state(1),
            state(2),
            limit
        ];
        self.0.fetch(PICK, &args, |row| row.get(0))
    }

    /// A number that grows when deliveries are put back: whoever keeps some in memory looks again.
    pub fn resends(&mut self) -> Result<i64> {
        let sql = "SELECT value FROM counter WHERE name = $1";
        let number = self.0.fetch_one(sql, &args![RESENDS], |row| row.get(0))?;
        Ok(number.unwrap_or(0))
    }
}
