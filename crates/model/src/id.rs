//! Typed ids: 128 bits inside, 32 lower-case hex digits on the wire (decisions.md 19).
//!
//! Ids are time-ordered (the layout of UUID version 7), because tables keyed by them then grow at
//! their end: a million people load three times as fast (speed-spikes.md §2). The part after the
//! time is given by the caller: random for things that people make, derived from the content for
//! things that a run makes, so that a run repeated after a crash makes the same ones.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::time::Timestamp;

/// Builds the 128 bits of a time-ordered id: 48 bits of milliseconds, then `tail` with the version
/// and variant bits of UUID version 7 set.
pub fn time_ordered(moment: Timestamp, tail: u128) -> u128 {
    let millis = (moment.as_millis().max(0) as u128) & 0xFFFF_FFFF_FFFF;
    let tail = tail & 0x0FFF_3FFF_FFFF_FFFF_FFFF;
    (millis << 80) | (0x7 << 76) | (0x2 << 62) | tail
}

/// A time-ordered id for the object number `ordinal` of a run: ids of one run sort by that number,
/// so that they too grow at their table's end. `bits` gives the rest.
pub fn sequenced(moment: Timestamp, ordinal: u32, bits: u128) -> u128 {
    let high = u128::from(ordinal >> 20) << 64;
    let low = u128::from(ordinal & 0xF_FFFF) << 42;
    time_ordered(moment, high | low | (bits & 0x3FF_FFFF_FFFF))
}

/// 128 bits that depend on nothing but `parts`: the same parts, the same bits, on every machine.
pub fn derive(parts: &[&[u8]]) -> u128 {
    let mut hasher = blake3::Hasher::new();
    for part in parts {
        hasher.update(&(part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hasher.finalize().as_bytes()[..16]);
    u128::from_be_bytes(bytes)
}

/// The dashed form (8-4-4-4-12) that the vendor uses for subscriptions, invocations and events.
pub fn dashed(bits: u128) -> String {
    let hex = format!("{bits:032x}");
    format!(
        "{}-{}-{}-{}-{}",
        &hex[..8],
        &hex[8..12],
        &hex[12..16],
        &hex[16..20],
        &hex[20..]
    )
}

/// Marks derived bits as a UUID of version 8 (free form, RFC 9562 §5.8).
pub fn version_8(bits: u128) -> u128 {
    (bits & !(0xF << 76) & !(0x3 << 62)) | (0x8 << 76) | (0x2 << 62)
}

/// A text that is not an id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseIdError;

impl fmt::Display for ParseIdError {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("an id has 32 hexadecimal digits")
    }
}

impl std::error::Error for ParseIdError {}

/// Reads 32 hex digits, with or without dashes.
pub fn parse(text: &str) -> Result<u128, ParseIdError> {
    let (mut bits, mut count) = (0_u128, 0);
    for byte in text.bytes().filter(|byte| *byte != b'-') {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'f' => byte - b'a' + 10,
            b'A'..=b'F' => byte - b'A' + 10,
            _ => return Err(ParseIdError),
        };
        bits = bits << 4 | u128::from(digit);
        count += 1;
    }
    if count == 32 {
        Ok(bits)
    } else {
        Err(ParseIdError)
    }
}

/// 32 lower-case hex digits. Every stored person has half a dozen ids, so this is written out: the
/// standard formatter takes several times as long.
pub fn hex(bits: u128) -> [u8; 32] {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let mut text = [0; 32];
    for (pair, byte) in text.chunks_exact_mut(2).zip(bits.to_be_bytes()) {
        pair[0] = DIGITS[usize::from(byte >> 4)];
        pair[1] = DIGITS[usize::from(byte & 0xF)];
    }
    text
}

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),+ $(,)?) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(pub u128);

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(std::str::from_utf8(&hex(self.0)).unwrap_or_default())
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(formatter, "{}({:032x})", stringify!($name), self.0)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                parse(text).map(Self)
            }
        }

        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_str(self)
            }
        }

        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
                let text = std::borrow::Cow::<str>::deserialize(deserializer)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    )+};
}

ids! {
    /// An account on a source.
    AccountId,
    /// A person or machine.
    IdentityId,
    /// A system that accounts are read from.
    SourceId,
    /// An identity profile.
    ProfileId,
    /// A run that people can follow: an aggregation, a refresh.
    TaskId,
    /// Something that happened.
    EventId,
    /// A wish to hear of events.
    SubscriptionId,
    /// Something that accounts may have, such as a group.
    EntitlementId,
}

impl EntitlementId {
    /// The same value of the same attribute on the same source is the same entitlement, whoever has
    /// it and wherever it was met first.
    pub fn of(source: &str, attribute: &str, value: &str) -> Self {
        Self(derive(&[
            source.as_bytes(),
            attribute.as_bytes(),
            value.as_bytes(),
        ]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_later_moment_sorts_later_whatever_the_tail() {
        let early = time_ordered(Timestamp::from_micros(1_000_000), u128::MAX);
        let late = time_ordered(Timestamp::from_micros(1_001_000), 0);
        assert!(IdentityId(early).to_string() < IdentityId(late).to_string());
    }

    #[test]
    fn ids_of_one_run_sort_by_their_number() {
        let id = |ordinal| sequenced(Timestamp::from_micros(5_000), ordinal, u128::MAX);
        assert!([0, 1, 0xF_FFFF, 0x10_0000, u32::MAX].map(id).is_sorted());
        assert_eq!(id(7) >> 76 & 0xF, 7);
    }

    #[test]
    fn both_written_forms_read_back() {
        let bits = derive(&[b"one", b"two"]);
        assert_eq!(parse(&dashed(bits)), Ok(bits));
        assert_eq!(IdentityId(bits).to_string(), format!("{bits:032x}"));
        assert_eq!(parse(&IdentityId(bits).to_string()), Ok(bits));
        for wrong in ["xyz", "0123", &format!("{bits:033x}"), &"g".repeat(32)] {
            assert_eq!(parse(wrong), Err(ParseIdError), "{wrong}");
        }
    }

    #[test]
    fn the_length_of_each_part_counts() {
        assert_ne!(derive(&[b"ab", b"c"]), derive(&[b"a", b"bc"]));
    }
}
