//! Accounts that go: deleted, told of, and their people asked to be refreshed, in the caller's
//! transaction. Events come last there.

use muster_event::Draft;
use muster_event::account_told::Told;
use muster_model::id::{AccountId, IdentityId};
use muster_model::{Reference, Schema, Source};
use muster_store::{Account, Result, Tx};

use crate::news::{News, Occasion};

/// What is left to do once accounts are deleted.
pub(crate) struct Departed {
    /// Whose they were.
    pub(crate) identities: Vec<IdentityId>,
    /// What is to be told.
    pub(crate) events: Vec<Draft>,
}

/// Deletes accounts of a source.
pub(crate) fn depart(
    tx: &mut Tx<'_>,
    source: &Source,
    accounts: &[Account],
    occasion: Occasion<'_>,
) -> Result<Departed> {
    let ids: Vec<AccountId> = accounts.iter().map(|account| account.id).collect();
    tx.accounts().delete(&ids)?;
    let owned: Vec<(&Account, IdentityId)> = accounts
        .iter()
        .filter_map(|account| Some((account, account.identity_id?)))
        .collect();
    let identities: Vec<IdentityId> = owned.iter().map(|(_, identity)| *identity).collect();
    let names = tx.identities().names(&identities)?;
    let reference = source.reference();
    let no_schema = Schema::default();
    let told = Told {
        source: &reference,
        schema: source.account_schema().unwrap_or(&no_schema),
        cause: occasion.cause,
        now: occasion.now,
    };
    let mut events: Vec<Draft> = owned
        .iter()
        .zip(names)
        .filter_map(|((account, id), name)| {
            let identity = Reference::identity(id.to_string(), name?.0);
            Some(told.uncorrelated(&identity, account))
        })
        .collect();
    let moves: Vec<_> = accounts
        .iter()
        .map(|account| (Some(account), None))
        .collect();
    events.extend(News::of(tx, source, occasion.author)?.tell(tx, occasion, &moves)?);
    Ok(Departed { identities, events })
}
