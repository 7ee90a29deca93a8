//! The order of one lane: what may be sent now, what waits for its time, what waits for another
//! delivery of the same subject. Pure; no clock, no store.
//!
//! A subject is busy from the moment one of its deliveries may be sent until that one is settled.
//! Deliveries of a busy subject line up behind it (decisions.md 13).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, HashMap, HashSet, VecDeque};
use std::sync::Arc;

use muster_model::Timestamp;

use super::message::Message;
use crate::limits::WAITING_PER_WINDOW;
use crate::subscription::Ordering;

/// A delivery in memory.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    pub(crate) seq: i64,
    pub(crate) attempts: i64,
    /// Tries before it was sent again on demand.
    pub(crate) tried: i64,
    pub(crate) due: Timestamp,
    pub(crate) subject: u128,
    /// The event; read again when there was no room to keep it.
    pub(crate) message: Option<Arc<Message>>,
}

/// The deliveries that a lane has in memory.
#[derive(Default)]
pub(crate) struct Queue {
    ready: VecDeque<Item>,
    busy: HashMap<u128, VecDeque<Item>>,
    parked: BinaryHeap<Reverse<(Timestamp, i64)>>,
    parked_items: HashMap<i64, Item>,
    /// Everything from its loading until its outcome is stored, so that nothing is loaded twice.
    known: HashSet<i64>,
    /// What was settled while a page is read: the page may still show it as waiting.
    settled_meanwhile: Option<HashSet<i64>>,
    /// How many are kept with their events.
    pub(crate) window: usize,
    pub(crate) ordering: Ordering,
}

impl Queue {
    pub(crate) fn new(ordering: Ordering, window: usize) -> Self {
        Self {
            window,
            ordering,
            ..Self::default()
        }
    }

    /// Takes a delivery in, unless it is here already.
    pub(crate) fn add(&mut self, mut item: Item, now: Timestamp) {
        let is_settled = self
            .settled_meanwhile
            .as_ref()
            .is_some_and(|settled| settled.contains(&item.seq));
        if is_settled || !self.known.insert(item.seq) {
            return;
        }
        if self.known.len() > self.window {
            item.message = None;
        }
        self.line_up(item, now);
    }

    /// The next delivery to be sent.
    pub(crate) fn take(&mut self) -> Option<Item> {
        self.ready.pop_front()
    }

    /// A delivery has come to its end; the next of its subject may go.
    pub(crate) fn done(&mut self, item: &Item, now: Timestamp) {
        self.release(item.subject, now);
    }

    /// A delivery is to be tried again; its subject waits with it.
    pub(crate) fn again(&mut self, mut item: Item) {
        item.message = None;
        self.park(item);
    }

    /// The outcome of a delivery that came to its end is stored.
    pub(crate) fn settled(&mut self, seq: i64) {
        self.known.remove(&seq);
        if let Some(settled) = &mut self.settled_meanwhile {
            settled.insert(seq);
        }
    }

    /// A page is about to be read.
    pub(crate) fn begin_page(&mut self) {
        self.settled_meanwhile = Some(HashSet::new());
    }

    /// The page was taken in.
    pub(crate) fn end_page(&mut self) {
        self.settled_meanwhile = None;
    }

    /// Takes back a delivery that was not made: it is the next again, and its subject stays busy, so
    /// that nothing overtakes it.
    pub(crate) fn put_back(&mut self, item: Item) {
        self.ready.push_front(item);
    }

    /// Leaves a delivery to the store, as if it had never been here.
    pub(crate) fn leave(&mut self, item: &Item, now: Timestamp) {
        self.known.remove(&item.seq);
        self.release(item.subject, now);
    }

    /// Leaves everything to the store but what is being sent or stored.
    pub(crate) fn clear(&mut self) {
        let parked = self.parked_items.drain().map(|(_, item)| item);
        for item in self.ready.drain(..).chain(parked) {
            self.known.remove(&item.seq);
            for next in self.busy.remove(&item.subject).unwrap_or_default() {
                self.known.remove(&next.seq);
            }
        }
        self.parked.clear();
        for chain in self.busy.values_mut() {
            for next in chain.drain(..) {
                self.known.remove(&next.seq);
            }
        }
    }

    /// Makes ready what is due at `now`.
    pub(crate) fn wake(&mut self, now: Timestamp) {
        while let Some(Reverse((due, seq))) = self.parked.peek().copied()
            && due <= now
        {
            self.parked.pop();
            if let Some(item) = self.parked_items.remove(&seq) {
                self.ready.push_back(item);
            }
        }
    }

    /// When the next retry is due.
    pub(crate) fn next_due(&self) -> Option<Timestamp> {
        self.parked.peek().map(|Reverse((due, _))| *due)
    }

    /// How many may be sent now.
    pub(crate) fn ready(&self) -> usize {
        self.ready.len()
    }

    /// How many are here, whatever they wait for.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// How many of them wait for their time, or for one that does.
    pub(crate) fn held_back(&self) -> usize {
        let behind = |item: &Item| self.busy.get(&item.subject).map_or(0, VecDeque::len);
        self.parked_items
            .values()
            .map(|item| 1 + behind(item))
            .sum()
    }

    /// Whether the store should be asked for more.
    pub(crate) fn has_room(&self) -> bool {
        self.ready.len() < self.window / 2 && self.known.len() < self.window * WAITING_PER_WINDOW
    }

    fn line_up(&mut self, item: Item, now: Timestamp) {
        if self.ordering == Ordering::Subject {
            if let Some(chain) = self.busy.get_mut(&item.subject) {
                chain.push_back(item);
                return;
            }
            self.busy.insert(item.subject, VecDeque::new());
        }
        self.start(item, now);
    }

    fn start(&mut self, item: Item, now: Timestamp) {
        if item.due > now {
            self.park(item);
        } else {
            self.ready.push_back(item);
        }
    }

    fn park(&mut self, item: Item) {
        self.parked.push(Reverse((item.due, item.seq)));
        self.parked_items.insert(item.seq, item);
    }

    fn release(&mut self, subject: u128, now: Timestamp) {
        let Some(chain) = self.busy.get_mut(&subject) else {
            return;
        };
        match chain.pop_front() {
            // The front of the line: the worker that has just finished goes on with it.
            Some(next) if next.due <= now => self.ready.push_front(next),
            Some(next) => self.park(next),
            None => {
                self.busy.remove(&subject);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const NOW: Timestamp = Timestamp::from_micros(1_000_000);

    fn item(seq: i64, subject: u128) -> Item {
        Item {
            seq,
            attempts: 0,
            tried: 0,
            due: NOW,
            subject,
            message: None,
        }
    }

    fn filled(pairs: &[(i64, u128)]) -> Queue {
        let mut queue = Queue::new(Ordering::Subject, 100);
        for (seq, subject) in pairs {
            queue.add(item(*seq, *subject), NOW);
        }
        queue
    }

    fn drain(queue: &mut Queue) -> Vec<i64> {
        std::iter::from_fn(|| queue.take())
            .map(|item| item.seq)
            .collect()
    }

    #[test]
    fn a_delivery_in_flight_holds_back_its_own_subject_only() {
        let mut queue = filled(&[(1, 7), (2, 8), (3, 7), (4, 7)]);
        let first = queue.take().unwrap();
        assert_eq!(drain(&mut queue), [2]);
        queue.done(&first, NOW);
        let second = queue.take().unwrap();
        assert_eq!((second.seq, queue.ready()), (3, 0));
        queue.done(&second, NOW);
        assert_eq!(drain(&mut queue), [4]);
    }

    #[test]
    fn a_failing_head_waits_with_its_successors_until_its_time() {
        let mut queue = filled(&[(1, 7), (2, 7), (3, 8)]);
        let mut failed = queue.take().unwrap();
        failed.due = NOW.plus_millis(5);
        queue.again(failed);
        assert_eq!(drain(&mut queue), [3]);
        assert_eq!(queue.next_due(), Some(NOW.plus_millis(5)));
        assert_eq!(queue.held_back(), 2);
        queue.wake(NOW.plus_millis(4));
        assert_eq!(queue.ready(), 0);
        queue.wake(NOW.plus_millis(5));
        assert_eq!(drain(&mut queue), [1]);
    }

    #[test]
    fn without_ordering_nothing_waits_for_another() {
        let mut queue = Queue::new(Ordering::None, 100);
        for seq in 1..=3 {
            queue.add(item(seq, 7), NOW);
        }
        assert_eq!(drain(&mut queue), [1, 2, 3]);
    }

    #[test]
    fn nothing_is_taken_in_twice_before_its_outcome_is_stored() {
        let mut queue = filled(&[(1, 7)]);
        let first = queue.take().unwrap();
        queue.done(&first, NOW);
        queue.add(item(1, 7), NOW);
        assert_eq!(queue.ready(), 0);
        queue.settled(1);
        queue.add(item(1, 7), NOW);
        assert_eq!(queue.ready(), 1);
    }

    #[test]
    fn a_delivery_that_is_put_back_is_not_overtaken() {
        let mut queue = filled(&[(1, 7), (2, 7)]);
        let first = queue.take().unwrap();
        queue.put_back(first);
        assert_eq!(drain(&mut queue), [1]);
    }

    #[test]
    fn what_was_settled_while_a_page_was_read_is_not_taken_in_again() {
        let mut queue = filled(&[(1, 7)]);
        let first = queue.take().unwrap();
        queue.begin_page();
        queue.done(&first, NOW);
        queue.settled(1);
        queue.add(item(1, 7), NOW);
        queue.add(item(2, 7), NOW);
        queue.end_page();
        assert_eq!(drain(&mut queue), [2]);
    }

    #[test]
    fn clearing_keeps_what_is_in_flight_and_nothing_else() {
        let mut queue = filled(&[(1, 7), (2, 7), (3, 8), (4, 8)]);
        let first = queue.take().unwrap();
        queue.clear();
        assert_eq!((queue.len(), queue.ready(), queue.next_due()), (1, 0, None));
        queue.done(&first, NOW);
        queue.settled(1);
        assert_eq!(queue.len(), 0);
        queue.add(item(2, 7), NOW);
        assert_eq!(drain(&mut queue), [2]);
    }
}
