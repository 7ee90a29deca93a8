//! Where a demo keeps its data: a folder, or a folder and a PostgreSQL database of its own. Places
//! can be copied, so that two runs start from the very same state.

use std::path::{Path, PathBuf};
use std::process::{Child, Command};

use muster_testkit::Backend;
use tempfile::TempDir;
use tokio_postgres::NoTls;

use crate::support::Demo;

/// A place; gone when dropped.
pub(crate) struct Place {
    folder: TempDir,
    database: Option<Database>,
}

impl Place {
    /// An empty place.
    pub(crate) fn new(backend: Backend) -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            database: (backend == Backend::Postgres).then(|| Database::made("TEMPLATE template0")),
        }
    }

    /// A copy of what is here. Nobody may be using it.
    pub(crate) fn copy(&self) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let done = Command::new("cp")
            .arg("-r")
            .arg(self.folder().join("muster-demo"))
            .arg(folder.path())
            .status()
            .unwrap();
        assert!(done.success());
        let database = self.database.as_ref().map(|from| {
            from.close_connections();
            Database::made(&format!("TEMPLATE {}", from.name))
        });
        Self { folder, database }
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A file in the place.
    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    /// A demo here, ready.
    pub(crate) fn start(&self, flags: &[&str], variables: &[(&str, &str)]) -> Demo {
        Demo::start_with(self.folder(), flags, &self.with_store(variables))
    }

    /// The process of a demo here, not waited for.
    pub(crate) fn spawn(&self) -> Child {
        Demo::spawn(self.folder(), &[], &self.with_store(&[]))
    }

    /// What a server here must be told.
    pub(crate) fn variables(&self) -> Vec<(&str, &str)> {
        self.with_store(&[])
    }

    fn with_store<'a>(&'a self, variables: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
        let store = self.database.as_ref().map(|database| database.url.as_str());
        let store = store.map(|url| ("MUSTER_STORE", url));
        variables.iter().copied().chain(store).collect()
    }

    /// What a node that died held runs out at once, as it would after some seconds. In a folder the
    /// next process knows by itself that it is alone.
    pub(crate) fn let_leases_run_out(&self) {
        if let Some(database) = &self.database {
            database.close_connections();
            database.run(
                &database.url,
                "UPDATE org_demo.job SET lease_until = 0; UPDATE org_demo.lease SET until = 0",
            );
        }
    }
}

/// A database of its own on the server that `MUSTER_TEST_POSTGRES` names.
struct Database {
    server: String,
    name: String,
    url: String,
    runtime: tokio::runtime::Runtime,
}

impl Database {
    fn made(how: &str) -> Self {
        use std::sync::atomic::{AtomicU32, Ordering};
        static COUNT: AtomicU32 = AtomicU32::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let server = std::env::var("MUSTER_TEST_POSTGRES").expect(
            "MUSTER_TEST_POSTGRES names a PostgreSQL server; `cargo xtask test` starts one",
        );
        let name = format!("muster_cli_{}_{number}", std::process::id());
        let mut url = url::Url::parse(&server).unwrap();
        url.set_path(&name);
        let database = Self {
            server,
            name,
            url: url.into(),
            runtime: tokio::runtime::Builder::new_current_thread()
                .enable_all()
                .build()
                .unwrap(),
        };
        let sql = format!("CREATE DATABASE {} {how}", database.name);
        database.run(&database.server, &sql);
        database
    }

    /// Ends what a killed process has left, and waits until it is gone.
    fn close_connections(&self) {
        const WAIT_MILLIS: u32 = 10_000;
        self.run(
            &self.server,
            &format!(
                "SELECT pg_terminate_backend(pid, {WAIT_MILLIS})
                   FROM pg_stat_activity WHERE datname = '{}'",
                self.name
            ),
        );
    }

    fn run(&self, url: &str, sql: &str) {
        self.runtime.block_on(async {
            let (client, driver) = tokio_postgres::connect(url, NoTls).await.unwrap();
            tokio::select! {
                done = client.batch_execute(sql) => done.unwrap(),
                ended = driver => panic!("the connection ended: {ended:?}"),
            }
        });
    }
}

impl Drop for Database {
    fn drop(&mut self) {
        let sql = format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name);
        self.run(&self.server, &sql);
    }
}
