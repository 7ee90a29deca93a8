//! One id ties together what follows from a file: the call that brings it, the jobs, the deliveries.
//! A collector is sent all of it.

use std::collections::BTreeSet;
use std::time::Duration;

use muster_testkit::Endpoint;
use opentelemetry_proto::tonic::collector::trace::v1::ExportTraceServiceRequest;
use opentelemetry_proto::tonic::common::v1::any_value::Value as Any;
use opentelemetry_proto::tonic::trace::v1::Span;
use prost::Message;

use crate::support::{Demo, catch};

/// An attribute of a span as text; empty where it is not there.
fn attribute(span: &Span, name: &str) -> String {
    let found = span.attributes.iter().find(|one| one.key == name);
    match found.and_then(|one| one.value.as_ref()?.value.as_ref()) {
        Some(Any::StringValue(text)) => text.clone(),
        Some(other) => format!("{other:?}"),
        None => String::new(),
    }
}

#[test]
fn one_id_leads_from_the_file_to_the_delivery() {
    let collector = Endpoint::start();
    let folder = tempfile::tempdir().unwrap();
    let demo = Demo::start_with(folder.path(), &[], &[("MUSTER_OTLP", &collector.url(""))]);
    let (inbox, caught) = catch();
    demo.subscribe("identity-attributes-changed", &inbox.to_string());
    let file = std::fs::read_to_string(demo.text("file").trim_start_matches("./"));
    let file = file.or_else(|_| std::fs::read_to_string(folder.path().join(demo.text("file"))));
    let moved = file.unwrap().replacen(",Support,", ",Marketing,", 1);
    let next = folder.path().join("next.csv");
    std::fs::write(&next, moved).unwrap();
    let started = demo.load(demo.text("sourceId"), &next);
    let run = started["task"]["id"].as_str().unwrap();
    caught
        .recv_timeout(Duration::from_secs(30))
        .expect("the event arrives");
    demo.stop();

    let mut spans = Vec::new();
    for received in collector.received() {
        assert_eq!(received.path, "/v1/traces");
        let sent = ExportTraceServiceRequest::decode(received.body).unwrap();
        for resource in sent.resource_spans {
            let about = resource.resource.unwrap();
            assert!(about.attributes.iter().any(|one| one.key == "service.name"));
            spans.extend(
                resource
                    .scope_spans
                    .into_iter()
                    .flat_map(|scope| scope.spans),
            );
        }
    }
    let told: BTreeSet<String> = spans
        .iter()
        .filter(|span| attribute(span, "cause") == run)
        .map(|span| match span.name.as_str() {
            "job" => attribute(span, "job.kind"),
            "request" => attribute(span, "path")
                .rsplit('/')
                .next()
                .unwrap()
                .to_owned(),
            name => name.to_owned(),
        })
        .collect();
    let expected = [
        "aggregate-accounts",
        "deliver",
        "load-accounts",
        "refresh-identities",
        "settle-refresh",
    ];
    assert_eq!(told, expected.map(str::to_owned).into());
}
