//! The store as a whole: which orgs there are, and the way to each.

use std::collections::{BTreeMap, BTreeSet};
use std::fs::{File, TryLockError};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::sync::Arc;

use muster_model::Timestamp;
use parking_lot::{Mutex, RwLock};
use tokio::runtime::{Handle, Runtime};

use crate::args;
use crate::driver::{postgres, sqlite};
use crate::error::{Error, Result};
use crate::hints::{Hints, Topic};
use crate::late_keys;
use crate::limits::ORG_NAME_CHARS_MAX;
use crate::migrate;
use crate::org::{Database, Org};

/// Where a store lives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// A folder with one SQLite file per org.
    Folder(PathBuf),
    /// A PostgreSQL server and database, with one schema per org.
    Postgres(String),
}

impl FromStr for Address {
    type Err = Error;

    fn from_str(text: &str) -> Result<Self> {
        if text.starts_with("postgres://") || text.starts_with("postgresql://") {
            return Ok(Self::Postgres(text.to_owned()));
        }
        let path = text.strip_prefix("sqlite:").unwrap_or(text);
        if path.is_empty() || path.contains("://") {
            return Err(Error::UnknownAddress(text.to_owned()));
        }
        Ok(Self::Folder(path.into()))
    }
}

/// All orgs of an installation. Cloning it is cheap.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) place: Place,
    control: Org,
    hints: Arc<Hints>,
    orgs: RwLock<BTreeMap<String, Org>>,
    /// Held while an org is opened: who made it and who heard of it must share one.
    opening: Mutex<()>,
    /// The orgs that this process has a copy of.
    pub(crate) copied: Mutex<BTreeSet<String>>,
}

pub(crate) enum Place {
    Folder {
        path: PathBuf,
        /// Held as long as the store is open: a folder belongs to one process.
        _lock: File,
        /// Removed with the store, where it was made for a test.
        _temporary: Option<tempfile::TempDir>,
    },
    Postgres {
        config: Box<tokio_postgres::Config>,
        /// Distinguishes several installations in one database; empty for the usual one.
        prefix: String,
        runtime: Background,
    },
}

/// A runtime that ends without waiting: the last handle of a store may go away in async code, where
/// nothing may block.
pub(crate) struct Background {
    runtime: Option<Runtime>,
    handle: Handle,
}

impl Background {
    fn start() -> std::io::Result<Self> {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .thread_name("muster-postgres")
            .enable_all()
            .build()?;
        Ok(Self {
            handle: runtime.handle().clone(),
            runtime: Some(runtime),
        })
    }

    pub(crate) fn handle(&self) -> &Handle {
        &self.handle
    }
}

impl Drop for Background {
    fn drop(&mut self) {
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

impl Store {
    /// Opens the store, bringing its schema up to date.
    pub fn open(address: &Address) -> Result<Self> {
        match address {
            Address::Folder(path) => Self::open_folder(path, None),
            Address::Postgres(url) => Self::open_postgres(url, ""),
        }
    }

    /// A store that goes away with its last handle; the real thing, in a folder of its own.
    pub fn temporary() -> Result<Self> {
        let folder = tempfile::tempdir().map_err(|source| Error::File {
            path: std::env::temp_dir().display().to_string(),
            source,
        })?;
        let path = folder.path().to_owned();
        Self::open_folder(&path, Some(folder))
    }

    /// A store in a PostgreSQL database that it shares with others: its schemas start with `prefix`.
    pub fn open_postgres(url: &str, prefix: &str) -> Result<Self> {
        let config: tokio_postgres::Config = url.parse()?;
        let runtime = Background::start().map_err(|source| Error::File {
            path: "a thread".into(),
            source,
        })?;
        let place = Place::Postgres {
            config: Box::new(config),
            prefix: prefix.to_owned(),
            runtime,
        };
        Self::with_control(place)
    }

    fn open_folder(path: &Path, temporary: Option<tempfile::TempDir>) -> Result<Self> {
        let in_folder = |source| Error::File {
            path: path.display().to_string(),
            source,
        };
        std::fs::create_dir_all(path.join("orgs")).map_err(in_folder)?;
        let lock = File::create(path.join("lock")).map_err(in_folder)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::Locked(path.display().to_string()));
            }
            Err(TryLockError::Error(source)) => return Err(in_folder(source)),
        }
        Self::with_control(Place::Folder {
            path: path.into(),
            _lock: lock,
            _temporary: temporary,
        })
    }

    fn with_control(place: Place) -> Result<Self> {
        let hints = Arc::<Hints>::default();
        let database = place.database("control", "muster_control")?;
        let control = Org::new("", database, Arc::clone(&hints));
        migrate::control(&control)?;
        place.remove_left_overs(&control)?;
        let names: Vec<String> = control.read(|tx| {
            tx.fetch("SELECT name FROM org ORDER BY name", &[], |row| {
                row.get::<String>(0)
            })
        })?;
        let store = Self(Arc::new(Inner {
            place,
            control,
            hints,
            orgs: RwLock::default(),
            opening: Mutex::default(),
            copied: Mutex::default(),
        }));
        for name in names {
            store.open_org(&name)?;
        }
        store.listen();
        Ok(store)
    }

    /// The org of that name, if there is one. Another process may have made it a moment ago.
    pub fn org(&self, name: &str) -> Option<Org> {
        self.0.orgs.read().get(name).cloned()
    }

    /// All orgs in the order of their names.
    pub fn orgs(&self) -> Vec<Org> {
        self.0.orgs.read().values().cloned().collect()
    }

    /// Hints of all orgs together.
    pub fn hints(&self) -> &Hints {
        &self.0.hints
    }

    /// Makes an org.
    pub fn create_org(&self, name: &str, now: Timestamp) -> Result<Org> {
        check_org_name(name)?;
        let added = self.0.control.write(|tx| {
            let sql = "INSERT INTO org (name, created) VALUES ($1, $2) ON CONFLICT DO NOTHING";
            tx.hint(Topic::Orgs);
            tx.execute(sql, &args![name, now])
        })?;
        if added == 0 {
            return Err(Error::OrgExists(name.to_owned()));
        }
        self.open_org(name)
    }

    /// Looks for orgs that another process has made. On PostgreSQL the hint [`Topic::Orgs`] tells
    /// of them.
    pub fn refresh_orgs(&self) -> Result<()> {
        let names: Vec<String> = self
            .0
            .control
            .read(|tx| tx.fetch("SELECT name FROM org", &[], |row| row.get::<String>(0)))?;
        for name in names {
            if self.org(&name).is_none() {
                self.open_org(&name)?;
            }
        }
        Ok(())
    }

    /// Settings of the whole installation: signing keys, the master key's check value.
    pub fn control(&self) -> &Org {
        &self.0.control
    }

    /// Drops every schema of a PostgreSQL store; for tests.
    pub fn destroy(self) -> Result<()> {
        let Place::Postgres { prefix, .. } = &self.0.place else {
            return Ok(());
        };
        let mut schemas: Vec<String> = self
            .orgs()
            .iter()
            .map(|org| format!("{prefix}org_{}", org.name().replace('-', "_")))
            .collect();
        schemas.push(format!("{prefix}muster_control"));
        for schema in schemas {
            self.0
                .control
                .script(&format!("DROP SCHEMA IF EXISTS \"{schema}\" CASCADE"))?;
        }
        Ok(())
    }

    fn open_org(&self, name: &str) -> Result<Org> {
        let _turn = self.0.opening.lock();
        if let Some(open) = self.org(name) {
            return Ok(open);
        }
        let schema = format!("org_{}", name.replace('-', "_"));
        let database = self.0.place.database(&format!("orgs/{name}"), &schema)?;
        let org = Org::new(name, database, Arc::clone(&self.0.hints));
        migrate::org(&org)?;
        late_keys::recover(&org)?;
        self.0.orgs.write().insert(name.to_owned(), org.clone());
        Ok(org)
    }

    /// On PostgreSQL, passes on the hints that other processes give.
    fn listen(&self) {
        let Place::Postgres {
            config,
            prefix,
            runtime,
        } = &self.0.place
        else {
            return;
        };
        let channel = format!("{prefix}muster");
        let config = config.as_ref().clone();
        let store = Arc::downgrade(&self.0);
        let on_hint = move |payload: &str| {
            let Some(inner) = store.upgrade() else { return };
            let Some((org, bits)) = payload.rsplit_once(':') else {
                return;
            };
            // What concerns the installation itself is told under the name of no org.
            let hints = match org {
                "" => Some(inner.control.hints_handle()),
                org => inner.orgs.read().get(org).map(Org::hints_handle),
            };
            if let (Some(hints), Ok(bits)) = (hints, bits.parse()) {
                Hints::give_bits(&hints, bits);
            }
        };
        runtime
            .handle()
            .spawn(postgres::listen(config, channel, on_hint));
    }
}

impl Place {
    fn database(&self, file: &str, schema: &str) -> Result<Database> {
        Ok(match self {
            Self::Folder { path, .. } => {
                let path = path.join(format!("{file}.db"));
                Database::Sqlite(sqlite::Database::open(&path, sqlite::Lasts::Forever)?)
            }
            Self::Postgres {
                config,
                prefix,
                runtime,
            } => Database::Postgres(Box::new(postgres::Database::new(
                config.as_ref().clone(),
                &format!("{prefix}{schema}"),
                &format!("{prefix}muster"),
                runtime.handle().clone(),
            ))),
        })
    }
}

fn check_org_name(name: &str) -> Result<()> {
    let fits = !name.is_empty()
        && name.len() <= ORG_NAME_CHARS_MAX
        && name.starts_with(|first: char| first.is_ascii_lowercase())
        && name
            .bytes()
            .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    if fits {
        Ok(())
    } else {
        Err(Error::OrgName(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_store_may_go_away_where_nothing_may_block() {
        let background = Background::start().unwrap();
        let outer = tokio::runtime::Builder::new_current_thread()
            .build()
            .unwrap();
        outer.block_on(async move { drop(background) });
    }
}
