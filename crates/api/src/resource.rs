//! What a configuration resource may say about itself beyond its fields: what is checked before it
//! is saved or deleted, and how the stored form turns into the one on the wire.

use muster_model::Document;
use muster_store::{RawDocument, Tx};
use schemars::{JsonSchema, SchemaGenerator};
use serde_json::{Map, Value};

use crate::call::Call;
use crate::extract::json;
use crate::handler::SchemaOf;
use crate::problem::Problem;

/// A JSON object.
pub type Object = Map<String, Value>;

/// A configuration resource served by a [`Collection`](crate::Collection). Its fields are those
/// that are stored; whatever is not a field is dropped on the way in.
pub trait Resource: Document + JsonSchema {
    /// Completes and checks a resource that is about to be created (`was` is `None`) or changed.
    /// Rows that must appear together with the change are written here.
    fn before_save(
        &mut self,
        was: Option<&Self>,
        tx: &mut Tx<'_>,
        call: &Call,
    ) -> Result<(), Problem> {
        let _ = (was, tx, call);
        Ok(())
    }

    /// Tells others of what was saved: called last in the transaction, because other writers of
    /// events wait from the first event on.
    fn after_save(&self, was: Option<&Self>, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
        let _ = (was, tx, call);
        Ok(())
    }

    /// Refuses a caller to whom this one object is closed; asked before it is shown, changed or
    /// deleted. Lists are narrowed by their own operations.
    fn admit(stored: &RawDocument, call: &Call) -> Result<(), Problem> {
        let _ = (stored, call);
        Ok(())
    }

    /// Refuses or prepares a deletion.
    fn before_delete(&self, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
        let _ = (tx, call);
        Ok(())
    }

    /// Turns the stored object into what the wire shows: adds what is computed, removes what is
    /// secret. Null values are left out afterwards unless the collection keeps them.
    fn present(
        wire: &mut Object,
        stored: &RawDocument,
        tx: &mut Tx<'_>,
        call: &Call,
    ) -> Result<(), Problem> {
        let _ = (wire, stored, tx, call);
        Ok(())
    }
}

/// A checked resource, ready to be stored.
pub(crate) struct Checked {
    pub(crate) name: String,
    pub(crate) body: Value,
}

/// A resource's behaviour without its type, so that the operations are compiled once.
#[derive(Clone, Copy)]
pub(crate) struct Erased {
    pub(crate) kind: &'static str,
    pub(crate) schema: SchemaOf,
    pub(crate) save: fn(Value, Option<&Value>, &mut Tx<'_>, &Call) -> Result<Checked, Problem>,
    pub(crate) saved: fn(&Value, Option<&Value>, &mut Tx<'_>, &Call) -> Result<(), Problem>,
    pub(crate) delete: fn(&Value, &mut Tx<'_>, &Call) -> Result<(), Problem>,
    pub(crate) present: fn(&mut Object, &RawDocument, &mut Tx<'_>, &Call) -> Result<(), Problem>,
    pub(crate) admit: fn(&RawDocument, &Call) -> Result<(), Problem>,
}

impl Erased {
    pub(crate) const fn of<T: Resource>() -> Self {
        Self {
            kind: T::KIND,
            schema: SchemaGenerator::subschema_for::<T>,
            save: save::<T>,
            saved: saved::<T>,
            delete: delete::<T>,
            present: T::present,
            admit: T::admit,
        }
    }
}

fn save<T: Resource>(
    next: Value,
    was: Option<&Value>,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<Checked, Problem> {
    let mut next: T = json::read_value(next)?;
    let was: Option<T> = was.map(stored).transpose()?;
    next.before_save(was.as_ref(), tx, call)?;
    Ok(Checked {
        name: next.name().to_owned(),
        body: serde_json::to_value(&next).map_err(|error| Problem::hidden(&error))?,
    })
}

fn saved<T: Resource>(
    now: &Value,
    was: Option<&Value>,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<(), Problem> {
    let was: Option<T> = was.map(stored).transpose()?;
    stored::<T>(now)?.after_save(was.as_ref(), tx, call)
}

fn delete<T: Resource>(was: &Value, tx: &mut Tx<'_>, call: &Call) -> Result<(), Problem> {
    stored::<T>(was)?.before_delete(tx, call)
}

fn stored<T: Resource>(body: &Value) -> Result<T, Problem> {
    T::deserialize(body).map_err(|error| Problem::hidden(&error))
}
