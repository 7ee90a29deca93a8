//! A server of its own for a benchmark: the same binary in another process, so that memory is the
//! server's alone.

use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde_json::Value;

use crate::client::Client;

/// A running server.
pub(crate) struct Served {
    child: Child,
    /// What it said when it was ready.
    pub(crate) ready: Value,
    /// From the start of the process to the line that said so.
    pub(crate) started_in: Duration,
}

impl Served {
    /// Starts a demo with that many people in `data`.
    pub(crate) fn start(data: &Path, people: u64, store: Option<&str>) -> Result<Self> {
        let begun = Instant::now();
        let mut command = Command::new(std::env::current_exe()?);
        command
            .args(["demo", "--json", "--listen", "127.0.0.1:0", "--data"])
            .arg(data);
        command
            .args(["--people", &people.to_string()])
            .stdout(Stdio::piped());
        if let Some(store) = store {
            command.args(["--store", store]);
        }
        let mut child = command.spawn()?;
        let output = child.stdout.take().context("a pipe was asked for")?;
        let mut line = String::new();
        BufReader::new(output).read_line(&mut line)?;
        let started_in = begun.elapsed();
        let ready = serde_json::from_str(&line).context("the server did not start")?;
        Ok(Self {
            child,
            ready,
            started_in,
        })
    }

    /// Signs in.
    pub(crate) async fn client(&self) -> Result<Client> {
        let text = |name: &str| self.ready[name].as_str().unwrap_or_default();
        let address: SocketAddr = text("baseUrl").trim_start_matches("http://").parse()?;
        Client::sign_in(address, text("clientId"), text("clientSecret")).await
    }

    /// The HR source.
    pub(crate) fn source(&self) -> &str {
        self.ready["sourceId"].as_str().unwrap_or_default()
    }

    /// A memory figure of the process in MiB: `VmRSS` now, `VmHWM` at most.
    pub(crate) fn memory_mib(&self, name: &str) -> Option<f64> {
        let status = std::fs::read_to_string(format!("/proc/{}/status", self.child.id())).ok()?;
        let line = status.lines().find(|line| line.starts_with(name))?;
        let kib: f64 = line.split_whitespace().nth(1)?.parse().ok()?;
        Some(kib / 1024.0)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
