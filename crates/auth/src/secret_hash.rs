//! Client secrets and personal access tokens at rest: a keyed hash, compared in constant time.
//!
//! Keyed BLAKE3 and not Argon2id: these secrets are 256 random bits that we made ourselves. A slow
//! hash protects secrets that can be guessed; nobody guesses 256 bits, however fast the hash, so
//! slowness would only cost us each token request (tens of milliseconds and megabytes, and a lever
//! for flooding). The key, which lies under the master key and not beside the hashes, makes a
//! stolen table useless even for checking a secret that is known. Passwords that people choose
//! are another matter and never come here.

use muster_model::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::secret_text::{hex, unhex_32};

/// Makes and checks the hashes of one org.
#[derive(Clone)]
pub struct SecretHasher {
    key: Zeroizing<[u8; 32]>,
}

/// A secret's hash as stored: a version prefix and 64 hex digits.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct SecretHash(String);

const VERSION_1: &str = "b3:";

impl SecretHasher {
    /// Hashes under `key`; [`crate::seal::OrgKey::secret_hasher`] gives the org's.
    pub fn new(key: [u8; 32]) -> Self {
        Self {
            key: Zeroizing::new(key),
        }
    }

    /// The hash of the secret of the client or token `id`. The id goes in, so that a hash copied to
    /// another row opens nothing.
    pub fn hash(&self, id: &str, secret: &Secret<String>) -> SecretHash {
        let digest = self.digest(id, secret);
        SecretHash(format!("{VERSION_1}{}", hex(digest.as_bytes())))
    }

    /// Whether `secret` is the one behind `stored`. Takes the same time wherever they differ.
    pub fn is_match(&self, id: &str, secret: &Secret<String>, stored: &SecretHash) -> bool {
        let digest = self.digest(id, secret);
        stored
            .0
            .strip_prefix(VERSION_1)
            .and_then(unhex_32)
            // Comparing `blake3::Hash` takes constant time; comparing arrays does not.
            .is_some_and(|bytes| blake3::Hash::from_bytes(bytes) == digest)
    }

    fn digest(&self, id: &str, secret: &Secret<String>) -> blake3::Hash {
        blake3::Hasher::new_keyed(&self.key)
            .update(&(id.len() as u64).to_le_bytes())
            .update(id.as_bytes())
            .update(secret.expose().as_bytes())
            .finalize()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secret(text: &str) -> Secret<String> {
        Secret::new(text.to_owned())
    }

    #[test]
    fn only_the_right_secret_of_the_right_client_under_the_right_key_matches() {
        let hasher = SecretHasher::new([1; 32]);
        let stored = hasher.hash("client", &secret("s3cret"));
        assert!(hasher.is_match("client", &secret("s3cret"), &stored));
        assert!(!hasher.is_match("client", &secret("S3cret"), &stored));
        assert!(!hasher.is_match("other", &secret("s3cret"), &stored));
        assert!(!hasher.is_match("clients", &secret("3cret"), &stored));
        assert!(!SecretHasher::new([2; 32]).is_match("client", &secret("s3cret"), &stored));
    }

    #[test]
    fn a_hash_that_is_none_matches_nothing() {
        let hasher = SecretHasher::new([1; 32]);
        for broken in ["", "b3:", "b3:zz", "b4:00"] {
            let stored = SecretHash(broken.to_owned());
            assert!(!hasher.is_match("client", &secret(""), &stored));
        }
    }
}
