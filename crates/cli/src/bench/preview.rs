//! How long a preview takes: of a file with one person in a hundred moved, and of the next day's file.

use std::path::Path;
use std::time::Instant;

use anyhow::{Context, Result};
use clap::Args;
use serde_json::{Value, json};

use super::aggregate::files::Files;
use crate::bench::served::Served;
use crate::client::Client;
use crate::sample_org::load;

#[derive(Args)]
pub(crate) struct Preview {
    /// How many people the file has.
    #[arg(long, default_value_t = 100_000)]
    people: u64,
    /// How often each preview is made.
    #[arg(long, default_value_t = 3)]
    times: u32,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

impl Preview {
    /// Measures on a server of its own; `store` is an empty PostgreSQL database where one is named.
    pub(crate) async fn run(&self, store: Option<&str>) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let files = Files::write(folder.path(), self.people)?;
        let served = Served::start(&folder.path().join("data"), 0, store)?;
        let client = served.client().await?;
        load(&client, served.source(), &files.first, self.people, true).await?;
        // A subscription with a filter, as most have one.
        let subscription = json!({
            "name": "Movers", "triggerId": "idn:identity-attributes-changed", "type": "INLINE",
            "inlineConfig": {}, "filter": "$.changes[?(@.attribute == 'department')]",
        });
        client
            .post("/beta/trigger-subscriptions", &subscription)
            .await?;
        for (name, file) in [
            ("unchanged", &files.first),
            ("1 % changed", &files.moved),
            ("next day", &files.next_day),
        ] {
            for _ in 0..self.times {
                self.measure(&client, served.source(), (name, file)).await?;
            }
        }
        let peak = served.memory_mib("VmHWM").unwrap_or_default();
        if !self.json {
            println!("peak of the server {peak:.0} MiB");
        }
        Ok(())
    }

    /// From the first byte of the upload to the last byte of the answer.
    async fn measure(
        &self,
        client: &Client,
        source: &str,
        (name, file): (&str, &Path),
    ) -> Result<()> {
        let begun = Instant::now();
        let path = format!("/muster/v1/sources/{source}/preview");
        let preview = client.upload(&path, file).await?;
        let seconds = begun.elapsed().as_secs_f64();
        let status = preview["run"]["completionStatus"].as_str();
        let status = status.context("the preview names no run")?;
        let count = |kind: &str| {
            preview["people"][kind]["count"]
                .as_i64()
                .unwrap_or_default()
        };
        let (created, changed, removed) = (count("created"), count("changed"), count("removed"));
        let events: i64 = preview["events"]
            .as_array()
            .into_iter()
            .flatten()
            .filter_map(|one| Value::as_i64(&one["count"]))
            .sum();
        if self.json {
            println!(
                "{}",
                json!({"bench": "preview", "name": name, "people": self.people, "seconds": seconds,
                    "created": created, "changed": changed, "removed": removed, "events": events,
                    "status": status})
            );
        } else {
            println!(
                "{name:11}: {} people in {seconds:>6.2} s   {created} created, {changed} changed, {removed} \
                 removed, {events} events   {status}",
                self.people
            );
        }
        Ok(())
    }
}
