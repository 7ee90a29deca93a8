//! The only place that builds the graph: configuration, stations, listeners, shutdown.

mod stations;

pub use stations::{Stations, handlers};
