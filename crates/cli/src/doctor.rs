//! `muster doctor`: what is wrong with this installation, and what to do about each thing.

use anyhow::{Result, bail};
use clap::Args;
use muster_model::Timestamp;
use muster_server::{Config, Parts};
use serde_json::json;

use crate::SettingFlags;

/// Checks configuration, store, keys, clock, listener and egress rules.
#[derive(Args)]
pub(crate) struct Doctor {
    /// Prints JSON.
    #[arg(long)]
    json: bool,
}

struct Finding {
    about: &'static str,
    is_well: bool,
    text: String,
    remedy: &'static str,
}

impl Finding {
    fn well(about: &'static str, text: impl Into<String>) -> Self {
        Self {
            about,
            is_well: true,
            text: text.into(),
            remedy: "",
        }
    }

    fn ill(about: &'static str, text: impl Into<String>, remedy: &'static str) -> Self {
        Self {
            about,
            is_well: false,
            text: text.into(),
            remedy,
        }
    }
}

impl Doctor {
    pub(crate) fn run(&self, settings: &SettingFlags) -> Result<()> {
        let findings = match settings.load(&[]) {
            Err(error) => {
                let remedy = "correct it; `muster config` lists all settings";
                vec![Finding::ill("configuration", error.to_string(), remedy)]
            }
            Ok(config) => examine(&config),
        };
        for finding in &findings {
            if self.json {
                println!(
                    "{}",
                    json!({"about": finding.about, "well": finding.is_well, "text": finding.text, "remedy": finding.remedy})
                );
                continue;
            }
            println!(
                "{} {:14} {}",
                if finding.is_well { "ok  " } else { "WRONG" },
                finding.about,
                finding.text
            );
            if !finding.is_well {
                println!("      {:14} → {}", "", finding.remedy);
            }
        }
        let wrong = findings.iter().filter(|finding| !finding.is_well).count();
        if wrong > 0 {
            bail!("{wrong} of {} checks found something wrong", findings.len());
        }
        Ok(())
    }
}

fn examine(config: &Config) -> Vec<Finding> {
    vec![
        Finding::well(
            "configuration",
            "readable; `muster config` shows where each value comes from",
        ),
        store(config),
        clock(),
        listener(config),
        egress(config),
    ]
}

fn store(config: &Config) -> Finding {
    match Parts::open(config, None) {
        Ok(parts) => {
            let orgs = parts.store.orgs();
            for org in &orgs {
                if let Err(error) = parts.keyring.of(org) {
                    let text = format!("org {}: {error}", org.name());
                    return Finding::ill(
                        "keys",
                        text,
                        "give the master key that the org was made with",
                    );
                }
            }
            Finding::well("store", format!("open, {} orgs, keys fit", orgs.len()))
        }
        Err(muster_server::Error::Store(muster_store::Error::Locked(folder))) => {
            Finding::well("store", format!("a running muster holds {folder}"))
        }
        Err(error) => {
            let text = format!("{:#}", anyhow::Error::new(error));
            Finding::ill(
                "store",
                text,
                "check --data or --store, and that this user may write there",
            )
        }
    }
}

/// A clock far off refuses tokens and spoils signatures.
fn clock() -> Finding {
    // The day this check was written: a machine that shows an earlier one has lost its clock.
    let written = Timestamp::from_micros(1_795_305_600_000_000);
    let now = muster_model::Clock::now(&muster_model::SystemClock);
    if now < written {
        let remedy = "set the machine's clock, with NTP if you can";
        return Finding::ill("clock", format!("shows {now}, which has passed"), remedy);
    }
    Finding::well("clock", format!("shows {now}"))
}

fn listener(config: &Config) -> Finding {
    let Ok(address) = config.listen() else {
        return Finding::ill(
            "listener",
            "no usable address",
            "set --listen, such as 127.0.0.1:8080",
        );
    };
    match std::net::TcpListener::bind(address) {
        Ok(_) if address.ip().is_loopback() => Finding::well(
            "listener",
            format!("{address} is free; only this machine reaches it"),
        ),
        Ok(_) => Finding::well(
            "listener",
            format!("{address} is free; put a proxy with TLS in front of it for other machines"),
        ),
        Err(error) => {
            let remedy = "stop what uses it (a running muster?), or choose another with --listen";
            Finding::ill("listener", format!("{address}: {error}"), remedy)
        }
    }
}

fn egress(config: &Config) -> Finding {
    let allowed = config.egress_allow();
    if let Err(error) = config.egress() {
        let remedy = "use hosts or networks with commas, such as 10.1.0.0/16,hooks.local";
        return Finding::ill("egress", error.to_string(), remedy);
    }
    if allowed.is_empty() {
        return Finding::well(
            "egress",
            "events go to public addresses only; see --egress-allow",
        );
    }
    Finding::well("egress", format!("also allowed: {}", allowed.join(", ")))
}
