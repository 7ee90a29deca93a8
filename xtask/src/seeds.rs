//! What fuzzing begins with: the filters, documents and transforms that people have written, from
//! `../shared/data`. A fuzzer that begins with nothing spends its minutes on texts that no parser takes.

use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use serde_json::Value;

use crate::run::{root, target};

/// Fills the corpus of a fuzz target; gives its folder. What earlier runs have found in it stays.
pub(crate) fn corpus(fuzz_target: &str) -> Result<PathBuf> {
    let folder = target().join("fuzz-corpus").join(fuzz_target);
    std::fs::create_dir_all(&folder)?;
    for (at, seed) in seeds(fuzz_target)?.iter().enumerate() {
        std::fs::write(folder.join(format!("seed-{at:05}")), seed)?;
    }
    Ok(folder)
}

/// The inputs of a fuzz target, in the form that it reads.
pub(crate) fn seeds(fuzz_target: &str) -> Result<Vec<String>> {
    let data = root().join("../shared/data");
    let mut seeds = match fuzz_target {
        "transform_evaluate" => transforms(&data.join("transform-cases.json"))?,
        // A line break ends the filter there.
        "jsonpath_evaluate" => filters(&data, |filter, input| {
            (!filter.contains('\n')).then(|| format!("{filter}\n{input}"))
        })?,
        _ => filters(&data, |filter, _| Some(filter.to_owned()))?,
    };
    seeds.sort_unstable();
    seeds.dedup();
    ensure!(!seeds.is_empty(), "there is no seed for {fuzz_target}");
    Ok(seeds)
}

fn filters(data: &Path, seed: impl Fn(&str, &Value) -> Option<String>) -> Result<Vec<String>> {
    let path = data.join("jsonpath-public.ndjson.gz");
    let unpacked = Command::new("gzip").arg("-dc").arg(&path).output()?;
    ensure!(
        unpacked.status.success(),
        "cannot read {}: {}",
        path.display(),
        String::from_utf8_lossy(&unpacked.stderr)
    );
    let text = String::from_utf8(unpacked.stdout)?;
    let mut seeds = Vec::new();
    for line in text.lines() {
        let case: Value = serde_json::from_str(line)?;
        let filter = case["filter"].as_str().context("a case without a filter")?;
        seeds.extend(seed(filter, &case["input"]));
    }
    Ok(seeds)
}

fn transforms(path: &Path) -> Result<Vec<String>> {
    let text = std::fs::read(path).with_context(|| format!("cannot read {}", path.display()))?;
    let cases: Vec<Value> = serde_json::from_slice(&text)?;
    let seed = |case: &Value| format!("{}\n{}", case["transform"], case["context"]["input"]);
    Ok(cases.iter().map(seed).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_target_begins_with_what_it_can_read() {
        for (name, at_least) in [
            ("jsonpath_compile", 1_000),
            ("jsonpath_print", 1_000),
            ("jsonpath_evaluate", 1_000),
            ("transform_evaluate", 100),
        ] {
            let seeds = seeds(name).unwrap();
            assert!(seeds.len() >= at_least, "{name}: {}", seeds.len());
        }
        let parts = |seed: &str| -> (String, String) {
            let (one, other) = seed.split_once('\n').unwrap();
            (one.to_owned(), other.to_owned())
        };
        for seed in seeds("jsonpath_evaluate").unwrap() {
            let (_, document) = parts(&seed);
            serde_json::from_str::<Value>(&document).unwrap();
        }
        for seed in seeds("transform_evaluate").unwrap() {
            let (transform, input) = parts(&seed);
            let transform: Value = serde_json::from_str(&transform).unwrap();
            assert!(transform["type"].is_string(), "{seed}");
            serde_json::from_str::<Value>(&input).unwrap();
        }
    }
}
