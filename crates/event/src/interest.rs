//! Whether anybody would hear of an event. Events that are many and that the vendor's log does not
//! show to anyone but subscribers are written only where somebody subscribes: a first load of a
//! million accounts would otherwise write a million rows that nobody can ever have asked for.

use muster_store::{Result, Tx};
use serde_json::Value;

/// The kind under which subscriptions are stored.
const SUBSCRIPTION: &str = "subscription";

/// Whether an enabled subscription of the trigger exists.
pub fn anyone_hears(tx: &mut Tx<'_>, trigger: &str) -> Result<bool> {
    let subscriptions = tx.documents(SUBSCRIPTION).list()?;
    Ok(subscriptions
        .iter()
        .any(|one| one.body["triggerId"] == trigger && one.body["enabled"] == Value::Bool(true)))
}
