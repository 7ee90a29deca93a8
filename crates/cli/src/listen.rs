//! `muster listen`: events come from the server over one outgoing connection and go to a local port,
//! signed as if the server had delivered them there. Nothing has to be reachable from outside.

mod forward;
mod keys;
mod messages;
mod server;
mod terminal;

use std::collections::VecDeque;
use std::io::{IsTerminal, Write};

use anyhow::{Context, Result, bail};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::Args;
use hyper::Uri;
use muster_auth::{Random, SystemRandom};
use muster_jsonpath::{Dialect, Filter};
use muster_trigger::delivery::Signer;
use serde_json::{Value, json};

use self::forward::{Event, Target, Told};
use self::keys::Wish;
use self::server::Stream;
use self::terminal::AsItWas;
use crate::SettingFlags;
use crate::remote::account;
use crate::serve::until_told_to_stop;

/// How many events can be sent again.
const KEPT_EVENTS_MAX: usize = 1_000;
/// Bytes of a secret that is made here.
const SECRET_BYTES: usize = 24;

/// Streams events from a server to a local port.
///
/// Signs in with SAIL_BASE_URL, SAIL_CLIENT_ID and SAIL_CLIENT_SECRET, or as the demo of this folder.
/// While it runs: r sends the last event again, a number and Enter that one, q ends.
#[derive(Args)]
pub(crate) struct Listen {
    /// Where events are sent, such as http://localhost:3000/hook.
    #[arg(long, value_name = "URL")]
    forward: Uri,
    /// Only events that pass this filter.
    #[arg(long)]
    filter: Option<String>,
    /// Reads the filter as strict RFC 9535 instead of the vendor's dialect.
    #[arg(long)]
    rfc9535: bool,
    /// Only events of this trigger; may be given several times.
    #[arg(long, value_name = "ID")]
    trigger: Vec<String>,
    /// Begins behind this cursor, or with the `oldest` event, or with what happens next.
    #[arg(long, default_value = "latest", value_name = "CURSOR")]
    after: String,
    /// Ends after so many events.
    #[arg(long, value_name = "COUNT")]
    count: Option<usize>,
    /// Signs with this secret instead of one made for this run.
    #[arg(long, value_name = "SECRET")]
    secret: Option<String>,
    /// Prints each try as one line of JSON.
    #[arg(long)]
    json: bool,
}

impl Listen {
    pub(crate) fn run(&self, settings: &SettingFlags) -> Result<()> {
        if !matches!(self.forward.scheme_str(), Some("http" | "https")) {
            bail!(
                "--forward {}: write an address that begins with http:// or https://",
                self.forward
            );
        }
        if let Some(text) = &self.filter {
            let dialect = if self.rfc9535 {
                Dialect::Rfc9535
            } else {
                Dialect::Jayway
            };
            Filter::compile_in(dialect, text).context("--filter")?;
        }
        let account = account(settings)?;
        let secret = self.secret.clone().unwrap_or_else(made_secret);
        let target = Target {
            uri: self.forward.clone(),
            signer: Signer::of([secret.as_str()]),
        };
        let _terminal = AsItWas::of_input();
        crate::runtime()?.block_on(async {
            let base = account.base.clone();
            let stream = Stream::open(account, self.path()).await?;
            self.greet(&base, &secret);
            let log = Log {
                target,
                kept: VecDeque::new(),
                count: 0,
                json: self.json,
            };
            tokio::select! {
                ended = log.follow(stream, self.count) => ended,
                stopped = until_told_to_stop() => stopped,
            }
        })
    }

    /// Path and query of the stream.
    fn path(&self) -> String {
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("after", &self.after);
        if !self.trigger.is_empty() {
            query.append_pair("triggerId", &self.trigger.join(","));
        }
        if let Some(filter) = &self.filter {
            query.append_pair("filter", filter);
        }
        if self.rfc9535 {
            query.append_pair("dialect", "rfc9535");
        }
        format!("/muster/v1/events/stream?{}", query.finish())
    }

    fn greet(&self, base: &str, secret: &str) {
        let forward = &self.forward;
        if self.json {
            say(
                &json!({"listening": base, "forward": forward.to_string(), "secret": secret})
                    .to_string(),
            );
        } else {
            say(&format!(
                "listening to {base}, forwarding to {forward}\n\
                 signed with {secret} (Standard Webhooks)\n\
                 r sends the last event again, a number that one, q ends"
            ));
        }
    }
}

/// The events of this run and what became of them.
struct Log {
    target: Target,
    /// The last events, each with how often it was sent.
    kept: VecDeque<(Event, u32)>,
    /// How many there were.
    count: usize,
    json: bool,
}

impl Log {
    async fn follow(mut self, mut stream: Stream, count_max: Option<usize>) -> Result<()> {
        let mut wishes = keys::wishes(std::io::stdin().is_terminal());
        let mut listens = true;
        loop {
            tokio::select! {
                message = stream.next() => {
                    let message = message?;
                    if message.kind == "error" {
                        eprintln!("the server says: {}", message.data);
                        continue;
                    }
                    let event = serde_json::from_str(&message.data)
                        .context("the server sent an event that cannot be read")?;
                    self.keep(event);
                    self.tell(self.count).await;
                    if Some(self.count) == count_max {
                        return Ok(());
                    }
                }
                wish = wishes.recv(), if listens => match wish {
                    Some(Wish::Quit) => return Ok(()),
                    Some(Wish::Last) => self.tell(self.count).await,
                    Some(Wish::Number(number)) => self.tell(number).await,
                    // The input has ended; events go on.
                    None => listens = false,
                },
            }
        }
    }

    fn keep(&mut self, event: Event) {
        self.count += 1;
        self.kept.push_back((event, 0));
        if self.kept.len() > KEPT_EVENTS_MAX {
            self.kept.pop_front();
        }
    }

    /// Sends the event of that number, for the first time or again.
    async fn tell(&mut self, number: usize) {
        let first = self.count - self.kept.len() + 1;
        let Some((event, tries)) = number
            .checked_sub(first)
            .and_then(|at| self.kept.get_mut(at))
        else {
            if self.count == 0 {
                eprintln!("no event has come yet");
            } else {
                let last = self.count;
                eprintln!("there is no event {number}; {first} to {last} can be sent again");
            }
            return;
        };
        *tries += 1;
        let told = self.target.tell(event, *tries).await;
        let line = if self.json {
            told_in_json(number, event, *tries, &told).to_string()
        } else {
            told_in_words(number, event, *tries, &told)
        };
        say(&line);
    }
}

fn told_in_words(number: usize, event: &Event, tries: u32, told: &Told) -> String {
    let again = if tries > 1 { " (again)" } else { "" };
    let answer = match &told.answer {
        Ok(status) => format!("{status} in {} ms", told.milliseconds),
        Err(reason) => reason.clone(),
    };
    format!(
        "#{number} {} {}{again} → {answer}",
        event.created, event.trigger_id
    )
}

fn told_in_json(number: usize, event: &Event, tries: u32, told: &Told) -> Value {
    json!({
        "number": number, "id": event.id, "triggerId": event.trigger_id, "created": event.created,
        "attempt": tries, "status": told.answer.as_ref().ok().map(hyper::StatusCode::as_u16),
        "error": told.answer.as_ref().err(), "milliseconds": told.milliseconds as u64,
        "event": event.body,
    })
}

/// One line at a time, at once: others may read along.
fn say(line: &str) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{line}");
    let _ = out.flush();
}

fn made_secret() -> String {
    let mut bytes = [0; SECRET_BYTES];
    SystemRandom.fill(&mut bytes);
    format!("whsec_{}", STANDARD.encode(bytes))
}
