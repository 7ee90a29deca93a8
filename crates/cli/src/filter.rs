//! `muster filter test`: would a subscription hear of this event, and why?

use std::io::{BufRead, BufReader, Read};
use std::path::PathBuf;

use anyhow::{Context, Result, bail};
use clap::{Args, Subcommand};
use muster_jsonpath::{Dialect, Filter};
use serde_json::{Value, json};

#[derive(Subcommand)]
pub(crate) enum FilterCommand {
    /// Tries a filter on events: one JSON document, or one on each line.
    Test(Test),
}

#[derive(Args)]
pub(crate) struct Test {
    /// The filter, such as `$.changes[?(@.attribute == "department")]`.
    filter: String,
    /// A file with events; `-` reads standard input. Without one, the filter is only checked.
    file: Option<PathBuf>,
    /// Says for each step and predicate what it saw and decided.
    #[arg(long)]
    explain: bool,
    /// Prints one line of JSON per event.
    #[arg(long)]
    json: bool,
    /// Reads the filter as strict RFC 9535 instead of the vendor's dialect.
    #[arg(long)]
    rfc9535: bool,
}

impl FilterCommand {
    pub(crate) fn run(&self) -> Result<()> {
        let Self::Test(test) = self;
        test.run()
    }
}

impl Test {
    fn run(&self) -> Result<()> {
        let dialect = if self.rfc9535 {
            Dialect::Rfc9535
        } else {
            Dialect::Jayway
        };
        let filter = match Filter::compile_in(dialect, &self.filter) {
            Ok(filter) => filter,
            Err(error) if self.json => {
                println!("{}", json!({"valid": false, "error": error}));
                bail!("the filter is not valid");
            }
            Err(error) => {
                let before = self.filter.get(..error.offset).unwrap_or(&self.filter);
                let column = before.chars().count();
                bail!(
                    "the filter is not valid\n  {}\n  {:column$}^ {error}",
                    self.filter,
                    ""
                );
            }
        };
        let Some(file) = &self.file else {
            println!(
                "{}",
                if self.json {
                    r#"{"valid":true}"#
                } else {
                    "the filter is valid"
                }
            );
            return Ok(());
        };
        let reader: Box<dyn Read> = if file.as_os_str() == "-" {
            Box::new(std::io::stdin())
        } else {
            let opened = std::fs::File::open(file);
            Box::new(opened.with_context(|| format!("cannot read {}", file.display()))?)
        };
        self.each(BufReader::new(reader), &filter)
    }

    /// One event behind the other, on lines of their own or not.
    fn each(&self, reader: impl BufRead, filter: &Filter) -> Result<()> {
        let events = serde_json::Deserializer::from_reader(reader).into_iter::<Value>();
        let mut count = 0_u64;
        for event in events {
            count += 1;
            let event = event.with_context(|| format!("event {count} is no JSON"))?;
            self.say(filter, &event);
        }
        if count == 0 {
            bail!("there is no event in the input");
        }
        Ok(())
    }

    fn say(&self, filter: &Filter, event: &Value) {
        let fires = filter.fires(event);
        match (self.explain, self.json) {
            (true, true) => println!(
                "{}",
                json!({"fires": fires, "explanation": filter.explain(event)})
            ),
            (true, false) => println!("{}", filter.explain(event)),
            (false, true) => println!("{}", json!({"fires": fires})),
            (false, false) => println!("{}", if fires { "fires" } else { "does not fire" }),
        }
    }
}
