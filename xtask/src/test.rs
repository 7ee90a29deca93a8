//! All checks in the order in which they are cheapest to fail.

use std::process::Command;

use anyhow::{Result, bail};

use crate::browser;
use crate::node;
use crate::postgres::{Server, check};
use crate::python;
use crate::run::{cargo, root, watch};

/// Format, lints, tests.
pub(crate) fn all() -> Result<()> {
    cargo(&["fmt", "--all", "--check"])?;
    cargo(&[
        "clippy",
        "--workspace",
        "--all-targets",
        "--quiet",
        "--",
        "-D",
        "warnings",
    ])?;
    tests()
}

/// [`all`], the dependency audit, the documentation.
pub(crate) fn ci() -> Result<()> {
    all()?;
    cargo(&["doc", "--workspace", "--no-deps", "--quiet"])?;
    cargo(&["deny", "check"])
}

/// What the tests came to.
#[derive(Default)]
struct Counts {
    passed: u64,
    failed: u64,
    ignored: u64,
}

/// Every test, with everything they need.
pub(crate) fn tests() -> Result<()> {
    let server = Server::start()?;
    let mut command = Command::new(std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into()));
    command
        .args(["test", "--workspace", "--no-fail-fast"])
        .current_dir(root());
    if let Some(server) = &server {
        check(&server.url)?;
        command.env("MUSTER_TEST_POSTGRES", &server.url);
    }
    command.env("MUSTER_TEST_PYTHON", python::environment()?);
    command.env("MUSTER_TEST_NODE_MODULES", node::packages()?);
    browser::ready()?;
    let mut counts = Counts::default();
    let succeeded = watch(&mut command, |line| counts.add(line))?;
    drop(server);
    println!(
        "\n{} passed, {} failed, {} skipped",
        counts.passed, counts.failed, counts.ignored
    );
    if !succeeded || counts.failed > 0 {
        bail!("tests failed");
    }
    if counts.ignored > 0 {
        bail!(
            "{} tests were skipped; a test runs or it does not exist",
            counts.ignored
        );
    }
    Ok(())
}

impl Counts {
    /// Reads `test result: ok. 12 passed; 0 failed; 0 ignored; …`.
    fn add(&mut self, line: &str) {
        let Some(result) = line.strip_prefix("test result: ") else {
            return;
        };
        let number = |word: &str| {
            let before = result.split(word).next().unwrap_or_default();
            before
                .split_whitespace()
                .last()
                .and_then(|text| text.parse::<u64>().ok())
                .unwrap_or(0)
        };
        self.passed += number(" passed");
        self.failed += number(" failed");
        self.ignored += number(" ignored");
    }
}
