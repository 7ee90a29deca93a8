//! Keys as documents: an org's data key under the master key, its signing keys under the data key.
//! Nothing here can be read without the master key.

use muster_model::{Document, Timestamp};
use serde::{Deserialize, Serialize};

use crate::issuer::{Issuer, RetiredKey, Tenant};
use crate::master_key::MasterKey;
use crate::random::Random;
use crate::seal::{Context, OrgKey, SealError};
use crate::signing_key::{KeyError, SigningAlgorithm, SigningKey};

/// An org's data key as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredOrgKey {
    org: String,
    wrapped: String,
}

/// A signing key as stored.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct StoredSigningKey {
    id: String,
    algorithm: SigningAlgorithm,
    sealed: String,
    /// When it was made; the newest one signs.
    pub created: Timestamp,
    /// From when on nothing that it signed is accepted; `None` while it signs.
    pub retired_until: Option<Timestamp>,
}

/// Why stored keys do not yield an issuer.
#[derive(Debug, thiserror::Error)]
pub enum StoredKeyError {
    /// No key signs: make one.
    #[error("the org has no signing key in use")]
    NoneInUse,
    /// A key does not open.
    #[error("a signing key does not open")]
    Seal(#[from] SealError),
    /// A key opened and is none.
    #[error("a signing key is damaged")]
    Key(#[from] KeyError),
}

impl StoredOrgKey {
    /// The document of `key`.
    pub fn of(key: &OrgKey, master: &MasterKey, org: &str, random: &dyn Random) -> Self {
        Self {
            org: org.to_owned(),
            wrapped: key.wrap(master, org, random),
        }
    }

    /// The key itself.
    pub fn open(&self, master: &MasterKey) -> Result<OrgKey, SealError> {
        OrgKey::unwrap(&self.wrapped, master, &self.org)
    }
}

impl StoredSigningKey {
    /// The document of `key`, which signs from now on.
    pub fn of(
        key: &SigningKey,
        org_key: &OrgKey,
        org: &str,
        now: Timestamp,
        random: &dyn Random,
    ) -> Self {
        let id = key.public().id().to_owned();
        let place = place(org, &id);
        Self {
            sealed: org_key.seal(key.export().expose().as_bytes(), &place, random),
            algorithm: key.algorithm(),
            created: now,
            retired_until: None,
            id,
        }
    }

    /// The key itself.
    pub fn open(&self, org_key: &OrgKey, org: &str) -> Result<SigningKey, StoredKeyError> {
        let pem = org_key.open_text(&self.sealed, &place(org, &self.id))?;
        Ok(SigningKey::import(self.algorithm, pem.expose())?)
    }
}

/// The issuer of `tenant` from all its stored keys: the newest that is not retired signs, the
/// others verify until they end.
pub fn issuer(
    tenant: Tenant,
    stored: &[StoredSigningKey],
    org_key: &OrgKey,
) -> Result<Issuer, StoredKeyError> {
    let in_use = stored
        .iter()
        .filter(|key| key.retired_until.is_none())
        .max_by_key(|key| key.created)
        .ok_or(StoredKeyError::NoneInUse)?;
    let active = in_use.open(org_key, &tenant.org)?;
    let retired = stored
        .iter()
        .filter_map(|key| key.retired_until.map(|until| (key, until)))
        .map(|(key, until)| {
            let key = key.open(org_key, &tenant.org)?.public().clone();
            Ok(RetiredKey { key, until })
        })
        .collect::<Result<_, StoredKeyError>>()?;
    Ok(Issuer::new(tenant, active, retired))
}

fn place<'a>(org: &'a str, id: &'a str) -> Context<'a> {
    Context {
        org,
        object: id,
        field: "signing-key",
    }
}

impl Document for StoredOrgKey {
    const KIND: &'static str = "org-key";

    fn id(&self) -> &str {
        &self.org
    }

    fn name(&self) -> &'static str {
        ""
    }
}

impl Document for StoredSigningKey {
    const KIND: &'static str = "signing-key";

    fn id(&self) -> &str {
        &self.id
    }

    fn name(&self) -> &'static str {
        ""
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::SeededRandom;

    const NOW: Timestamp = Timestamp::from_micros(1_790_000_000_000_000);

    fn tenant() -> Tenant {
        Tenant {
            org: "acme".to_owned(),
            tenant_id: "t".to_owned(),
            pod: "local".to_owned(),
            issuer: "http://127.0.0.1:8080".to_owned(),
        }
    }

    #[test]
    fn stored_keys_come_back_through_the_master_key_alone() {
        let random = SeededRandom::from_seed(1);
        let master = MasterKey::generate(&random);
        let org_key = OrgKey::generate(&random);
        let make = |created, retired_until| {
            let key = SigningKey::generate(SigningAlgorithm::EdDsa, &random).unwrap();
            let mut stored = StoredSigningKey::of(&key, &org_key, "acme", created, &random);
            stored.retired_until = retired_until;
            stored
        };
        let end = NOW.plus_millis(1000);
        let keys = [make(NOW, Some(end)), make(NOW.plus_millis(1), None)];
        let stored_org_key = StoredOrgKey::of(&org_key, &master, "acme", &random);
        let text = serde_json::to_string(&(&stored_org_key, &keys)).unwrap();
        assert!(!text.contains("PRIVATE"));

        let org_key = stored_org_key.open(&master).unwrap();
        let published = issuer(tenant(), &keys, &org_key)
            .unwrap()
            .published_keys(NOW);
        let ids: Vec<_> = published
            .keys
            .into_iter()
            .filter_map(|key| key.common.key_id)
            .collect();
        assert_eq!(ids, [keys[1].id(), keys[0].id()]);

        assert!(stored_org_key.open(&MasterKey::generate(&random)).is_err());
        let only_retired = issuer(tenant(), &keys[..1], &org_key);
        assert!(matches!(only_retired, Err(StoredKeyError::NoneInUse)));
        let other_org = keys[0].open(&org_key, "other");
        assert!(matches!(other_org, Err(StoredKeyError::Seal(_))));
    }
}
