//! Configuration resources: sources, profiles, transforms, subscriptions, clients and the like.
//!
//! An org has few of them, so a node keeps all of a kind in memory and asks the org's revision
//! counter at each transaction whether its copy is old. Filters on them run in Rust.

use std::marker::PhantomData;
use std::sync::Arc;

use muster_model::{Document, Timestamp};
use muster_query::fold;
use serde_json::Value;

use crate::args;
use crate::driver::Row;
use crate::error::{Error, Result};
use crate::hints::Topic;
use crate::tx::Tx;

/// A stored resource of any kind.
#[derive(Clone, Debug)]
pub struct RawDocument {
    /// Its id.
    pub id: String,
    /// Its name, or nothing where its kind has none.
    pub name: String,
    /// Counts its changes, for optimistic locking.
    pub version: i64,
    /// When it was made.
    pub created: Timestamp,
    /// When it was last changed.
    pub modified: Timestamp,
    /// The resource itself.
    pub body: Value,
}

impl RawDocument {
    /// The resource as its type.
    pub fn read<T: Document>(&self) -> Result<T> {
        Ok(serde_json::from_value(self.body.clone())?)
    }
}

/// A resource to be stored for the first time.
#[derive(Clone, Debug)]
pub struct NewDocument {
    /// Its id.
    pub id: String,
    /// Its name, or nothing.
    pub name: String,
    /// The resource itself.
    pub body: Value,
}

/// All resources of a kind as of one revision of the org.
#[derive(Clone)]
pub(crate) struct Cached {
    revision: i64,
    all: Arc<Vec<Arc<RawDocument>>>,
}

const LIST: &str = "
    SELECT id, name, version, created, modified, body FROM document
     WHERE kind = $1 ORDER BY created, id";

const INSERT: &str = "
    INSERT INTO document (kind, id, name, name_lower, version, created, modified, body)
    VALUES ($1, $2, $3, $4, 1, $5, $5, $6)";

const UPDATE: &str = "
    UPDATE document SET name = $3, name_lower = $4, version = version + 1, modified = $5, body = $6
     WHERE kind = $1 AND id = $2 AND version = $7";

/// Resources of one kind.
pub struct Documents<'t, 'c> {
    tx: &'t mut Tx<'c>,
    kind: &'static str,
}

impl<'t, 'c> Documents<'t, 'c> {
    pub(crate) fn new(tx: &'t mut Tx<'c>, kind: &'static str) -> Self {
        Self { tx, kind }
    }

    /// All of them, oldest first.
    pub fn list(&mut self) -> Result<Arc<Vec<Arc<RawDocument>>>> {
        if self.tx.documents_changed {
            return Ok(Arc::new(self.load()?));
        }
        let revision = self.revision()?;
        if let Some(cached) = self.tx.org().document_cache().read().get(self.kind)
            && cached.revision == revision
        {
            return Ok(Arc::clone(&cached.all));
        }
        let all = Arc::new(self.load()?);
        let cached = Cached {
            revision,
            all: Arc::clone(&all),
        };
        let mut cache = self.tx.org().document_cache().write();
        // A slower reader must not put back what a faster one has already replaced.
        if cache
            .get(self.kind)
            .is_none_or(|known| known.revision < revision)
        {
            cache.insert(self.kind.to_owned(), cached);
        }
        Ok(all)
    }

    /// The one with that id.
    pub fn get(&mut self, id: &str) -> Result<Option<Arc<RawDocument>>> {
        Ok(self
            .list()?
            .iter()
            .find(|document| document.id == id)
            .cloned())
    }

    /// The one with that name, whatever its case.
    pub fn find_by_name(&mut self, name: &str) -> Result<Option<Arc<RawDocument>>> {
        let wanted = fold(name);
        Ok(self
            .list()?
            .iter()
            .find(|document| fold(&document.name) == wanted)
            .cloned())
    }

    /// Stores a new one.
    pub fn insert(&mut self, new: &NewDocument, now: Timestamp) -> Result<()> {
        self.changed()?;
        let body = new.body.to_string();
        self.tx.execute(
            INSERT,
            &args![self.kind, &new.id, &new.name, fold(&new.name), now, body],
        )?;
        Ok(())
    }

    /// Replaces the body of one that is still at `version`; a conflict otherwise.
    pub fn update(&mut self, next: &NewDocument, version: i64, now: Timestamp) -> Result<()> {
        self.changed()?;
        let body = next.body.to_string();
        let args = args![
            self.kind,
            &next.id,
            &next.name,
            fold(&next.name),
            now,
            body,
            version
        ];
        match self.tx.execute(UPDATE, &args)? {
            0 => Err(Error::Conflict(format!("{} {}", self.kind, next.id))),
            _ => Ok(()),
        }
    }

    /// Removes one; false when it was not there.
    pub fn delete(&mut self, id: &str) -> Result<bool> {
        self.changed()?;
        let sql = "DELETE FROM document WHERE kind = $1 AND id = $2";
        Ok(self.tx.execute(sql, &args![self.kind, id])? > 0)
    }

    /// The number that grows with each change of any document of the org.
    pub fn revision(&mut self) -> Result<i64> {
        let sql = "SELECT value FROM counter WHERE name = 'documents'";
        Ok(self.tx.fetch_one(sql, &[], |row| row.get(0))?.unwrap_or(0))
    }

    fn load(&mut self) -> Result<Vec<Arc<RawDocument>>> {
        self.tx
            .fetch(LIST, &args![self.kind], |row| Ok(Arc::new(document(row)?)))
    }

    fn changed(&mut self) -> Result<()> {
        if !self.tx.documents_changed {
            self.tx.documents_changed = true;
            self.tx.next_numbers("documents", 1)?;
        }
        self.tx.hint(Topic::Documents);
        Ok(())
    }
}

fn document(row: &Row<'_>) -> Result<RawDocument> {
    Ok(RawDocument {
        id: row.get(0)?,
        name: row.get(1)?,
        version: row.get(2)?,
        created: row.get(3)?,
        modified: row.get(4)?,
        body: serde_json::from_str(&row.get::<String>(5)?)?,
    })
}

/// Resources of one type.
pub struct Typed<'t, 'c, T> {
    tx: &'t mut Tx<'c>,
    kind: PhantomData<T>,
}

impl<'t, 'c, T: Document> Typed<'t, 'c, T> {
    pub(crate) fn new(tx: &'t mut Tx<'c>) -> Self {
        Self {
            tx,
            kind: PhantomData,
        }
    }

    /// All of them, oldest first.
    pub fn list(&mut self) -> Result<Vec<T>> {
        self.raw()
            .list()?
            .iter()
            .map(|document| document.read())
            .collect()
    }

    /// The one with that id.
    pub fn get(&mut self, id: &str) -> Result<Option<T>> {
        self.raw()
            .get(id)?
            .map(|document| document.read())
            .transpose()
    }

    /// The one with that name, whatever its case.
    pub fn find_by_name(&mut self, name: &str) -> Result<Option<T>> {
        self.raw()
            .find_by_name(name)?
            .map(|document| document.read())
            .transpose()
    }

    /// Stores it, new or changed, whatever its version was: for changes that nobody else makes.
    pub fn put(&mut self, document: &T, now: Timestamp) -> Result<()> {
        let next = NewDocument {
            id: document.id().to_owned(),
            name: document.name().to_owned(),
            body: serde_json::to_value(document)?,
        };
        match self.raw().get(&next.id)? {
            Some(known) => self.raw().update(&next, known.version, now),
            None => self.raw().insert(&next, now),
        }
    }

    /// Removes one; false when it was not there.
    pub fn delete(&mut self, id: &str) -> Result<bool> {
        self.raw().delete(id)
    }

    fn raw(&mut self) -> Documents<'_, 'c> {
        Documents::new(self.tx, T::KIND)
    }
}
