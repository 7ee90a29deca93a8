//! `muster transform test`: what would this transform make of this person, and how?

use std::fmt::Write;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use clap::{Args, Subcommand};
use muster_auth::{Random, SystemRandom};
use muster_model::{Clock, SystemClock};
use muster_transform::given::{Given, World};
use muster_transform::{Step, Trace, Transform};
use serde_json::{Value, json};

#[derive(Subcommand)]
pub(crate) enum TransformCommand {
    /// Tries a transform and tells, step by step, what went in and what came out.
    Test(Test),
}

/// Reads the transform as the API takes it. The context is one JSON object, or one on each line; all
/// its members may be left out:
///
///   input       the value of the mapping's account attribute
///   accounts    [{"source", "attributes", "nativeIdentity", "displayName", "created"}]
///   identity    {"uid", "attributes", "manager": {…}}
///   identities  other people, in the same form
///   transforms  those that are referred to by name
///   now         an instant; the present moment without it
///   taken       names that a generator finds in use
///   field       settings of a provisioning policy's field
///   attributeName, oldValue  the attribute that is computed, and its value before
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(crate) struct Test {
    /// A file with the transform; `-` reads standard input.
    transform: PathBuf,
    /// A file with contexts; `-` reads standard input. Without one, everything is absent.
    context: Option<PathBuf>,
    /// Prints the value alone, without the steps.
    #[arg(long)]
    quiet: bool,
    /// Prints one line of JSON per context: value or error, and the steps.
    #[arg(long, conflicts_with = "quiet")]
    json: bool,
}

impl TransformCommand {
    pub(crate) fn run(&self) -> Result<()> {
        let Self::Test(test) = self;
        test.run()
    }
}

impl Test {
    fn run(&self) -> Result<()> {
        if self.transform.as_os_str() == "-" && self.context.as_deref() == Some(Path::new("-")) {
            bail!("only one of the two can be read from standard input");
        }
        let text = read(&self.transform)?;
        let json: Value = serde_json::from_str(&text)
            .with_context(|| format!("{} is no JSON", self.transform.display()))?;
        let transform = match Transform::parse(&json) {
            Ok(transform) => transform,
            Err(error) => {
                if self.json {
                    println!("{}", json!({"valid": false, "error": error.to_string()}));
                }
                bail!("the transform is not valid: {error}");
            }
        };
        for warning in transform.warnings() {
            eprintln!("{}: {}", warning.path, warning.text);
        }
        let contexts = match &self.context {
            Some(file) => contexts(&read(file)?)
                .with_context(|| format!("{} holds no context", file.display()))?,
            None => vec![Given::default()],
        };
        let mut failed = 0;
        for given in contexts {
            failed += usize::from(!self.say(&transform, given)?);
        }
        if failed > 0 {
            bail!("no value in {failed} of the contexts: the transform failed");
        }
        Ok(())
    }

    /// Whether there was a value, null among them.
    fn say(&self, transform: &Transform, given: Given) -> Result<bool> {
        let mut seed = [0; 8];
        SystemRandom.fill(&mut seed);
        let world =
            World::of(given, SystemClock.now(), u64::from_le_bytes(seed)).context("transforms")?;
        let (outcome, trace) = transform.evaluate_traced(&world);
        let (value, error) = match outcome {
            Ok(value) => (json!(value), None),
            Err(error) => (Value::Null, Some(error.to_string())),
        };
        if self.json {
            let line = match &error {
                None => json!({"value": value, "steps": trace.steps, "omitted": trace.omitted}),
                Some(error) => {
                    json!({"error": error, "steps": trace.steps, "omitted": trace.omitted})
                }
            };
            println!("{line}");
        } else {
            match &error {
                None => println!("{value}"),
                Some(error) => println!("error: {error}"),
            }
            if !self.quiet {
                print!("{}", told(&trace));
            }
        }
        Ok(error.is_none())
    }
}

/// The steps, each as deep as it is nested.
fn told(trace: &Trace) -> String {
    let mut text: String = trace.steps.iter().map(step).collect();
    if trace.omitted > 0 {
        let _ = writeln!(text, "  … and {} more steps", trace.omitted);
    }
    text
}

fn step(step: &Step) -> String {
    let indent = "  ".repeat(step.depth + 1);
    let inputs: Vec<String> = step
        .inputs
        .iter()
        .map(|input| format!("{}: {}", input.name, json!(input.value)))
        .collect();
    let outcome = match &step.error {
        None => json!(step.output).to_string(),
        Some(error) => format!("error: {error}"),
    };
    let place = match (&step.transform, step.depth) {
        (Some(name), 0) => format!(" \"{name}\""),
        _ => String::new(),
    };
    format!(
        "{indent}{}{place} ({}) → {outcome}\n",
        step.operation,
        inputs.join(", ")
    )
}

fn read(file: &Path) -> Result<String> {
    if file.as_os_str() == "-" {
        let mut text = String::new();
        std::io::stdin().read_to_string(&mut text)?;
        return Ok(text);
    }
    std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))
}

/// Objects one behind the other, on lines of their own or not.
fn contexts(text: &str) -> Result<Vec<Given>> {
    let contexts = serde_json::Deserializer::from_str(text).into_iter();
    Ok(contexts.collect::<Result<_, _>>()?)
}
