//! Makes ids and secrets of clients and personal access tokens from randomness that is passed in.
//! Secrets never derive from ids (decisions.md 19).

use std::fmt::Write;

use muster_model::{Secret, id};

use crate::random::Random;

/// A new secret: 256 random bits as 64 hex digits, the form that the vendor's examples show.
pub fn new_secret(random: &dyn Random) -> Secret<String> {
    let mut bytes = zeroize::Zeroizing::new([0; 32]);
    random.fill(&mut *bytes);
    Secret::new(hex(&*bytes))
}

/// A random id as a dashed UUID of version 4: OAuth clients, token ids (api-surface.md §1).
pub fn new_uuid(random: &dyn Random) -> String {
    id::dashed(version_4(random_bits(random)))
}

/// A random id as 32 hex digits: personal access tokens.
pub fn new_hex_id(random: &dyn Random) -> String {
    format!("{:032x}", version_4(random_bits(random)))
}

/// Lower-case hex digits.
pub fn hex(bytes: &[u8]) -> String {
    bytes
        .iter()
        .fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
}

/// Reads exactly 32 bytes of hex digits.
pub fn unhex_32(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, at) in bytes.iter_mut().zip((0..64).step_by(2)) {
        *byte = u8::from_str_radix(text.get(at..at + 2)?, 16).ok()?;
    }
    // `from_str_radix` takes a sign, which is no digit.
    text.bytes()
        .all(|byte| byte.is_ascii_hexdigit())
        .then_some(bytes)
}

fn random_bits(random: &dyn Random) -> u128 {
    let mut bytes = [0; 16];
    random.fill(&mut bytes);
    u128::from_be_bytes(bytes)
}

const fn version_4(bits: u128) -> u128 {
    (bits & !(0xF << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn ids_and_secrets_have_the_vendors_form() {
        let random = SeededRandom::from_seed(1);
        let uuid = new_uuid(&random);
        assert_eq!((uuid.len(), uuid.as_bytes()[14]), (36, b'4'));
        assert_eq!(new_hex_id(&random).len(), 32);
        let secret = new_secret(&random);
        assert_eq!(secret.expose().len(), 64);
        assert_ne!(secret, new_secret(&random));
    }

    #[test]
    fn hex_reads_back_and_anything_else_is_refused() {
        let bytes = [0xA5; 32];
        assert_eq!(unhex_32(&hex(&bytes)), Some(bytes));
        assert_eq!(unhex_32("ab"), None);
        assert_eq!(unhex_32(&"+1".repeat(32)), None);
        assert_eq!(unhex_32(&"é".repeat(32)), None);
    }
}
