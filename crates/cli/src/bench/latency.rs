//! From a file that has landed to the POST at an endpoint.

use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use axum::Router;
use clap::Args;
use serde_json::{Value, json};
use tokio::sync::mpsc;

use crate::bench::served::Served;

#[derive(Args)]
pub(crate) struct Latency {
    /// How many changes are made, one after the other.
    #[arg(long, default_value_t = 200)]
    changes: usize,
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

impl Latency {
    pub(crate) async fn run(&self, store: Option<&str>) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let served = Served::start(&folder.path().join("data"), 250, store)?;
        let client = served.client().await?;
        let (sender, mut caught) = mpsc::unbounded_channel();
        let socket = tokio::net::TcpListener::bind(("127.0.0.1", 0)).await?;
        let sink = socket.local_addr()?;
        let sender = Arc::new(sender);
        let router = Router::new().fallback(move || {
            let _ = sender.send(Instant::now());
            async { "" }
        });
        tokio::spawn(async move { axum::serve(socket, router).await });
        let body = json!({
            "name": "bench", "triggerId": "idn:identity-attributes-changed", "type": "HTTP",
            "httpConfig": {"url": format!("http://{sink}/"), "httpDispatchMode": "SYNC"},
            "filter": "$.changes[?(@.attribute == 'department')]",
        });
        client.post("/beta/trigger-subscriptions", &body).await?;
        let file = served.ready["file"]
            .as_str()
            .context("the demo names its file")?;
        let text = std::fs::read_to_string(file)?;
        let path = format!("/v2026/sources/{}/load-accounts", served.source());
        let mut times = Vec::with_capacity(self.changes);
        for number in 0..self.changes {
            let changed = folder.path().join("changed.csv");
            std::fs::write(
                &changed,
                with_department(&text, &format!("Bench {number}"))?,
            )?;
            let _: Value = client.upload(&path, &changed).await?;
            let landed = Instant::now();
            let arrived = tokio::time::timeout(Duration::from_secs(30), caught.recv()).await;
            let arrived = arrived
                .context("no event arrived within 30 s")?
                .context("the sink stopped")?;
            times.push(arrived.saturating_duration_since(landed));
        }
        self.show(&mut times);
        Ok(())
    }

    fn show(&self, times: &mut [Duration]) {
        times.sort();
        let at = |share: f64| {
            let place = ((times.len() - 1) as f64 * share).round() as usize;
            times[place].as_secs_f64() * 1000.0
        };
        let (p50, p95, p99) = (at(0.5), at(0.95), at(0.99));
        if self.json {
            println!(
                "{}",
                json!({"bench": "latency", "changes": times.len(), "p50Ms": p50, "p95Ms": p95, "p99Ms": p99})
            );
        } else {
            println!(
                "file landed → POST received, {} changes: p50 {p50:.1} ms   p95 {p95:.1} ms   p99 {p99:.1} ms",
                times.len()
            );
        }
    }
}

/// The file with another department in each row of its first person.
fn with_department(text: &str, department: &str) -> Result<String> {
    let mut lines = text.lines();
    let head = lines.next().context("the file has a header")?;
    let column = head.split(',').position(|name| name == "department");
    let column = column.context("the file has a column department")?;
    let mut changed = String::with_capacity(text.len() + 64);
    changed.push_str(head);
    changed.push('\n');
    let mut first: Option<&str> = None;
    for line in lines {
        let id = line.split(',').next().unwrap_or_default();
        if *first.get_or_insert(id) == id {
            let mut cells: Vec<&str> = line.split(',').collect();
            cells[column] = department;
            changed.push_str(&cells.join(","));
        } else {
            changed.push_str(line);
        }
        changed.push('\n');
    }
    Ok(changed)
}
