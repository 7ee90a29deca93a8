//! What is told of accounts besides correlation and attributes: that they were created, updated or
//! deleted (where somebody hears of it), and native changes (where the source watches for them).

use std::collections::HashMap;

use muster_event::account_difference::{Difference, Known};
use muster_event::account_happened::{self as told, Happening, Person};
use muster_event::{Draft, interest, native_change};
use muster_model::id::{EntitlementId, IdentityId};
use muster_model::{
    AttributeMap, AttributeValue, NativeChangeDetection, Schema, Source, Timestamp,
};
use muster_store::{Account, Identity, Result, Tx};

const HAPPENINGS: [Happening; 3] = [Happening::Created, Happening::Updated, Happening::Deleted];

/// What is to be told of the accounts of a source.
pub(crate) struct News<'a> {
    source: &'a Source,
    heard: Vec<Happening>,
    watching: NativeChangeDetection,
}

/// An account before and after; none where it was not there, or is not any more.
pub(crate) type Move<'a> = (Option<&'a Account>, Option<&'a Account>);

/// What all news of a run share.
#[derive(Clone, Copy)]
pub(crate) struct Occasion<'a> {
    /// The run.
    pub(crate) cause: &'a str,
    /// When the change is stored.
    pub(crate) now: Timestamp,
    /// Who made the change.
    pub(crate) author: Author,
}

/// Who changed accounts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Author {
    /// Whoever maintains the source: an aggregation found the change there.
    Source,
    /// A caller of ours, so it is no native change.
    Caller,
}

/// What happened to an account, as far as there is something to tell.
struct Happened<'m> {
    happening: Happening,
    account: &'m Account,
    /// Where somebody hears of it: what is different.
    heard: Option<Difference>,
    /// Where it is watched for: what is different of that which counts.
    watched: Option<Difference>,
}

impl<'a> News<'a> {
    /// What is to be told as of this transaction of what this author does.
    pub(crate) fn of(tx: &mut Tx<'_>, source: &'a Source, author: Author) -> Result<Self> {
        let mut heard = Vec::new();
        for happening in HAPPENINGS {
            if interest::anyone_hears(tx, happening.trigger())? {
                heard.push(happening);
            }
        }
        let watching = match author {
            Author::Source => tx.typed::<NativeChangeDetection>().get(&source.id)?,
            Author::Caller => None,
        };
        Ok(Self {
            source,
            heard,
            watching: watching.unwrap_or_default(),
        })
    }

    /// Whether there is nothing to tell, whatever happens.
    pub(crate) fn is_silent(&self) -> bool {
        self.heard.is_empty() && !self.watching.enabled
    }

    /// The events of these accounts.
    pub(crate) fn tell(
        &self,
        tx: &mut Tx<'_>,
        occasion: Occasion<'_>,
        moves: &[Move<'_>],
    ) -> Result<Vec<Draft>> {
        if self.is_silent() {
            return Ok(Vec::new());
        }
        let mut all: Vec<Happened<'_>> =
            moves.iter().filter_map(|one| self.happened(*one)).collect();
        name_entitlements(tx, &mut all)?;
        let people = People::load(tx, moves)?;
        let drafts = all
            .iter()
            .flat_map(|one| self.drafts(one, &people, occasion));
        Ok(drafts.collect())
    }

    fn happened<'m>(&self, (old, new): Move<'m>) -> Option<Happened<'m>> {
        let (happening, account) = match (old, new) {
            (None, Some(new)) => (Happening::Created, new),
            (Some(_), Some(new)) => (Happening::Updated, new),
            (Some(old), None) => (Happening::Deleted, old),
            (None, None) => return None,
        };
        let none = AttributeMap::default();
        let states = (
            old.map_or(&none, |old| &old.attributes),
            new.map_or(&none, |new| &new.attributes),
        );
        let no_schema = Schema::default();
        let schema = self.source.account_schema().unwrap_or(&no_schema);
        let heard = self.heard.contains(&happening).then(|| {
            let all = |_: &_| true;
            Difference::between(&self.source.id, schema, states, all)
        });
        let is_watched = self.watching.watches(native_change::operation(happening));
        let watched = is_watched.then(|| {
            let counts = |attribute: &_| self.watching.counts(attribute);
            Difference::between(&self.source.id, schema, states, counts)
        });
        Some(Happened {
            happening,
            account,
            heard: heard.filter(|one| happening != Happening::Updated || !one.is_empty()),
            watched: watched.filter(|one| !one.is_empty()),
        })
    }

    fn drafts(&self, one: &Happened<'_>, people: &People, occasion: Occasion<'_>) -> Vec<Draft> {
        let Happened {
            happening, account, ..
        } = *one;
        let owner = account.identity_id.and_then(|id| people.0.get(&id));
        let person = owner.map_or_else(|| stand_in(account), person);
        let reference = self.source.reference();
        let shown = told::Source {
            reference: &reference,
            owner: self.source.owner.as_ref(),
        };
        let id = account.id.to_string();
        let told = told::Account {
            id: &id,
            name: &account.name,
            native_identity: &account.native_identity,
            correlated: account.identity_id.is_some(),
            attributes: &account.attributes,
        };
        let subject = account
            .identity_id
            .map_or_else(|| id.clone(), |id| id.to_string());
        let draft = |trigger, value| Draft {
            trigger,
            subject: subject.clone(),
            // An account comes to one content once in a run.
            identity: vec![
                occasion.cause.as_bytes().to_vec(),
                id.clone().into_bytes(),
                account.digest.to_vec(),
            ],
            created: occasion.now,
            cause: occasion.cause.to_owned(),
            value,
        };
        let mut drafts = Vec::new();
        if let Some(difference) = &one.heard {
            let body = told::happened(happening, shown, &told, &person, difference);
            drafts.push(draft(happening.trigger(), body));
        }
        if let Some(difference) = &one.watched {
            let manager = owner.and_then(|owner| people.0.get(&owner.manager_id?));
            let manager = manager.map(self::person);
            let people = (&person, manager.as_ref());
            let body = native_change::changed(happening, shown, &told, people, difference);
            drafts.push(draft(native_change::trigger(happening), body));
        }
        drafts
    }
}

impl Happened<'_> {
    fn differences(&mut self) -> impl Iterator<Item = &mut Difference> {
        self.heard.iter_mut().chain(&mut self.watched)
    }
}

/// Calls entitlements by the names that are stored. One that nobody has met before is called by its
/// value, as it will be stored.
fn name_entitlements(tx: &mut Tx<'_>, all: &mut [Happened<'_>]) -> Result<()> {
    let mut ids: Vec<EntitlementId> = all
        .iter_mut()
        .flat_map(Happened::differences)
        .flat_map(|one| one.entitlements().collect::<Vec<_>>())
        .collect();
    ids.sort_unstable();
    ids.dedup();
    let found = tx.entitlements().get_each(&ids)?.into_iter().flatten();
    let known: HashMap<EntitlementId, Known> = found
        .map(|one| {
            let owner = one.other.get("owner").cloned();
            let owner = owner.and_then(|owner| serde_json::from_value(owner).ok());
            let known = Known {
                name: one.name,
                owner,
            };
            (one.id, known)
        })
        .collect();
    for difference in all.iter_mut().flat_map(Happened::differences) {
        difference.name_entitlements(|id| known.get(&id).cloned());
    }
    Ok(())
}

/// The owners of accounts, and their managers.
struct People(HashMap<IdentityId, Identity>);

impl People {
    fn load(tx: &mut Tx<'_>, moves: &[Move<'_>]) -> Result<Self> {
        let mut owners: Vec<IdentityId> = moves
            .iter()
            .filter_map(|(old, new)| new.or(*old)?.identity_id)
            .collect();
        owners.sort_unstable();
        owners.dedup();
        let mut people = HashMap::new();
        for _ in ["the owners", "their managers"] {
            let found = tx.identities().get_each(&owners)?;
            owners = found
                .iter()
                .flatten()
                .filter_map(|identity| identity.manager_id)
                .filter(|manager| !people.contains_key(manager))
                .collect();
            people.extend(found.into_iter().flatten().map(|one| (one.id, one)));
        }
        Ok(Self(people))
    }
}

fn person(identity: &Identity) -> Person {
    Person {
        id: identity.id.to_string(),
        name: identity.name.clone(),
        alias: identity.alias.clone(),
        email: identity
            .attributes
            .get("email")
            .map(AttributeValue::to_text),
    }
}

/// An account that is nobody's, or whose person is made after it, is shown with an identity that stands
/// in: it bears the account's name (event-triggers.md §2.3, Native Change).
fn stand_in(account: &Account) -> Person {
    let id = account
        .identity_id
        .map_or_else(|| account.id.to_string(), |id| id.to_string());
    Person {
        id,
        name: account.name.clone(),
        alias: account.name.clone(),
        email: None,
    }
}
