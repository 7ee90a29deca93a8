//! Signing secrets: made, rotated with an overlap, and withdrawn, each in the caller's transaction
//! (decisions.md 15).

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use muster_model::Secret;
use muster_store::Tx;

use super::save::locked;
use super::{Desk, SigningSecret, Subscription};
use crate::error::{Error, Result};
use crate::limits::SIGNING_SECRETS_MAX;
use crate::passed_in::{Place, Sealer, random_uuid};

const FIELD: &str = "settings.signingSecrets";

/// Bytes of a signing secret; Standard Webhooks asks for 24 to 64.
const BYTES: usize = 32;

/// A secret that was made a moment ago: shown once.
#[derive(Clone, Debug)]
pub struct NewSecret {
    /// As it is kept.
    pub kept: SigningSecret,
    /// In plain text.
    pub plain: Secret<String>,
}

pub(super) fn make(desk: &Desk<'_>, id: &str) -> Result<(SigningSecret, Secret<String>)> {
    let mut bytes = [0; BYTES];
    (desk.fill)(&mut bytes);
    let plain = Secret::new(format!("whsec_{}", STANDARD.encode(bytes)));
    let place = Place {
        object: id,
        field: FIELD,
    };
    let kept = SigningSecret {
        id: random_uuid(desk.fill),
        created: desk.now,
        sealed: desk.sealer.seal(&plain, place)?,
    };
    Ok((kept, plain))
}

/// Gives the subscription a new signing secret; the one before stays valid beside it until it is
/// withdrawn or the next rotation.
pub fn rotate(tx: &mut Tx<'_>, desk: &Desk<'_>, id: &str) -> Result<NewSecret> {
    let mut next = locked(tx, id)?;
    let (kept, plain) = make(desk, id)?;
    let secrets = &mut next.settings.signing_secrets;
    secrets.insert(0, kept.clone());
    secrets.truncate(SIGNING_SECRETS_MAX);
    tx.typed().put(&next, desk.now)?;
    Ok(NewSecret { kept, plain })
}

/// Withdraws a signing secret. The last one stays: a subscription never goes unsigned.
pub fn withdraw(tx: &mut Tx<'_>, desk: &Desk<'_>, id: &str, secret: &str) -> Result<()> {
    let mut next = locked(tx, id)?;
    let secrets = &mut next.settings.signing_secrets;
    let at = secrets.iter().position(|known| known.id == secret);
    let at = at.ok_or(Error::NotFound)?;
    if secrets.len() == 1 {
        return Err(Error::illegal(
            "secretId",
            "is the only signing secret",
            "make another one first",
        ));
    }
    secrets.remove(at);
    Ok(tx.typed().put(&next, desk.now)?)
}

/// The signing secrets in plain text, newest first, for whoever signs.
pub fn reveal(subscription: &Subscription, sealer: &dyn Sealer) -> Result<Vec<Secret<String>>> {
    let place = Place {
        object: &subscription.id,
        field: FIELD,
    };
    let secrets = subscription.settings.signing_secrets.iter();
    secrets
        .map(|secret| Ok(sealer.open(&secret.sealed, place)?))
        .collect()
}
