//! From an event that is committed to its arrival at endpoints: how many a second, how long it takes,
//! what a bad endpoint costs its neighbours, how a backlog drains after a restart. The endpoints are
//! in this process, the server with the source of events in another, so that its memory and processor
//! time are its own.

mod process;
mod sink;

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use clap::Args;
use muster_model::{Clock, SystemClock};
use serde_json::{Value, json};

use self::process::{cpu_seconds, memory_mib};
use self::sink::{Manner, Sink};
use crate::bench::worker::Started;

/// No measurement takes longer.
const PATIENCE: Duration = Duration::from_secs(600);

#[derive(Args)]
pub(crate) struct Deliver {
    /// Events of each saturated run with one endpoint; a fifth with ten.
    #[arg(long, default_value_t = 100_000)]
    events: u64,
    /// Events of the steady run, at 100 a second.
    #[arg(long, default_value_t = 1_000)]
    steady: u64,
    /// Deliveries of the backlog, over ten endpoints.
    #[arg(long, default_value_t = 200_000)]
    backlog: u64,
    /// Rounds with and without a bad neighbour.
    #[arg(long, default_value_t = 3)]
    rounds: u32,
    /// Only the scenarios of these names: one, ten, steady, neighbours, backlog.
    #[arg(long, value_delimiter = ',')]
    only: Vec<String>,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

/// Where a server keeps its orgs.
struct Place<'a> {
    data: &'a Path,
    /// `postgres://…` of an empty database.
    store: Option<&'a str>,
}

impl Deliver {
    pub(crate) async fn run(&self, store: Option<&str>) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let place = &Place {
            data: folder.path(),
            store,
        };
        if self.wants("one") {
            let figures = self.saturate(place, "one", 1, 1, Manner::Good).await?;
            self.show(place, "one", &figures);
        }
        if self.wants("ten") {
            let figures = self.saturate(place, "ten", 10, 10, Manner::Good).await?;
            self.show(place, "ten", &figures);
        }
        if self.wants("steady") {
            let figures = self.steady(place).await?;
            self.show(place, "steady", &figures);
        }
        if self.wants("neighbours") {
            let figures = self.neighbours(place).await?;
            self.show(place, "neighbours", &figures);
        }
        if self.wants("backlog") {
            let figures = self.backlog(place).await?;
            self.show(place, "backlog", &figures);
        }
        Ok(())
    }

    fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.only.iter().any(|one| one == name)
    }

    /// Events as fast as they can be delivered to the good among the endpoints.
    async fn saturate(
        &self,
        place: &Place<'_>,
        org: &str,
        endpoints: usize,
        good: u64,
        last: Manner,
    ) -> Result<Value> {
        let events = if endpoints == 1 {
            self.events
        } else {
            self.events / 5
        };
        let sink = Sink::start(endpoints, last, 0)?;
        let mut flags = flags(place, org, &sink, endpoints);
        flags.extend(["--produce".to_owned(), events.to_string()]);
        let mut worker = Started::with(&flags)?;
        let ready = worker.line()?;
        let sink_cpu = cpu_seconds(std::process::id());
        let wanted = events * good;
        // The bad one's are never through: what is under way counts the good ones.
        let share = endpoints as u64;
        sink.wait_for(wanted, PATIENCE, |arrived| {
            let _ = worker.tell(arrived * share / good);
        })
        .await?;
        let seconds = (sink.latest() - ready["at"].as_i64().unwrap_or_default()) as f64 / 1e6;
        let per = |cpu: f64| cpu * 1e6 / wanted as f64;
        Ok(json!({
            "endpoints": endpoints, "deliveries": wanted, "seconds": seconds,
            "perSecond": wanted as f64 / seconds,
            "serverCpuMicros": per(cpu_seconds(worker.pid())),
            "sinkCpuMicros": per(cpu_seconds(std::process::id()) - sink_cpu),
            "peakMiB": memory_mib(worker.pid(), "VmHWM"),
        }))
    }

    /// A hundred events a second, each in a transaction of its own, to one endpoint.
    async fn steady(&self, place: &Place<'_>) -> Result<Value> {
        let sink = Sink::start(1, Manner::Good, self.steady as usize)?;
        let mut flags = flags(place, "steady", &sink, 1);
        flags.extend(
            ["--per-commit", "1", "--rate", "100", "--produce"]
                .map(str::to_owned)
                .into_iter()
                .chain([self.steady.to_string()]),
        );
        let mut worker = Started::with(&flags)?;
        worker.line()?;
        let events = self.steady;
        let committed = tokio::task::spawn_blocking(move || {
            let lines: Result<Vec<Value>> = (0..events).map(|_| worker.line()).collect();
            Ok::<_, anyhow::Error>((lines?, worker))
        });
        let (committed, worker) = committed.await??;
        sink.wait_for(events, PATIENCE, |_| {}).await?;
        let mut waits: Vec<i64> = committed
            .iter()
            .filter_map(|line| {
                let number = line["committed"].as_u64()? as usize;
                // An event may arrive before its producer has read the clock again.
                Some((sink.moment(number)? - line["at"].as_i64()?).max(0))
            })
            .collect();
        waits.sort_unstable();
        let at = |share: f64| {
            let place = (waits.len().saturating_sub(1) as f64 * share).round() as usize;
            waits.get(place).copied().unwrap_or_default() as f64 / 1e3
        };
        Ok(json!({
            "events": waits.len(), "p50Ms": at(0.5), "p95Ms": at(0.95), "p99Ms": at(0.99),
            "peakMiB": memory_mib(worker.pid(), "VmHWM"),
        }))
    }

    /// Nine good endpoints alone, with a tenth that hangs, with a tenth that answers 500; medians of
    /// interleaved rounds.
    async fn neighbours(&self, place: &Place<'_>) -> Result<Value> {
        let cases = [
            ("alone", 9, Manner::Good),
            ("hanging", 10, Manner::Hangs),
            ("failing", 10, Manner::Fails),
        ];
        let mut rates: [Vec<f64>; 3] = Default::default();
        for round in 0..self.rounds.max(1) {
            for (case, (name, endpoints, last)) in cases.into_iter().enumerate() {
                let org = format!("{name}-{round}");
                let figures = self.saturate(place, &org, endpoints, 9, last).await?;
                rates[case].push(figures["perSecond"].as_f64().unwrap_or_default());
            }
        }
        let [alone, hanging, failing] = rates.map(median);
        Ok(json!({
            "rounds": self.rounds, "alonePerSecond": alone, "besideHangingPerSecond": hanging,
            "besideFailingPerSecond": failing,
            "hangingChangesPercent": (hanging / alone - 1.0) * 100.0,
            "failingChangesPercent": (failing / alone - 1.0) * 100.0,
        }))
    }

    /// A server is started over deliveries that another left behind.
    async fn backlog(&self, place: &Place<'_>) -> Result<Value> {
        const ENDPOINTS: usize = 10;
        let events = (self.backlog / ENDPOINTS as u64).max(1);
        let deliveries = events * ENDPOINTS as u64;
        let sink = Sink::start(ENDPOINTS, Manner::Good, 0)?;
        let flags = flags(place, "backlog", &sink, ENDPOINTS);
        let mut fill = flags.clone();
        fill.extend(["--fill".to_owned(), events.to_string()]);
        let filling = Started::with(&fill)?;
        tokio::task::spawn_blocking(move || filling.wait()).await??;
        let begun = SystemClock.now().as_micros();
        let worker = Started::with(&flags)?;
        sink.wait_for(deliveries, PATIENCE, |_| {}).await?;
        let seconds = (sink.latest() - sink.first()) as f64 / 1e6;
        Ok(json!({
            "deliveries": deliveries, "endpoints": ENDPOINTS,
            "firstPostMs": (sink.first() - begun) as f64 / 1e3,
            "perSecond": deliveries as f64 / seconds,
            "serverCpuMicros": cpu_seconds(worker.pid()) * 1e6 / deliveries as f64,
            "peakMiB": memory_mib(worker.pid(), "VmHWM"),
        }))
    }

    fn show(&self, place: &Place<'_>, name: &str, figures: &Value) {
        let store = if place.store.is_some() {
            "postgres"
        } else {
            "sqlite"
        };
        if self.json {
            let mut line = json!({ "bench": "deliver", "scenario": name, "store": store });
            if let (Some(line), Some(figures)) = (line.as_object_mut(), figures.as_object()) {
                line.extend(figures.clone());
            }
            println!("{line}");
            return;
        }
        let told: Vec<String> = figures
            .as_object()
            .into_iter()
            .flatten()
            .map(|(name, value)| match value.as_f64() {
                Some(number) if value.is_f64() => format!("{name} {number:.2}"),
                _ => format!("{name} {value}"),
            })
            .collect();
        println!("{name:11} {store:9} {}", told.join("   "));
    }
}

fn flags(place: &Place<'_>, org: &str, sink: &Sink, endpoints: usize) -> Vec<String> {
    // A folder for each org: a server serves all that it finds, those of scenarios that are over
    // among them. Those of one database share the key in the folder.
    let data = match place.store {
        Some(_) => place.data.to_owned(),
        None => place.data.join(org),
    };
    let mut flags = vec![
        "--data".to_owned(),
        data.display().to_string(),
        "--listen".to_owned(),
        "127.0.0.1:0".to_owned(),
        "--egress-allow".to_owned(),
        "127.0.0.0/8".to_owned(),
        "--org".to_owned(),
        org.to_owned(),
    ];
    if let Some(store) = place.store {
        flags.extend(["--store".to_owned(), store.to_owned()]);
    }
    flags.extend(sink.flags(endpoints));
    flags
}

fn median(mut rates: Vec<f64>) -> f64 {
    rates.sort_by(f64::total_cmp);
    rates.get(rates.len() / 2).copied().unwrap_or_default()
}
