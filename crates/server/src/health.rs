//! What operators look at: is it alive, is it ready, how does it do.

use axum::Router;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use metrics_exporter_prometheus::PrometheusHandle;
use muster_store::{Error, Store};

#[derive(Clone)]
struct Watched {
    store: Store,
    metrics: PrometheusHandle,
}

/// `/health/live`, `/health/ready`, `/metrics`. They say nothing about any org's content and ask for
/// no token; expose them to operators only.
pub(crate) fn routes(store: Store, metrics: PrometheusHandle) -> Router {
    Router::new()
        .route("/health/live", get(|| async { "alive\n" }))
        .route("/health/ready", get(ready))
        .route("/metrics", get(show_metrics))
        .with_state(Watched { store, metrics })
}

async fn ready(State(watched): State<Watched>) -> Response {
    for org in watched.store.orgs() {
        let asked = org.read_async(|tx| tx.events().last()).await;
        if let Err(error) = asked {
            let text = format!("the store of org {} does not answer: {error}\n", org.name());
            return (StatusCode::SERVICE_UNAVAILABLE, text).into_response();
        }
    }
    "ready\n".into_response()
}

async fn show_metrics(State(watched): State<Watched>) -> Response {
    for org in watched.store.orgs() {
        let name = org.name().to_owned();
        let counts = org
            .read_async(|tx| {
                Ok::<_, Error>((
                    tx.jobs().counts()?,
                    tx.events().last()?,
                    tx.events().dispatched()?,
                ))
            })
            .await;
        let Ok(((waiting, dead), last, dispatched)) = counts else {
            continue;
        };
        metrics::gauge!("muster_jobs_waiting", "org" => name.clone()).set(waiting as f64);
        metrics::gauge!("muster_jobs_given_up", "org" => name.clone()).set(dead as f64);
        metrics::gauge!("muster_events_total", "org" => name.clone()).set(last as f64);
        metrics::gauge!("muster_events_undispatched", "org" => name)
            .set((last - dispatched) as f64);
    }
    watched.metrics.run_upkeep();
    watched.metrics.render().into_response()
}
