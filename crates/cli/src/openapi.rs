//! `muster openapi`: the description of the API, generated from its declarations.

use anyhow::Result;
use clap::Args;

/// Where the committed description lies in a checkout.
const COMMITTED: &str = "crates/api/openapi.json";

/// Prints the description of the API.
#[derive(Args)]
pub(crate) struct Openapi {
    /// Writes it to its place in the checkout instead.
    #[arg(long, hide = true)]
    write: bool,
}

impl Openapi {
    pub(crate) fn run(&self) -> Result<()> {
        let text = serde_json::to_string_pretty(&muster_api::describe(
            &muster_api::resources::all(),
            muster_api::spelling::V1,
        ))?;
        if self.write {
            std::fs::write(COMMITTED, format!("{text}\n"))?;
        } else {
            println!("{text}");
        }
        Ok(())
    }
}
