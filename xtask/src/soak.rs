//! The long scenarios, one after the other: existing tests and benchmarks at variables that CI has no
//! time for. Each has a bound; what takes longer has failed.

use std::os::unix::process::CommandExt;
use std::process::{Child, Command, ExitStatus};
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};

use crate::postgres::Server;
use crate::run::{root, target};

/// How often a scenario that says nothing is said to go on.
const SIGN_OF_LIFE: Duration = Duration::from_secs(30);

/// One long scenario.
struct Scenario {
    name: &'static str,
    /// What it shows, in a line.
    shows: &'static str,
    /// What is run, in words of the command line.
    command: &'static [&'static str],
    /// Sizes and the like.
    variables: &'static [(&'static str, &'static str)],
    /// What it may take.
    minutes: u64,
}

const KILLS: &[(&str, &str)] = &[("MUSTER_TEST_KILLS", "100")];
const PEOPLE: &[(&str, &str)] = &[("MUSTER_TEST_PEOPLE", "100000")];
const MILLION: &[(&str, &str)] = &[("MUSTER_TEST_PEOPLE", "1000000")];
const MILLION_KILLS: &[(&str, &str)] = &[
    ("MUSTER_TEST_PEOPLE", "1000000"),
    ("MUSTER_TEST_KILLS", "12"),
];
const BURST: &[(&str, &str)] = &[("MUSTER_TEST_EVENTS", "50000"), ("MUSTER_TEST_KILLS", "50")];
const UPLOAD: &[(&str, &str)] = &[("MUSTER_TEST_UPLOAD_MIB", "2048")];

/// Coverage of every branch and compare for libFuzzer, as `cargo fuzz` builds it; a stable compiler
/// does it, and without the address sanitizer, which code without `unsafe` has little use for.
const COVERAGE: &[(&str, &str)] = &[(
    "RUSTFLAGS",
    "--cfg fuzzing -Cpasses=sancov-module -Cllvm-args=-sanitizer-coverage-level=4 \
     -Cllvm-args=-sanitizer-coverage-inline-8bit-counters -Cllvm-args=-sanitizer-coverage-pc-table \
     -Cllvm-args=-sanitizer-coverage-trace-compares -Ccodegen-units=1 -Cdebug-assertions",
)];

/// All of them; `--list` prints this table.
const SCENARIOS: &[Scenario] = &[
    Scenario {
        name: "kill-sqlite",
        shows: "a run killed 100 times tells the same events, on SQLite",
        command: &test("killed_again_and_again_tells_the_same_events_on_sqlite"),
        variables: KILLS,
        minutes: 30,
    },
    Scenario {
        name: "kill-postgres",
        shows: "the same on PostgreSQL",
        command: &test("killed_again_and_again_tells_the_same_events_on_postgres"),
        variables: KILLS,
        minutes: 30,
    },
    Scenario {
        name: "people-sqlite",
        shows: "100,000 people, two days: statistics, events and deliveries as generated, on SQLite",
        command: &test("case_25_the_second_day_is_told_as_the_generator_made_it_on_sqlite"),
        variables: PEOPLE,
        minutes: 10,
    },
    Scenario {
        name: "people-postgres",
        shows: "the same on PostgreSQL",
        command: &test("case_25_the_second_day_is_told_as_the_generator_made_it_on_postgres"),
        variables: PEOPLE,
        minutes: 20,
    },
    Scenario {
        name: "people-million",
        shows: "the same with a million people, on SQLite",
        command: &test("case_25_the_second_day_is_told_as_the_generator_made_it_on_sqlite"),
        variables: MILLION,
        minutes: 60,
    },
    Scenario {
        name: "kill-million",
        shows: "the second day of a million people, killed 12 times, tells the same events, on SQLite",
        command: &test("killed_again_and_again_tells_the_same_events_on_sqlite"),
        variables: MILLION_KILLS,
        minutes: 90,
    },
    Scenario {
        name: "burst-sqlite",
        shows: "50,000 events to ten endpoints with 50 kills: none lost, in order, on SQLite",
        command: &test("a_burst_survives_kills_without_a_loss_or_a_wrong_order_on_sqlite"),
        variables: BURST,
        minutes: 40,
    },
    Scenario {
        name: "burst-postgres",
        shows: "the same on PostgreSQL",
        command: &test("a_burst_survives_kills_without_a_loss_or_a_wrong_order_on_postgres"),
        variables: BURST,
        minutes: 60,
    },
    Scenario {
        name: "upload",
        shows: "an upload of 2 GB streams through bounded memory",
        command: &test("a_large_upload_streams_through_bounded_memory"),
        variables: UPLOAD,
        minutes: 30,
    },
    Scenario {
        name: "million",
        shows: "a million people loaded, loaded again, and the next day",
        command: &[
            "cargo",
            "run",
            "--release",
            "--quiet",
            "-p",
            "muster",
            "--",
            "bench",
            "aggregate",
            "--people",
            "1000000",
        ],
        variables: &[],
        minutes: 30,
    },
    Scenario {
        name: "fuzz-compile",
        shows: "ten minutes of any text: a filter compiles or says why not",
        command: &fuzz("jsonpath_compile"),
        variables: COVERAGE,
        minutes: 20,
    },
    Scenario {
        name: "fuzz-evaluate",
        shows: "ten minutes of any filter over any document: an end, and no panic",
        command: &fuzz("jsonpath_evaluate"),
        variables: COVERAGE,
        minutes: 20,
    },
    Scenario {
        name: "fuzz-print",
        shows: "ten minutes of any filter: printed, it means what it meant",
        command: &fuzz("jsonpath_print"),
        variables: COVERAGE,
        minutes: 20,
    },
    Scenario {
        name: "fuzz-transform",
        shows: "ten minutes of any transform on any value: the same with a trace and without",
        command: &fuzz("transform_evaluate"),
        variables: COVERAGE,
        minutes: 20,
    },
];

/// A test of the whole binary by the end of its name.
const fn test(name: &'static str) -> [&'static str; 10] {
    [
        "cargo",
        "test",
        "--quiet",
        "-p",
        "muster",
        "--test",
        "cli",
        "--",
        "--nocapture",
        name,
    ]
}

/// Ten minutes of a fuzz target. The machine's name keeps the coverage flags away from build scripts.
const fn fuzz(name: &'static str) -> [&'static str; 12] {
    [
        "cargo",
        "run",
        "--release",
        "--quiet",
        "--manifest-path",
        "fuzz/Cargo.toml",
        "--target",
        HOST,
        "--bin",
        name,
        "--",
        "-max_total_time=600",
    ]
}

/// The machine that this was built on and for.
const HOST: &str = env!("XTASK_HOST");

/// Prints the table of scenarios.
pub(crate) fn list() {
    for one in SCENARIOS {
        println!(
            "{:16} at most {:>3} min   {}",
            one.name, one.minutes, one.shows
        );
    }
}

/// Runs one scenario, or all of them; says in the end how each went.
pub(crate) fn run(only: Option<&str>) -> Result<()> {
    let chosen: Vec<&Scenario> = SCENARIOS
        .iter()
        .filter(|one| only.is_none_or(|name| name == one.name))
        .collect();
    if chosen.is_empty() {
        bail!(
            "there is no scenario `{}`; --list names them",
            only.unwrap_or_default()
        );
    }
    let server = Server::start()?;
    let mut lines = Vec::with_capacity(chosen.len());
    let mut failed = 0;
    for (at, one) in chosen.iter().enumerate() {
        println!(
            "\n[{} of {}] {}: {}",
            at + 1,
            chosen.len(),
            one.name,
            one.shows
        );
        let begun = Instant::now();
        let ended = one.run(server.as_ref());
        let took = begun.elapsed().as_secs();
        let word = match &ended {
            Ok(()) => "passed".to_owned(),
            Err(error) => format!("FAILED: {error:#}"),
        };
        failed += usize::from(ended.is_err());
        let line = format!(
            "{:16} {:>3} min {:02} s   {word}",
            one.name,
            took / 60,
            took % 60
        );
        println!("{line}");
        lines.push(line);
    }
    drop(server);
    println!("\n{}", lines.join("\n"));
    if failed > 0 {
        bail!("{failed} of {} scenarios failed", chosen.len());
    }
    Ok(())
}

impl Scenario {
    /// The fuzz target that it runs, if it runs one.
    fn fuzz_target(&self) -> Option<&'static str> {
        let at = self.command.iter().position(|word| *word == "--bin")?;
        self.command.get(at + 1).copied()
    }

    fn run(&self, server: Option<&Server>) -> Result<()> {
        let (program, arguments) = self
            .command
            .split_first()
            .context("a command has a program")?;
        let mut command = Command::new(program);
        command
            .args(arguments)
            .envs(self.variables.iter().copied())
            .current_dir(root())
            // All that it starts can be ended together.
            .process_group(0);
        if let Some(name) = self.fuzz_target() {
            command.env("CARGO_TARGET_DIR", target().join("fuzz"));
            command.arg(crate::seeds::corpus(name)?);
        }
        if let Some(server) = server {
            command.env("MUSTER_TEST_POSTGRES", &server.url);
        }
        let child = command
            .spawn()
            .with_context(|| format!("cannot start {program}"))?;
        let status = wait(child, Duration::from_secs(self.minutes * 60))?;
        match status {
            Some(status) if status.success() => Ok(()),
            Some(status) => bail!("{status}"),
            None => bail!("not done within {} minutes; it was ended", self.minutes),
        }
    }
}

/// Waits for the end of a child and says now and then that it goes on; ends it with all that it has
/// started when it takes longer than it may.
fn wait(mut child: Child, at_most: Duration) -> Result<Option<ExitStatus>> {
    let group = format!("-{}", child.id());
    let (tell, told) = channel();
    let waiter = std::thread::spawn(move || {
        // The receiver may have gone: then nobody asks any more.
        let _ = tell.send(child.wait());
    });
    let begun = Instant::now();
    let ended = loop {
        let left = at_most.saturating_sub(begun.elapsed());
        match told.recv_timeout(SIGN_OF_LIFE.min(left)) {
            Ok(status) => break Some(status?),
            Err(RecvTimeoutError::Timeout) if begun.elapsed() >= at_most => {
                crate::run::run(Command::new("kill").args(["-KILL", "--", &group]))?;
                break None;
            }
            Err(RecvTimeoutError::Timeout) => {
                println!("    … {} s", begun.elapsed().as_secs());
            }
            Err(RecvTimeoutError::Disconnected) => bail!("the child could not be waited for"),
        }
    };
    if waiter.join().is_err() {
        bail!("the child could not be waited for");
    }
    Ok(ended)
}
