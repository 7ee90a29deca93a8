//! A fresh store on either backend, removed when the test ends.

use std::ops::Deref;
use std::sync::atomic::{AtomicU32, Ordering};

use muster_model::Timestamp;
use muster_store::{Org, Store};

/// Which backend a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// In a temporary folder.
    Sqlite,
    /// In schemas of its own on the server that `MUSTER_TEST_POSTGRES` names.
    Postgres,
}

/// A store for one test, with the org `acme` in it.
pub struct TestStore {
    store: Option<Store>,
    org: Org,
}

impl TestStore {
    /// The org `acme`.
    pub fn org(&self) -> &Org {
        &self.org
    }
}

impl Deref for TestStore {
    type Target = Store;

    fn deref(&self) -> &Store {
        self.store
            .as_ref()
            .expect("the store is taken out only when dropped")
    }
}

impl Drop for TestStore {
    fn drop(&mut self) {
        if let Some(store) = self.store.take()
            && let Err(error) = store.destroy()
        {
            eprintln!("a test's schemas stay behind: {error}");
        }
    }
}

/// Opens a fresh store. Panics where PostgreSQL is asked for and none is named: a test is never
/// skipped in silence.
pub fn start(backend: Backend) -> TestStore {
    static COUNT: AtomicU32 = AtomicU32::new(0);
    let store = match backend {
        Backend::Sqlite => Store::temporary().expect("a temporary folder can be used"),
        Backend::Postgres => {
            let url = std::env::var("MUSTER_TEST_POSTGRES").expect(
                "MUSTER_TEST_POSTGRES names a PostgreSQL server; `cargo xtask test` starts one",
            );
            let number = COUNT.fetch_add(1, Ordering::Relaxed);
            let prefix = format!("t{}_{number}_", std::process::id());
            Store::open_postgres(&url, &prefix).expect("the test server can be used")
        }
    };
    let org = store
        .create_org("acme", Timestamp::from_micros(0))
        .expect("an org can be made");
    TestStore {
        store: Some(store),
        org,
    }
}
