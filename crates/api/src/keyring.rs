//! The keys of each org: its data key, wrapped under the installation's master key, and beneath it
//! the key that signs access tokens and the one that hashes client secrets. Made when an org is
//! first used, and agreed on by all nodes through the org's own settings.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError, RwLock};

use muster_auth::issuer::Tenant;
use muster_auth::seal::{Context, SealError};
use muster_auth::secret_text::new_uuid;
use muster_auth::signing_key::KeyError;
use muster_auth::{Issuer, MasterKey, OrgKey, Random, SecretHasher, SigningAlgorithm, SigningKey};
use muster_store::{Org, Tx};

use crate::app::Settings;

const DATA_KEY: &str = "keys.data";
const SIGNING_KEY: &str = "keys.signing";
const TENANT_ID: &str = "tenant.id";

/// The keys of one org.
pub struct OrgKeys {
    /// Signs and verifies access tokens.
    pub issuer: Issuer,
    /// Hashes client secrets.
    pub hasher: SecretHasher,
    /// Seals the secrets of connectors and subscriptions.
    pub data: OrgKey,
}

/// Why an org's keys cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The store refused.
    #[error("the keys of the org cannot be read or written")]
    Store(#[from] muster_store::Error),
    /// The master key is another one than that which wrapped the org's key.
    #[error("the org's keys do not open; is this the master key they were made with?")]
    Sealed(#[from] SealError),
    /// The signing key is damaged, or none could be made.
    #[error("the org's signing key cannot be used")]
    Signing(#[from] KeyError),
}

/// The keys of all orgs.
pub struct Keyring {
    master: MasterKey,
    random: Arc<dyn Random>,
    algorithm: SigningAlgorithm,
    public_url: String,
    pod: String,
    known: RwLock<HashMap<String, Arc<OrgKeys>>>,
}

impl Keyring {
    /// A ring under that master key.
    pub fn new(master: MasterKey, settings: &Settings, random: Arc<dyn Random>) -> Self {
        Self {
            master,
            random,
            algorithm: settings.signing,
            public_url: settings.public_url.clone(),
            pod: settings.pod.clone(),
            known: RwLock::default(),
        }
    }

    /// Where fresh keys come from.
    pub fn random(&self) -> &Arc<dyn Random> {
        &self.random
    }

    /// The address of an org, as its tokens and callbacks name it.
    pub fn address(&self, org: &str) -> String {
        self.public_url.replace("{org}", org)
    }

    /// The keys of `org`, made when there are none yet. Blocks the calling thread.
    pub fn of(&self, org: &Org) -> Result<Arc<OrgKeys>, Error> {
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner);
        if let Some(keys) = known.get(org.name()) {
            return Ok(Arc::clone(keys));
        }
        drop(known);
        let keys = Arc::new(self.load(org)?);
        let mut known = self.known.write().unwrap_or_else(PoisonError::into_inner);
        Ok(Arc::clone(
            known.entry(org.name().to_owned()).or_insert(keys),
        ))
    }

    fn load(&self, org: &Org) -> Result<OrgKeys, Error> {
        let stored = org.read::<_, Error>(|tx| {
            let mut settings = tx.settings();
            Ok([
                settings.get(DATA_KEY)?,
                settings.get(SIGNING_KEY)?,
                settings.get(TENANT_ID)?,
            ])
        })?;
        if let [Some(data), Some(signing), Some(tenant_id)] = stored {
            let data = OrgKey::unwrap(&data, &self.master, org.name())?;
            return self.opened(org, data, &signing, tenant_id);
        }
        org.write(|tx| self.make(org, tx))
    }

    /// Makes what is missing. Another node may do the same at this moment: the first one's holds.
    fn make(&self, org: &Org, tx: &mut Tx<'_>) -> Result<OrgKeys, Error> {
        let random = &*self.random;
        let fresh = OrgKey::generate(random).wrap(&self.master, org.name(), random);
        let data = tx.settings().get_or_set(DATA_KEY, &fresh)?;
        let data = OrgKey::unwrap(&data, &self.master, org.name())?;
        let signing = if let Some(signing) = tx.settings().get(SIGNING_KEY)? {
            signing
        } else {
            let fresh = self.fresh_signing_key(org, &data)?;
            tx.settings().get_or_set(SIGNING_KEY, &fresh)?
        };
        let tenant_id = tx.settings().get_or_set(TENANT_ID, &new_uuid(random))?;
        self.opened(org, data, &signing, tenant_id)
    }

    fn fresh_signing_key(&self, org: &Org, data: &OrgKey) -> Result<String, Error> {
        let key = SigningKey::generate(self.algorithm, &*self.random)?;
        let pem = key.export().expose().as_bytes();
        let sealed = data.seal(pem, &signing_place(org.name()), &*self.random);
        Ok(format!("{} {sealed}", algorithm_name(self.algorithm)))
    }

    fn opened(
        &self,
        org: &Org,
        data: OrgKey,
        signing: &str,
        tenant_id: String,
    ) -> Result<OrgKeys, Error> {
        let (algorithm, sealed) = signing.split_once(' ').ok_or(SealError::Format)?;
        let algorithm = [SigningAlgorithm::Rs256, SigningAlgorithm::EdDsa]
            .into_iter()
            .find(|known| algorithm_name(*known) == algorithm)
            .ok_or(SealError::Format)?;
        let pem = data.open_text(sealed, &signing_place(org.name()))?;
        let tenant = Tenant {
            org: org.name().to_owned(),
            tenant_id,
            pod: self.pod.clone(),
            issuer: self.address(org.name()),
        };
        Ok(OrgKeys {
            issuer: Issuer::new(
                tenant,
                SigningKey::import(algorithm, pem.expose())?,
                Vec::new(),
            ),
            hasher: data.secret_hasher(),
            data,
        })
    }
}

fn signing_place(org: &str) -> Context<'_> {
    Context {
        org,
        object: "signing-key",
        field: "",
    }
}

const fn algorithm_name(algorithm: SigningAlgorithm) -> &'static str {
    match algorithm {
        SigningAlgorithm::Rs256 => "RS256",
        SigningAlgorithm::EdDsa => "EdDSA",
    }
}
