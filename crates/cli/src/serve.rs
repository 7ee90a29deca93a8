//! `muster serve`: everything, until told to stop.

use anyhow::{Context, Result};
use clap::Args;
use muster_server::{Server, telemetry};
use serde_json::json;
use tokio::signal::unix::{SignalKind, signal};

use crate::SettingFlags;

/// Serves all orgs of the store.
#[derive(Args)]
pub(crate) struct Serve {
    /// Prints one line of JSON when ready: baseUrl, pid.
    #[arg(long)]
    json: bool,
}

impl Serve {
    pub(crate) fn run(&self, settings: &SettingFlags) -> Result<()> {
        let config = settings.load(&[])?;
        let _telemetry = telemetry::start_logging(&config)?;
        crate::runtime()?.block_on(async {
            let server = Server::start(&config).await?;
            if self.json {
                use std::io::Write;
                let base = format!("http://{}", server.address);
                println!("{}", json!({"baseUrl": base, "pid": std::process::id()}));
                let _ = std::io::stdout().flush();
            }
            until_told_to_stop().await?;
            server.stop().await;
            Ok(())
        })
    }
}

/// Waits for Ctrl-C or SIGTERM.
pub(crate) async fn until_told_to_stop() -> Result<()> {
    let mut terminate = signal(SignalKind::terminate()).context("SIGTERM cannot be waited for")?;
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
    tracing::info!("stopping: what is in flight comes to its end");
    Ok(())
}
