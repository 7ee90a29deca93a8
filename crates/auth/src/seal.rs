//! Secrets at rest (decisions.md 20): XChaCha20-Poly1305 under one data key per org. The place that
//! a secret belongs to is authenticated with it, so that a sealed text moved to another object, field
//! or org does not open. Where the master key comes from is in [`crate::master_key`].

use base64::Engine;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{XChaCha20Poly1305, XNonce};
use muster_model::Secret;
use zeroize::Zeroizing;

use crate::master_key::MasterKey;
use crate::random::Random;
use crate::secret_hash::SecretHasher;

/// Says which construction sealed a text; a second one will have another.
const VERSION_1: &str = "m1:";
const NONCE_BYTES: usize = 24;

/// The data key of one org.
#[derive(Clone)]
pub struct OrgKey {
    key: Zeroizing<[u8; 32]>,
}

/// The place that a sealed secret belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Context<'a> {
    /// The org.
    pub org: &'a str,
    /// The object's id.
    pub object: &'a str,
    /// The object's field, such as `/connectorAttributes/password`.
    pub field: &'a str,
}

/// Why a sealed text does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// The text was never sealed here, or by a later version.
    #[error("this is not a sealed secret of a known version")]
    Format,
    /// Another key, another place, or changed bytes: which of them is not said, and cannot be known.
    #[error("the sealed secret does not open: wrong key, wrong place or damaged")]
    Unsealable,
}

impl OrgKey {
    /// A new data key.
    pub fn generate(random: &dyn Random) -> Self {
        let mut key = Zeroizing::new([0; 32]);
        random.fill(&mut *key);
        Self { key }
    }

    /// The key as it is stored: sealed under the master key. Changing the master key is unwrapping
    /// with the old one and wrapping with the new one; no secret is touched.
    pub fn wrap(&self, master: &MasterKey, org: &str, random: &dyn Random) -> String {
        seal(master.bytes(), &*self.key, &wrapping(org), random)
    }

    /// The reverse of [`OrgKey::wrap`].
    pub fn unwrap(wrapped: &str, master: &MasterKey, org: &str) -> Result<Self, SealError> {
        let plain = open(master.bytes(), wrapped, &wrapping(org))?;
        let key = plain.as_slice().try_into();
        Ok(Self {
            key: Zeroizing::new(key.map_err(|_| SealError::Format)?),
        })
    }

    /// Seals a secret for its place: a version prefix and base64.
    pub fn seal(&self, plain: &[u8], context: &Context<'_>, random: &dyn Random) -> String {
        seal(&self.key, plain, context, random)
    }

    /// Opens what [`OrgKey::seal`] made for the same place.
    pub fn open(
        &self,
        sealed: &str,
        context: &Context<'_>,
    ) -> Result<Secret<Zeroizing<Vec<u8>>>, SealError> {
        open(&self.key, sealed, context).map(Secret::new)
    }

    /// Opens a sealed secret that is text.
    pub fn open_text(
        &self,
        sealed: &str,
        context: &Context<'_>,
    ) -> Result<Secret<String>, SealError> {
        let plain = open(&self.key, sealed, context)?;
        let text = std::str::from_utf8(&plain).map_err(|_| SealError::Format)?;
        Ok(Secret::new(text.to_owned()))
    }

    /// The hasher for this org's client secrets. Its key derives from the data key one way, so that
    /// neither use weakens the other.
    pub fn secret_hasher(&self) -> SecretHasher {
        SecretHasher::new(blake3::derive_key(
            "muster 2026 client secret hashes",
            &*self.key,
        ))
    }
}

fn wrapping(org: &str) -> Context<'_> {
    Context {
        org,
        object: "org-key",
        field: "",
    }
}

fn seal(key: &[u8; 32], plain: &[u8], context: &Context<'_>, random: &dyn Random) -> String {
    let mut nonce = [0; NONCE_BYTES];
    random.fill(&mut nonce);
    let payload = Payload {
        msg: plain,
        aad: &associated(context),
    };
    let sealed = XChaCha20Poly1305::new(key.into())
        .encrypt(&XNonce::from(nonce), payload)
        // Encryption fails from 256 GiB on; limits upstream stop far below.
        .expect("a secret is shorter than 256 GiB");
    let mut bytes = nonce.to_vec();
    bytes.extend_from_slice(&sealed);
    format!("{VERSION_1}{}", STANDARD_NO_PAD.encode(bytes))
}

fn open(
    key: &[u8; 32],
    sealed: &str,
    context: &Context<'_>,
) -> Result<Zeroizing<Vec<u8>>, SealError> {
    let encoded = sealed.strip_prefix(VERSION_1).ok_or(SealError::Format)?;
    let bytes = STANDARD_NO_PAD
        .decode(encoded)
        .map_err(|_| SealError::Format)?;
    let (nonce, message) = bytes
        .split_first_chunk::<NONCE_BYTES>()
        .ok_or(SealError::Format)?;
    let payload = Payload {
        msg: message,
        aad: &associated(context),
    };
    XChaCha20Poly1305::new(key.into())
        .decrypt(&XNonce::from(*nonce), payload)
        .map(Zeroizing::new)
        .map_err(|_| SealError::Unsealable)
}

/// The place as bytes. Each part carries its length, so that `ab`+`c` is not `a`+`bc`.
fn associated(context: &Context<'_>) -> Vec<u8> {
    let mut bytes = VERSION_1.as_bytes().to_vec();
    for part in [context.org, context.object, context.field] {
        bytes.extend_from_slice(&(part.len() as u64).to_le_bytes());
        bytes.extend_from_slice(part.as_bytes());
    }
    bytes
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::random::SeededRandom;

    const PLACE: Context<'static> = Context {
        org: "acme",
        object: "source-1",
        field: "/password",
    };

    fn key(seed: u64) -> OrgKey {
        OrgKey::generate(&SeededRandom::from_seed(seed))
    }

    proptest! {
        #[test]
        fn what_was_sealed_opens_in_its_place(
            plain in proptest::collection::vec(any::<u8>(), 0..300),
            org in ".{0,20}", object in ".{0,20}", field in ".{0,20}", seed: u64,
        ) {
            let place = Context { org: &org, object: &object, field: &field };
            let sealed = key(1).seal(&plain, &place, &SeededRandom::from_seed(seed));
            prop_assert!(sealed.starts_with(VERSION_1));
            let opened = key(1).open(&sealed, &place).unwrap();
            prop_assert_eq!(opened.expose().as_slice(), plain);
        }

        #[test]
        fn another_place_or_key_does_not_open(
            org in ".{0,8}", object in ".{0,8}", field in ".{0,8}",
        ) {
            let sealed = key(1).seal(b"secret", &PLACE, &SeededRandom::from_seed(2));
            let other = Context { org: &org, object: &object, field: &field };
            prop_assume!(other != PLACE);
            prop_assert_eq!(key(1).open(&sealed, &other).err(), Some(SealError::Unsealable));
            prop_assert_eq!(key(2).open(&sealed, &PLACE).err(), Some(SealError::Unsealable));
        }

        #[test]
        fn any_changed_byte_is_noticed(at in 0usize..46, change in 1u8..=255) {
            let sealed = key(1).seal(b"secret", &PLACE, &SeededRandom::from_seed(2));
            let mut bytes = STANDARD_NO_PAD.decode(&sealed[VERSION_1.len()..]).unwrap();
            prop_assert_eq!(bytes.len(), 46);
            bytes[at] ^= change;
            let forged = format!("{VERSION_1}{}", STANDARD_NO_PAD.encode(bytes));
            prop_assert_eq!(key(1).open(&forged, &PLACE).err(), Some(SealError::Unsealable));
        }

        #[test]
        fn no_text_makes_opening_panic(text in ".{0,200}") {
            prop_assert!(key(1).open(&text, &PLACE).is_err());
            let prefixed = format!("{VERSION_1}{text}");
            prop_assert!(key(1).open(&prefixed, &PLACE).is_err());
        }
    }

    #[test]
    fn the_boundaries_between_the_parts_of_a_place_count() {
        let sealed = key(1).seal(b"secret", &PLACE, &SeededRandom::from_seed(2));
        let shifted = Context {
            org: "acmes",
            object: "ource-1",
            field: "/password",
        };
        assert!(key(1).open(&sealed, &shifted).is_err());
    }

    #[test]
    fn the_same_secret_sealed_twice_looks_different() {
        let random = SeededRandom::from_seed(2);
        assert_ne!(
            key(1).seal(b"secret", &PLACE, &random),
            key(1).seal(b"secret", &PLACE, &random)
        );
    }

    #[test]
    fn an_org_key_survives_a_change_of_the_master_key() {
        let random = SeededRandom::from_seed(5);
        let (old, new) = (MasterKey::generate(&random), MasterKey::generate(&random));
        let sealed = key(1).seal(b"secret", &PLACE, &random);

        let wrapped = key(1).wrap(&old, "acme", &random);
        let unwrapped = OrgKey::unwrap(&wrapped, &old, "acme").unwrap();
        let wrapped = unwrapped.wrap(&new, "acme", &random);
        assert!(OrgKey::unwrap(&wrapped, &old, "acme").is_err());
        assert!(OrgKey::unwrap(&wrapped, &new, "other").is_err());

        let key = OrgKey::unwrap(&wrapped, &new, "acme").unwrap();
        assert_eq!(key.open_text(&sealed, &PLACE).unwrap().expose(), "secret");
    }
}
