//! Everything of this crate that runs by itself, for one org: the ledger, and the lanes.

use std::sync::Arc;
use std::time::Duration;

use muster_event::Outbox;
use muster_model::Clock;
use muster_store::{Org, Topic};
use parking_lot::Mutex;
use tokio::sync::watch;
use tokio_rustls::rustls::ClientConfig;
use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use crate::delivery::egress::{Resolver, Rules};
use crate::delivery::{Connector, Context, Inbox, Lanes, Ledger, Phase, Senders, Shelf};
use crate::dispatch::Dispatcher;
use crate::invocation::Asker;
use crate::limits::{DRAIN_TIMEOUT, LEASE_RENEWAL, POLL, STORE_RETRY};
use crate::passed_in::{Fill, Sealer};

/// What the service is given.
pub struct Setup {
    /// The org.
    pub org: Org,
    /// Where its events are appended; the newest are matched without a parse.
    pub outbox: Outbox,
    /// The time.
    pub clock: Arc<dyn Clock>,
    /// Randomness.
    pub fill: Fill,
    /// Opens secrets.
    pub sealer: Arc<dyn Sealer>,
    /// Which addresses may be called.
    pub egress: Rules,
    /// Turns names into addresses.
    pub resolver: Arc<dyn Resolver>,
    /// Whom endpoints must be certified by.
    pub tls: Arc<ClientConfig>,
    /// The threads that send.
    pub senders: Senders,
    /// What may differ.
    pub options: Options,
}

/// What may differ between installations.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// This process among others that serve the same store; unique.
    pub node: String,
    /// The address under which subscribers reach this org to call back.
    pub public_url: String,
    /// Where events for partner event sources of AWS are posted to; nowhere, where absent.
    pub event_bridge_sink: Option<String>,
}

/// How the lane of one subscription does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Health {
    /// The subscription's number.
    pub subscription: i64,
    /// Deliveries in memory.
    pub known: usize,
    /// Of these, how many wait for a retry, or behind one.
    pub held_back: usize,
}

/// The running service. Dropping it ends it at once, as a crash would; [`Service::drain`] lets what
/// is in flight come to its end.
pub struct Service {
    shared: Arc<Shared>,
    ledger: Mutex<Option<std::thread::JoinHandle<()>>>,
}

struct Shared {
    org: Org,
    dispatcher: Arc<Dispatcher>,
    lanes: Arc<Lanes>,
    asker: Arc<Asker>,
    context: Arc<Context>,
}

impl Service {
    /// Starts the service on the runtime at hand.
    pub fn start(setup: Setup) -> Self {
        let moved = watch::Sender::new(0);
        let inbox = Inbox::new();
        let context = Arc::new(Context {
            org: setup.org.clone(),
            clock: Arc::clone(&setup.clock),
            fill: setup.fill,
            connector: Connector {
                rules: setup.egress,
                resolver: setup.resolver,
                tls: setup.tls,
            },
            inbox: Arc::clone(&inbox),
            shelf: Shelf::default(),
            tasks: TaskTracker::new(),
            senders: setup.senders,
            stop: CancellationToken::new(),
            kill: CancellationToken::new(),
            moved: moved.clone(),
        });
        let asker = Asker::new(
            Arc::clone(&context),
            Arc::clone(&setup.sealer),
            setup.options.public_url.clone(),
        );
        let lanes = Lanes::new(Arc::clone(&context), setup.sealer, setup.options);
        let shared = Arc::new(Shared {
            dispatcher: Arc::new(Dispatcher::new(setup.org.clone(), setup.outbox)),
            org: setup.org.clone(),
            lanes: Arc::new(lanes),
            asker: Arc::new(asker),
            context,
        });
        let ledger = Ledger {
            org: setup.org,
            clock: setup.clock,
            dispatcher: Arc::clone(&shared.dispatcher),
            lanes: Arc::clone(&shared.lanes),
            inbox: Arc::clone(&inbox),
            moved,
        };
        let bell = Arc::downgrade(&inbox);
        shared.org.hints().attend(Topic::Events, move || {
            let inbox = bell.upgrade();
            inbox.inspect(|inbox| inbox.ring()).is_some()
        });
        let name = format!("ledger-{}", shared.org.name());
        let ledger = std::thread::Builder::new()
            .name(name)
            .spawn(move || ledger.run());
        let ledger = match ledger {
            Ok(ledger) => Some(ledger),
            Err(error) => {
                tracing::error!(%error, "no thread can be started; nothing is delivered");
                None
            }
        };
        shared.spawn(Shared::follow);
        shared.spawn(Shared::look);
        shared.spawn(Shared::renew);
        shared.spawn(Shared::ask);
        Self {
            shared,
            ledger: Mutex::new(ledger),
        }
    }

    /// Takes no new work, lets exchanges in flight end, records how they went, gives leases back.
    pub async fn drain(self) {
        let context = &self.shared.context;
        context.inbox.enter(Phase::Draining);
        context.stop.cancel();
        context.tasks.close();
        if tokio::time::timeout(DRAIN_TIMEOUT, context.tasks.wait())
            .await
            .is_err()
        {
            tracing::warn!("some deliveries did not end in time; they are repeated");
        }
        context.inbox.enter(Phase::Ending);
        let ledger = self.ledger.lock().take();
        if let Some(ledger) = ledger {
            let joined = tokio::task::spawn_blocking(move || ledger.join()).await;
            if !matches!(joined, Ok(Ok(()))) {
                tracing::error!("the ledger of deliveries failed");
            }
        }
        if let Err(error) = self.shared.lanes.give_back().await {
            tracing::warn!(%error, "leases could not be given back; they run out");
        }
    }

    /// Waits until there is nothing left to do now; retries that wait for their time do not count.
    pub async fn rest(&self) {
        let mut moved = self.shared.context.moved.subscribe();
        loop {
            moved.mark_unchanged();
            let shared = Arc::clone(&self.shared);
            let dispatched = tokio::task::spawn_blocking(move || shared.dispatcher.is_at_rest());
            let is_dispatched = matches!(dispatched.await, Ok(Ok(true)));
            let has_followed = self.shared.lanes.follow().await.is_ok();
            if is_dispatched
                && has_followed
                && self.shared.lanes.are_at_rest()
                && self.shared.asker.is_at_rest().await
            {
                return;
            }
            // The timeout covers what other nodes do.
            let _ = tokio::time::timeout(POLL, moved.changed()).await;
        }
    }

    /// How each lane does.
    pub fn health(&self) -> Vec<Health> {
        let health = |(subscription, known, held_back)| Health {
            subscription,
            known,
            held_back,
        };
        self.shared.lanes.loads().into_iter().map(health).collect()
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        self.shared.context.stop.cancel();
        self.shared.context.kill.cancel();
        self.shared.context.inbox.enter(Phase::Killed);
        if let Some(ledger) = self.ledger.lock().take() {
            // It ends with the transaction at hand; a store must not be taken away beneath it.
            let _ = ledger.join();
        }
    }
}

impl Shared {
    fn spawn<F: Future<Output = ()> + Send + 'static>(self: &Arc<Self>, task: fn(Arc<Self>) -> F) {
        let context = &self.context;
        let (run, kill) = (task(Arc::clone(self)), context.kill.clone());
        context.tasks.spawn(async move {
            kill.run_until_cancelled(run).await;
        });
    }

    /// Keeps lanes in step with subscriptions.
    async fn follow(self: Arc<Self>) {
        let mut hints = self.org.hints().watch(Topic::Documents);
        while !self.context.stop.is_cancelled() {
            hints.mark_unchanged();
            match self.lanes.follow().await {
                Ok(()) => {
                    self.context.moved.send_modify(|count| *count += 1);
                    self.pause(hints.changed(), POLL).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "subscriptions could not be read; trying again");
                    self.pause(std::future::pending::<()>(), STORE_RETRY).await;
                }
            }
        }
    }

    /// Heeds hints about rows that this node did not write.
    async fn look(self: Arc<Self>) {
        let mut hints = self.org.hints().watch(Topic::Deliveries);
        while !self.context.stop.is_cancelled() {
            hints.mark_unchanged();
            if let Err(error) = self.lanes.look().await {
                tracing::warn!(%error, "deliveries could not be looked for; trying again");
                self.pause(std::future::pending::<()>(), STORE_RETRY).await;
            } else {
                self.pause(hints.changed(), POLL).await;
            }
        }
    }

    async fn renew(self: Arc<Self>) {
        while !self.context.stop.is_cancelled() {
            if let Err(error) = self.lanes.hold().await {
                tracing::warn!(%error, "leases could not be renewed; trying again");
            }
            self.pause(std::future::pending::<()>(), LEASE_RENEWAL)
                .await;
        }
    }

    /// Asks questions and ends overdue ones.
    async fn ask(self: Arc<Self>) {
        if let Err(error) = self.asker.recover().await {
            tracing::warn!(%error, "questions of the last run could not be taken back; they wait");
        }
        let mut hints = self.org.hints().watch(Topic::Invocations);
        while !self.context.stop.is_cancelled() {
            hints.mark_unchanged();
            match self.asker.step().await {
                Ok(Duration::ZERO) => {}
                Ok(wait) => self.pause(hints.changed(), wait.min(POLL)).await,
                Err(error) => {
                    tracing::warn!(%error, "questions could not be looked for; trying again");
                    self.pause(std::future::pending::<()>(), STORE_RETRY).await;
                }
            }
        }
    }

    async fn pause<T>(&self, until: impl Future<Output = T>, at_most: Duration) {
        tokio::select! {
            _ = until => {}
            () = tokio::time::sleep(at_most) => {}
            () = self.context.stop.cancelled() => {}
        }
    }
}
