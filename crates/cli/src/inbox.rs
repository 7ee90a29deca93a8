//! `muster inbox`: an endpoint that takes whatever is sent to it and prints it.

use std::net::SocketAddr;

use anyhow::{Context, Result};
use axum::Router;
use axum::body::Bytes;
use axum::http::{HeaderMap, Method, Uri};
use clap::Args;
use serde_json::{Map, Value, json};

use crate::SettingFlags;
use crate::serve::until_told_to_stop;

/// Catches whatever is sent to it and prints it.
#[derive(Args)]
pub(crate) struct Inbox {
    /// Prints each request as one line of JSON.
    #[arg(long)]
    json: bool,
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
            let router = Router::new().fallback(
                move |method: Method, uri: Uri, headers: HeaderMap, body: Bytes| async move {
                    show(&method, &uri, &headers, &body, as_json);
                    "caught\n"
                },
            );
            tokio::select! {
                served = axum::serve(socket, router) => served?,
                stopped = until_told_to_stop() => stopped?,
            }
            Ok(())
        })
    }
}

fn show(method: &Method, uri: &Uri, headers: &HeaderMap, body: &Bytes, as_json: bool) {
    let text = String::from_utf8_lossy(body);
    let value: Value = serde_json::from_slice(body).unwrap_or_else(|_| json!(text));
    let shown = |name: &str, value: &[u8]| {
        // A secret that was sent here should not stay on a screen.
        let hidden = name == "authorization";
        if hidden {
            "…".to_owned()
        } else {
            String::from_utf8_lossy(value).into_owned()
        }
    };
    let headers: Vec<(String, String)> = headers
        .iter()
        .map(|(name, value)| (name.to_string(), shown(name.as_str(), value.as_bytes())))
        .collect();
    if as_json {
        let headers: Map<String, Value> = headers
            .into_iter()
            .map(|(name, value)| (name, json!(value)))
            .collect();
        println!(
            "{}",
            json!({"method": method.as_str(), "path": uri.to_string(), "headers": headers, "body": value})
        );
        return;
    }
    println!("{method} {uri}");
    for (name, value) in headers {
        println!("  {name}: {value}");
    }
    println!(
        "{}\n",
        serde_json::to_string_pretty(&value).unwrap_or_default()
    );
}
