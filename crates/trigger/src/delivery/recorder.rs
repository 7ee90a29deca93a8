//! The one writer of outcomes: whatever came in within a few milliseconds is one transaction.
//! Losing the last of them in a crash only means that a delivery is repeated.

use std::collections::HashMap;
use std::sync::Arc;

use muster_model::{Clock, Document, Timestamp};
use muster_store::{AuditChange, DeliveryState, Org, Outcome, Result, Tx};
use serde::{Deserialize, Serialize};
use tokio::sync::{mpsc, watch};
use tokio::time::{Instant, timeout_at};
use tokio_util::sync::CancellationToken;

use super::lane::Lane;
use super::retry::Next;
use crate::limits::{FAILING_DISABLES_AFTER_MS, OUTCOMES_DELAY, OUTCOMES_MAX, STORE_RETRY};
use crate::subscription::Subscription;

/// How a delivery went, and what follows.
pub(crate) struct Report {
    pub(crate) lane: Arc<Lane>,
    pub(crate) outcome: Outcome,
    pub(crate) next: Next,
}

/// Writes outcomes down.
pub(crate) struct Recorder {
    pub(crate) org: Org,
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) reports: mpsc::Receiver<Report>,
    pub(crate) moved: watch::Sender<u64>,
}

/// Since when a subscription has failed without one success.
#[derive(Clone, Debug, Serialize, Deserialize)]
struct Failing {
    subscription: String,
    since: Timestamp,
}

impl Document for Failing {
    const KIND: &'static str = "failing-subscription";

    fn id(&self) -> &str {
        &self.subscription
    }

    fn name(&self) -> &'static str {
        ""
    }
}

impl Recorder {
    /// Records until `stop`, and then what is still there.
    pub(crate) async fn run(mut self, stop: CancellationToken) {
        loop {
            let first = tokio::select! {
                biased;
                report = self.reports.recv() => report,
                () = stop.cancelled() => None,
            };
            let Some(first) = first else { break };
            let mut batch = vec![first];
            let deadline = Instant::now() + OUTCOMES_DELAY;
            while batch.len() < OUTCOMES_MAX {
                match timeout_at(deadline, self.reports.recv()).await {
                    Ok(Some(report)) => batch.push(report),
                    Ok(None) | Err(_) => break,
                }
            }
            self.record(batch).await;
        }
    }

    async fn record(&self, batch: Vec<Report>) {
        let mut lanes: HashMap<i64, (Arc<Lane>, Vec<i64>)> = HashMap::new();
        let mut effects: HashMap<i64, Effect> = HashMap::new();
        let mut outcomes = Vec::with_capacity(batch.len());
        for report in batch {
            let number = report.outcome.subscription;
            effects.entry(number).or_default().see(report.next);
            if report.outcome.state != DeliveryState::Pending {
                let seqs = lanes
                    .entry(number)
                    .or_insert_with(|| (report.lane, Vec::new()));
                seqs.1.push(report.outcome.event_seq);
            }
            outcomes.push(report.outcome);
        }
        let outcomes = Arc::new(outcomes);
        let effects = Arc::new(effects);
        loop {
            let (outcomes, effects) = (Arc::clone(&outcomes), Arc::clone(&effects));
            let now = self.clock.now();
            let write = self.org.write_async(move |tx| {
                tx.deliveries().record(&outcomes)?;
                heed(tx, &effects, now)
            });
            match write.await {
                Ok(()) => break,
                Err(error) => {
                    tracing::warn!(%error, "outcomes could not be stored; trying again");
                    tokio::time::sleep(STORE_RETRY).await;
                }
            }
        }
        for (lane, seqs) in lanes.values() {
            lane.settled(seqs);
        }
        self.moved.send_modify(|count| *count += 1);
    }
}

/// What a batch says of one subscription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Effect {
    succeeded: bool,
    failed: bool,
    gone: bool,
}

impl Effect {
    const fn see(&mut self, next: Next) {
        match next {
            Next::Done => self.succeeded = true,
            Next::Again(_) | Next::GiveUp => self.failed = true,
            Next::Disable => self.gone = true,
        }
    }
}

/// Disables subscriptions whose endpoint is gone or has failed for too long (decisions.md 14).
fn heed(tx: &mut Tx<'_>, effects: &HashMap<i64, Effect>, now: Timestamp) -> Result<()> {
    let failing = tx.typed::<Failing>().list()?;
    let unusual = |effect: &Effect| effect.failed || effect.gone;
    if failing.is_empty() && !effects.values().any(unusual) {
        return Ok(());
    }
    for subscription in tx.typed::<Subscription>().list()? {
        let Some(effect) = effects.get(&subscription.number) else {
            continue;
        };
        let known = failing
            .iter()
            .find(|one| one.subscription == subscription.id);
        if effect.gone {
            disable(tx, subscription, "the endpoint answered 410 Gone", now)?;
        } else if effect.succeeded {
            if known.is_some() {
                tx.typed::<Failing>().delete(&subscription.id)?;
            }
        } else if let Some(known) = known {
            if now.millis_since(known.since) >= FAILING_DISABLES_AFTER_MS {
                tx.typed::<Failing>().delete(&subscription.id)?;
                disable(tx, subscription, "the endpoint failed for five days", now)?;
            }
        } else if effect.failed {
            let first = Failing {
                subscription: subscription.id.clone(),
                since: now,
            };
            tx.typed().put(&first, now)?;
        }
    }
    Ok(())
}

fn disable(
    tx: &mut Tx<'_>,
    mut subscription: Subscription,
    why: &str,
    now: Timestamp,
) -> Result<()> {
    if !subscription.enabled {
        return Ok(());
    }
    subscription.enabled = false;
    subscription.disabled_because = Some(why.to_owned());
    tx.typed().put(&subscription, now)?;
    let after = serde_json::json!({ "enabled": false, "reason": why });
    tx.audit().append(
        &AuditChange {
            actor: "muster",
            action: "disable",
            kind: Subscription::KIND,
            object_id: &subscription.id,
            correlation: "",
            before: None,
            after: Some(&after),
        },
        now,
    )?;
    tracing::warn!(
        subscription.id = %subscription.id,
        "subscription `{}` is disabled: {why}",
        subscription.name
    );
    Ok(())
}
