//! Compares this crate with the real engine on generated filters and documents. Needs Java and a
//! class path with the oracle driver, Jayway JsonPath 2.10.0 and their dependencies:
//!
//! ```text
//! JAYWAY_CLASSPATH='oracle:lib/*' cargo run --example differential -- [SEED] [PAIRS]
//! ```
//!
//! The driver reads one JSON object a line (`filter`, `input`) and answers one a line. Prints each
//! difference and ends with 1 when there is any.

#[path = "../tests/support/mod.rs"]
mod support;

use std::io::{BufRead, BufReader, Write};
use std::process::{Command, ExitCode, Stdio};

use muster_jsonpath::{Document, Filter};
use serde_json::{Value, json};
use support::{Random, document, filter, object};

const PAIRS_DEFAULT: usize = 20_000;

fn main() -> ExitCode {
    let mut arguments = std::env::args().skip(1);
    let seed = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(1);
    let pairs = arguments
        .next()
        .and_then(|text| text.parse().ok())
        .unwrap_or(PAIRS_DEFAULT);
    let Ok(class_path) = std::env::var("JAYWAY_CLASSPATH") else {
        eprintln!("JAYWAY_CLASSPATH is not set: it names the oracle driver and its jars");
        return ExitCode::FAILURE;
    };
    let mut random = Random::new(seed);
    let cases: Vec<(String, String)> = (0..pairs)
        .map(|_| {
            let input = if random.chance(80) {
                object(&mut random, 3)
            } else {
                document(&mut random, 3)
            };
            (filter(&mut random), input)
        })
        .collect();
    let answers = ask(&class_path, &cases);
    let mut different = 0;
    for ((filter, input), answer) in cases.iter().zip(&answers) {
        let ours = verdict(filter, input);
        if !same(&ours, answer) {
            different += 1;
            println!(
                "{}",
                json!({"filter": filter, "input": input, "ours": ours, "engine": answer})
            );
        }
    }
    if answers.len() < cases.len() {
        println!("the engine's driver broke on {:?}", cases[answers.len()]);
    }
    println!("{different} of {} differ (seed {seed})", answers.len());
    if different == 0 {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

/// The engine's answers.
fn ask(class_path: &str, cases: &[(String, String)]) -> Vec<Value> {
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
                "result": answer["result"],
                "fires": answer["fires"],
            })
        })
        .collect();
    writer.join().expect("all questions are asked");
    engine.wait().expect("the engine ends");
    answers
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

fn same_by_value(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => left.as_f64() == right.as_f64(),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(left, right)| same_by_value(left, right))
        }
        (Value::Object(left), Value::Object(right)) => {
            left.len() == right.len()
                && left.iter().all(|(name, left)| {
                    right
                        .get(name)
                        .is_some_and(|right| same_by_value(left, right))
                })
        }
        _ => left == right,
    }
}
