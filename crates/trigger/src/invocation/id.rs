//! Invocation ids: UUIDs that say which delivery is meant, to whoever has the org's key.
//!
//! Subscription and event number are scrambled with a keyed Feistel network, so that ids look random
//! and no index is needed to find the delivery again. Check bits tell a made-up id from a real one.
//! The key hides how many events there are; it is no secret that opens anything (decisions.md 19).

use muster_model::id::{dashed, parse};
use muster_store::Tx;

use crate::error::Result;
use crate::passed_in::{Fill, version_4};

/// Bits that a UUID of version 4 leaves free, in two halves.
const HALF_BITS: u32 = 61;
const HALF: u128 = (1 << HALF_BITS) - 1;
const SUBSCRIPTION_BITS: u32 = 32;
const EVENT_BITS: u32 = 56;
const ROUNDS: u8 = 6;
const SETTING: &str = "invocation-key";

/// The key to an org's invocation ids.
#[derive(Clone)]
pub struct InvocationKey([u8; 32]);

impl InvocationKey {
    /// The org's key, made at the first call. Needs a writing transaction.
    pub fn load(tx: &mut Tx<'_>, fill: &Fill) -> Result<Self> {
        if let Some(known) = tx.settings().get(SETTING)? {
            return Ok(Self::of(&known));
        }
        let mut bytes = [0; 32];
        fill(&mut bytes);
        let made = blake3::hash(&bytes).to_hex().to_string();
        Ok(Self::of(&tx.settings().get_or_set(SETTING, &made)?))
    }

    fn of(text: &str) -> Self {
        Self(blake3::derive_key(
            "muster 2026 invocation ids",
            text.as_bytes(),
        ))
    }

    /// The id of the delivery of an event to a subscription.
    pub fn id(&self, subscription: i64, event_seq: i64) -> String {
        let low_bits = |number: i64, bits: u32| (number as u128) & ((1 << bits) - 1);
        let plain = (low_bits(subscription, SUBSCRIPTION_BITS) << EVENT_BITS)
            | low_bits(event_seq, EVENT_BITS);
        let (mut left, mut right) = (plain >> HALF_BITS, plain & HALF);
        for round in 0..ROUNDS {
            (left, right) = (right, left ^ self.mix(round, right));
        }
        dashed(version_4(spread((left << HALF_BITS) | right)))
    }

    /// Subscription and event number of an id, if this key made it.
    pub fn read(&self, id: &str) -> Option<(i64, i64)> {
        let bits = parse(id).ok()?;
        if version_4(bits) != bits {
            return None;
        }
        let mixed = gather(bits);
        let (mut left, mut right) = (mixed >> HALF_BITS, mixed & HALF);
        for round in (0..ROUNDS).rev() {
            (left, right) = (right ^ self.mix(round, left), left);
        }
        let plain = (left << HALF_BITS) | right;
        if plain >> (SUBSCRIPTION_BITS + EVENT_BITS) != 0 {
            return None;
        }
        let event = plain & ((1 << EVENT_BITS) - 1);
        Some(((plain >> EVENT_BITS) as i64, event as i64))
    }

    fn mix(&self, round: u8, half: u128) -> u128 {
        let mut hasher = blake3::Hasher::new_keyed(&self.0);
        hasher.update(&[round]);
        hasher.update(&half.to_le_bytes());
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
        u128::from_le_bytes(bytes) & HALF
    }
}

/// Puts 122 bits around the places of version (bits 76 to 79) and variant (bits 62 and 63).
const fn spread(bits: u128) -> u128 {
    let low = bits & ((1 << 62) - 1);
    let middle = (bits >> 62) & ((1 << 12) - 1);
    let high = bits >> 74;
    (high << 80) | (middle << 64) | low
}

const fn gather(bits: u128) -> u128 {
    let low = bits & ((1 << 62) - 1);
    let middle = (bits >> 64) & ((1 << 12) - 1);
    ((bits >> 80) << 74) | (middle << 62) | low
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_leads_back_to_its_delivery_and_looks_like_any_uuid() {
        let key = InvocationKey::of("one");
        for pair in [
            (1, 1),
            (1, 2),
            (4_294_967_295, (1 << 56) - 1),
            (550, 1_000_000),
        ] {
            let id = key.id(pair.0, pair.1);
            assert_eq!(key.read(&id), Some(pair), "{id}");
            assert_eq!((id.len(), &id[14..15]), (36, "4"));
        }
    }

    #[test]
    fn a_made_up_id_and_one_of_another_org_lead_nowhere() {
        let key = InvocationKey::of("one");
        assert_eq!(InvocationKey::of("two").read(&key.id(1, 1)), None);
        for id in ["", "x", "0f11f2a4-7c94-4bf3-a2bd-742580fe3bde"] {
            assert_eq!(key.read(id), None, "{id}");
        }
    }
}
