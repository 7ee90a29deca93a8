//! Keeps a delivery service running for each org, those made later among them.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use muster_api::OrgSealer;
use muster_store::{Org, Topic};
use muster_trigger::delivery::Senders;
use muster_trigger::delivery::egress::{Rules, SystemResolver};
use muster_trigger::{Options, Service, Setup};
use parking_lot::Mutex;
use tokio::sync::watch;

use crate::config::Config;
use crate::error::Error;
use crate::server::{Parts, node_name, run_blocking};

/// How often orgs that another process made are looked for where no hint told of them.
const NEW_ORGS: Duration = Duration::from_secs(5);

/// The delivery services of all orgs.
pub(crate) struct Deliveries {
    parts: Parts,
    rules: Rules,
    senders: Senders,
    node: String,
    event_bridge_sink: Option<String>,
    services: Mutex<HashMap<String, Service>>,
}

impl Deliveries {
    /// Starts a service for each org and watches for new ones.
    pub(crate) async fn start(
        parts: &Parts,
        config: &Config,
        mut stopped: watch::Receiver<bool>,
    ) -> Result<Arc<Self>, Error> {
        let rules = config.egress()?;
        let deliveries = Arc::new(Self {
            parts: parts.clone(),
            rules,
            senders: Senders::start().map_err(|source| Error::Machine {
                what: "no threads can be started that send events",
                source,
            })?,
            node: node_name(),
            event_bridge_sink: config.event_bridge_sink(),
            services: Mutex::default(),
        });
        deliveries.start_missing().await?;
        let watching = Arc::clone(&deliveries);
        let mut made = parts.store.hints().watch(Topic::Orgs);
        tokio::spawn(async move {
            let mut ticks = tokio::time::interval(NEW_ORGS);
            loop {
                tokio::select! {
                    _ = made.changed() => {}
                    _ = ticks.tick() => {}
                    _ = stopped.wait_for(|stop| *stop) => return,
                }
                if let Err(error) = watching.find_new().await {
                    tracing::warn!(%error, "an org's deliveries could not be started");
                }
            }
        });
        Ok(deliveries)
    }

    /// Looks for orgs that another process has made, and starts their services.
    async fn find_new(&self) -> Result<(), Error> {
        let store = self.parts.store.clone();
        run_blocking(move || store.refresh_orgs()).await?;
        self.start_missing().await
    }

    /// Starts a service for each org that has none.
    pub(crate) async fn start_missing(&self) -> Result<(), Error> {
        for org in self.parts.store.orgs() {
            if self.services.lock().contains_key(org.name()) {
                continue;
            }
            let name = org.name().to_owned();
            let service = Service::start(self.setup(org).await?);
            self.services.lock().insert(name, service);
        }
        Ok(())
    }

    async fn setup(&self, org: Org) -> Result<Setup, Error> {
        let keyring = Arc::clone(&self.parts.keyring);
        let opened = org.clone();
        let sealer = run_blocking(move || OrgSealer::new(&opened, &keyring))
            .await
            .map_err(|source| Error::Keys {
                org: org.name().to_owned(),
                source,
            })?;
        let random = Arc::clone(self.parts.keyring.random());
        Ok(Setup {
            outbox: self.parts.outboxes.of(org.name()),
            clock: Arc::clone(&self.parts.clock),
            fill: Arc::new(move |bytes: &mut [u8]| random.fill(bytes)),
            sealer: Arc::new(sealer),
            egress: self.rules.clone(),
            resolver: Arc::new(SystemResolver),
            tls: muster_trigger::delivery::client_config()
                .map_err(|error| Error::Egress(error.to_string()))?,
            senders: self.senders.clone(),
            options: Options {
                node: self.node.clone(),
                public_url: self.parts.keyring.address(org.name()),
                event_bridge_sink: self.event_bridge_sink.clone(),
            },
            org,
        })
    }

    /// Lets what is in flight come to its end.
    pub(crate) async fn drain(&self) {
        let services: Vec<Service> = self
            .services
            .lock()
            .drain()
            .map(|(_, service)| service)
            .collect();
        for service in services {
            service.drain().await;
        }
    }
}
