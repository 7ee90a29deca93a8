//! Logs, spans and metrics of the process.

use std::sync::OnceLock;
use std::time::Duration;

use metrics_exporter_prometheus::{PrometheusBuilder, PrometheusHandle};
use tokio::sync::watch;
use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::{LevelFilter, Targets};
use tracing_subscriber::prelude::*;

use crate::config::Config;
use crate::error::Error;
use crate::traces::Traces;

/// Crates whose spans a collector gets: requests, jobs, deliveries.
const SPEAKERS: [&str; 3] = ["muster_api", "muster_trigger", "muster_work"];

/// How often samples are summed up.
const METRICS_UPKEEP: Duration = Duration::from_secs(1);

/// Spans on their way to a collector; dropping it sends those that are left.
#[must_use = "spans are sent as long as this is kept"]
pub struct Telemetry(#[expect(dead_code, reason = "it is kept, not asked")] Option<Traces>);

/// Starts logging to standard error, and sending spans to a collector, as the configuration says. A
/// second call does nothing.
pub fn start_logging(config: &Config) -> Result<Telemetry, Error> {
    let filter = EnvFilter::try_new(config.log()).unwrap_or_else(|_| EnvFilter::new("info"));
    let traces = config.otlp().map(Traces::to).transpose()?;
    // A collector gets every span of ours, however little is logged here.
    let ours = Targets::new().with_targets(SPEAKERS.map(|target| (target, LevelFilter::DEBUG)));
    let spans = traces.as_ref().map(|traces| {
        tracing_opentelemetry::layer()
            .with_tracer(traces.tracer())
            .with_filter(ours)
    });
    let registry = tracing_subscriber::registry().with(spans);
    let done = if config.logs_json() {
        let layer = tracing_subscriber::fmt::layer()
            .json()
            .with_writer(std::io::stderr);
        registry.with(layer.with_filter(filter)).try_init()
    } else {
        let layer = tracing_subscriber::fmt::layer()
            .with_target(false)
            .with_writer(std::io::stderr);
        registry.with(layer.with_filter(filter)).try_init()
    };
    if done.is_err() {
        tracing::debug!("logging had been started before");
    }
    Ok(Telemetry(traces))
}

/// The metrics of this process; recording begins with the first call.
pub(crate) fn metrics() -> PrometheusHandle {
    static HANDLE: OnceLock<PrometheusHandle> = OnceLock::new();
    HANDLE
        .get_or_init(|| {
            let recorder = PrometheusBuilder::new().build_recorder();
            let handle = recorder.handle();
            if metrics::set_global_recorder(recorder).is_err() {
                tracing::debug!("another recorder of metrics was set before");
            }
            handle
        })
        .clone()
}

/// Sums samples up now and then until the server stops. Without it they pile up while nobody reads
/// the metrics: eight bytes a delivery.
pub(crate) fn sum_up(mut stopped: watch::Receiver<bool>) {
    let metrics = metrics();
    tokio::spawn(async move {
        while tokio::time::timeout(METRICS_UPKEEP, stopped.wait_for(|stop| *stop))
            .await
            .is_err()
        {
            metrics.run_upkeep();
        }
    });
}
