//! Compares this crate with the real engine on generated filters and documents. Needs Java and a
//! class path with the oracle driver, Jayway JsonPath 2.10.0 and their dependencies:
//!
//! ```text
//! JAYWAY_CLASSPATH='oracle:lib/*' cargo run --example differential -- [SEED] [PAIRS]
//! JAYWAY_CLASSPATH='oracle:lib/*' cargo run --example differential -- FILE
//! ```
//!
//! The driver reads one JSON object a line (`filter`, `input`) and answers one a line. Prints each
//! difference with the reason for it and ends with 1 when one has no known reason.

#[path = "../tests/compare/mod.rs"]
mod compare;
#[path = "../tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};

use compare::{same_but_for_numbers, same_by_value};
use muster_jsonpath::{Document, Filter};
use serde::Deserialize;
use serde_json::value::RawValue;
use serde_json::{Value, json};
use support::documents::document;
use support::{Random, filter, object};

const PAIRS_DEFAULT: usize = 20_000;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let first = arguments.next().unwrap_or_else(|| "1".to_owned());
    let Ok(class_path) = std::env::var("JAYWAY_CLASSPATH") else {
        eprintln!("JAYWAY_CLASSPATH is not set: it names the oracle driver and its jars");
        return ExitCode::FAILURE;
    };
    let cases = match first.parse() {
        Ok(seed) => {
            let pairs = arguments.next().and_then(|text| text.parse().ok());
            generated(seed, pairs.unwrap_or(PAIRS_DEFAULT))
        }
        Err(_) => written(&first),
    };
    let answers = ask(&class_path, &cases);
    let mut different: BTreeMap<Reason, usize> = BTreeMap::new();
    for ((filter, input), answer) in cases.iter().zip(&answers) {
        let ours = verdict(filter, input);
        if !same(&ours, answer) {
            let reason = Reason::of(filter, &ours, answer);
            *different.entry(reason).or_default() += 1;
            println!(
                "{}",
                json!({"reason": reason.text(), "filter": filter, "input": input, "ours": ours,
                    "engine": answer})
            );
        }
    }
    if answers.len() < cases.len() {
        println!("the engine's driver broke on {:?}", cases[answers.len()]);
    }
    println!(
        "{} of {} differ ({first})",
        different.values().sum::<usize>(),
        answers.len()
    );
    for (reason, count) in &different {
        println!("  {count}: {}", reason.text());
    }
    if different.contains_key(&Reason::Unknown) || answers.len() < cases.len() {
        ExitCode::FAILURE
    } else {
        ExitCode::SUCCESS
    }
}

type Pair = (String, String);

/// Filters and documents from the generator.
fn generated(seed: u64, count: usize) -> Vec<Pair> {
    let mut random = Random::new(seed);
    (0..count)
        .map(|_| {
            let input = if random.chance(80) {
                object(&mut random, 3)
            } else {
                document(&mut random, 3)
            };
            (filter(&mut random), input)
        })
        .collect()
}

/// Filters and documents from a file, an object a line as the driver reads them.
fn written(file: &str) -> Vec<Pair> {
    #[derive(Deserialize)]
    struct Line<'l> {
        filter: String,
        #[serde(borrow)]
        input: &'l RawValue,
    }
    std::fs::read_to_string(file)
        .expect("a seed, or a file of pairs")
        .lines()
        .map(|line| {
            let line: Line<'_> = serde_json::from_str(line).expect("a filter and an input");
            (line.filter, line.input.get().to_owned())
        })
        .collect()
}

/// Why the two may differ: what the README says is not copied.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Reason {
    ScanState,
    RefusedPattern,
    EngineOverflow,
    LastDigit,
    Unknown,
}

impl Reason {
    fn of(filter: &str, ours: &Value, engine: &Value) -> Reason {
        let refused = ours["valid"] == false && engine["valid"] == true;
        let why = ours["why"].as_str().unwrap_or_default();
        if refused
            && ["linear time", "not supported"]
                .iter()
                .any(|word| why.contains(word))
        {
            return Reason::RefusedPattern;
        }
        if engine["error"] == "StackOverflowError" {
            return Reason::EngineOverflow;
        }
        let same_result = |same| same_but_for_numbers(&ours["result"], &engine["result"], same);
        if !refused && ours["error"] == engine["error"] && same_result(are_neighbours) {
            return Reason::LastDigit;
        }
        if !refused && scans_positions(filter) {
            return Reason::ScanState;
        }
        Reason::Unknown
    }

    fn text(self) -> &'static str {
        match self {
            Reason::ScanState => "a scan for positions leaves state in the engine's compiled path",
            Reason::RefusedPattern => "refused here: no linear-time engine can match the pattern",
            Reason::EngineOverflow => "the engine's stack overflows",
            Reason::LastDigit => "the engine's arithmetic, once compiled, gives another last digit",
            Reason::Unknown => "unknown",
        }
    }
}

/// Whether no double lies between two. The same call on the same numbers gives both in one run of
/// the engine.
fn are_neighbours(left: f64, right: f64) -> bool {
    left.to_bits().abs_diff(right.to_bits()) <= 1
}

/// Whether the filter looks for positions or wildcards anywhere below a value.
fn scans_positions(filter: &str) -> bool {
    // A text without a root is read as if `$.` stood before it.
    let filter = format!("$.{}", filter.trim_start());
    filter.match_indices("..").any(|(at, _)| {
        let rest = filter[at + 2..].trim_start_matches(['[', ' ']);
        rest.starts_with(['*', '-', ':', '?'])
            || rest.starts_with(|first: char| first.is_ascii_digit())
    })
}

/// The engine's answers.
fn ask(class_path: &str, cases: &[Pair]) -> Vec<Value> {
    let mut engine = Command::new("java")
        .args(["-cp", class_path, "Oracle"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .expect("java runs");
    let mut questions = engine.stdin.take().expect("the engine listens");
    let lines: Vec<String> = cases
        .iter()
        .map(|(filter, input)| format!("{{\"filter\":{},\"input\":{input}}}\n", json!(filter)))
        .collect();
    let writer = std::thread::spawn(move || {
        for line in lines {
            if questions.write_all(line.as_bytes()).is_err() {
                return;
            }
        }
    });
    let output = BufReader::new(engine.stdout.take().expect("the engine answers"));
    let answers = output
        .lines()
        .map_while(|line| serde_json::from_str(&line.expect("a line")).ok())
        .map(|answer: Value| {
            json!({
                "valid": answer["valid"],
                "error": answer["error"],
                "result": without_marks(&answer["result"]),
                "fires": answer["fires"],
            })
        })
        .collect();
    writer.join().expect("all questions are asked");
    engine.wait().expect("the engine ends");
    answers
}

/// The driver marks doubles that JSON cannot hold.
fn without_marks(value: &Value) -> Value {
    match value {
        Value::String(text) if ["#Infinity", "#-Infinity", "#NaN"].contains(&text.as_str()) => {
            Value::from(&text[1..])
        }
        Value::Array(values) => values.iter().map(without_marks).collect(),
        Value::Object(members) => members
            .iter()
            .map(|(name, value)| (name.clone(), without_marks(value)))
            .collect(),
        other => other.clone(),
    }
}

fn verdict(filter: &str, input: &str) -> Value {
    let filter = match Filter::compile(filter) {
        Ok(filter) => filter,
        Err(error) => return json!({"valid": false, "why": error.to_string(), "fires": false}),
    };
    let document = Document::parse(input).expect("the generator writes JSON");
    let fires = filter.fires(&document);
    match filter.read(&document) {
        Ok(outcome) => {
            json!({"valid": true, "error": null, "result": outcome.into_value(), "fires": fires})
        }
        Err(error) => {
            json!({"valid": true, "error": error.kind.to_string(), "result": null, "fires": fires})
        }
    }
}

fn same(ours: &Value, engine: &Value) -> bool {
    if ours["valid"] != engine["valid"] {
        return false;
    }
    if ours["valid"] == false {
        return true;
    }
    ours["fires"] == engine["fires"]
        && ours["error"] == engine["error"]
        && same_by_value(&ours["result"], &engine["result"])
}
