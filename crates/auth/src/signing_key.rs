//! The keys that sign access tokens: made, written down, read back, published. Which of them is in
//! use is decided in [`crate::issuer`].
//!
//! RS256 is the default. The vendor's CLI parses each token with go-jose (api-surface.md §0.4), whose
//! newer versions refuse every algorithm that the calling program does not list. RS256 is what
//! public-key tokens have been signed with since RFC 7518 recommended it, so no list leaves it out;
//! Ed25519 came later (RFC 8037) and is still missing in many gateways. EdDSA is there for operators
//! whose clients all know it, and for tests: its keys come from a seed.

use std::fmt;

use aws_lc_rs::encoding::{AsDer, Pkcs8V1Der};
use aws_lc_rs::rsa::KeySize;
use aws_lc_rs::signature::{Ed25519KeyPair, RsaKeyPair};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jsonwebtoken::jwk::{Jwk, PublicKeyUse, ThumbprintHash};
use jsonwebtoken::{Algorithm, DecodingKey, EncodingKey};
use muster_model::Secret;
use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::random::Random;

/// How tokens are signed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub enum SigningAlgorithm {
    /// RSA with SHA-256: what every client parses.
    #[default]
    #[serde(rename = "RS256")]
    Rs256,
    /// Ed25519: small keys and tokens, for clients that know it.
    #[serde(rename = "EdDSA")]
    EdDsa,
}

/// A key pair that signs and verifies tokens.
#[derive(Clone)]
pub struct SigningKey {
    algorithm: SigningAlgorithm,
    private: EncodingKey,
    public: PublicKey,
    pem: Secret<Zeroizing<String>>,
}

/// The public half: verifies tokens, and may be seen by all.
#[derive(Clone)]
pub struct PublicKey {
    id: String,
    algorithm: SigningAlgorithm,
    key: DecodingKey,
    jwk: Jwk,
}

/// Why there is no key.
#[derive(Debug, thiserror::Error)]
pub enum KeyError {
    /// The cryptographic library could not make one.
    #[error("cannot generate a signing key")]
    Generate,
    /// The text is no key of the stated algorithm.
    #[error("this is not a private key in PKCS#8 PEM form of the stated algorithm")]
    Format(#[source] jsonwebtoken::errors::Error),
}

impl SigningKey {
    /// A new key pair. An RSA key takes its randomness from the library and not from `random`: its
    /// generator takes none from outside.
    pub fn generate(algorithm: SigningAlgorithm, random: &dyn Random) -> Result<Self, KeyError> {
        let der: Pkcs8V1Der<'static> = match algorithm {
            SigningAlgorithm::Rs256 => RsaKeyPair::generate(KeySize::Rsa2048)
                .and_then(|pair| pair.as_der())
                .map_err(|_| KeyError::Generate)?,
            SigningAlgorithm::EdDsa => {
                let mut seed = Zeroizing::new([0; 32]);
                random.fill(&mut *seed);
                Ed25519KeyPair::from_seed_unchecked(&*seed)
                    .map_err(|_| KeyError::Generate)?
                    .as_der()
                    .map_err(|_| KeyError::Generate)?
            }
        };
        Self::import(algorithm, &to_pem(der.as_ref()))
    }

    /// Reads a key that [`SigningKey::export`] wrote, or any other in PKCS#8 PEM form.
    pub fn import(algorithm: SigningAlgorithm, pem: &str) -> Result<Self, KeyError> {
        let private = match algorithm {
            SigningAlgorithm::Rs256 => EncodingKey::from_rsa_pem(pem.as_bytes()),
            SigningAlgorithm::EdDsa => EncodingKey::from_ed_pem(pem.as_bytes()),
        }
        .map_err(KeyError::Format)?;
        Ok(Self {
            algorithm,
            public: PublicKey::of(algorithm, &private).map_err(KeyError::Format)?,
            private,
            pem: Secret::new(Zeroizing::new(pem.to_owned())),
        })
    }

    /// The private key in PKCS#8 PEM form; whoever keeps it seals it first.
    pub fn export(&self) -> &Secret<Zeroizing<String>> {
        &self.pem
    }

    /// How this key signs.
    pub fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    /// The public half.
    pub fn public(&self) -> &PublicKey {
        &self.public
    }

    pub(crate) fn private(&self) -> &EncodingKey {
        &self.private
    }
}

impl PublicKey {
    /// The key's id (`kid`): the thumbprint of the public key (RFC 7638), so that the same key has
    /// the same id wherever it is imported.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The key as it is published.
    pub fn jwk(&self) -> &Jwk {
        &self.jwk
    }

    pub(crate) fn algorithm(&self) -> SigningAlgorithm {
        self.algorithm
    }

    pub(crate) fn key(&self) -> &DecodingKey {
        &self.key
    }

    fn of(
        algorithm: SigningAlgorithm,
        private: &EncodingKey,
    ) -> Result<Self, jsonwebtoken::errors::Error> {
        let mut jwk = Jwk::from_encoding_key(private, algorithm.into())?;
        let id = jwk.thumbprint(ThumbprintHash::SHA256)?;
        jwk.common.key_id = Some(id.clone());
        jwk.common.public_key_use = Some(PublicKeyUse::Signature);
        Ok(Self {
            id,
            algorithm,
            key: DecodingKey::from_jwk(&jwk)?,
            jwk,
        })
    }
}

impl From<SigningAlgorithm> for Algorithm {
    fn from(algorithm: SigningAlgorithm) -> Self {
        match algorithm {
            SigningAlgorithm::Rs256 => Self::RS256,
            SigningAlgorithm::EdDsa => Self::EdDSA,
        }
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SigningKey({})", self.public.id)
    }
}

impl fmt::Debug for PublicKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "PublicKey({})", self.id)
    }
}

fn to_pem(der: &[u8]) -> Zeroizing<String> {
    let encoded = Zeroizing::new(STANDARD.encode(der));
    let mut pem = Zeroizing::new(String::with_capacity(encoded.len() * 2));
    pem.push_str("-----BEGIN PRIVATE KEY-----\n");
    for (count, character) in encoded.chars().enumerate() {
        if count > 0 && count % 64 == 0 {
            pem.push('\n');
        }
        pem.push(character);
    }
    pem.push_str("\n-----END PRIVATE KEY-----\n");
    pem
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    #[test]
    fn a_key_reads_back_with_the_same_id() {
        for algorithm in [SigningAlgorithm::Rs256, SigningAlgorithm::EdDsa] {
            let key = SigningKey::generate(algorithm, &SeededRandom::from_seed(1)).unwrap();
            let copy = SigningKey::import(algorithm, key.export().expose()).unwrap();
            assert_eq!(copy.public().id(), key.public().id());
            assert_eq!(copy.public().jwk(), key.public().jwk());
        }
    }

    #[test]
    fn a_seed_makes_the_same_ed25519_key_again() {
        let make = |seed| {
            SigningKey::generate(SigningAlgorithm::EdDsa, &SeededRandom::from_seed(seed)).unwrap()
        };
        assert_eq!(make(1).public().id(), make(1).public().id());
        assert_ne!(make(1).public().id(), make(2).public().id());
    }

    #[test]
    fn nothing_private_is_published_or_printed() {
        let random = SeededRandom::from_seed(1);
        let key = SigningKey::generate(SigningAlgorithm::Rs256, &random).unwrap();
        let published = serde_json::to_value(key.public().jwk()).unwrap();
        let mut members: Vec<_> = published.as_object().unwrap().keys().cloned().collect();
        members.sort();
        assert_eq!(members, ["alg", "e", "kid", "kty", "n", "use"]);
        assert!(!format!("{key:?}").contains("PRIVATE"));
    }

    #[test]
    fn a_key_of_another_algorithm_is_refused() {
        let random = SeededRandom::from_seed(1);
        let key = SigningKey::generate(SigningAlgorithm::EdDsa, &random).unwrap();
        assert!(SigningKey::import(SigningAlgorithm::Rs256, key.export().expose()).is_err());
        assert!(SigningKey::import(SigningAlgorithm::EdDsa, "nonsense").is_err());
    }
}
