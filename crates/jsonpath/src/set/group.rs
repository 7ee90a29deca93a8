//! Filters that end in a predicate behind the same steps.

use std::collections::HashMap;

use super::State;
use super::index::{Index, IndexBuilder, indexable};
use super::shared::{Atoms, Memo, Shared};
use crate::evaluate::{Evaluated, Evaluation, Handle, Shape};
use crate::filter::{Dialect, Filter};
use crate::jayway::operators::Side;
use crate::jayway::parse::assemble::{assemble, expression_may_fault};
use crate::jayway::print;
use crate::jayway::walk::{Names, Yield};
use crate::node::Node;
use crate::program::{Expression, Path, Root, Step, StepKind};

/// The steps before the predicate and the predicate, for a filter that a group can take.
pub(super) fn split(filter: &Filter) -> Option<(&[Step], &Expression)> {
    if filter.dialect() != Dialect::Jayway {
        return None;
    }
    let (last, before) = filter.path.steps.split_last()?;
    let StepKind::Filter(expression) = &last.kind else {
        return None;
    };
    // Alone these steps mean something else than before others: a scan has nothing to look for or
    // looks differently, several names merge; and a call is a result of its own.
    let kinds: Vec<&StepKind> = before.iter().map(|step| &step.kind).collect();
    let stand_alone = match kinds.as_slice() {
        [.., StepKind::Scan | StepKind::EachName(_)] => false,
        [.., StepKind::Scan, last] => matches!(last, StepKind::Name(_)),
        _ => true,
    } && !kinds.iter().any(|kind| matches!(kind, StepKind::Call(_)));
    stand_alone.then_some((before, &**expression))
}

/// What filters of one group have in common, as text.
pub(super) fn name(steps: &[Step]) -> String {
    let kinds: Vec<&StepKind> = steps.iter().map(|step| &step.kind).collect();
    print::text(|out| print::steps(&kinds, out))
}

/// A group under construction.
pub(super) struct GroupBuilder {
    prefix: Path,
    atoms: Atoms,
    members: Vec<Member>,
    /// For each member the attributes by which it can be looked up.
    wanted: Vec<Vec<Candidate>>,
}

/// One filter of a group.
#[derive(Debug)]
struct Member {
    number: usize,
    predicate: Shared,
    /// Must see every item even after a hit.
    may_fault: bool,
    /// It holds for every item that its index names.
    suffices: bool,
}

impl GroupBuilder {
    pub(super) fn new(steps: &[Step]) -> Self {
        let kinds = steps.iter().map(|step| step.kind.clone()).collect();
        GroupBuilder {
            prefix: assemble(Root::Document, kinds),
            atoms: Atoms::default(),
            members: Vec::new(),
            wanted: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, number: usize, expression: &Expression) {
        self.members.push(Member {
            number,
            predicate: self.atoms.share(expression),
            may_fault: expression_may_fault(expression),
            suffices: false,
        });
        self.wanted.push(
            indexable(expression)
                .into_iter()
                .map(|wanted| Candidate {
                    name: print::text(|out| print::path(wanted.path, out)),
                    path: wanted.path.clone(),
                    texts: wanted.texts,
                    suffices: wanted.suffices,
                })
                .collect(),
        );
    }

    /// Each filter is looked up by the attribute whose texts the fewest others want.
    pub(super) fn build(mut self) -> Group {
        let mut wishes: HashMap<(String, String), usize> = HashMap::new();
        for candidate in self.wanted.iter().flatten() {
            for text in &candidate.texts {
                *wishes
                    .entry((candidate.name.clone(), text.clone()))
                    .or_default() += 1;
            }
        }
        let rivals = |candidate: &Candidate| {
            let wishes = |text: &String| wishes.get(&(candidate.name.clone(), text.clone()));
            candidate
                .texts
                .iter()
                .filter_map(wishes)
                .copied()
                .max()
                .unwrap_or(0)
        };
        let mut indexes: Vec<IndexBuilder> = Vec::new();
        let mut index_of: HashMap<String, usize> = HashMap::new();
        let mut unindexed = Vec::new();
        for (member, candidates) in self.wanted.into_iter().enumerate() {
            let Some(best) = candidates.into_iter().min_by_key(rivals) else {
                unindexed.push(member as u32);
                continue;
            };
            self.members[member].suffices = best.suffices;
            let at = *index_of.entry(best.name).or_insert_with(|| {
                indexes.push(IndexBuilder::new(best.path));
                indexes.len() - 1
            });
            indexes[at].add(member as u32, best.texts);
        }
        Group {
            prefix: self.prefix,
            atoms: self.atoms,
            members: self.members,
            indexes: indexes.into_iter().map(IndexBuilder::build).collect(),
            unindexed,
        }
    }
}

/// An attribute by which a filter can be looked up.
struct Candidate {
    name: String,
    path: Path,
    texts: Vec<String>,
    suffices: bool,
}

/// A finished group.
#[derive(Debug)]
pub(super) struct Group {
    prefix: Path,
    atoms: Atoms,
    members: Vec<Member>,
    indexes: Vec<Index>,
    unindexed: Vec<u32>,
}

impl Group {
    /// Decides all filters of the group. When the steps before the predicate fail, none fires.
    pub(super) fn decide<'m, N: Node + 'm>(
        &'m self,
        evaluation: &Evaluation<'m, N>,
        states: &mut [State],
    ) {
        if matches!(evaluation.root.shape(), Shape::Null) {
            return;
        }
        let found = evaluation.read_path(&self.prefix, evaluation.root, Names::Optional);
        let memo = self.atoms.memo(evaluation.memory);
        match found {
            Ok(Yield::Value(value)) => self.decide_value(evaluation, value, &memo, states),
            Ok(Yield::List(values)) => {
                for value in values {
                    self.decide_value(evaluation, *value, &memo, states);
                }
            }
            Err(_) => {}
        }
    }

    fn decide_value<'m, N: Node + 'm>(
        &'m self,
        evaluation: &Evaluation<'m, N>,
        value: Handle<'m, N>,
        memo: &Memo<'m>,
        states: &mut [State],
    ) {
        match value.shape() {
            Shape::Object => self.decide_item(evaluation, value, memo, states),
            Shape::List => {
                let _ = value.try_each_element(|item| -> Result<(), ()> {
                    self.decide_item(evaluation, item, memo, states);
                    Ok(())
                });
            }
            // A filter on a plain value is an error or nothing: it does not fire either way.
            _ => {}
        }
    }

    fn decide_item<'m, N: Node + 'm>(
        &'m self,
        evaluation: &Evaluation<'m, N>,
        item: Handle<'m, N>,
        memo: &Memo<'m>,
        states: &mut [State],
    ) {
        memo.forget();
        for index in &self.indexes {
            match evaluation.path_side(&index.path, item, Names::Optional) {
                Ok(Side::Text(text)) => {
                    for at in index.of_text(text) {
                        let member = &self.members[*at as usize];
                        if member.suffices {
                            states[member.number].fired = true;
                        } else {
                            self.decide_member(evaluation, *at, item, memo, states);
                        }
                    }
                }
                // A number equals texts by value, so each filter must be asked.
                Ok(Side::Number(_)) => {
                    for at in index.all() {
                        self.decide_member(evaluation, *at, item, memo, states);
                    }
                }
                // Nothing else equals a text or a number.
                Ok(_) | Err(_) => {}
            }
        }
        for member in &self.unindexed {
            self.decide_member(evaluation, *member, item, memo, states);
        }
    }

    #[inline]
    fn decide_member<'m, N: Node + 'm>(
        &'m self,
        evaluation: &Evaluation<'m, N>,
        member: u32,
        item: Handle<'m, N>,
        memo: &Memo<'m>,
        states: &mut [State],
    ) {
        let member = &self.members[member as usize];
        let state = &mut states[member.number];
        if state.failed || (state.fired && !member.may_fault) {
            return;
        }
        evaluation.budget.refill();
        let decided: Evaluated<bool> = self.atoms.holds(&member.predicate, evaluation, item, memo);
        match decided {
            Ok(true) => state.fired = true,
            Ok(false) => {}
            Err(fault) if fault.is_caught_by_predicates() => {}
            Err(_) => {
                *state = State {
                    fired: false,
                    failed: true,
                }
            }
        }
    }
}
