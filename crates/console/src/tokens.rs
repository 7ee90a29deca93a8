//! The access tokens of sessions, kept ready between pages, and the sessions that were ended.

use std::collections::HashMap;

use parking_lot::Mutex;

use crate::limits::{ENDED_MAX, TOKEN_MARGIN_SECONDS, TOKENS_MAX};
use crate::session::Session;

#[derive(Default)]
pub(crate) struct Tokens {
    /// Session → access token and when it ends.
    ready: Mutex<HashMap<String, (String, i64)>>,
    /// Session → when it would have ended.
    ended: Mutex<HashMap<String, i64>>,
}

impl Tokens {
    /// The token of a session, if it is good for a while.
    pub(crate) fn of(&self, session: &Session, now: i64) -> Option<String> {
        let ready = self.ready.lock();
        let (token, ends) = ready.get(&session.id)?;
        (*ends > now + TOKEN_MARGIN_SECONDS).then(|| token.clone())
    }

    /// Keeps a token that was issued for so many seconds.
    pub(crate) fn keep(&self, session: &Session, token: String, seconds: i64, now: i64) {
        let mut ready = self.ready.lock();
        if ready.len() >= TOKENS_MAX {
            ready.retain(|_, (_, ends)| *ends > now);
        }
        if ready.len() < TOKENS_MAX {
            ready.insert(session.id.clone(), (token, now + seconds));
        }
    }

    /// Forgets a token that was refused.
    pub(crate) fn drop_of(&self, session: &Session) {
        self.ready.lock().remove(&session.id);
    }

    /// Ends a session.
    pub(crate) fn end(&self, session: &Session, now: i64) {
        self.drop_of(session);
        let mut ended = self.ended.lock();
        if ended.len() >= ENDED_MAX {
            ended.retain(|_, ends| *ends > now);
        }
        if ended.len() < ENDED_MAX {
            ended.insert(session.id.clone(), session.ends);
        }
    }

    /// Whether a session was ended here.
    pub(crate) fn has_ended(&self, session: &Session) -> bool {
        self.ended.lock().contains_key(&session.id)
    }
}
