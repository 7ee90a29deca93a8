//! People in: first load, the same file again, one person in a hundred moved, the next day's file.

pub(crate) mod files;
mod scenario;

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;
use clap::Args;
use serde_json::{Value, json};

use crate::bench::served::Served;
use crate::client::Client;
use crate::sample_org::{load, make_source, map};
use files::Files;
use scenario::Scenario;

#[derive(Args)]
pub(crate) struct Aggregate {
    /// Sources, mappings and targets, as midPoint names them; a third of the mappings beyond those of
    /// the sample org transform.
    #[arg(long, default_value = "1s-11m-0t")]
    scenario: Scenario,
    /// How many people the file has.
    #[arg(long, default_value_t = 100_000)]
    people: u64,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// How one load went.
struct Figure {
    source: usize,
    name: &'static str,
    seconds: f64,
    upload_seconds: f64,
    peak_mib: f64,
    stored_mib: Option<f64>,
    report: Value,
}

impl Aggregate {
    /// Measures on a server of its own; `store` is an empty PostgreSQL database where one is named.
    pub(crate) async fn run(&self, store: Option<&str>) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let files = Files::write(folder.path(), self.people)?;
        let data = folder.path().join("data");
        let served = Served::start(&data, 0, store)?;
        let client = served.client().await?;
        let sources = self.set_up(&client, &served, folder.path(), &files).await?;
        for (number, source) in sources.iter().enumerate() {
            for (name, file) in [
                ("first load", &files.first),
                ("unchanged", &files.first),
                ("1 % changed", &files.moved),
                ("next day", &files.next_day),
            ] {
                let mut figure = self.measure(&client, source, file).await?;
                (figure.source, figure.name) = (number + 1, name);
                figure.peak_mib = served.memory_mib("VmHWM").unwrap_or_default();
                figure.stored_mib = store.is_none().then(|| folder_mib(&data.join("orgs")));
                self.show(&figure);
            }
        }
        Ok(())
    }

    /// Maps as the scenario says and adds the other sources; gives all of them.
    async fn set_up(
        &self,
        client: &Client,
        served: &Served,
        folder: &Path,
        files: &Files,
    ) -> Result<Vec<String>> {
        let hr = served.source().to_owned();
        for name in self.scenario.extra_attributes() {
            let attribute = json!({"name": name, "displayName": name, "type": "string"});
            client
                .post("/v2026/identity-attributes", &attribute)
                .await?;
        }
        let profiles = client.get("/v2026/identity-profiles").await?;
        let profile = profiles[0]["id"].as_str().unwrap_or_default();
        map(client, profile, self.scenario.mappings(&hr)).await?;
        let mut sources = vec![hr];
        for number in 2..=self.scenario.sources {
            let name = format!("Application {number}");
            let source = make_source(client, folder, &name, &files.columns).await?;
            let pair = json!({"attributeAssignments": [{
                "property": "identificationNumber", "value": "id", "operation": "EQ",
                "complex": false, "ignoreCase": true,
            }]});
            let path = format!("/v2026/sources/{source}/correlation-config");
            let mut config = client.get(&path).await?;
            config["attributeAssignments"] = pair["attributeAssignments"].clone();
            client.put(&path, &config).await?;
            sources.push(source);
        }
        Ok(sources)
    }

    /// Times a load from the moment the file has landed to the end of the run: accounts, identities
    /// and events are all written then.
    async fn measure(&self, client: &Client, source: &str, file: &Path) -> Result<Figure> {
        let begun = Instant::now();
        let report = load(client, source, file, self.people, true).await?;
        let total = begun.elapsed();
        let run = run_time(&report).unwrap_or(total);
        Ok(Figure {
            source: 0,
            name: "",
            seconds: run.as_secs_f64(),
            upload_seconds: total.saturating_sub(run).as_secs_f64(),
            peak_mib: 0.0,
            stored_mib: None,
            report,
        })
    }

    fn show(&self, figure: &Figure) {
        let rate = self.people as f64 / figure.seconds;
        if self.json {
            println!(
                "{}",
                json!({"bench": "aggregate", "source": figure.source, "name": figure.name,
                    "sources": self.scenario.sources, "mappings": self.scenario.mappings,
                    "people": self.people, "seconds": figure.seconds,
                    "uploadSeconds": figure.upload_seconds, "peoplePerSecond": rate,
                    "peakMiB": figure.peak_mib, "storedMiB": figure.stored_mib,
                    "status": figure.report["completionStatus"]})
            );
            return;
        }
        println!(
            "{:11} of source {}: {} people, {} mappings in {:>7.2} s = {:>7.0} people/s   upload {:>5.2} s   \
             peak {:>4.0} MiB   stored {}   {}",
            figure.name,
            figure.source,
            self.people,
            self.scenario.mappings,
            figure.seconds,
            rate,
            figure.upload_seconds,
            figure.peak_mib,
            figure
                .stored_mib
                .map_or_else(|| "-".to_owned(), |mib| format!("{mib:.0} MiB")),
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

/// What the files of a folder take.
fn folder_mib(folder: &Path) -> f64 {
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes: u64 = files
        .filter_map(|file| file.metadata().ok())
        .map(|metadata| metadata.len())
        .sum();
    bytes as f64 / 1024.0 / 1024.0
}
