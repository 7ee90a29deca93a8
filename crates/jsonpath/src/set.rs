//! Many filters, one event. Filters that are the same are evaluated once. Those that end in a
//! predicate behind the same steps form a group: the steps are walked once, equal parts of their
//! predicates are decided once per item, and comparisons of an attribute with texts
//! (`@.attribute == 'department'`, `in [...]`) are one look-up that names the few filters left to
//! decide. All others are evaluated one by one. The answers are those of [`Filter::fires`].

mod group;
mod index;
mod shared;

use std::collections::HashMap;

use crate::evaluate::{Evaluation, with_memory};
use crate::filter::{Dialect, Filter};
use crate::node::Node;
use group::{Group, GroupBuilder};

/// A set of filters, each with a key; immutable and shared between threads.
#[derive(Debug)]
pub struct FilterSet<K> {
    keys: Vec<K>,
    /// Which distinct filter each key has.
    filter_of: Vec<usize>,
    distinct: usize,
    groups: Vec<Group>,
    /// Filters in no group, with their number.
    singles: Vec<(usize, Filter)>,
}

impl<K> FilterSet<K> {
    /// Makes one set of all filters.
    pub fn compile<'f>(filters: impl IntoIterator<Item = (K, &'f Filter)>) -> FilterSet<K> {
        let mut numbers: HashMap<(Dialect, String), usize> = HashMap::new();
        let mut builders: Vec<GroupBuilder> = Vec::new();
        let mut group_of: HashMap<String, usize> = HashMap::new();
        let mut set = FilterSet {
            keys: Vec::new(),
            filter_of: Vec::new(),
            distinct: 0,
            groups: Vec::new(),
            singles: Vec::new(),
        };
        for (key, filter) in filters {
            set.keys.push(key);
            let next = numbers.len();
            let number = *numbers
                .entry((filter.dialect(), filter.to_string()))
                .or_insert(next);
            set.filter_of.push(number);
            if number < next {
                continue;
            }
            match group::split(filter) {
                Some((steps, expression)) => {
                    let at = *group_of.entry(group::name(steps)).or_insert_with(|| {
                        builders.push(GroupBuilder::new(steps));
                        builders.len() - 1
                    });
                    builders[at].add(number, expression);
                }
                None => set.singles.push((number, filter.clone())),
            }
        }
        set.distinct = numbers.len();
        set.groups = builders.into_iter().map(GroupBuilder::build).collect();
        set
    }

    /// How many filters the set has.
    pub fn len(&self) -> usize {
        self.keys.len()
    }

    /// Whether the set has no filter.
    pub fn is_empty(&self) -> bool {
        self.keys.is_empty()
    }

    /// The keys of the filters that fire on a document, in the order the set was made from.
    pub fn matching<N: Node>(&self, document: N) -> impl Iterator<Item = &K> {
        let fired = self.fired(document);
        self.keys
            .iter()
            .zip(&self.filter_of)
            .filter(move |(_, number)| fired.get(**number).is_some_and(|state| state.fired))
            .map(|(key, _)| key)
    }

    fn fired<N: Node>(&self, document: N) -> Vec<State> {
        let mut states = vec![State::default(); self.distinct];
        with_memory(|memory| {
            let evaluation = Evaluation::new(document, memory);
            for (number, filter) in &self.singles {
                evaluation.budget.refill();
                states[*number].fired = filter.decide(&evaluation).unwrap_or(false);
            }
            for group in &self.groups {
                evaluation.budget.refill();
                group.decide(&evaluation, &mut states);
            }
        });
        states
    }
}

/// What is known of a filter while a document is looked at.
#[derive(Debug, Clone, Copy, Default)]
struct State {
    fired: bool,
    /// It failed and will not fire whatever comes.
    failed: bool,
}
