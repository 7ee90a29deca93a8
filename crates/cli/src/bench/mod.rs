//! `muster bench`: flows measured as a client sees them, on a server started for the purpose.
//! Figures are printed and never judged.

mod aggregate;
mod deliver;
mod latency;
mod preview;
mod served;
mod start;
mod worker;

use anyhow::Result;
use clap::Subcommand;

use crate::SettingFlags;

#[derive(Subcommand)]
pub(crate) enum BenchCommand {
    /// Loads a generated HR file, loads it again, then with one person in a hundred moved, then the
    /// next day's; people a second, memory, size. `--store postgres://…` names an empty database.
    Aggregate(aggregate::Aggregate),
    /// From a committed event to its arrival: deliveries a second, latency, neighbours, a backlog.
    Deliver(deliver::Deliver),
    /// From a file that has landed to the POST at an endpoint, one changed person at a time.
    Latency(latency::Latency),
    /// What the same file, one with one person in a hundred moved, and the next day's would do, on a copy:
    /// seconds from the first byte sent to the last one answered.
    Preview(preview::Preview),
    /// Start of an existing org, and memory when idle.
    Start(start::Start),
    /// A server with a source of events inside; what `deliver` measures.
    #[command(hide = true)]
    Worker(worker::Worker),
}

impl BenchCommand {
    /// Runs on a server of its own; of the settings, `--store` says where its orgs live.
    pub(crate) fn run(&self, settings: &SettingFlags) -> Result<()> {
        if let Self::Worker(worker) = self {
            return worker.run(settings);
        }
        let store = settings.store.as_deref();
        crate::runtime()?.block_on(async {
            match self {
                Self::Aggregate(bench) => bench.run(store).await,
                Self::Deliver(bench) => bench.run(store).await,
                Self::Latency(bench) => bench.run(store).await,
                Self::Preview(bench) => bench.run(store).await,
                Self::Worker(_) => Ok(()),
                Self::Start(bench) => bench.run().await,
            }
        })
    }
}
