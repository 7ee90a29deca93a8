//! The running server: opens the store, starts the stations, listens, and stops in order.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use muster_api::keyring::Keyring;
use muster_api::{App, mount, resources};
use muster_auth::{MasterKey, Random, SystemRandom};
use muster_console::Console;
use muster_event::Outboxes;
use muster_inbox::Inboxes;
use muster_model::{Clock, SystemClock};
use muster_preview::Previews;
use muster_refresh::RandomBits;
use muster_store::{Org, Store};
use muster_work::Workers;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

use crate::config::Config;
use crate::deliver::Deliveries;
use crate::error::Error;
use crate::stations::{Stations, handlers};
use crate::{health, inbox, telemetry};

/// Everything that the parts of a server share.
#[derive(Clone)]
pub struct Parts {
    /// All orgs.
    pub store: Store,
    /// The keys of each org.
    pub keyring: Arc<Keyring>,
    /// What time it is.
    pub clock: Arc<dyn Clock>,
    /// Where events go.
    pub outboxes: Outboxes,
    inboxes: Inboxes,
    settings: muster_api::Settings,
    /// Ends answers that would go on for long, such as streams of events.
    closing: CancellationToken,
}

impl Parts {
    /// Opens the store and the keys.
    pub fn open(config: &Config, listening: Option<SocketAddr>) -> Result<Self, Error> {
        // Before the master key, which lies beside it even where the store is elsewhere.
        let spool = config.spool()?;
        let store = Store::open(&config.address()?)?;
        let random: Arc<dyn Random> = Arc::new(SystemRandom);
        let master = MasterKey::load(&config.master_key(), &*random)?;
        let bare = listening.map_or_else(
            || format!("http://{}", config.text_listen()),
            |address| format!("http://{address}"),
        );
        let settings = muster_api::Settings {
            default_org: config.default_org().to_owned(),
            public_url: config.public_url().map_or(bare, str::to_owned),
            spool,
            ..muster_api::Settings::default()
        };
        let keyring = Arc::new(Keyring::new(master, &settings, random));
        Ok(Self {
            store,
            keyring,
            clock: Arc::new(SystemClock),
            outboxes: Outboxes::default(),
            inboxes: Inboxes::default(),
            settings,
            closing: CancellationToken::new(),
        })
    }

    /// What the API and the console share.
    fn app(&self) -> Arc<App> {
        let mut app = App::new(
            self.store.clone(),
            Arc::clone(&self.keyring),
            self.settings.clone(),
        )
        .with(self.inboxes.clone())
        .with(self.previews());
        app.clock = Arc::clone(&self.clock);
        app.outboxes = self.outboxes.clone();
        app.closing = self.closing.clone();
        Arc::new(app)
    }

    /// Previews are done by the same stations, on a copy.
    fn previews(&self) -> Previews {
        let random = Arc::clone(self.keyring.random());
        let make = move |outboxes, clock| {
            handlers(Stations {
                outboxes,
                clock,
                random: random_bits(Arc::clone(&random)),
            })
        };
        Previews::new(Arc::clone(&self.clock), Arc::new(make))
    }

    /// The API as a service, for the listener and for calls in process.
    pub fn api(&self) -> axum::Router {
        mount(self.app(), resources::all())
    }

    /// An org by name, or what to do about its absence.
    pub fn org(&self, name: &str) -> Result<Org, Error> {
        self.store.org(name).ok_or_else(|| Error::Setup {
            org: name.to_owned(),
            reason: format!("there is none; make it with `muster org create {name}`"),
        })
    }
}

/// A running server.
pub struct Server {
    /// Where it listens.
    pub address: SocketAddr,
    /// Its parts.
    pub parts: Parts,
    /// The pages for operators.
    pub console: Arc<Console>,
    workers: Option<Workers>,
    deliveries: Arc<Deliveries>,
    stop: watch::Sender<bool>,
    listener: JoinHandle<std::io::Result<()>>,
}

impl Server {
    /// Opens everything and begins to serve. Call it on a runtime.
    pub async fn start(config: &Config) -> Result<Self, Error> {
        let wanted = config.listen()?;
        let cannot = |source| Error::Listen {
            address: wanted.to_string(),
            source,
        };
        let socket = TcpListener::bind(wanted).await.map_err(cannot)?;
        let address = socket.local_addr().map_err(cannot)?;
        let opening = config.clone();
        let parts = run_blocking(move || Parts::open(&opening, Some(address))).await?;
        let (stop, stopped) = watch::channel(false);
        let deliveries = Deliveries::start(&parts, config, stopped.clone()).await?;
        let app = parts.app();
        let api = mount(Arc::clone(&app), resources::all());
        let console = Console::new(app, api.clone());
        let router = Router::new()
            .merge(health::routes(parts.store.clone(), telemetry::metrics()))
            .merge(inbox::routes(inbox::Catching {
                store: parts.store.clone(),
                clock: Arc::clone(&parts.clock),
                inboxes: parts.inboxes.clone(),
            }))
            .merge(console.routes())
            .fallback_service(api);
        telemetry::sum_up(stopped.clone());
        let mut stopping = stopped;
        let listener = tokio::spawn(async move {
            let router = router.into_make_service_with_connect_info::<SocketAddr>();
            axum::serve(socket, router)
                .with_graceful_shutdown(async move {
                    let _ = stopping.wait_for(|stop| *stop).await;
                })
                .await
        });
        let workers = start_workers(&parts, config)?;
        tracing::info!(%address, orgs = parts.store.orgs().len(), "muster serves on http://{address}");
        Ok(Self {
            address,
            parts,
            console,
            workers,
            deliveries,
            stop,
            listener,
        })
    }

    /// Starts what an org needs that was made a moment ago, rather than when it is next looked for.
    pub async fn adopt_new_orgs(&self) -> Result<(), Error> {
        self.deliveries.start_missing().await
    }

    /// Stops in order: no new calls, jobs in hand to the end of their step, deliveries in flight to
    /// their end.
    pub async fn stop(self) {
        self.parts.closing.cancel();
        let _ = self.stop.send(true);
        // Whoever follows an inbox would keep the listener waiting.
        self.parts.inboxes.close();
        if let Err(error) = self.listener.await {
            tracing::warn!(%error, "the listener did not end well");
        }
        if let Some(workers) = self.workers {
            run_blocking(move || workers.stop()).await;
        }
        self.deliveries.drain().await;
        tracing::info!("muster has stopped");
    }
}

fn start_workers(parts: &Parts, config: &Config) -> Result<Option<Workers>, Error> {
    let threads = config.workers()?;
    if threads == 0 {
        return Ok(None);
    }
    let stations = Stations {
        outboxes: parts.outboxes.clone(),
        clock: Arc::clone(&parts.clock),
        random: random_bits(Arc::clone(parts.keyring.random())),
    };
    let clock = Arc::clone(&parts.clock);
    let handlers: HashMap<_, _> = handlers(stations);
    Ok(Some(Workers::start(
        parts.store.clone(),
        clock,
        node_name(),
        handlers,
        threads,
    )?))
}

/// Randomness for transforms that ask for it.
fn random_bits(random: Arc<dyn Random>) -> Box<RandomBits> {
    Box::new(move || {
        let mut bytes = [0; 8];
        random.fill(&mut bytes);
        u64::from_be_bytes(bytes)
    })
}

/// A name that no other process uses: the machine may serve one store several times.
pub(crate) fn node_name() -> String {
    use std::sync::atomic::{AtomicU32, Ordering};
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let mut bytes = [0; 8];
    SystemRandom.fill(&mut bytes);
    let number = COUNT.fetch_add(1, Ordering::Relaxed);
    format!(
        "{}-{number}-{:016x}",
        std::process::id(),
        u64::from_be_bytes(bytes)
    )
}

/// Runs what blocks beside the runtime; a panic goes on in the caller.
pub(crate) async fn run_blocking<T: Send + 'static>(act: impl FnOnce() -> T + Send + 'static) -> T {
    match tokio::task::spawn_blocking(act).await {
        Ok(done) => done,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    }
}
