//! Accounts that a caller writes or forgets are told of as an aggregation tells of them, but for native
//! changes: those are made outside of the product. Events come last in the caller's transaction.

use muster_event::Draft;
use muster_event::account_told::Told;
use muster_model::id::IdentityId;
use muster_model::{Reference, Schema, Source, Timestamp};
use muster_store::{Account, Result, Tx};

use crate::departure::{Departed, depart};
use crate::news::{Author, News, Occasion};

/// A call that writes accounts of a source.
#[derive(Clone, Copy, Debug)]
pub struct ByCall<'a> {
    /// The source.
    pub source: &'a Source,
    /// The run that the call starts.
    pub cause: &'a str,
    /// When.
    pub now: Timestamp,
}

impl ByCall<'_> {
    /// What is to be told of an account that was written: nothing was there before where `was` is
    /// nothing.
    pub fn written(
        &self,
        tx: &mut Tx<'_>,
        was: Option<&Account>,
        is: &Account,
    ) -> Result<Vec<Draft>> {
        let none = Schema::default();
        let reference = self.source.reference();
        let told = Told {
            source: &reference,
            schema: self.source.account_schema().unwrap_or(&none),
            cause: self.cause,
            now: self.now,
        };
        let owner = was.and_then(|was| was.identity_id);
        let person = named(is.identity_id, tx)?;
        let mut drafts = Vec::new();
        if owner != is.identity_id {
            if let (Some(was), Some(owner)) = (was, named(owner, tx)?) {
                drafts.push(told.uncorrelated(&owner, was));
            }
            drafts.extend(person.as_ref().map(|person| told.correlated(person, is)));
        }
        if let (Some(was), Some(person)) = (was, &person) {
            drafts.extend(told.changed(person, was, is));
        }
        let news = News::of(tx, self.source, Author::Caller)?;
        drafts.extend(news.tell(tx, self.occasion(), &[(was, Some(is))])?);
        Ok(drafts)
    }

    /// Deletes an account; gives whose it was, and what is to be told.
    pub fn forget(
        &self,
        tx: &mut Tx<'_>,
        account: &Account,
    ) -> Result<(Vec<IdentityId>, Vec<Draft>)> {
        let accounts = std::slice::from_ref(account);
        let Departed { identities, events } = depart(tx, self.source, accounts, self.occasion())?;
        Ok((identities, events))
    }

    fn occasion(&self) -> Occasion<'_> {
        Occasion {
            cause: self.cause,
            now: self.now,
            author: Author::Caller,
        }
    }
}

/// An identity as events name it. One that nobody was told of has no name yet.
fn named(id: Option<IdentityId>, tx: &mut Tx<'_>) -> Result<Option<Reference>> {
    let Some(id) = id else { return Ok(None) };
    let name = tx.identities().names(&[id])?.pop().flatten();
    Ok(name.map(|(name, _)| Reference::identity(id.to_string(), name)))
}
