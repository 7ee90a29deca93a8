//! Spans for a collector: OTLP over HTTP, as protobuf. The collector is one beside the server, so
//! plain HTTP is spoken; what goes further is the collector's business.

use std::fmt;

use async_trait::async_trait;
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use opentelemetry::trace::TracerProvider;
use opentelemetry_http::{HttpClient, HttpError, Request, Response};
use opentelemetry_otlp::{SpanExporter, WithExportConfig, WithHttpConfig};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::trace::{SdkTracer, SdkTracerProvider};
use tokio::runtime::Runtime;

use crate::error::Error;

/// Sends spans until it is dropped; then sends those that are left, and ends.
pub(crate) struct Traces(SdkTracerProvider);

impl Traces {
    /// Sends to the collector at that address, such as `http://127.0.0.1:4318`.
    pub(crate) fn to(collector: &str) -> Result<Self, Error> {
        let cannot = |reason: &dyn fmt::Display| Error::Traces(reason.to_string());
        let exporter = SpanExporter::builder()
            .with_http()
            .with_http_client(Sender::new().map_err(|error| cannot(&error))?)
            .with_endpoint(format!("{}/v1/traces", collector.trim_end_matches('/')))
            .build()
            .map_err(|error| cannot(&error))?;
        let resource = Resource::builder_empty()
            .with_service_name("muster")
            .with_attribute(opentelemetry::KeyValue::new(
                "service.version",
                env!("CARGO_PKG_VERSION"),
            ))
            .build();
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(resource)
            .build();
        Ok(Self(provider))
    }

    /// Makes spans.
    pub(crate) fn tracer(&self) -> SdkTracer {
        self.0.tracer("muster")
    }
}

impl Drop for Traces {
    fn drop(&mut self) {
        if let Err(error) = self.0.shutdown() {
            eprintln!("muster: the last spans did not reach the collector: {error}");
        }
    }
}

/// The exporter works on a thread without a runtime, so the client brings one of its own.
struct Sender {
    runtime: Runtime,
    http: Client<HttpConnector, Full<Bytes>>,
}

impl Sender {
    fn new() -> std::io::Result<Self> {
        Ok(Self {
            runtime: tokio::runtime::Builder::new_multi_thread()
                .worker_threads(1)
                .thread_name("muster-traces")
                .enable_all()
                .build()?,
            http: Client::builder(TokioExecutor::new()).build_http(),
        })
    }
}

impl fmt::Debug for Sender {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Sender")
    }
}

#[async_trait]
impl HttpClient for Sender {
    async fn send_bytes(&self, request: Request<Bytes>) -> Result<Response<Bytes>, HttpError> {
        let http = self.http.clone();
        let sending = self.runtime.spawn(async move {
            let answer = http.request(request.map(Full::new)).await?;
            let (head, body) = answer.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, HttpError>(Response::from_parts(head, body))
        });
        sending.await?
    }
}
