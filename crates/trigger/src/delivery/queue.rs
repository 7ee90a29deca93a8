//! The order of one lane: what may be sent now, what waits for its time, what waits for another
//! delivery of the same subject. Pure; no clock, no store.
//!
//! A subject is busy from the moment one of its deliveries may be sent until that one is settled.
//! Deliveries of a busy subject line up behind it (decisions.md 13).

use std::cmp::Reverse;
use std::collections::{BinaryHeap, VecDeque};
use std::sync::Arc;

use hashbrown::{HashMap, HashSet};
use muster_model::Timestamp;

use super::message::Message;
use crate::limits::{PAGE, WAITING_PER_WINDOW};
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
    /// The event; fetched anew when there was no room to keep it.
    pub(crate) message: Option<Arc<Message>>,
}

/// The deliveries that a lane has in memory.
#[derive(Default)]
pub(crate) struct Queue {
    /// May be sent, with its event.
    ready: VecDeque<(Item, Arc<Message>)>,
    /// May be sent once somebody has fetched its event.
    bare: VecDeque<Item>,
    busy: HashMap<u128, Line>,
    parked: BinaryHeap<Reverse<(Timestamp, i64)>>,
    parked_items: HashMap<i64, Item>,
    /// Everything from its loading until its outcome is stored, so that nothing is loaded twice.
    known: HashSet<i64>,
    /// What was settled while a page is read: the page may still show it as waiting.
    settled_meanwhile: Option<HashSet<i64>>,
    /// How many are here with their events.
    kept: usize,
    /// How many may be.
    pub(crate) window: usize,
    pub(crate) ordering: Ordering,
}

/// The deliveries behind a busy one of the same subject.
#[derive(Default)]
struct Line {
    /// The busy one waits for its time, and these with it: without their events.
    is_parked: bool,
    behind: VecDeque<Item>,
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
        if self.kept >= self.window {
            item.message = None;
        }
        self.kept += usize::from(item.message.is_some());
        self.line_up(item, now);
    }

    /// The next delivery to be sent.
    pub(crate) fn take(&mut self) -> Option<(Item, Arc<Message>)> {
        self.ready.pop_front()
    }

    /// A delivery has come to its end; the next of its subject may go.
    pub(crate) fn done(&mut self, item: &Item, now: Timestamp) {
        self.kept -= 1;
        self.release(item.subject, now);
    }

    /// A delivery is to be tried again; its subject waits with it.
    pub(crate) fn again(&mut self, item: Item) {
        self.kept -= 1;
        self.park(item);
    }

    /// Hands out the next that lack their events, for [`Queue::supply`] or [`Queue::lose`]; nothing
    /// while enough is ready.
    pub(crate) fn take_bare(&mut self, at_most: usize) -> Vec<Item> {
        let count = if self.lacks_events() { at_most } else { 0 };
        let count = count.min(self.bare.len());
        self.bare.drain(..count).collect()
    }

    /// Whether deliveries should be given their events.
    pub(crate) fn lacks_events(&self) -> bool {
        !self.bare.is_empty() && self.ready.len() < self.window / 2
    }

    /// Takes back a delivery with its event.
    pub(crate) fn supply(&mut self, item: Item, message: Arc<Message>) {
        self.kept += 1;
        self.ready.push_back((item, message));
    }

    /// Takes back a delivery whose event could not be fetched now.
    pub(crate) fn put_off(&mut self, item: Item) {
        self.park(item);
    }

    /// A delivery has come to its end because its event is gone.
    pub(crate) fn lose(&mut self, item: &Item, now: Timestamp) {
        self.release(item.subject, now);
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
    pub(crate) fn put_back(&mut self, item: Item, message: Arc<Message>) {
        self.ready.push_front((item, message));
    }

    /// Leaves a delivery to the store, as if it had never been here.
    pub(crate) fn leave(&mut self, item: &Item, now: Timestamp) {
        self.known.remove(&item.seq);
        self.kept -= 1;
        self.release(item.subject, now);
    }

    /// Leaves everything to the store but what is being fetched, sent or stored.
    pub(crate) fn clear(&mut self) {
        self.kept -= self.ready.len();
        let ready = self.ready.drain(..).map(|(item, _)| item);
        let parked = self.parked_items.drain().map(|(_, item)| item);
        let mut left: Vec<Item> = ready.chain(self.bare.drain(..)).chain(parked).collect();
        let mut behind = Vec::new();
        for item in &left {
            behind.extend(self.busy.remove(&item.subject).unwrap_or_default().behind);
        }
        for line in self.busy.values_mut() {
            behind.extend(line.behind.drain(..));
        }
        self.kept -= behind.iter().filter(|item| item.message.is_some()).count();
        left.extend(behind);
        for item in left {
            self.known.remove(&item.seq);
        }
        self.parked.clear();
    }

    /// Makes ready what is due at `now`.
    pub(crate) fn wake(&mut self, now: Timestamp) {
        while let Some(Reverse((due, seq))) = self.parked.peek().copied()
            && due <= now
        {
            self.parked.pop();
            if let Some(item) = self.parked_items.remove(&seq) {
                if let Some(line) = self.busy.get_mut(&item.subject) {
                    line.is_parked = false;
                }
                self.bare.push_back(item);
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

    /// Whether something may be sent now, with its event or without.
    pub(crate) fn has_work(&self) -> bool {
        !self.ready.is_empty() || !self.bare.is_empty()
    }

    /// How many are here, whatever they wait for.
    pub(crate) fn len(&self) -> usize {
        self.known.len()
    }

    /// How many of them wait for their time, or for one that does.
    pub(crate) fn held_back(&self) -> usize {
        let behind = |item: &Item| self.busy.get(&item.subject).map_or(0, |it| it.behind.len());
        self.parked_items
            .values()
            .map(|item| 1 + behind(item))
            .sum()
    }

    /// Whether the store should be asked for more.
    pub(crate) fn has_room(&self) -> bool {
        let half = self.window / 2;
        self.ready.len() + self.bare.len() < half && self.room() >= half.clamp(1, PAGE as usize)
    }

    /// How many more may be taken in with their events.
    pub(crate) fn room(&self) -> usize {
        let known_max = self.window * WAITING_PER_WINDOW;
        let unknown = known_max.saturating_sub(self.known.len());
        self.window.saturating_sub(self.kept).min(unknown)
    }

    fn line_up(&mut self, mut item: Item, now: Timestamp) {
        if self.ordering == Ordering::Subject {
            if let Some(line) = self.busy.get_mut(&item.subject) {
                if line.is_parked && item.message.take().is_some() {
                    self.kept -= 1;
                }
                line.behind.push_back(item);
                return;
            }
            self.busy.insert(item.subject, Line::default());
        }
        if item.due > now {
            self.park(item);
        } else {
            self.make_ready(item, End::Back);
        }
    }

    fn make_ready(&mut self, mut item: Item, end: End) {
        match (item.message.take(), end) {
            (Some(message), End::Front) => self.ready.push_front((item, message)),
            (Some(message), End::Back) => self.ready.push_back((item, message)),
            (None, _) => self.bare.push_back(item),
        }
    }

    /// Keeps a delivery until its time, and those behind it, without their events.
    fn park(&mut self, mut item: Item) {
        let mut dropped = usize::from(item.message.take().is_some());
        if let Some(line) = self.busy.get_mut(&item.subject) {
            line.is_parked = true;
            for next in &mut line.behind {
                dropped += usize::from(next.message.take().is_some());
            }
        }
        self.kept -= dropped;
        self.parked.push(Reverse((item.due, item.seq)));
        self.parked_items.insert(item.seq, item);
    }

    fn release(&mut self, subject: u128, now: Timestamp) {
        let Some(line) = self.busy.get_mut(&subject) else {
            return;
        };
        match line.behind.pop_front() {
            // The front of the line: the worker that has just finished goes on with it.
            Some(next) if next.due <= now => self.make_ready(next, End::Front),
            Some(next) => self.park(next),
            None => {
                self.busy.remove(&subject);
            }
        }
    }
}

/// An end of the line.
#[derive(Clone, Copy)]
enum End {
    Front,
    Back,
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
            message: Some(Message::test(seq)),
        }
    }

    fn filled(pairs: &[(i64, u128)]) -> Queue {
        let mut queue = Queue::new(Ordering::Subject, 100);
        for (seq, subject) in pairs {
            queue.add(item(*seq, *subject), NOW);
        }
        queue
    }

    fn take(queue: &mut Queue) -> Item {
        queue.take().unwrap().0
    }

    fn drain(queue: &mut Queue) -> Vec<i64> {
        std::iter::from_fn(|| queue.take())
            .map(|(item, _)| item.seq)
            .collect()
    }

    /// Gives the next deliveries their events, and says which.
    fn fetch(queue: &mut Queue) -> Vec<i64> {
        let bare = queue.take_bare(100);
        let seqs = bare.iter().map(|item| item.seq).collect();
        for item in bare {
            let message = Message::test(item.seq);
            queue.supply(item, message);
        }
        seqs
    }

    #[test]
    fn a_delivery_in_flight_holds_back_its_own_subject_only() {
        let mut queue = filled(&[(1, 7), (2, 8), (3, 7), (4, 7)]);
        let first = take(&mut queue);
        assert_eq!(drain(&mut queue), [2]);
        queue.done(&first, NOW);
        let second = take(&mut queue);
        assert_eq!((second.seq, queue.ready()), (3, 0));
        queue.done(&second, NOW);
        assert_eq!(drain(&mut queue), [4]);
    }

    #[test]
    fn a_failing_head_waits_with_its_successors_until_its_time() {
        let mut queue = filled(&[(1, 7), (2, 7), (3, 8)]);
        let mut failed = take(&mut queue);
        failed.due = NOW.plus_millis(5);
        queue.again(failed);
        assert_eq!(drain(&mut queue), [3]);
        assert_eq!(queue.next_due(), Some(NOW.plus_millis(5)));
        assert_eq!(queue.held_back(), 2);
        queue.wake(NOW.plus_millis(4));
        assert!(!queue.has_work());
        queue.wake(NOW.plus_millis(5));
        assert_eq!(fetch(&mut queue), [1]);
        assert_eq!(drain(&mut queue), [1]);
    }

    #[test]
    fn what_waits_for_a_retry_leaves_its_room_to_others() {
        let mut queue = Queue::new(Ordering::Subject, 4);
        for (seq, subject) in [(1, 7), (2, 7), (3, 7), (4, 8)] {
            queue.add(item(seq, subject), NOW);
        }
        assert_eq!(queue.room(), 0);
        let mut failed = take(&mut queue);
        failed.due = NOW.plus_millis(5);
        queue.again(failed);
        assert_eq!(queue.room(), 3);
        // One more of the subject that waits takes no room either.
        queue.add(item(5, 7), NOW);
        assert_eq!((queue.room(), drain(&mut queue)), (3, vec![4]));
    }

    #[test]
    fn what_came_without_room_is_sent_in_order_once_its_events_are_fetched() {
        let mut queue = Queue::new(Ordering::Subject, 2);
        for (seq, subject) in [(1, 7), (2, 8), (3, 7), (4, 9)] {
            queue.add(item(seq, subject), NOW);
        }
        let (first, second) = (take(&mut queue), take(&mut queue));
        assert_eq!(queue.ready(), 0);
        queue.done(&first, NOW);
        queue.done(&second, NOW);
        assert_eq!(fetch(&mut queue), [4, 3]);
        assert_eq!((queue.room(), drain(&mut queue)), (0, vec![4, 3]));
    }

    #[test]
    fn a_delivery_whose_event_is_gone_lets_the_next_go() {
        let mut queue = Queue::new(Ordering::Subject, 0);
        for seq in [1, 2] {
            queue.add(item(seq, 7), NOW);
        }
        queue.window = 10;
        let bare = queue.take_bare(10);
        queue.lose(&bare[0], NOW);
        assert_eq!((bare.len(), fetch(&mut queue)), (1, vec![2]));
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
        let first = take(&mut queue);
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
        let (first, message) = queue.take().unwrap();
        queue.put_back(first, message);
        assert_eq!(drain(&mut queue), [1]);
    }

    #[test]
    fn what_was_settled_while_a_page_was_read_is_not_taken_in_again() {
        let mut queue = filled(&[(1, 7)]);
        let first = take(&mut queue);
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
        let first = take(&mut queue);
        queue.clear();
        assert_eq!((queue.len(), queue.ready(), queue.next_due()), (1, 0, None));
        assert_eq!(queue.room(), 99);
        queue.done(&first, NOW);
        queue.settled(1);
        assert_eq!((queue.len(), queue.room()), (0, 100));
        queue.add(item(2, 7), NOW);
        assert_eq!(drain(&mut queue), [2]);
    }
}
