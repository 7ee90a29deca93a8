//! `muster config`: every setting, its value, where it came from.

use anyhow::Result;
use clap::Args;
use serde_json::{Map, json};

use crate::SettingFlags;

/// Prints the effective configuration.
#[derive(Args)]
pub(crate) struct ShowConfig {
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

impl ShowConfig {
    pub(crate) fn run(&self, settings: &SettingFlags) -> Result<()> {
        let config = settings.load(&[])?;
        if self.json {
            let entries: Map<_, _> = config
                .entries()
                .map(|(known, value, origin)| {
                    (
                        known.name.to_owned(),
                        json!({"value": value, "origin": origin.to_string()}),
                    )
                })
                .collect();
            println!("{}", json!(entries));
            return Ok(());
        }
        for (known, value, origin) in config.entries() {
            println!(
                "{:20} {:32} {origin}",
                known.name,
                if value.is_empty() { "-" } else { value }
            );
            println!("{:20} {} ({})", "", known.meaning, known.variable());
        }
        Ok(())
    }
}
