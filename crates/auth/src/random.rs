//! Randomness is passed in (decisions.md 23): from the operating system when running, from a seed
//! in tests. Leaves out what is made of it: ids and secrets are made in [`crate::secret_text`].

use std::sync::atomic::{AtomicU64, Ordering};

/// Where keys, secrets and nonces come from.
pub trait Random: Send + Sync + 'static {
    /// Fills `bytes` with unpredictable ones.
    fn fill(&self, bytes: &mut [u8]);
}

/// The operating system's generator.
#[derive(Clone, Copy, Debug, Default)]
pub struct SystemRandom;

impl Random for SystemRandom {
    fn fill(&self, bytes: &mut [u8]) {
        // Fails only where the kernel has no generator at all. Going on with weaker bytes would be
        // worse than stopping, and no request can bring it about.
        getrandom::fill(bytes).expect("the operating system gives random bytes");
    }
}

/// A stream that depends on the seed alone: the same test, the same ids and secrets.
#[derive(Debug)]
pub struct SeededRandom {
    seed: [u8; 32],
    draws: AtomicU64,
}

impl SeededRandom {
    /// A fresh stream.
    pub fn from_seed(seed: u64) -> Self {
        Self {
            seed: blake3::derive_key("muster 2026 seeded random", &seed.to_le_bytes()),
            draws: AtomicU64::new(0),
        }
    }
}

impl Random for SeededRandom {
    fn fill(&self, bytes: &mut [u8]) {
        let draw = self.draws.fetch_add(1, Ordering::SeqCst);
        blake3::Hasher::new_keyed(&self.seed)
            .update(&draw.to_le_bytes())
            .finalize_xof()
            .fill(bytes);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draw(random: &dyn Random) -> [u8; 32] {
        let mut bytes = [0; 32];
        random.fill(&mut bytes);
        bytes
    }

    #[test]
    fn the_same_seed_gives_the_same_bytes_and_each_draw_differs() {
        let (one, two) = (SeededRandom::from_seed(7), SeededRandom::from_seed(7));
        let first = draw(&one);
        assert_eq!(first, draw(&two));
        assert_ne!(first, draw(&one));
        assert_ne!(first, draw(&SeededRandom::from_seed(8)));
    }

    #[test]
    fn the_system_never_repeats_itself() {
        assert_ne!(draw(&SystemRandom), draw(&SystemRandom));
    }
}
