//! A small world around the service: an org, its outbox, a runtime, and the things passed in.

#![allow(dead_code, reason = "each test file uses its own part")]
#![allow(
    clippy::allow_attributes,
    reason = "what is unused differs from file to file"
)]

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use muster_event::{Draft, Outbox, Value, object};
use muster_model::{Clock, Secret, SystemClock, Timestamp};
use muster_store::{Delivery, DeliveryState, Org};
use muster_trigger::delivery::egress::{Rules, SystemResolver};
use muster_trigger::delivery::{Senders, client_config};
use muster_trigger::invocation::{self, Refusal};
use muster_trigger::subscription::{self, Desk, Limits, Subscription};
use muster_trigger::{Fill, Options, Place, Result, SealError, Sealer, Service, Setup};
use serde_json::json;
use tokio::runtime::Runtime;

/// A test that waits longer has failed.
const PATIENCE: Duration = Duration::from_secs(60);
/// Where subscribers call back.
pub(crate) const PUBLIC_URL: &str = "https://acme.api.example.com";
pub(crate) const TRIGGER: &str = "idn:identity-created";

/// Writes the place beside the secret instead of sealing it.
pub(crate) struct OpenSealer;

impl Sealer for OpenSealer {
    fn seal(&self, plain: &Secret<String>, place: Place<'_>) -> Result<String, SealError> {
        Ok(format!(
            "{}|{}|{}",
            place.object,
            place.field,
            plain.expose()
        ))
    }

    fn open(&self, sealed: &str, place: Place<'_>) -> Result<Secret<String>, SealError> {
        let prefix = format!("{}|{}|", place.object, place.field);
        let plain = sealed.strip_prefix(&prefix);
        let plain = plain.ok_or_else(|| SealError("it belongs elsewhere".into()))?;
        Ok(Secret::new(plain.to_owned()))
    }
}

pub(crate) fn fill() -> Fill {
    let draws = AtomicU64::new(0);
    Arc::new(move |bytes| {
        let draw = draws.fetch_add(1, Ordering::SeqCst);
        blake3::Hasher::new()
            .update(&draw.to_le_bytes())
            .finalize_xof()
            .fill(bytes);
    })
}

pub(crate) struct World {
    pub(crate) org: Org,
    pub(crate) outbox: Outbox,
    pub(crate) fill: Fill,
    pub(crate) runtime: Runtime,
    pub(crate) egress: Rules,
    pub(crate) limits: Limits,
    /// Where events for AWS are passed on to.
    pub(crate) event_bridge_sink: Option<String>,
}

impl World {
    pub(crate) fn new(org: &Org) -> Self {
        Self {
            org: org.clone(),
            outbox: Outbox::default(),
            fill: fill(),
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(2)
                .enable_all()
                .build()
                .unwrap(),
            egress: Rules::allowing(["127.0.0.0/8"]).unwrap(),
            limits: Limits::default(),
            event_bridge_sink: None,
        }
    }

    pub(crate) fn now() -> Timestamp {
        SystemClock.now()
    }

    pub(crate) fn desk(&self) -> Desk<'_> {
        Desk {
            now: Self::now(),
            fill: &self.fill,
            sealer: &OpenSealer,
            limits: self.limits,
        }
    }

    /// What one needs to ask a question.
    pub(crate) fn asking(&self, now: Timestamp) -> invocation::Desk<'_> {
        invocation::Desk {
            now,
            fill: &self.fill,
            sealer: &OpenSealer,
        }
    }

    pub(crate) fn test(
        &self,
        body: &serde_json::Value,
        now: Timestamp,
    ) -> Result<Result<Vec<serde_json::Value>, Refusal>> {
        self.org
            .write(|tx| invocation::invoke(tx, body, &self.asking(now)))
    }

    pub(crate) fn create(&self, body: &serde_json::Value) -> Result<Subscription> {
        self.org
            .write(|tx| subscription::create(tx, &self.desk(), body))
    }

    pub(crate) fn subscribe(&self, name: &str, url: &str) -> Subscription {
        self.create(&json!({
            "name": name, "triggerId": TRIGGER, "type": "HTTP", "httpConfig": { "url": url },
        }))
        .unwrap()
    }

    /// Waits before retries are cut to `schedule_ms`.
    pub(crate) fn hurry(&self, subscription: &Subscription, schedule_ms: &[u64]) {
        self.set(subscription, "retryScheduleMs", &json!(schedule_ms));
    }

    /// Changes one setting.
    pub(crate) fn set(
        &self,
        subscription: &Subscription,
        name: &str,
        value: &serde_json::Value,
    ) -> Subscription {
        self.try_set(subscription, name, value).unwrap()
    }

    pub(crate) fn try_set(
        &self,
        subscription: &Subscription,
        name: &str,
        value: &serde_json::Value,
    ) -> Result<Subscription> {
        self.org.write(|tx| {
            subscription::configure(tx, &self.desk(), &subscription.id, |mut wire| {
                wire[name] = value.clone();
                Ok(wire)
            })
        })
    }

    pub(crate) fn start(&self) -> Service {
        self.start_as("one")
    }

    pub(crate) fn start_as(&self, node: &str) -> Service {
        self.start_with(node, Arc::new(SystemClock))
    }

    pub(crate) fn start_with(&self, node: &str, clock: Arc<dyn Clock>) -> Service {
        let _inside = self.runtime.enter();
        Service::start(Setup {
            org: self.org.clone(),
            outbox: self.outbox.clone(),
            clock,
            fill: Arc::clone(&self.fill),
            sealer: Arc::new(OpenSealer),
            egress: self.egress.clone(),
            resolver: Arc::new(SystemResolver),
            tls: client_config().unwrap(),
            senders: Senders::start().unwrap(),
            options: Options {
                node: node.into(),
                public_url: PUBLIC_URL.into(),
                event_bridge_sink: self.event_bridge_sink.clone(),
            },
        })
    }

    pub(crate) fn rest(&self, service: &Service) {
        self.runtime.block_on(async {
            let rest = tokio::time::timeout(std::time::Duration::from_secs(60), service.rest());
            rest.await.expect("the service comes to rest");
        });
    }

    pub(crate) fn happen(&self, subject: &str, number: i64) {
        self.happen_all(&[(subject, number)]);
    }

    /// Appends events in one transaction; `number` is all that they say.
    pub(crate) fn happen_all(&self, events: &[(&str, i64)]) {
        let draft = |(subject, number): &(&str, i64)| Draft {
            trigger: TRIGGER,
            subject: (*subject).to_owned(),
            identity: vec![subject.as_bytes().to_vec(), number.to_be_bytes().to_vec()],
            created: Self::now(),
            cause: "run-1".into(),
            value: body(subject, *number),
        };
        let drafts = events.iter().map(draft).collect();
        self.org.write(|tx| self.outbox.append(tx, drafts)).unwrap();
    }

    /// The first delivery, once it has come to an end.
    pub(crate) fn ended(&self, service: &Service, subscription: &Subscription) -> Delivery {
        let deadline = Instant::now() + PATIENCE;
        loop {
            self.rest(service);
            let first = self.deliveries(subscription).into_iter().next();
            match first {
                Some(ended) if ended.state != DeliveryState::Pending => return ended,
                first => assert!(Instant::now() < deadline, "it does not end: {first:?}"),
            }
        }
    }

    pub(crate) fn deliveries(&self, subscription: &Subscription) -> Vec<Delivery> {
        self.org
            .read(|tx| tx.deliveries().newest(subscription.number, 10_000))
            .unwrap()
    }
}

pub(crate) fn body(subject: &str, number: i64) -> Value {
    object([("subject", subject.into()), ("number", number.into())])
}

/// The number that a received event says.
pub(crate) fn number(received: &muster_testkit::Received) -> i64 {
    let body: serde_json::Value = serde_json::from_slice(&received.body).unwrap();
    body["number"].as_i64().unwrap()
}

pub(crate) fn subject(received: &muster_testkit::Received) -> String {
    let body: serde_json::Value = serde_json::from_slice(&received.body).unwrap();
    body["subject"].as_str().unwrap().to_owned()
}
