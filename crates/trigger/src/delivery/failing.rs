//! Subscriptions that fail and fail: disabled when their endpoint is gone or has failed for too long,
//! with a notice to the org's administrators (decisions.md 14).

use std::collections::HashMap;

use muster_model::{Document, Timestamp};
use muster_store::{AuditChange, NewNotice, Result, Tx};
use serde::{Deserialize, Serialize};

use super::retry::Next;
use crate::limits::FAILING_DISABLES_AFTER_MS;
use crate::subscription::Subscription;

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

/// What a batch of outcomes says of one subscription.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Effect {
    pub(super) succeeded: bool,
    pub(super) failed: bool,
    pub(super) gone: bool,
}

impl Effect {
    pub(super) const fn see(&mut self, next: Next) {
        match next {
            Next::Done => self.succeeded = true,
            Next::Again(_) | Next::GiveUp => self.failed = true,
            Next::Disable => self.gone = true,
            Next::Unsendable => {}
        }
    }
}

/// Disables subscriptions whose endpoint is gone or has failed for too long.
pub(super) fn heed(tx: &mut Tx<'_>, effects: &HashMap<i64, Effect>, now: Timestamp) -> Result<()> {
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
    let text = format!(
        "The subscription \"{}\" is disabled: {why}. What waits for it is kept. Repair the endpoint, \
         enable the subscription, and resend what it missed.",
        subscription.name
    );
    tx.notices().add(
        &NewNotice {
            kind: "subscription-disabled",
            object: Subscription::KIND,
            object_id: &subscription.id,
            text: &text,
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
