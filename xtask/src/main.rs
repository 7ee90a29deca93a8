//! What contributors and CI run.
//!
//! `cargo xtask test` is the whole of it: it brings up what the tests need, checks format and lints,
//! runs every test, and prints how many there were.

mod browser;
mod node;
mod postgres;
mod python;
mod run;
mod seeds;
mod soak;
mod test;

use anyhow::{Result, bail};

const HELP: &str = "\
cargo xtask COMMAND

  test [--fast]   format, lints, every test on both backends, the official SDK; prints the counts
                  --fast leaves out format and lints
  ci              test, then the dependency audit (cargo deny) and the documentation build
  soak [--list] [--only NAME]
                  the long scenarios, each with a bound: kills, a million people, fuzzing, …
  openapi         writes crates/api/openapi.json anew";

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let words: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match words.as_slice() {
        ["test"] => test::all(),
        ["test", "--fast"] => test::tests(),
        ["ci"] => test::ci(),
        ["soak"] => soak::run(None),
        ["soak", "--only", name] => soak::run(Some(name)),
        ["soak", "--list"] => {
            soak::list();
            Ok(())
        }
        ["openapi"] => run::cargo(&["run", "--quiet", "-p", "muster", "--", "openapi", "--write"]),
        [] | ["help" | "--help" | "-h"] => {
            println!("{HELP}");
            Ok(())
        }
        _ => bail!("`{}` is no command of xtask\n\n{HELP}", words.join(" ")),
    }
}
