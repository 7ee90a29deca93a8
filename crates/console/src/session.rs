//! Who is signed in: a cookie that only this installation can open.
//!
//! The cookie holds the credentials that were given, sealed under the org's data key, and when the
//! session ends; it is good on every node and after a restart. What a session may do is what its
//! access token may, so a client that is disabled or deleted is out at once. Signing out ends the
//! session on this node; elsewhere a stolen cookie would live to its end, a working day at most.

use muster_api::OrgKeys;
use muster_auth::Random;
use muster_auth::seal::Context;
use muster_auth::secret_text::{hex, new_hex_id};
use serde::{Deserialize, Serialize};

use crate::limits::SESSION_SECONDS;

/// The cookie's name.
const COOKIE: &str = "muster_session";

/// One session.
#[derive(Clone, Serialize, Deserialize)]
pub(crate) struct Session {
    /// Names it in memory.
    pub(crate) id: String,
    /// What forms must bring back.
    pub(crate) csrf: String,
    /// When it ends, in seconds since 1970.
    pub(crate) ends: i64,
    /// The client or personal access token that signed in.
    pub(crate) client_id: String,
    /// Its secret.
    pub(crate) client_secret: String,
}

impl Session {
    /// A session that begins now.
    pub(crate) fn begin(
        client_id: String,
        client_secret: String,
        now: i64,
        random: &dyn Random,
    ) -> Self {
        let mut csrf = [0; 16];
        random.fill(&mut csrf);
        Self {
            id: new_hex_id(random),
            csrf: hex(&csrf),
            ends: now + SESSION_SECONDS,
            client_id,
            client_secret,
        }
    }

    /// The value of `Set-Cookie` that starts it in a browser.
    pub(crate) fn cookie(
        &self,
        org: &str,
        keys: &OrgKeys,
        random: &dyn Random,
        url: &str,
    ) -> String {
        let plain = serde_json::to_vec(self).unwrap_or_default();
        let sealed = keys.data.seal(&plain, &place(org), random);
        set_cookie(&sealed, SESSION_SECONDS, url)
    }

    /// The session that a `Cookie` header carries, if it is one of this org that has not ended.
    pub(crate) fn read(cookies: &str, org: &str, keys: &OrgKeys, now: i64) -> Option<Self> {
        let mut pairs = cookies
            .split(';')
            .filter_map(|pair| pair.trim().split_once('='));
        let (_, sealed) = pairs.find(|(name, _)| *name == COOKIE)?;
        let plain = keys.data.open_text(sealed, &place(org)).ok()?;
        let session: Self = serde_json::from_str(plain.expose()).ok()?;
        (session.ends > now).then_some(session)
    }
}

/// The value of `Set-Cookie` that forgets the session.
pub(crate) fn forget(url: &str) -> String {
    set_cookie("", 0, url)
}

/// `url` is the server's public address: a cookie of an https address never goes over http.
fn set_cookie(value: &str, seconds: i64, url: &str) -> String {
    let secure = if url.starts_with("https:") {
        "; Secure"
    } else {
        ""
    };
    format!("{COOKIE}={value}; Path=/console; Max-Age={seconds}; HttpOnly; SameSite=Strict{secure}")
}

fn place(org: &str) -> Context<'_> {
    Context {
        org,
        object: "console-session",
        field: "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cookie_is_strict_and_secure_where_the_server_is() {
        let cookie = set_cookie("x", 5, "https://muster.example");
        for word in [
            "HttpOnly",
            "SameSite=Strict",
            "Secure",
            "Max-Age=5",
            "Path=/console",
        ] {
            assert!(cookie.contains(word), "{cookie}");
        }
        assert!(!set_cookie("x", 5, "http://127.0.0.1:8080").contains("Secure"));
    }
}
