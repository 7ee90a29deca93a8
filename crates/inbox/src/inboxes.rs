//! The inboxes of a server, by token. One is made when it is first used.

use std::collections::HashMap;
use std::sync::Arc;

use parking_lot::Mutex;

use crate::inbox::Inbox;
use crate::limits::INBOXES_MAX;

/// All inboxes of a server. Clones share them.
#[derive(Clone, Default)]
pub struct Inboxes(Arc<Mutex<Held>>);

#[derive(Default)]
struct Held {
    by_token: HashMap<String, Arc<Inbox>>,
    is_closed: bool,
}

impl Inboxes {
    /// The inbox of a token; `None` where there are too many, or the server stops.
    pub fn of(&self, token: &str) -> Option<Arc<Inbox>> {
        let mut held = self.0.lock();
        if let Some(inbox) = held.by_token.get(token) {
            return Some(Arc::clone(inbox));
        }
        if held.is_closed || held.by_token.len() >= INBOXES_MAX {
            return None;
        }
        let inbox = Arc::new(Inbox::default());
        held.by_token.insert(token.to_owned(), Arc::clone(&inbox));
        Some(inbox)
    }

    /// Forgets an inbox; whoever watches it hears that it ended.
    pub fn remove(&self, token: &str) {
        self.0.lock().by_token.remove(token);
    }

    /// Ends all of them, so that nobody keeps a server from stopping by watching.
    pub fn close(&self) {
        let mut held = self.0.lock();
        held.is_closed = true;
        held.by_token.clear();
    }
}
