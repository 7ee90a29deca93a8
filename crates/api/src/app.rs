//! What all calls share: the store, the clock, randomness, settings, and the services of the
//! stations. The server builds one and hands it to [`mount`](crate::mount).

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use muster_auth::{Random, SigningAlgorithm};
use muster_event::Outboxes;
use muster_model::{Clock, SystemClock};
use muster_store::{Org, Store};
use tokio_util::sync::CancellationToken;

use crate::host::org_name;
use crate::keyring::Keyring;
use crate::limits::UPLOAD_BYTES_MAX;
use crate::problem::Problem;
use crate::rate::Rate;
use crate::tokens::Tokens;

/// What the operator may set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The org that a bare address means.
    pub default_org: String,
    /// The address under which clients reach this server; `{org}` stands for the org's name.
    pub public_url: String,
    /// What tokens call the group of servers they come from.
    pub pod: String,
    /// How tokens are signed.
    pub signing: SigningAlgorithm,
    /// How many calls a client may make; none by default.
    pub rate: Option<Rate>,
    /// Bytes of one upload after decompression.
    pub upload_bytes_max: u64,
    /// Where uploads wait; the system's folder for temporary files by default.
    pub spool: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_org: "demo".to_owned(),
            public_url: "http://localhost:8080".to_owned(),
            pod: "muster".to_owned(),
            signing: SigningAlgorithm::default(),
            rate: None,
            upload_bytes_max: UPLOAD_BYTES_MAX,
            spool: std::env::temp_dir(),
        }
    }
}

/// What all calls share.
pub struct App {
    /// All orgs.
    pub store: Store,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Fresh bits.
    pub random: Arc<dyn Random>,
    /// The keys of each org.
    pub keyring: Arc<Keyring>,
    /// Who a token stands for.
    pub tokens: Arc<dyn Tokens>,
    /// Where events go; give the stations the same ones.
    pub outboxes: Outboxes,
    /// What the operator set.
    pub settings: Settings,
    /// Cancelled when the server is about to stop: answers that would go on for long end then.
    pub closing: CancellationToken,
    services: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

impl App {
    /// An app for these orgs and keys, on the machine's clock.
    pub fn new(store: Store, keyring: Arc<Keyring>, settings: Settings) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            random: Arc::clone(keyring.random()),
            tokens: Arc::clone(&keyring) as Arc<dyn Tokens>,
            keyring,
            outboxes: Outboxes::default(),
            settings,
            closing: CancellationToken::new(),
            services: HashMap::new(),
        }
    }

    /// The org that an address means: `{org}.api.…` names it, any other host means the default one.
    pub fn org_at(&self, host: Option<&str>) -> Option<Org> {
        self.store.org(org_name(host, &self.settings.default_org))
    }

    /// 128 fresh bits, for ids.
    pub fn bits(&self) -> u128 {
        let mut bytes = [0; 16];
        self.random.fill(&mut bytes);
        u128::from_be_bytes(bytes)
    }

    /// Adds a service that handlers find by its type, such as the registry of connectors.
    pub fn with<T: Send + Sync + 'static>(mut self, service: T) -> Self {
        self.services.insert(TypeId::of::<T>(), Arc::new(service));
        self
    }

    /// The service of that type; a 503 that names it where the server was built without.
    pub fn service<T: Send + Sync + 'static>(&self) -> Result<Arc<T>, Problem> {
        self.services
            .get(&TypeId::of::<T>())
            .and_then(|service| Arc::clone(service).downcast().ok())
            .ok_or_else(|| {
                Problem::unavailable(format!(
                    "This server runs without the part that does this ({}).",
                    type_name::<T>()
                ))
            })
    }
}
