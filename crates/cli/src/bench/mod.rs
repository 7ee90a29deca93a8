//! `muster bench`: flows measured as a client sees them, on a server started for the purpose.
//! Figures are printed and never judged.

mod aggregate;
mod latency;
mod served;
mod start;

use anyhow::Result;
use clap::Subcommand;

#[derive(Subcommand)]
pub(crate) enum BenchCommand {
    /// Loads a generated HR file, loads it again, loads the next day's; people a second and memory.
    Aggregate(aggregate::Aggregate),
    /// From a file that has landed to the POST at an endpoint, one changed person at a time.
    Latency(latency::Latency),
    /// Start of an existing org, and memory when idle.
    Start(start::Start),
}

impl BenchCommand {
    pub(crate) fn run(&self) -> Result<()> {
        crate::runtime()?.block_on(async {
            match self {
                Self::Aggregate(bench) => bench.run().await,
                Self::Latency(bench) => bench.run().await,
                Self::Start(bench) => bench.run().await,
            }
        })
    }
}
