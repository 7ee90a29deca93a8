//! Says of most values that they are not there, without a look into the table: a Bloom filter over
//! the keys of an org whose first people come. Each of them is looked for by name before it is
//! stored, and hardly any of these names is there.

use std::hash::{DefaultHasher, Hash, Hasher};

use crate::limits::{SIEVE_BYTES, SIEVE_KEYS_MAX};

/// Bits that stand for one key.
const BITS_OF_KEY: u32 = 3;

/// A set that never denies what it holds, and may affirm what it does not.
pub(crate) struct Sieve {
    words: Box<[u64]>,
    count: usize,
}

impl Sieve {
    /// An empty set.
    pub(crate) fn new() -> Self {
        Self {
            words: vec![0; SIEVE_BYTES / 8].into_boxed_slice(),
            count: 0,
        }
    }

    /// Adds a value.
    pub(crate) fn add(&mut self, attribute: &str, value: &str) {
        self.count += 1;
        for bit in self.bits(attribute, value) {
            self.words[bit / 64] |= 1 << (bit % 64);
        }
    }

    /// Whether a value may have been added.
    pub(crate) fn may_have(&self, attribute: &str, value: &str) -> bool {
        self.bits(attribute, value)
            .all(|bit| self.words[bit / 64] & (1 << (bit % 64)) != 0)
    }

    /// Whether it holds so much that it denies next to nothing.
    pub(crate) fn is_full(&self) -> bool {
        self.count >= SIEVE_KEYS_MAX
    }

    fn bits(&self, attribute: &str, value: &str) -> impl Iterator<Item = usize> + use<> {
        let mut hasher = DefaultHasher::new();
        (attribute, value).hash(&mut hasher);
        let hash = hasher.finish();
        let count = self.words.len() * 64;
        (0..BITS_OF_KEY).map(move |turn| hash.rotate_left(turn * 21) as usize % count)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_there_is_never_denied_and_little_else_affirmed() {
        let mut sieve = Sieve::new();
        let value = |number: usize| format!("jo.{number}");
        (0..100_000).for_each(|number| sieve.add("uid", &value(number)));
        assert!((0..100_000).all(|number| sieve.may_have("uid", &value(number))));
        let others = (100_000..200_000).filter(|number| sieve.may_have("uid", &value(*number)));
        assert!(others.count() < 1_000);
        assert!((0..10).any(|number| !sieve.may_have("badge", &value(number))));
    }
}
