//! The only place that builds the graph: configuration, stations, listeners, shutdown.

pub mod config;
mod deliver;
mod error;
mod health;
mod inbox;
pub mod orgs;
mod server;
mod stations;
pub mod telemetry;
mod traces;

pub use config::Config;
pub use error::Error;
pub use server::{Parts, Server};
pub use stations::{Stations, handlers};
