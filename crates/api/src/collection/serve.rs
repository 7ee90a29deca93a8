//! The six shared operations, compiled once: they know JSON objects and function pointers, not types.

use std::sync::Arc;

use muster_model::Timestamp;
use muster_query::PatchRules;
use muster_store::{NewDocument, RawDocument, Tx};
use serde_json::{Map, Value};

use super::{Collection, IdForm, Parent, Shared};
use crate::answer::Answer;
use crate::call::{Call, Trace};
use crate::extract::json;
use crate::extract::patch::PatchBody;
use crate::handler::Takes;
use crate::problem::{Problem, quote};
use crate::resource::Object;

type Done<T> = Result<T, Problem>;

impl Collection {
    pub(crate) fn handle(&self, shared: Shared, call: &Call) -> Done<Answer> {
        let success = call.operation().success();
        match shared {
            Shared::List => {
                let view = call.view()?;
                let mut all = call.org().read(|tx| self.read_all(tx, call))?;
                all.retain(|row| self.is_selected(row, call));
                let rows = view.take(all);
                Ok(Answer::json(success, &rows.items).with_total(rows.total))
            }
            Shared::Get => {
                let wire = call.org().read(|tx| {
                    let stored = self.find(tx, call)?;
                    self.present(&stored, tx, call)
                })?;
                Ok(Answer::json(success, &wire))
            }
            Shared::Create => {
                let body = object(json::read(call.body())?)?;
                let wire = call.org().write(|tx| self.create(body, tx, call))?;
                Ok(Answer::json(success, &wire))
            }
            Shared::Replace => {
                let body = object(json::read(call.body())?)?;
                let wire = call.org().write(|tx| self.put(body, tx, call))?;
                Ok(Answer::json(success, &wire))
            }
            Shared::Patch => {
                let patch = PatchBody::take(call)?;
                let rules = self.patchable;
                let wire = call.org().write(|tx| self.patch(patch, rules, tx, call))?;
                Ok(Answer::json(success, &wire))
            }
            Shared::Delete => {
                call.org().write(|tx| self.delete(call.id(), tx, call))?;
                Ok(Answer::empty(success))
            }
        }
    }

    /// All objects as the wire shows them, oldest first.
    pub(crate) fn read_all(&self, tx: &mut Tx<'_>, call: &Call) -> Done<Vec<Value>> {
        let parent = self.parent_id(tx, call)?;
        let stored = tx.documents(self.resource.kind).list()?;
        stored
            .iter()
            .filter(|document| self.is_under(document, parent.as_deref()))
            .map(|document| self.present(document, tx, call))
            .collect()
    }

    fn is_selected(&self, row: &Value, call: &Call) -> bool {
        self.selectors.iter().all(|selector| {
            call.query(selector.name)
                .is_none_or(|wanted| row.get(selector.name).and_then(Value::as_str) == Some(wanted))
        })
    }

    /// Creates an object of what a caller sent.
    pub(crate) fn create(&self, mut body: Object, tx: &mut Tx<'_>, call: &Call) -> Done<Value> {
        let parent = self.parent_id(tx, call)?;
        for field in self.read_only.iter().chain(self.hidden) {
            body.remove(*field);
        }
        let id = match self.id_form {
            IdForm::Hex => call.new_id(),
            IdForm::Uuid => call.new_uuid(),
            IdForm::Name => named(&body),
        };
        body.insert("id".to_owned(), Value::from(id.clone()));
        if let (Some(Parent { field, .. }), Some(parent)) = (self.parent, parent) {
            body.insert(field.to_owned(), Value::from(parent));
        }
        let checked = (self.resource.save)(Value::Object(body), None, tx, call)?;
        let now = call.now();
        let stored = RawDocument {
            id,
            name: checked.name,
            version: 1,
            created: now,
            modified: now,
            body: checked.body,
        };
        self.refuse_twin(&stored, tx)?;
        tx.documents(self.resource.kind)
            .insert(&fresh(&stored), now)?;
        let wire = self.present(&stored, tx, call)?;
        self.audit("create", &stored.id, (None, Some(&wire)), tx, call)?;
        (self.resource.saved)(&stored.body, None, tx, call)?;
        Ok(wire)
    }

    /// Puts `body` in the place of the object that the path names.
    pub(crate) fn put(&self, body: Object, tx: &mut Tx<'_>, call: &Call) -> Done<Value> {
        let stored = self.find(tx, call)?;
        self.replace(&stored, body, tx, call)
    }

    /// Patches the object that the path names, as far as `rules` allow.
    pub(crate) fn patch(
        &self,
        patch: PatchBody,
        rules: PatchRules,
        tx: &mut Tx<'_>,
        call: &Call,
    ) -> Done<Value> {
        let stored = self.find(tx, call)?;
        // The patch sees what the caller may see: `test` and `copy` could otherwise read secrets.
        // Nulls stay, so that `replace` finds its place.
        let seen = Value::Object(self.shown(&stored, tx, call)?);
        let next = object(patch.apply(&seen, rules)?)?;
        self.replace(&stored, next, tx, call)
    }

    /// Puts `body` in the place of what is stored.
    pub(crate) fn replace(
        &self,
        stored: &RawDocument,
        mut body: Object,
        tx: &mut Tx<'_>,
        call: &Call,
    ) -> Done<Value> {
        let was = stored.body.as_object().cloned().unwrap_or_default();
        for field in self.read_only {
            if *field != "id" {
                body.remove(*field);
            }
        }
        for field in self.fixed.iter().chain(&["id"]) {
            keep_fixed(field, &mut body, &was)?;
        }
        for field in self
            .hidden
            .iter()
            .copied()
            .chain(self.parent.map(|parent| parent.field))
        {
            match was.get(field) {
                Some(value) => body.insert(field.to_owned(), value.clone()),
                None => body.remove(field),
            };
        }
        self.save(stored, body, tx, call)
    }

    /// Stores the next form of an object that was there before.
    fn save(&self, was: &RawDocument, next: Object, tx: &mut Tx<'_>, call: &Call) -> Done<Value> {
        let before = self.present(was, tx, call)?;
        let checked = (self.resource.save)(Value::Object(next), Some(&was.body), tx, call)?;
        let now = call.now();
        let stored = RawDocument {
            id: was.id.clone(),
            name: checked.name,
            version: was.version + 1,
            created: was.created,
            modified: now,
            body: checked.body,
        };
        self.refuse_twin(&stored, tx)?;
        tx.documents(self.resource.kind)
            .update(&fresh(&stored), was.version, now)?;
        let wire = self.present(&stored, tx, call)?;
        self.audit("update", &stored.id, (Some(&before), Some(&wire)), tx, call)?;
        (self.resource.saved)(&stored.body, Some(&was.body), tx, call)?;
        Ok(wire)
    }

    /// Removes the object with that key and gives it as the wire showed it.
    pub(crate) fn delete(&self, key: &str, tx: &mut Tx<'_>, call: &Call) -> Done<Value> {
        let stored = self.find_by(key, tx, call)?;
        let before = self.present(&stored, tx, call)?;
        (self.resource.delete)(&stored.body, tx, call)?;
        tx.documents(self.resource.kind).delete(&stored.id)?;
        self.audit("delete", &stored.id, (Some(&before), None), tx, call)?;
        Ok(before)
    }

    /// The stored object that the path names; a 404 where there is none.
    pub(crate) fn find(&self, tx: &mut Tx<'_>, call: &Call) -> Done<Arc<RawDocument>> {
        self.find_by(call.id(), tx, call)
    }

    /// The stored object with that key; a 404 where there is none.
    pub(crate) fn find_by(
        &self,
        wanted: &str,
        tx: &mut Tx<'_>,
        call: &Call,
    ) -> Done<Arc<RawDocument>> {
        let parent = self.parent_id(tx, call)?;
        let mut documents = tx.documents(self.resource.kind);
        let found = if self.key == "id" {
            documents.get(wanted)?
        } else {
            documents
                .list()?
                .iter()
                .find(|document| {
                    self.is_keyed(document, wanted) && self.is_under(document, parent.as_deref())
                })
                .cloned()
        };
        let found = found
            .filter(|document| self.is_under(document, parent.as_deref()))
            .ok_or_else(|| {
                Problem::not_found(format!(
                    "There is no {} with the {} \"{}\".",
                    self.noun,
                    self.key,
                    quote(wanted)
                ))
            })?;
        (self.resource.admit)(&found, call)?;
        Ok(found)
    }

    fn is_keyed(&self, document: &RawDocument, wanted: &str) -> bool {
        document.body.get(self.key).and_then(Value::as_str) == Some(wanted)
    }

    fn parent_id(&self, tx: &mut Tx<'_>, call: &Call) -> Done<Option<String>> {
        let Some(parent) = self.parent else {
            return Ok(None);
        };
        let id = call.parameter(parent.parameter);
        match tx.documents(parent.kind).get(id)? {
            Some(_) => Ok(Some(id.to_owned())),
            None => Err(Problem::not_found(format!(
                "There is no {} with the id \"{}\".",
                parent.noun,
                quote(id)
            ))),
        }
    }

    fn is_under(&self, document: &RawDocument, parent: Option<&str>) -> bool {
        self.parent.is_none_or(|declared| {
            document.body.get(declared.field).and_then(Value::as_str) == parent
        })
    }

    fn refuse_twin(&self, next: &RawDocument, tx: &mut Tx<'_>) -> Done<()> {
        if !self.names_are_unique || next.name.is_empty() {
            return Ok(());
        }
        let wanted = next.name.to_lowercase();
        let parent = self
            .parent
            .and_then(|parent| next.body.get(parent.field)?.as_str());
        let all = tx.documents(self.resource.kind).list()?;
        let twin = all.iter().find(|other| {
            other.id != next.id
                && other.name.to_lowercase() == wanted
                && self.is_under(other, parent)
        });
        match twin {
            None => Ok(()),
            Some(twin) => Err(Problem::reference_conflict(format!(
                "name: there is already a {} called \"{}\" (id {}); choose another name.",
                self.noun,
                quote(&twin.name),
                twin.id
            ))),
        }
    }

    /// The stored object as the wire shows it.
    pub(crate) fn present(
        &self,
        stored: &RawDocument,
        tx: &mut Tx<'_>,
        call: &Call,
    ) -> Done<Value> {
        let mut wire = self.shown(stored, tx, call)?;
        wire.retain(|name, value| !value.is_null() || self.nullable.contains(&name.as_str()));
        for field in self.nullable {
            wire.entry(*field).or_insert(Value::Null);
        }
        Ok(Value::Object(wire))
    }

    /// The same before nulls are left out.
    fn shown(&self, stored: &RawDocument, tx: &mut Tx<'_>, call: &Call) -> Done<Object> {
        let mut wire = stored.body.as_object().cloned().unwrap_or_default();
        for field in self
            .hidden
            .iter()
            .copied()
            .chain(self.parent.map(|parent| parent.field))
        {
            wire.remove(field);
        }
        if self.timed {
            wire.insert("created".to_owned(), moment(stored.created));
            wire.insert("modified".to_owned(), moment(stored.modified));
        }
        (self.resource.present)(&mut wire, stored, tx, call)?;
        Ok(wire)
    }

    fn audit(
        &self,
        action: &'static str,
        id: &str,
        (before, after): (Option<&Value>, Option<&Value>),
        tx: &mut Tx<'_>,
        call: &Call,
    ) -> Done<()> {
        call.audit(
            tx,
            Trace {
                action,
                kind: self.resource.kind,
                id,
                before,
                after,
            },
        )
    }
}

fn moment(moment: Timestamp) -> Value {
    Value::from(moment.to_string())
}

fn fresh(stored: &RawDocument) -> NewDocument {
    NewDocument {
        id: stored.id.clone(),
        name: stored.name.clone(),
        body: stored.body.clone(),
    }
}

fn object(body: Value) -> Done<Map<String, Value>> {
    match body {
        Value::Object(body) => Ok(body),
        _ => Err(Problem::bad_content("The body must be a JSON object.")),
    }
}

/// The name in a body; nothing where it has none, which the resource itself will refuse.
fn named(body: &Object) -> String {
    let name = body.get("name").and_then(Value::as_str);
    name.unwrap_or_default().to_owned()
}

/// A fixed field may be left out or repeated, but not changed.
fn keep_fixed(field: &str, body: &mut Object, was: &Object) -> Done<()> {
    let before = was.get(field).unwrap_or(&Value::Null);
    match body.get(field) {
        Some(sent) if !sent.is_null() && sent != before => Err(Problem::illegal_update(format!(
            "{field} cannot be changed; leave it out or send the value it has."
        ))),
        _ => {
            if !before.is_null() {
                body.insert(field.to_owned(), before.clone());
            }
            Ok(())
        }
    }
}
