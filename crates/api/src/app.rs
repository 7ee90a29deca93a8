//! What all calls share: the store, the clock, randomness, settings, and the services of the
//! stations. The server builds one and hands it to [`mount`](crate::mount).

use std::any::{Any, TypeId, type_name};
use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use muster_auth::{Caller, Random, SystemRandom};
use muster_model::{Clock, SystemClock, Timestamp};
use muster_store::{Org, Store};

use crate::problem::Problem;
use crate::rate::Rate;

/// Turns access tokens into callers.
pub trait Tokens: Send + Sync + 'static {
    /// Who presents `token` to `org`; a 401 where the token does not hold, and a 404 where it is
    /// a good token of another org, which must not even learn that this one exists.
    fn caller(&self, org: &Org, token: &str, now: Timestamp) -> Result<Caller, Problem>;
}

/// What the operator may set.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The org that a bare address means.
    pub default_org: String,
    /// The address under which clients reach this server, where it is not the one they used;
    /// `{org}` stands for the org's name.
    pub public_url: Option<String>,
    /// How many calls a client may make; none by default.
    pub rate: Option<Rate>,
    /// Where uploads wait; the system's folder for temporary files by default.
    pub spool: PathBuf,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            default_org: "demo".to_owned(),
            public_url: None,
            rate: None,
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
    /// Who a token stands for.
    pub tokens: Arc<dyn Tokens>,
    /// What the operator set.
    pub settings: Settings,
    services: HashMap<TypeId, Arc<dyn Any + Send + Sync>>,
}

impl App {
    /// An app for these orgs and tokens, on the machine's clock and randomness, with everything else
    /// at its default.
    pub fn new(store: Store, tokens: Arc<dyn Tokens>) -> Self {
        Self {
            store,
            clock: Arc::new(SystemClock),
            random: Arc::new(SystemRandom),
            tokens,
            settings: Settings::default(),
            services: HashMap::new(),
        }
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
