//! The digest by which an unchanged account is recognised (aggregation-refresh.md §1.5).
//!
//! Canonical form: each attribute in schema order with lengths before texts (absent is 0, several values
//! are sorted), then the flags. The version of the schema and the layout make the hash's key, which
//! saves a block of hashing for every other account. Equal digests mean equal accounts, whatever the
//! order of rows and columns was.

use super::RawAccount;

/// 128 bits of BLAKE3 over an account's canonical form.
pub type Digest = [u8; 16];

/// Computes digests; keeps its buffers from one account to the next.
#[derive(Debug)]
pub struct Digester {
    schema_version: u64,
    /// The layout of the last account and the key that belongs to it.
    key: ([u8; 8], [u8; 32]),
    canonical: Vec<u8>,
    /// Places of one attribute's values, for sorting.
    order: Vec<super::Span>,
}

impl Digester {
    /// Digests for one version of the schema. A later version gives other digests for all accounts.
    pub fn new(schema_version: u64) -> Self {
        Self {
            schema_version,
            key: ([0; 8], key_of(schema_version, [0; 8])),
            canonical: Vec::new(),
            order: Vec::new(),
        }
    }

    /// The digest of one account.
    pub fn digest(&mut self, account: &RawAccount) -> Digest {
        let fingerprint = account.layout.fingerprint();
        if self.key.0 != fingerprint {
            self.key = (fingerprint, key_of(self.schema_version, fingerprint));
        }
        self.write_canonical(account);
        let hash = blake3::keyed_hash(&self.key.1, &self.canonical);
        let mut digest = [0; 16];
        digest.copy_from_slice(&hash.as_bytes()[..16]);
        digest
    }

    fn write_canonical(&mut self, account: &RawAccount) {
        let canonical = &mut self.canonical;
        canonical.clear();
        for (at, attribute) in account.layout.attributes().iter().enumerate() {
            if attribute.is_multi {
                write_values(canonical, &mut self.order, account, at as u32);
            } else {
                let text = account.singles[at].of(&account.text);
                push_number(canonical, text.len());
                canonical.extend_from_slice(text);
            }
        }
        let flags = u8::from(account.status.disabled) | u8::from(account.status.locked) << 1;
        canonical.push(flags);
    }
}

fn key_of(schema_version: u64, fingerprint: [u8; 8]) -> [u8; 32] {
    let mut key = [0; 32];
    key[..8].copy_from_slice(&schema_version.to_le_bytes());
    key[8..16].copy_from_slice(&fingerprint);
    key
}

/// The number of values, then each with its length, sorted. They are unique already.
fn write_values(
    canonical: &mut Vec<u8>,
    order: &mut Vec<super::Span>,
    account: &RawAccount,
    attribute: u32,
) {
    order.clear();
    order.extend(
        account
            .values
            .iter()
            .filter(|(known, _)| *known == attribute)
            .map(|(_, place)| *place),
    );
    order.sort_unstable_by(|one, two| one.of(&account.text).cmp(two.of(&account.text)));
    push_number(canonical, order.len());
    for place in order.iter() {
        let text = place.of(&account.text);
        push_number(canonical, text.len());
        canonical.extend_from_slice(text);
    }
}

/// LEB128: seven bits a byte, lowest first. Most lengths take one byte, which keeps the form short.
fn push_number(canonical: &mut Vec<u8>, number: usize) {
    let mut rest = number;
    while rest >= 0x80 {
        canonical.push((rest & 0x7F) as u8 | 0x80);
        rest >>= 7;
    }
    canonical.push(rest as u8);
}
