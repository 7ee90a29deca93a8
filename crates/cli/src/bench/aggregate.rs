//! First load, the same file again, the next day's file.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use muster_sample::Version;
use serde_json::{Value, json};

use crate::bench::served::Served;
use crate::client::Client;
use crate::sample_org::{load, write_file};

#[derive(Args)]
pub(crate) struct Aggregate {
    /// How many people the file has.
    #[arg(long, default_value_t = 100_000)]
    people: u64,
    /// `postgres://…` to measure PostgreSQL.
    #[arg(long = "on", value_name = "URL")]
    store: Option<String>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

struct Figure {
    name: &'static str,
    seconds: f64,
    upload_seconds: f64,
    report: Value,
}

impl Aggregate {
    pub(crate) async fn run(&self) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let [first, second] = ["v1.csv", "v2.csv"].map(|name| folder.path().join(name));
        write_file(&first, self.people, Version::First)?;
        write_file(&second, self.people, Version::Second)?;
        let data = folder.path().join("data");
        let served = Served::start(&data, 0, self.store.as_deref())?;
        let client = served.client().await?;
        let mut figures = Vec::new();
        for (name, file) in [
            ("first load", &first),
            ("unchanged", &first),
            ("next day", &second),
        ] {
            figures.push(self.measure(name, &client, served.source(), file).await?);
            let peak = served.memory_mib("VmHWM").unwrap_or_default();
            self.show(figures.last(), peak);
        }
        Ok(())
    }

    /// Times a load from the moment the file has landed to the end of the run: accounts, identities
    /// and events are all written then.
    async fn measure(
        &self,
        name: &'static str,
        client: &Client,
        source: &str,
        file: &Path,
    ) -> Result<Figure> {
        let begun = Instant::now();
        let report = load(client, source, file, self.people, true).await?;
        let total = begun.elapsed();
        let run = run_time(&report).unwrap_or(total);
        Ok(Figure {
            name,
            seconds: run.as_secs_f64(),
            upload_seconds: total.saturating_sub(run).as_secs_f64(),
            report,
        })
    }

    fn show(&self, figure: Option<&Figure>, peak_mib: f64) {
        let Some(figure) = figure else { return };
        let rate = self.people as f64 / figure.seconds;
        if self.json {
            println!(
                "{}",
                json!({"bench": "aggregate", "name": figure.name, "people": self.people,
                    "seconds": figure.seconds, "uploadSeconds": figure.upload_seconds,
                    "peoplePerSecond": rate, "peakMiB": peak_mib, "status": figure.report["completionStatus"]})
            );
            return;
        }
        println!(
            "{:12} {:>9} people in {:>8.2} s = {:>9.0} people/s   upload {:>6.2} s   peak {:>5.0} MiB   {}",
            figure.name,
            self.people,
            figure.seconds,
            rate,
            figure.upload_seconds,
            peak_mib,
            figure.report["completionStatus"].as_str().unwrap_or("?"),
        );
    }
}

/// From acceptance to end, as the task says.
fn run_time(task: &Value) -> Option<Duration> {
    let moment = |name: &str| task[name].as_str()?.parse::<muster_model::Timestamp>().ok();
    let micros = moment("completed")?.as_micros() - moment("created")?.as_micros();
    Some(Duration::from_micros(micros.max(1) as u64))
}
