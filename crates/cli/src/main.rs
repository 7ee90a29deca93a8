//! The command line: parse, call, print.

mod bench;
mod client;
mod config;
mod demo;
mod doctor;
mod explain;
mod filter;
mod inbox;
mod listen;
mod openapi;
mod org;
mod preview;
mod progress;
mod remote;
mod sample_org;
mod serve;
mod transform;

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, Parser, Subcommand};
use muster_server::Config;

/// A load makes and drops a hundred small texts for each person, on two threads; with the system's
/// allocator that took a third of its time.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// Open, self-hosted identity governance with event triggers.
#[derive(Parser)]
#[command(name = "muster", version, propagate_version = true)]
struct Cli {
    #[command(flatten)]
    settings: SettingFlags,
    #[command(subcommand)]
    command: Command,
}

/// Settings that every command takes; `muster config` explains them all.
#[derive(Args, Clone, Debug, Default)]
struct SettingFlags {
    /// Configuration file; `muster.toml` is read when it is there.
    #[arg(long, global = true, value_name = "FILE")]
    config: Option<PathBuf>,
    /// Folder for SQLite files, keys and locks.
    #[arg(long, global = true, value_name = "FOLDER")]
    data: Option<String>,
    /// `postgres://…` for many nodes; without it everything is kept in the data folder.
    #[arg(long, global = true, value_name = "URL")]
    store: Option<String>,
    /// Address and port of the listener; port 0 picks a free one.
    #[arg(long, global = true, value_name = "ADDRESS")]
    listen: Option<String>,
    /// Private addresses that events may be sent to: hosts or networks, with commas.
    #[arg(long, global = true, value_name = "LIST")]
    egress_allow: Option<String>,
    /// What is logged: error, warn, info, debug, or filters.
    #[arg(long, global = true, value_name = "LEVEL")]
    log: Option<String>,
}

impl SettingFlags {
    /// The effective configuration, with other defaults where a command has its own.
    fn load(
        &self,
        defaults: &[(&'static str, &str)],
    ) -> Result<Config, muster_server::config::Error> {
        let flags = [
            ("data", &self.data),
            ("store", &self.store),
            ("listen", &self.listen),
            ("egress-allow", &self.egress_allow),
            ("log", &self.log),
        ];
        let flags = flags
            .into_iter()
            .filter_map(|(name, value)| Some((name, value.clone()?)));
        Config::load_over(defaults, self.config.as_deref(), std::env::vars(), flags)
    }
}

#[derive(Subcommand)]
enum Command {
    /// Runs a sample org of 250 people and says what to try.
    Demo(demo::Demo),
    /// Serves all orgs: API, aggregation, refresh, deliveries.
    Serve(serve::Serve),
    /// Makes and lists orgs.
    Org {
        #[command(subcommand)]
        command: org::OrgCommand,
    },
    /// Makes a personal access token for an org's administrator.
    Token(org::Token),
    /// Checks configuration, store, clock and egress rules, each finding with its remedy.
    Doctor(doctor::Doctor),
    /// Prints the effective configuration and where each value came from.
    Config(config::ShowConfig),
    /// Tries filters of subscriptions.
    Filter {
        #[command(subcommand)]
        command: filter::FilterCommand,
    },
    /// Tries attribute transforms.
    Transform {
        #[command(subcommand)]
        command: transform::TransformCommand,
    },
    /// Catches whatever is sent to it and prints it: an endpoint for trying subscriptions.
    Inbox(inbox::Inbox),
    /// Streams events from a server to a local port, over one outgoing connection.
    Listen(listen::Listen),
    /// Says what a file, an edited profile or an edited transform would do, without doing it.
    Preview(preview::Preview),
    /// Says why the attributes of a person are as they are.
    Explain(explain::Explain),
    /// Prints the description of the API.
    Openapi(openapi::Openapi),
    /// Measures flows and prints figures.
    Bench {
        #[command(subcommand)]
        command: bench::BenchCommand,
    },
}

fn main() -> ExitCode {
    let cli = Cli::parse();
    let settings = &cli.settings;
    let done = match cli.command {
        Command::Demo(demo) => demo.run(settings),
        Command::Serve(serve) => serve.run(settings),
        Command::Org { command } => command.run(settings),
        Command::Token(token) => token.run(settings),
        Command::Doctor(doctor) => doctor.run(settings),
        Command::Config(show) => show.run(settings),
        Command::Filter { command } => command.run(),
        Command::Transform { command } => command.run(),
        Command::Inbox(inbox) => inbox.run(settings),
        Command::Listen(listen) => listen.run(settings),
        Command::Preview(preview) => preview.run(settings),
        Command::Explain(explain) => explain.run(settings),
        Command::Openapi(openapi) => openapi.run(),
        Command::Bench { command } => command.run(settings),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("muster: {error:#}");
            ExitCode::FAILURE
        }
    }
}

/// A runtime for commands that serve or call.
fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?)
}
