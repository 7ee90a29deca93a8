//! An account as the source gave it: text by attribute, before types, correlation or identity.
//!
//! One account is filled again and again while a file is read, so it keeps its text in one buffer and
//! speaks of values by their place in it. Clone it to keep it.

mod attributes;
mod digest;
mod layout;

use std::collections::HashSet;
use std::sync::Arc;

use muster_model::AttributeName;

pub use attributes::Problem;
pub use digest::{Digest, Digester};
pub use layout::{Layout, LayoutError};

use crate::contract::Rejection;
use crate::limits;

/// A place in a buffer of text.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) start: u32,
    pub(crate) end: u32,
}

impl Span {
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            end: end as u32,
        }
    }

    pub(crate) fn of(self, text: &[u8]) -> &[u8] {
        &text[self.start as usize..self.end as usize]
    }
}

/// Something about an account that a person should know.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Warning {
    /// The line of the file.
    pub line: u64,
    /// The attribute or column.
    pub column: AttributeName,
    /// What is wrong. Values are left out: messages are read by more people than files are.
    pub problem: Problem,
}

/// The two flags that an account has besides its attributes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Status {
    pub(crate) disabled: bool,
    pub(crate) locked: bool,
}

/// An account as the source gave it.
#[derive(Clone, Debug)]
pub struct RawAccount {
    layout: Arc<Layout>,
    /// All text of the account. Its pieces were checked to be UTF-8 when they came in.
    text: Vec<u8>,
    /// By attribute number; an empty place is an absent value.
    singles: Vec<Span>,
    /// Attribute number and value, each pair once, in the order of arrival.
    values: Vec<(u32, Span)>,
    /// Hashes of all pairs in `values`, once there are too many to walk.
    known: HashSet<u128>,
    status: Status,
    first_line: u64,
    warnings: Vec<Warning>,
    warnings_dropped: u64,
    is_incomplete: bool,
}

impl RawAccount {
    pub(crate) fn new(layout: Arc<Layout>) -> Self {
        Self {
            singles: vec![Span::default(); layout.attributes().len()],
            layout,
            text: Vec::new(),
            values: Vec::new(),
            known: HashSet::new(),
            status: Status::default(),
            first_line: 0,
            warnings: Vec::new(),
            warnings_dropped: 0,
            is_incomplete: false,
        }
    }

    pub(crate) fn layout(&self) -> &Arc<Layout> {
        &self.layout
    }

    /// The value of the Account ID; never empty.
    pub fn native_identity(&self) -> &str {
        self.text_of(self.singles[self.layout.identity()])
    }

    /// The value of the Account Name, or of the Account ID where that is empty.
    pub fn display_name(&self) -> &str {
        let name = self.text_of(self.singles[self.layout.display()]);
        if name.is_empty() {
            self.native_identity()
        } else {
            name
        }
    }

    /// 128 bits of the native identity: the key by which runs remember accounts.
    pub fn key_hash(&self) -> u128 {
        key_hash(self.native_identity())
    }

    /// Whether the source says that the account is disabled.
    pub fn disabled(&self) -> bool {
        self.status.disabled
    }

    /// Whether the source says that the account is locked.
    pub fn locked(&self) -> bool {
        self.status.locked
    }

    /// The line of the account's first row, counted from 1.
    pub fn first_line(&self) -> u64 {
        self.first_line
    }

    /// About how many bytes a clone takes.
    pub fn bytes(&self) -> usize {
        size_of::<Self>()
            + self.text.len()
            + size_of_val(&*self.singles)
            + size_of_val(&*self.values)
            + self.known.len() * size_of::<u128>()
            + size_of_val(&*self.warnings)
    }

    /// What a person should know about the rows of this account.
    pub fn warnings(&self) -> &[Warning] {
        &self.warnings
    }

    /// How many warnings there were beyond those kept.
    pub fn warnings_dropped(&self) -> u64 {
        self.warnings_dropped
    }

    /// Whether a row of this account next to the others was rejected, so that values may be missing.
    /// Rejected rows elsewhere in the file show in [`crate::Rejected::native_identity`] only.
    pub fn is_incomplete(&self) -> bool {
        self.is_incomplete
    }

    /// Adds the rows of the same account from another place of the file: its several values are
    /// collected, its single values must agree, and this account's win where they do not.
    pub fn merge(&mut self, other: &Self) -> Result<(), Rejection> {
        debug_assert_eq!(self.native_identity(), other.native_identity());
        for at in 0..self.singles.len() {
            if self.singles[at].of(&self.text) != other.singles[at].of(&other.text) {
                self.warn_disagreement(other.first_line, at);
            }
        }
        if self.status != other.status {
            self.warn(Warning {
                line: other.first_line,
                column: self.layout.attributes()[self.layout.identity()]
                    .name
                    .clone(),
                problem: Problem::StatusDisagrees,
            });
        }
        for warning in &other.warnings {
            self.warn(warning.clone());
        }
        self.warnings_dropped += other.warnings_dropped;
        self.is_incomplete |= other.is_incomplete;
        for (attribute, value) in &other.values {
            if let Err(rejection) = self.add_value(*attribute as usize, value.of(&other.text)) {
                self.is_incomplete = true;
                return Err(rejection);
            }
        }
        Ok(())
    }

    /// Empties the account for the next one, whose first row is `row`.
    pub(crate) fn begin(&mut self, line: u64, row: &[u8], status: Status) {
        self.text.clear();
        self.text.extend_from_slice(row);
        self.singles.fill(Span::default());
        self.values.clear();
        self.known.clear();
        self.status = status;
        self.first_line = line;
        self.warnings.clear();
        self.warnings_dropped = 0;
        self.is_incomplete = false;
    }

    /// Sets a single value to a place in the row given to [`RawAccount::begin`].
    pub(crate) fn set_single(&mut self, attribute: usize, place: Span) {
        self.singles[attribute] = place;
    }

    /// Whether the account has this id.
    pub(crate) fn has_identity(&self, identity: &[u8]) -> bool {
        self.agrees(self.layout.identity(), identity)
    }

    /// Whether a single value is the one that the account has.
    pub(crate) fn agrees(&self, attribute: usize, value: &[u8]) -> bool {
        self.singles[attribute].of(&self.text) == value
    }

    /// Adds a value to a multi-valued attribute unless it is blank or there already.
    pub(crate) fn add_value(&mut self, attribute: usize, value: &[u8]) -> Result<(), Rejection> {
        if value.trim_ascii().is_empty() || self.has_value(attribute, value) {
            return Ok(());
        }
        let start = self.text.len();
        if self.values.len() >= limits::VALUES_PER_ACCOUNT_MAX
            || start + value.len() > limits::ACCOUNT_BYTES_MAX
        {
            return Err(Rejection::AccountTooLarge);
        }
        self.text.extend_from_slice(value);
        let place = Span::new(start, self.text.len());
        self.values.push((attribute as u32, place));
        self.remember(attribute, value);
        Ok(())
    }

    pub(crate) fn status(&self) -> Status {
        self.status
    }

    pub(crate) fn mark_incomplete(&mut self) {
        self.is_incomplete = true;
    }

    pub(crate) fn warn_disagreement(&mut self, line: u64, attribute: usize) {
        let column = self.layout.attributes()[attribute].name.clone();
        self.warn(Warning {
            line,
            column,
            problem: Problem::Disagrees,
        });
    }

    pub(crate) fn warn(&mut self, warning: Warning) {
        if self.warnings.len() < limits::WARNINGS_PER_ACCOUNT_MAX {
            self.warnings.push(warning);
        } else {
            self.warnings_dropped += 1;
        }
    }

    fn has_value(&self, attribute: usize, value: &[u8]) -> bool {
        if self.known.is_empty() {
            self.values
                .iter()
                .any(|(known, place)| *known as usize == attribute && place.of(&self.text) == value)
        } else {
            self.known.contains(&value_hash(attribute, value))
        }
    }

    /// Walking is quickest for the few values that people have, and quadratic for the thousands that
    /// a technical account may have; so the hashes of all values are kept from a bound on.
    fn remember(&mut self, attribute: usize, value: &[u8]) {
        if !self.known.is_empty() {
            self.known.insert(value_hash(attribute, value));
        } else if self.values.len() > limits::VALUES_WALKED_MAX {
            let text = &self.text;
            self.known.extend(
                self.values
                    .iter()
                    .map(|(known, place)| value_hash(*known as usize, place.of(text))),
            );
        }
    }

    fn text_of(&self, place: Span) -> &str {
        std::str::from_utf8(place.of(&self.text)).unwrap_or_default()
    }
}

/// 128 bits of a native identity, the same as [`RawAccount::key_hash`] gives.
pub fn key_hash(native_identity: &str) -> u128 {
    first_128_bits(&blake3::hash(native_identity.as_bytes()))
}

fn value_hash(attribute: usize, value: &[u8]) -> u128 {
    let mut hasher = blake3::Hasher::new();
    hasher.update(&(attribute as u64).to_le_bytes());
    hasher.update(value);
    first_128_bits(&hasher.finalize())
}

fn first_128_bits(hash: &blake3::Hash) -> u128 {
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash.as_bytes()[..16]);
    u128::from_be_bytes(bytes)
}
