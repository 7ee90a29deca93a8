//! What this crate is given rather than makes: randomness and the sealing of secrets.

use std::sync::Arc;

use muster_model::Secret;

/// Fills bytes with unpredictable ones.
pub type Fill = Arc<dyn Fn(&mut [u8]) + Send + Sync>;

/// Where a sealed secret belongs; one that was moved elsewhere does not open.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Place<'a> {
    /// The object's id.
    pub object: &'a str,
    /// The object's field.
    pub field: &'a str,
}

/// A secret that could not be sealed or opened.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("a secret of the subscription cannot be read: {0}")]
pub struct SealError(pub String);

/// Keeps secrets at rest (decisions.md 20).
pub trait Sealer: Send + Sync + 'static {
    /// Seals a text for its place.
    fn seal(&self, plain: &Secret<String>, place: Place<'_>) -> Result<String, SealError>;

    /// Opens what was sealed for the same place.
    fn open(&self, sealed: &str, place: Place<'_>) -> Result<Secret<String>, SealError>;
}

/// A random id in the form of a UUID of version 4, as the vendor has them for subscriptions.
pub(crate) fn random_uuid(fill: &Fill) -> String {
    let mut bytes = [0; 16];
    fill(&mut bytes);
    muster_model::id::dashed(version_4(u128::from_be_bytes(bytes)))
}

/// Marks bits as a UUID of version 4.
pub(crate) const fn version_4(bits: u128) -> u128 {
    (bits & !(0xF << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62)
}
