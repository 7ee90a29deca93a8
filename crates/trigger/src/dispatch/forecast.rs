//! Who would be told of the events of an org that nobody serves, such as a copy that a run is tried on:
//! the same matching, nothing sent, no delivery written.

use std::collections::BTreeMap;

use bytes::Bytes;
use muster_event::Outbox;
use muster_store::{Error, Org, Result};

use super::Dispatcher;

/// What a subscription would get.
#[derive(Clone, Debug, Default)]
pub struct Foretold {
    /// How many events it would get.
    pub count: u64,
    /// How many of its trigger its filter would keep away.
    pub rejected: u64,
    /// The bodies of the first events it would get, in their order.
    pub first: Vec<Bytes>,
}

/// Matches all events behind the mark with the subscriptions of the org, and moves the mark. Gives
/// what each subscription that any event concerns would get, by its number, with at most `limit`
/// bodies each. Blocks the calling thread.
pub fn forecast(org: &Org, outbox: Outbox, limit: usize) -> Result<BTreeMap<i64, Foretold>> {
    let dispatcher = Dispatcher::new(org.clone(), outbox);
    let mut foretold: BTreeMap<i64, Foretold> = BTreeMap::new();
    while let Some(found) = dispatcher.look(None, i64::MAX)? {
        for (number, messages) in &found.offers {
            let one = foretold.entry(*number).or_default();
            let room = limit.saturating_sub(one.first.len());
            one.count += messages.len() as u64;
            let first = messages.iter().take(room);
            one.first.extend(first.map(|message| message.body.clone()));
        }
        for (number, kept) in &found.rejected {
            foretold.entry(*number).or_default().rejected += kept.count as u64;
        }
        let is_moved = org.write(|tx| Dispatcher::pass(tx, std::iter::once(&found)))?;
        if !is_moved {
            return Err(Error::Conflict("the events of a copy".to_owned()));
        }
    }
    Ok(foretold)
}
