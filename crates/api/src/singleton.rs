//! Settings of which each org has exactly one, such as its configuration: read, replaced or patched,
//! never created or deleted. What nobody has set yet is the type's default.

use muster_auth::{Guard, LevelSet};
use muster_model::Timestamp;
use muster_query::PatchRules;
use muster_store::{NewDocument, Tx};
use schemars::{JsonSchema, SchemaGenerator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::Value;

use crate::answer::Answer;
use crate::call::{Call, Trace};
use crate::collection::{Offer, Shared};
use crate::extract::json;
use crate::extract::patch::{self, PatchBody};
use crate::handler::{SchemaOf, Shape, Takes};
use crate::operation::{Handler, Method, Operation};
use crate::problem::Problem;
use crate::resource::Object;
use crate::spelling::{NATIVE, Spelling};

/// Settings of an org.
pub trait Single: Serialize + DeserializeOwned + JsonSchema + Default + 'static {
    /// The kind under which they are stored.
    const KIND: &'static str;
    /// The id of the one document of that kind.
    const ID: &'static str = "settings";

    /// Completes and checks settings that are about to be saved.
    fn before_save(&mut self, was: &Self, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
        let _ = (was, tx, call);
        Ok(())
    }

    /// Adds to the wire what is computed, and removes what is secret.
    fn present(wire: &mut Object, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
        let _ = (wire, tx, call);
        Ok(())
    }

    /// What an org has set, or the default.
    fn of(tx: &mut Tx<'_>) -> Result<Self, Problem> {
        match tx.documents(Self::KIND).get(Self::ID)? {
            None => Ok(Self::default()),
            Some(stored) => {
                Self::deserialize(&stored.body).map_err(|error| Problem::hidden(&error))
            }
        }
    }

    /// Stores them.
    fn keep(&self, tx: &mut Tx<'_>, now: Timestamp) -> Result<(), Problem> {
        let document = NewDocument {
            id: Self::ID.to_owned(),
            name: String::new(),
            body: serde_json::to_value(self).map_err(|error| Problem::hidden(&error))?,
        };
        let mut documents = tx.documents(Self::KIND);
        match documents.get(Self::ID)? {
            Some(known) => documents.update(&document, known.version, now)?,
            None => documents.insert(&document, now)?,
        }
        Ok(())
    }
}

#[derive(Clone, Copy)]
struct Erased {
    kind: &'static str,
    id: &'static str,
    schema: SchemaOf,
    load: fn(&mut Tx<'_>) -> Result<Value, Problem>,
    save: fn(Value, &mut Tx<'_>, &Call) -> Result<(), Problem>,
    present: fn(&mut Object, &mut Tx<'_>, &Call) -> Result<(), Problem>,
}

/// The declaration of an org's settings.
#[derive(Clone, Copy)]
pub struct Singleton {
    resource: Erased,
    path: &'static str,
    tag: &'static str,
    spellings: Spelling,
    reads: Guard,
    writes: Guard,
    patchable: PatchRules,
    offers: [Option<Offer>; 3],
}

impl Singleton {
    /// Settings at their path.
    pub const fn of<T: Single>(path: &'static str) -> Self {
        Self {
            resource: Erased {
                kind: T::KIND,
                id: T::ID,
                schema: SchemaGenerator::subschema_for::<T>,
                load: load::<T>,
                save: save::<T>,
                present: T::present,
            },
            path,
            tag: "Muster",
            spellings: NATIVE,
            reads: Guard::changing(LevelSet::NONE, &[]),
            writes: Guard::changing(LevelSet::NONE, &[]),
            patchable: PatchRules::new(&[]),
            offers: [None; 3],
        }
    }

    /// The family they are shown with.
    pub const fn title(mut self, tag: &'static str) -> Self {
        self.tag = tag;
        self
    }

    /// Under which prefixes they are known.
    pub const fn spoken(mut self, spellings: Spelling) -> Self {
        self.spellings = spellings;
        self
    }

    /// Who may read and who may change them.
    pub const fn guard(mut self, reads: Guard, writes: Guard) -> Self {
        self.reads = reads;
        self.writes = writes;
        self
    }

    /// How they are read.
    pub const fn get(mut self, offer: Offer) -> Self {
        self.offers[0] = Some(offer);
        self
    }

    /// How they are replaced.
    pub const fn replace(mut self, offer: Offer) -> Self {
        self.offers[1] = Some(offer);
        self
    }

    /// How they are patched, and what a patch may change.
    pub const fn patch(mut self, offer: Offer, patchable: PatchRules) -> Self {
        self.offers[2] = Some(offer);
        self.patchable = patchable;
        self
    }

    /// The operations that are offered.
    pub fn operations(&'static self) -> impl Iterator<Item = Operation> {
        [Shared::Get, Shared::Replace, Shared::Patch]
            .into_iter()
            .zip(self.offers)
            .filter_map(|(shared, offer)| Some(self.operation(shared, offer?)))
    }

    fn operation(&'static self, shared: Shared, offer: Offer) -> Operation {
        let whole = Shape::of(self.resource.schema);
        let (method, guard, request) = match shared {
            Shared::Replace => (Method::Put, self.writes, Some(whole)),
            Shared::Patch => (Method::Patch, self.writes, Some(patch::SHAPE)),
            _ => (Method::Get, self.reads, None),
        };
        let mut operation = offer.declare(
            Operation::new(method, self.path, "")
                .spoken(self.spellings)
                .guard(guard)
                .title(self.tag, ""),
        );
        operation.request = request;
        operation.response = Some(whole);
        operation.handler = Handler::Single(self, shared);
        operation
    }

    pub(crate) fn handle(&self, shared: Shared, call: &Call) -> Result<Answer, Problem> {
        let success = call.operation().success();
        let wire = match shared {
            Shared::Replace => {
                let next: Value = json::read(call.body())?;
                call.org().write(|tx| self.save(next, tx, call))?
            }
            Shared::Patch => {
                let patch = PatchBody::take(call)?;
                call.org().write(|tx| {
                    let seen = self.shown(tx, call)?;
                    self.save(patch.apply(&seen, self.patchable)?, tx, call)
                })?
            }
            _ => call.org().read(|tx| self.shown(tx, call))?,
        };
        Ok(Answer::json(success, &wire))
    }

    fn shown(&self, tx: &mut Tx<'_>, call: &Call) -> Result<Value, Problem> {
        let mut wire = match (self.resource.load)(tx)? {
            Value::Object(wire) => wire,
            _ => Object::new(),
        };
        (self.resource.present)(&mut wire, tx, call)?;
        Ok(Value::Object(wire))
    }

    fn save(&self, next: Value, tx: &mut Tx<'_>, call: &Call) -> Result<Value, Problem> {
        let before = self.shown(tx, call)?;
        (self.resource.save)(next, tx, call)?;
        let after = self.shown(tx, call)?;
        let trace = Trace {
            action: "update",
            kind: self.resource.kind,
            id: self.resource.id,
            before: Some(&before),
            after: Some(&after),
        };
        call.audit(tx, trace)?;
        Ok(after)
    }
}

fn load<T: Single>(tx: &mut Tx<'_>) -> Result<Value, Problem> {
    serde_json::to_value(T::of(tx)?).map_err(|error| Problem::hidden(&error))
}

fn save<T: Single>(next: Value, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
    let mut next: T = json::read_value(next)?;
    let was = T::of(tx)?;
    next.before_save(&was, tx, call)?;
    next.keep(tx, call.now())
}
