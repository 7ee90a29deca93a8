//! A small expression as a table of states: for the short texts of events several times faster than
//! the general engine, which has to borrow its working memory for each search.

use regex_automata::Input;
use regex_automata::dfa::{Automaton, StartKind, dense};
use regex_automata::nfa::thompson;
use regex_automata::util::primitives::StateID;
use regex_automata::util::start;

use crate::limits::PATTERN_TABLE_BYTES_MAX;

/// A table for an expression that matches whole texts.
#[derive(Debug)]
pub(super) struct Table {
    automaton: dense::DFA<Vec<u32>>,
    start: StateID,
}

impl Table {
    /// `None` when the table would be large, or the expression has Unicode word boundaries.
    pub(super) fn build(text: &str) -> Option<Table> {
        let limit = Some(PATTERN_TABLE_BYTES_MAX);
        let automaton = dense::Builder::new()
            .configure(
                dense::Config::new()
                    .start_kind(StartKind::Anchored)
                    .dfa_size_limit(limit)
                    .determinize_size_limit(limit),
            )
            .thompson(thompson::Config::new().nfa_size_limit(limit))
            .build(text)
            .ok()?;
        let anchored = start::Config::from_input_forward(
            &Input::new("").anchored(regex_automata::Anchored::Yes),
        );
        let start = automaton.start_state(&anchored).ok()?;
        Some(Table { automaton, start })
    }

    /// Whether the whole text leads to a match.
    #[inline]
    pub(super) fn is_match(&self, text: &str) -> bool {
        let mut state = self.start;
        for byte in text.bytes() {
            state = self.automaton.next_state(state, byte);
            if self.automaton.is_special_state(state) {
                if self.automaton.is_dead_state(state) {
                    return false;
                }
                // A state that gives up asks for the general engine; none is built that does.
                if self.automaton.is_quit_state(state) {
                    return false;
                }
            }
        }
        self.automaton
            .is_match_state(self.automaton.next_eoi_state(state))
    }
}
