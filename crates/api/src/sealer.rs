//! The secrets of an org's subscriptions at rest, sealed under the org's data key. The API seals
//! what clients send, the server opens it for delivery; both through this one type.

use std::sync::Arc;

use muster_auth::Random;
use muster_auth::seal::Context;
use muster_model::Secret;
use muster_store::Org;
use muster_trigger::{Fill, Place, SealError, Sealer};

use crate::call::Call;
use crate::keyring::{Error, Keyring, OrgKeys};
use crate::problem::Problem;

/// Seals and opens for one org.
pub struct OrgSealer {
    org: String,
    keys: Arc<OrgKeys>,
    random: Arc<dyn Random>,
}

impl OrgSealer {
    /// A sealer with the keys of `org`. They are read here, once: sealing happens inside of
    /// transactions, where reading them would wait for itself. Blocks the calling thread.
    pub fn new(org: &Org, keyring: &Keyring) -> Result<Self, Error> {
        Ok(Self {
            org: org.name().to_owned(),
            keys: keyring.of(org)?,
            random: Arc::clone(keyring.random()),
        })
    }

    pub(crate) fn of(call: &Call) -> Result<Self, Problem> {
        Ok(Self::new(call.org(), &call.app().keyring)?)
    }

    fn context<'a>(&'a self, place: Place<'a>) -> Context<'a> {
        Context {
            org: &self.org,
            object: place.object,
            field: place.field,
        }
    }
}

impl Sealer for OrgSealer {
    fn seal(&self, plain: &Secret<String>, place: Place<'_>) -> Result<String, SealError> {
        let context = self.context(place);
        let plain = plain.expose().as_bytes();
        Ok(self.keys.data.seal(plain, &context, &*self.random))
    }

    fn open(&self, sealed: &str, place: Place<'_>) -> Result<Secret<String>, SealError> {
        self.keys
            .data
            .open_text(sealed, &self.context(place))
            .map_err(|error| SealError(error.to_string()))
    }
}

/// Randomness in the form that the station takes it.
pub fn fill(random: &Arc<dyn Random>) -> Fill {
    let random = Arc::clone(random);
    Arc::new(move |bytes| random.fill(bytes))
}
