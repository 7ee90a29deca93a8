//! A PostgreSQL server for the tests: its own cluster in a temporary folder, gone afterwards.

use std::fs;
use std::net::TcpListener;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, bail};

use crate::run::{install, is_root, run};

/// A running server. Dropping it stops it and removes its files.
pub(crate) struct Server {
    programs: PathBuf,
    folder: PathBuf,
    /// How tests reach it.
    pub(crate) url: String,
}

impl Server {
    /// Uses the server that `MUSTER_TEST_POSTGRES` names, or starts one, installing PostgreSQL where
    /// it is missing.
    pub(crate) fn start() -> Result<Option<Self>> {
        if std::env::var_os("MUSTER_TEST_POSTGRES").is_some() {
            return Ok(None);
        }
        if programs().is_none() {
            install(&["postgresql"])?;
        }
        let programs =
            programs().context("PostgreSQL was installed and its programs are not found")?;
        let folder = std::env::temp_dir().join(format!("muster-postgres-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        if is_root() {
            // The server refuses to run as root; Debian's package brings a user for it.
            run(Command::new("chown").arg("postgres").arg(&folder))?;
        }
        let port = TcpListener::bind(("127.0.0.1", 0))?.local_addr()?.port();
        let server = Self {
            url: format!("postgres://postgres@127.0.0.1:{port}/postgres"),
            programs,
            folder,
        };
        let data = server.data();
        server.program(
            "initdb",
            &["-D", &data, "-A", "trust", "-U", "postgres", "-E", "UTF8"],
        )?;
        let options = format!(
            "-p {port} -k {} -c listen_addresses=127.0.0.1 -c max_connections=400",
            server.folder.display()
        );
        let log = server.folder.join("log").display().to_string();
        server.program(
            "pg_ctl",
            &["-D", &data, "-w", "-l", &log, "-o", &options, "start"],
        )?;
        Ok(Some(server))
    }

    fn data(&self) -> String {
        self.folder.join("data").display().to_string()
    }

    fn program(&self, name: &str, arguments: &[&str]) -> Result<()> {
        let path = self.programs.join(name);
        let mut command = if is_root() {
            let mut command = Command::new("setpriv");
            command
                .args([
                    "--reuid",
                    "postgres",
                    "--regid",
                    "postgres",
                    "--clear-groups",
                ])
                .arg(path);
            command
        } else {
            Command::new(path)
        };
        command
            .args(arguments)
            .current_dir(&self.folder)
            .stdout(Stdio::null());
        run(&mut command)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let stopped = self.program("pg_ctl", &["-D", &self.data(), "-m", "immediate", "stop"]);
        if let Err(error) = stopped.and_then(|()| Ok(fs::remove_dir_all(&self.folder)?)) {
            eprintln!(
                "the test server stays behind in {}: {error:#}",
                self.folder.display()
            );
        }
    }
}

/// The folder with `initdb` and `pg_ctl`: on the path, or where Debian keeps the newest.
fn programs() -> Option<PathBuf> {
    let on_path = std::env::var_os("PATH")
        .map(|path| std::env::split_paths(&path).collect::<Vec<_>>())
        .unwrap_or_default();
    let mut kept: Vec<PathBuf> = fs::read_dir("/usr/lib/postgresql")
        .map(|entries| {
            entries
                .flatten()
                .map(|entry| entry.path().join("bin"))
                .collect()
        })
        .unwrap_or_default();
    kept.sort();
    kept.into_iter()
        .rev()
        .chain(on_path)
        .find(|folder| has_programs(folder))
}

fn has_programs(folder: &Path) -> bool {
    ["initdb", "pg_ctl", "postgres"]
        .iter()
        .all(|name| folder.join(name).exists())
}

/// Refuses a server that cannot be reached before hundreds of tests do.
pub(crate) fn check(url: &str) -> Result<()> {
    if url.starts_with("postgres") {
        Ok(())
    } else {
        bail!("`{url}` names no PostgreSQL server")
    }
}
