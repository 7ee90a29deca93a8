//! Making orgs: what is in each from its first moment.

use std::sync::Arc;

use muster_api::bootstrap::{Credentials, Newcomer, let_in, token_for};
use muster_api::keyring::{Keyring, OrgKeys};
use muster_auth::{LevelSet, Random};
use muster_model::id::{derive, time_ordered};
use muster_model::{OrgSettings, Timestamp};
use muster_store::{Org, Store, Tx};

use crate::error::Error;

/// The name under which the first administrator of an org signs in.
pub const ADMINISTRATOR: &str = "admin";

/// Makes an org with its keys, its standard attributes and its first administrator, whose personal
/// access token is given back: the secret is not kept and cannot be shown again.
pub fn create(
    store: &Store,
    keyring: &Keyring,
    name: &str,
    settings: &OrgSettings,
    now: Timestamp,
) -> Result<(Org, Credentials), Error> {
    let org = store.create_org(name, now)?;
    let keys = keys(keyring, &org)?;
    let random = Arc::clone(keyring.random());
    let administrator = administrator(name, now);
    let credentials = org
        .write(|tx| {
            tx.typed::<OrgSettings>().put(settings, now)?;
            for ensure in [
                muster_refresh::periodic::ensure,
                muster_refresh::deletion::ensure,
            ] {
                ensure(tx, settings, now).map_err(|error| muster_api::Problem::hidden(&error))?;
            }
            tx.settings().set("administrator", &administrator)?;
            muster_api::resources::identity_attributes::seed(tx, now)?;
            muster_trigger::retention::set_schedule(tx, now)
                .map_err(|error| muster_api::Problem::hidden(&error))?;
            let newcomer = Newcomer {
                id: administrator.clone(),
                uid: ADMINISTRATOR.to_owned(),
                levels: LevelSet::ORG_ADMIN,
            };
            let_in(tx, &newcomer, now)?;
            token_for(tx, &keys, &administrator, "first token", (now, &*random))
        })
        .map_err(|problem| setup(name, &problem))?;
    Ok((org, credentials))
}

/// Gives the administrator of an org one more token.
pub fn token(
    keyring: &Keyring,
    org: &Org,
    label: &str,
    now: Timestamp,
) -> Result<Credentials, Error> {
    let keys = keys(keyring, org)?;
    let random: Arc<dyn Random> = Arc::clone(keyring.random());
    org.write(|tx: &mut Tx<'_>| {
        let id = tx.settings().get("administrator")?.unwrap_or_default();
        token_for(tx, &keys, &id, label, (now, &*random))
    })
    .map_err(|problem| setup(org.name(), &problem))
}

fn administrator(org: &str, now: Timestamp) -> String {
    let bits = derive(&[b"administrator", org.as_bytes()]);
    format!("{:032x}", time_ordered(now, bits))
}

fn keys(keyring: &Keyring, org: &Org) -> Result<Arc<OrgKeys>, Error> {
    keyring.of(org).map_err(|source| Error::Keys {
        org: org.name().to_owned(),
        source,
    })
}

fn setup(org: &str, problem: &muster_api::Problem) -> Error {
    Error::Setup {
        org: org.to_owned(),
        reason: problem.text().to_owned(),
    }
}
