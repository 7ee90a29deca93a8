//! What was matched and told, and has no rows yet. With a quick endpoint the outcome is known before a
//! row would be written: one row, once, then says that there was a delivery and how it went. Whatever
//! takes longer gets a row that waits.
//!
//! Pure; no clock, no store. The rows of a lane are written in the order of their events, so that
//! whoever looks behind the last one misses none.

use std::collections::{HashSet, VecDeque};
use std::time::Instant;

use super::lane::Taking;
use super::lanes::Taken;
use crate::dispatch::Found;
use crate::limits::{OUTCOMES_DELAY, ROWS_DELAY};

/// What was found and told, oldest first.
#[derive(Default)]
pub(crate) struct Unwritten(VecDeque<Told>);

struct Told {
    found: Found,
    since: Instant,
    parts: Vec<Part>,
}

/// The deliveries of one subscription among what was found.
struct Part {
    subscription: i64,
    /// How many its lane was offered, those with rows among them.
    offered: usize,
    /// What it took; none where it has no lane here.
    taking: Option<Taking>,
    /// The events whose deliveries had no row when they were found, in order.
    seqs: Vec<i64>,
    /// For each of them, whether its outcome has not come.
    is_open: Vec<bool>,
    open: usize,
    is_written: bool,
}

/// What is to be written now.
#[derive(Default)]
pub(crate) struct Plan {
    /// Deliveries that wait: (subscription, event).
    pub(crate) rows: Vec<(i64, i64)>,
    /// Whether another node waits for some of them.
    pub(crate) elsewhere: bool,
    /// So many of the oldest finds are through.
    passed: usize,
    /// Parts that are through with these rows: the place of the find and the place in it.
    parts: Vec<(usize, usize)>,
}

/// A lane's part of a find that has its rows now.
pub(crate) struct Written {
    pub(crate) subscription: i64,
    pub(crate) offered: usize,
    pub(crate) taking: Option<Taking>,
}

#[cfg(test)]
impl Plan {
    const fn is_empty(&self) -> bool {
        self.passed == 0 && self.parts.is_empty()
    }
}

impl Unwritten {
    /// Adds what was told at `now`.
    pub(crate) fn add(&mut self, mut found: Found, taken: &Taken, now: Instant) {
        let mut rowless = std::mem::take(&mut found.rowless);
        let offers = std::mem::take(&mut found.offers);
        let part = |(subscription, messages): (i64, Vec<_>)| {
            let seqs = rowless.remove(&subscription).unwrap_or_default();
            Part {
                subscription,
                offered: messages.len(),
                taking: taken.of(subscription),
                is_open: vec![true; seqs.len()],
                open: seqs.len(),
                seqs,
                is_written: false,
            }
        };
        let parts = offers.into_iter().map(part).collect();
        self.0.push_back(Told {
            found,
            since: now,
            parts,
        });
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The newest event that was looked at.
    pub(crate) fn newest(&self) -> Option<i64> {
        self.0.back().map(|told| told.found.to)
    }

    /// The outcome of a try came; it is recorded with or without a row before it.
    pub(crate) fn hear(&mut self, subscription: i64, seq: i64) {
        let at = self.0.partition_point(|told| told.found.to < seq);
        let told = self.0.get_mut(at);
        let Some(told) = told.filter(|told| told.found.from < seq) else {
            return;
        };
        let part = |part: &&mut Part| part.subscription == subscription;
        if let Some(part) = told.parts.iter_mut().find(part)
            && let Ok(place) = part.seqs.binary_search(&seq)
            && std::mem::take(&mut part.is_open[place])
        {
            part.open -= 1;
        }
    }

    /// When something is to be written. What this node did not take and will read can wait for the
    /// next outcomes.
    pub(crate) fn due(&self) -> Option<Instant> {
        let oldest = self.0.front()?;
        if oldest.is_through() || self.parts().any(|(_, part)| part.is_elsewhere()) {
            return Some(oldest.since);
        }
        let untaken = self.parts().find(|(_, part)| part.is_untaken());
        let untaken = untaken.map(|(told, _)| told.since + OUTCOMES_DELAY);
        let old = oldest.since + ROWS_DELAY;
        Some(untaken.map_or(old, |untaken| untaken.min(old)))
    }

    /// Whether somebody waits for rows. Until they are written no lane may be told of more: it would
    /// go past what it did not take.
    pub(crate) fn owes_rows(&self) -> bool {
        self.parts().any(|(_, part)| part.is_untaken())
    }

    fn parts(&self) -> impl Iterator<Item = (&Told, &Part)> {
        self.0
            .iter()
            .flat_map(|told| told.parts.iter().map(move |part| (told, part)))
    }

    /// What is to be written at `now`; everything where there is no time.
    pub(crate) fn plan(&self, now: Option<Instant>) -> Plan {
        let untaken = self.parts().filter(|(_, part)| part.is_untaken());
        let untaken: HashSet<i64> = untaken.map(|(_, part)| part.subscription).collect();
        let mut plan = Plan {
            // Whoever goes on with the lanes waits for everything.
            elsewhere: now.is_none(),
            ..Plan::default()
        };
        let mut passes = true;
        for (at, told) in self.0.iter().enumerate() {
            let is_old = now.is_none_or(|now| told.since + ROWS_DELAY <= now);
            for (place, part) in told.parts.iter().enumerate() {
                let is_due = is_old || untaken.contains(&part.subscription);
                if part.is_through() {
                    continue;
                }
                if is_due {
                    plan.parts.push((at, place));
                    plan.elsewhere |= part.is_elsewhere();
                    let open = part.seqs.iter().zip(&part.is_open);
                    let rows = open.filter_map(|(seq, is_open)| is_open.then_some(*seq));
                    plan.rows.extend(rows.map(|seq| (part.subscription, seq)));
                } else {
                    passes = false;
                }
            }
            plan.passed += usize::from(passes);
        }
        plan
    }

    /// The finds that are through with a plan.
    pub(crate) fn passed(&self, plan: &Plan) -> impl Iterator<Item = &Found> {
        self.0.iter().take(plan.passed).map(|told| &told.found)
    }

    /// All finds that a plan writes of.
    pub(crate) fn concerned(&self, plan: &Plan) -> impl Iterator<Item = &Found> {
        let last = plan.parts.last().map_or(0, |(at, _)| at + 1);
        let count = plan.passed.max(last);
        self.0.iter().take(count).map(|told| &told.found)
    }

    /// A plan was carried out: says which parts have their rows now.
    pub(crate) fn done(&mut self, plan: &Plan) -> Vec<Written> {
        let mut written = Vec::with_capacity(plan.parts.len());
        for (at, place) in &plan.parts {
            let part = &mut self.0[*at].parts[*place];
            part.is_written = true;
            written.push(Written {
                subscription: part.subscription,
                offered: part.offered,
                taking: part.taking,
            });
        }
        self.0.drain(..plan.passed);
        written
    }

    /// Gives up what is not written: others did it, or it is to be found anew.
    pub(crate) fn clear(&mut self) {
        self.0.clear();
    }
}

impl Told {
    fn is_through(&self) -> bool {
        self.parts.iter().all(Part::is_through)
    }
}

impl Part {
    /// Whether every delivery has a row or an outcome.
    fn is_through(&self) -> bool {
        self.is_written || (self.open == 0 && !self.is_untaken())
    }

    /// Whether somebody looks for rows: the lane did not take everything, or is another node's.
    fn is_untaken(&self) -> bool {
        !self.is_written && self.taking.is_none_or(|taking| taking.count < self.offered)
    }

    /// Whether another node does.
    fn is_elsewhere(&self) -> bool {
        self.is_untaken() && self.taking.is_none_or(|taking| taking.elsewhere)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const QUICK: i64 = 1;
    const FULL: i64 = 2;

    /// The events `from + 1` to `to`, wanted by both; the full one takes none of them.
    fn told(unwritten: &mut Unwritten, from: i64, to: i64, now: Instant) {
        let seqs: Vec<i64> = (from + 1..=to).collect();
        let taken = Taken::from([(QUICK, seqs.len()), (FULL, 0)]);
        unwritten.add(Found::of(from, to, [QUICK, FULL]), &taken, now);
    }

    /// The same, wanted by the quick one only.
    fn told_quick(unwritten: &mut Unwritten, from: i64, to: i64, now: Instant) {
        let taken = Taken::from([(QUICK, (to - from) as usize)]);
        unwritten.add(Found::of(from, to, [QUICK]), &taken, now);
    }

    #[test]
    fn what_was_told_in_time_needs_no_row() {
        let (mut unwritten, now) = (Unwritten::default(), Instant::now());
        told_quick(&mut unwritten, 0, 2, now);
        unwritten.hear(QUICK, 1);
        assert!(unwritten.plan(Some(now)).is_empty());
        unwritten.hear(QUICK, 2);
        let plan = unwritten.plan(Some(now));
        assert_eq!(plan.rows, []);
        assert_eq!(unwritten.passed(&plan).count(), 1);
        assert!(unwritten.done(&plan).is_empty() && unwritten.is_empty());
    }

    #[test]
    fn what_takes_long_gets_a_row_and_lets_the_mark_pass() {
        let (mut unwritten, now) = (Unwritten::default(), Instant::now());
        told_quick(&mut unwritten, 0, 3, now);
        unwritten.hear(QUICK, 2);
        let later = now + ROWS_DELAY;
        assert!(unwritten.plan(Some(now + ROWS_DELAY / 2)).is_empty());
        let plan = unwritten.plan(Some(later));
        assert_eq!(plan.rows, [(QUICK, 1), (QUICK, 3)]);
        assert_eq!(unwritten.passed(&plan).count(), 1);
    }

    #[test]
    fn what_was_not_taken_gets_its_rows_at_once_and_in_order() {
        let (mut unwritten, now) = (Unwritten::default(), Instant::now());
        told_quick(&mut unwritten, 0, 1, now);
        told(&mut unwritten, 1, 2, now);
        assert_eq!(unwritten.due(), Some(now + OUTCOMES_DELAY));
        assert!(unwritten.owes_rows());
        let plan = unwritten.plan(Some(now));
        assert_eq!(plan.rows, [(FULL, 2)]);
        // The quick one's have time; so has the mark.
        assert_eq!(unwritten.passed(&plan).count(), 0);
        assert_eq!(unwritten.done(&plan).len(), 1);
        assert!(!unwritten.owes_rows());
        assert!(unwritten.plan(Some(now)).is_empty());
        // Once it is full itself, its older ones come first.
        let taken = Taken::from([(QUICK, 0)]);
        unwritten.add(Found::of(2, 3, [QUICK]), &taken, now);
        let plan = unwritten.plan(Some(now));
        assert_eq!(plan.rows, [(QUICK, 1), (QUICK, 2), (QUICK, 3)]);
        assert_eq!(unwritten.passed(&plan).count(), 3);
    }

    #[test]
    fn at_the_end_everything_gets_its_row() {
        let (mut unwritten, now) = (Unwritten::default(), Instant::now());
        told_quick(&mut unwritten, 0, 2, now);
        let plan = unwritten.plan(None);
        assert_eq!(plan.rows, [(QUICK, 1), (QUICK, 2)]);
        unwritten.done(&plan);
        assert!(unwritten.is_empty());
    }
}
