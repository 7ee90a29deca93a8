//! A server with a source of events inside, in a process of its own: what the measurements of
//! deliveries measure, and what their tests kill. Hidden; it says what it does in lines of JSON.

use std::io::{BufRead, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use clap::Args;
use muster_api::{OrgSealer, sealer};
use muster_event::{Draft, Outbox, Value, object};
use muster_model::OrgSettings;
use muster_server::{Parts, Server, orgs, telemetry};
use muster_store::Org;
use muster_trigger::subscription::{self, Desk, Limits, Subscription};
use serde_json::json;

use crate::SettingFlags;
use crate::serve::until_told_to_stop;

/// The trigger that all events are of.
const TRIGGER: &str = "idn:identity-attributes-changed";

/// Looks at each event twice and lets all pass.
const FILTER: &str = "$.changes[?(@.attribute == 'department' && @.newValue != 'Sales')]";

/// People whom events are about.
const PEOPLE: u64 = 10_000;

/// Events in one transaction when a backlog is made.
const FILL_PER_COMMIT: u64 = 1_000;

#[derive(Args)]
pub(crate) struct Worker {
    /// The org; made where it is missing.
    #[arg(long)]
    org: String,
    /// Endpoints that each get a subscription when the org is made.
    #[arg(long)]
    endpoint: Vec<String>,
    /// Settings of their subscriptions: a retry schedule in milliseconds, with commas.
    #[arg(long, value_delimiter = ',')]
    schedule: Vec<u64>,
    /// Makes a backlog of so many events and ends; nothing is sent.
    #[arg(long)]
    fill: Option<u64>,
    /// Makes events up to this number.
    #[arg(long, default_value_t = 0)]
    produce: u64,
    /// Events in one transaction.
    #[arg(long, default_value_t = 100)]
    per_commit: u64,
    /// Transactions a second; as many as possible, where 0.
    #[arg(long, default_value_t = 0)]
    rate: u64,
    /// People whom the events are about.
    #[arg(long, default_value_t = PEOPLE)]
    people: u64,
    /// Deliveries that may be under way; how many arrived is read from standard input.
    #[arg(long, default_value_t = 20_000)]
    outstanding: u64,
}

impl Worker {
    pub(crate) fn run(&self, settings: &SettingFlags) -> Result<()> {
        let config = settings.load(&[])?;
        let _telemetry = telemetry::start_logging(&config)?;
        let runtime = crate::runtime()?;
        if self.fill.is_some() {
            let parts = Parts::open(&config, None)?;
            let org = self.prepare(&parts)?;
            return self.fill(&org, &parts);
        }
        let server = runtime.block_on(Server::start(&config))?;
        let org = self.prepare(&server.parts)?;
        runtime.block_on(server.adopt_new_orgs())?;
        say(&json!({ "pid": std::process::id(), "at": now(&server.parts) }));
        let outbox = server.parts.outboxes.of(org.name());
        self.produce(&org, &outbox, &server.parts)?;
        runtime.block_on(async {
            until_told_to_stop().await?;
            server.stop().await;
            Ok(())
        })
    }

    /// The org with its subscriptions.
    fn prepare(&self, parts: &Parts) -> Result<Org> {
        let moment = parts.clock.now();
        let org = if let Some(org) = parts.store.org(&self.org) {
            org
        } else {
            let (store, keyring, settings) = (&parts.store, &parts.keyring, OrgSettings::default());
            orgs::create(store, keyring, &self.org, &settings, moment)?.0
        };
        let known = org.read(|tx| tx.typed::<Subscription>().list())?;
        if !known.is_empty() {
            return Ok(org);
        }
        let sealer = OrgSealer::new(&org, &parts.keyring)?;
        let fill = sealer::fill(parts.keyring.random());
        let desk = Desk {
            now: moment,
            fill: &fill,
            sealer: &sealer,
            limits: Limits::default(),
        };
        org.write(|tx| {
            for (at, url) in self.endpoint.iter().enumerate() {
                let made = subscription::create(
                    tx,
                    &desk,
                    &json!({
                        "name": format!("endpoint {at}"), "triggerId": TRIGGER, "type": "HTTP",
                        "filter": FILTER, "httpConfig": { "url": url },
                    }),
                )?;
                subscription::configure(tx, &desk, &made.id, |mut wire| {
                    wire["retryScheduleMs"] = json!(self.schedule);
                    Ok::<_, muster_trigger::Error>(wire)
                })?;
            }
            Ok::<_, muster_trigger::Error>(())
        })?;
        Ok(org)
    }

    /// Events with their deliveries, as a server leaves them that was killed before it sent any.
    fn fill(&self, org: &Org, parts: &Parts) -> Result<()> {
        let total = self.fill.unwrap_or_default();
        let outbox = Outbox::default();
        let mut from = org.read(|tx| tx.events().last())? as u64;
        let numbers: Vec<i64> = org
            .read(|tx| tx.typed::<Subscription>().list())?
            .iter()
            .map(|one| one.number)
            .collect();
        while from < total {
            let to = (from + FILL_PER_COMMIT).min(total);
            let drafts = (from + 1..=to).map(|number| self.draft(number, parts));
            let drafts = drafts.collect();
            org.write(|tx| {
                let deliveries = numbers
                    .iter()
                    .flat_map(|one| (from + 1..=to).map(move |seq| (*one, seq as i64)));
                tx.deliveries().add(deliveries, parts.clock.now())?;
                let before = tx.events().dispatched()?;
                tx.events().set_dispatched(before, to as i64)?;
                outbox.append(tx, drafts)
            })?;
            from = to;
        }
        Ok(())
    }

    /// Makes events from where it stopped, and says when each transaction had committed.
    fn produce(&self, org: &Org, outbox: &Outbox, parts: &Parts) -> Result<()> {
        let arrived = Self::listen();
        let endpoints = self.endpoint.len().max(1) as u64;
        let begun = Instant::now();
        let first = org.read(|tx| tx.events().last())? as u64;
        let (mut from, mut turn) = (first, 0);
        while from < self.produce {
            let to = (from + self.per_commit).min(self.produce);
            if let Some(pace) = 1_000_000_u64.checked_div(self.rate) {
                wait_until(begun + Duration::from_micros(pace * turn));
            } else {
                while (from - first) * endpoints > arrived.load(Relaxed) + self.outstanding {
                    std::thread::park_timeout(Duration::from_micros(200));
                }
            }
            let drafts = (from + 1..=to).map(|number| self.draft(number, parts));
            let drafts = drafts.collect();
            org.write(|tx| outbox.append(tx, drafts))?;
            // As fast as possible, nobody asks when, and a full pipe would hold everything up.
            if self.rate > 0 {
                say(&json!({ "committed": to, "at": now(parts) }));
            }
            (from, turn) = (to, turn + 1);
        }
        Ok(())
    }

    /// How many deliveries have arrived, as standard input says. Its end does not end anything.
    fn listen() -> Arc<AtomicU64> {
        let arrived = Arc::new(AtomicU64::new(0));
        let told = Arc::clone(&arrived);
        std::thread::spawn(move || {
            for line in std::io::stdin().lock().lines().map_while(Result::ok) {
                if let Ok(count) = line.trim().parse() {
                    told.store(count, Relaxed);
                }
            }
        });
        arrived
    }

    /// About a kilobyte: a person who moves to another department.
    fn draft(&self, number: u64, parts: &Parts) -> Draft {
        let person = format!("{:032x}", number % self.people);
        let text = |value: &str| Value::from(value.to_owned());
        let change = |attribute: &str, old: &str, new: &str| {
            object([
                ("attribute", text(attribute)),
                ("oldValue", text(old)),
                ("newValue", text(new)),
            ])
        };
        let value = object([
            (
                "identity",
                object([
                    ("type", text("IDENTITY")),
                    ("id", text(&person)),
                    ("name", text("William Wilson of the Department of Works")),
                ]),
            ),
            ("number", Value::from(number as i64)),
            (
                "changes",
                Value::from(vec![
                    change("department", "Sales", "Marketing"),
                    change(
                        "displayName",
                        &"Old name ".repeat(16),
                        &"New name ".repeat(16),
                    ),
                    change(
                        "manager",
                        &"ee769173319b41d19ccec6c235423237b".repeat(3),
                        &person,
                    ),
                ]),
            ),
        ]);
        Draft {
            trigger: TRIGGER,
            subject: person,
            identity: vec![b"bench".to_vec(), number.to_be_bytes().to_vec()],
            created: parts.clock.now(),
            cause: "bench".into(),
            value,
        }
    }
}

fn wait_until(moment: Instant) {
    while let Some(left) = moment.checked_duration_since(Instant::now()) {
        std::thread::park_timeout(left);
    }
}

fn now(parts: &Parts) -> i64 {
    parts.clock.now().as_micros()
}

fn say(line: &serde_json::Value) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

/// A worker that was started.
pub(crate) struct Started {
    child: std::process::Child,
    input: std::process::ChildStdin,
    output: std::io::Lines<std::io::BufReader<std::process::ChildStdout>>,
}

impl Started {
    /// Starts this binary as a worker with these flags.
    pub(crate) fn with(flags: &[String]) -> Result<Self> {
        use std::process::{Command, Stdio};
        let mut child = Command::new(std::env::current_exe()?)
            .args(["bench", "worker"])
            .args(flags)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()?;
        let input = child.stdin.take().context("a pipe was asked for")?;
        let output = child.stdout.take().context("a pipe was asked for")?;
        let output = std::io::BufReader::new(output).lines();
        Ok(Self {
            child,
            input,
            output,
        })
    }

    /// The next thing it says.
    pub(crate) fn line(&mut self) -> Result<serde_json::Value> {
        let line = self.output.next().context("the worker ended")??;
        Ok(serde_json::from_str(&line)?)
    }

    /// Tells it how many deliveries have arrived.
    pub(crate) fn tell(&mut self, arrived: u64) -> Result<()> {
        Ok(writeln!(self.input, "{arrived}")?)
    }

    /// Waits for its end.
    pub(crate) fn wait(mut self) -> Result<()> {
        let status = self.child.wait()?;
        anyhow::ensure!(status.success(), "the worker failed: {status}");
        Ok(())
    }

    /// Its process.
    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Started {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
