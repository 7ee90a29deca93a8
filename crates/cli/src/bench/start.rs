//! How long an existing org takes to start, and what it needs when idle.

use anyhow::Result;
use clap::Args;
use serde_json::json;

use crate::bench::served::Served;

#[derive(Args)]
pub(crate) struct Start {
    /// How often.
    #[arg(long, default_value_t = 10)]
    times: usize,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

impl Start {
    pub(crate) async fn run(&self) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let data = folder.path().join("data");
        drop(Served::start(&data, 250, None)?);
        let mut times = Vec::with_capacity(self.times);
        let mut memory = Vec::with_capacity(self.times);
        for _ in 0..self.times.max(1) {
            let served = Served::start(&data, 250, None)?;
            times.push(served.started_in.as_secs_f64() * 1000.0);
            let client = served.client().await?;
            client.get("/beta/triggers").await?;
            memory.push(served.memory_mib("VmRSS").unwrap_or_default());
        }
        times.sort_by(f64::total_cmp);
        memory.sort_by(f64::total_cmp);
        let middle = times.len() / 2;
        let (median, worst, mib) = (times[middle], times[times.len() - 1], memory[middle]);
        if self.json {
            println!(
                "{}",
                json!({"bench": "start", "medianMs": median, "worstMs": worst, "idleMiB": mib})
            );
        } else {
            println!(
                "start of an existing org: median {median:.0} ms, worst {worst:.0} ms; idle {mib:.0} MiB"
            );
        }
        Ok(())
    }
}
