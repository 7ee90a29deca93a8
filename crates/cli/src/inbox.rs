//! `muster inbox`: an endpoint that takes whatever is sent to it, prints it, and shows it on a page.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Path, Request, State};
use axum::http::header;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use clap::Args;
use futures_util::stream;
use muster_console::Alone;
use muster_inbox::{Caught, Inbox as Memory};
use muster_model::{Clock, SystemClock};
use serde_json::{Map, Value, json};
use tokio::sync::watch;

use crate::SettingFlags;
use crate::serve::until_told_to_stop;

/// Where the page is; everything else is caught.
const PAGE: &str = "/_inbox";

/// Catches whatever is sent to it, prints it, and shows it on a page.
#[derive(Args)]
pub(crate) struct Inbox {
    /// Prints each request as one line of JSON.
    #[arg(long)]
    json: bool,
}

struct Shared {
    memory: Memory,
    alone: Alone,
    as_json: bool,
}

impl Inbox {
    pub(crate) fn run(&self, settings: &SettingFlags) -> Result<()> {
        let address: SocketAddr = settings
            .listen
            .as_deref()
            .unwrap_or("127.0.0.1:9000")
            .parse()
            .context("--listen")?;
        let as_json = self.json;
        crate::runtime()?.block_on(async move {
            let socket = tokio::net::TcpListener::bind(address)
                .await
                .with_context(|| {
                    format!("cannot listen on {address}; choose another with --listen")
                })?;
            let address = socket.local_addr()?;
            eprintln!("the inbox waits on http://{address}/ — any path, any method");
            eprintln!("its page is http://{address}{PAGE}");
            let shared = Arc::new(Shared {
                memory: Memory::default(),
                alone: Alone {
                    url: format!("http://{address}/"),
                    base: PAGE.to_owned(),
                },
                as_json,
            });
            tokio::select! {
                served = axum::serve(socket, router(shared)) => served?,
                stopped = until_told_to_stop() => stopped?,
            }
            Ok(())
        })
    }
}

fn router(shared: Arc<Shared>) -> Router {
    Router::new()
        .route(PAGE, get(page))
        .route("/_inbox/stream", get(follow))
        .route("/_inbox/{number}", get(one))
        .fallback(catch)
        .with_state(shared)
        .merge(Alone::assets())
}

async fn catch(State(shared): State<Arc<Shared>>, request: Request) -> Response {
    let before = shared.memory.recent().first().map_or(0, |newest| newest.id);
    let response = shared.memory.catch(request, now()).await;
    for caught in shared.memory.since(before) {
        show(&caught, shared.as_json);
    }
    response
}

async fn page(State(shared): State<Arc<Shared>>) -> Response {
    shared.alone.page(&told(&shared.memory), None, now())
}

async fn one(State(shared): State<Arc<Shared>>, Path(number): Path<String>) -> Response {
    shared
        .alone
        .page(&told(&shared.memory), Some(&number), now())
}

/// The list anew whenever something comes.
async fn follow(State(shared): State<Arc<Shared>>) -> Response {
    let mut changes = shared.memory.changes();
    // The list at once: something may have come between the page and this stream.
    changes.mark_changed();
    let pieces = stream::unfold((shared, changes), next);
    let kind = [(header::CONTENT_TYPE, "text/event-stream")];
    (kind, Body::from_stream(pieces)).into_response()
}

type Following = (Arc<Shared>, watch::Receiver<u64>);

async fn next((shared, mut changes): Following) -> Option<(Result<Bytes, Infallible>, Following)> {
    changes.changed().await.ok()?;
    let news = shared.alone.news(&told(&shared.memory), now());
    Some((Ok(Bytes::from(news)), (shared, changes)))
}

fn told(memory: &Memory) -> Vec<Value> {
    let recent = memory.recent();
    recent.iter().map(|caught| json!(**caught)).collect()
}

fn now() -> String {
    SystemClock.now().to_string()
}

fn show(caught: &Caught, as_json: bool) {
    let value: Value = serde_json::from_str(&caught.body).unwrap_or_else(|_| json!(caught.body));
    if as_json {
        let headers: Map<String, Value> = caught
            .headers
            .iter()
            .map(|header| (header.name.clone(), json!(header.value)))
            .collect();
        println!(
            "{}",
            json!({"method": caught.method, "path": caught.path, "headers": headers, "body": value})
        );
        return;
    }
    println!("{} {}", caught.method, caught.path);
    for header in &caught.headers {
        println!("  {}: {}", header.name, header.value);
    }
    println!(
        "{}\n",
        serde_json::to_string_pretty(&value).unwrap_or_default()
    );
}
