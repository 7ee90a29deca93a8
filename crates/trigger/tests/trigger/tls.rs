//! TLS of a subscription's own, against a server that demands certificates from whoever calls.

use std::sync::Arc;

use muster_store::DeliveryState;
use muster_testkit::{Endpoint, both_backends};
use serde_json::{Value, json};
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::server::WebPkiClientVerifier;
use tokio_rustls::rustls::{RootCertStore, ServerConfig};

use crate::world::World;

const AUTHORITY: &str = include_str!("certificates/authority.pem");
const STRANGER: &str = include_str!("certificates/stranger.pem");
const CLIENT: (&str, &str) = (
    include_str!("certificates/client.pem"),
    include_str!("certificates/client.key"),
);
const IMPOSTOR: (&str, &str) = (
    include_str!("certificates/impostor.pem"),
    include_str!("certificates/impostor.key"),
);

/// A server that the authority certifies, and that lets in only those whom it certifies too.
fn demanding() -> Endpoint {
    let mut roots = RootCertStore::empty();
    let authority = CertificateDer::from_pem_slice(AUTHORITY.as_bytes()).unwrap();
    roots.add(authority).unwrap();
    let provider = Arc::new(default_provider());
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone());
    let certificate = include_bytes!("certificates/server.pem");
    let key = include_bytes!("certificates/server.key");
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_client_cert_verifier(verifier.build().unwrap())
        .with_single_cert(
            vec![CertificateDer::from_pem_slice(certificate).unwrap()],
            PrivateKeyDer::from_pem_slice(key).unwrap(),
        );
    Endpoint::over_tls(config.unwrap())
}

/// The setting with this authority and this certificate.
fn tls(authority: Option<&str>, client: Option<(&str, &str)>) -> Value {
    json!({
        "certificateAuthority": authority,
        "clientCertificate": client.map(|one| one.0),
        "clientKey": client.map(|one| one.1),
    })
}

both_backends! {
    fn whoever_shows_the_certificate_that_an_endpoint_demands_is_let_in(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = demanding();
        let made = world.subscribe("feed", &endpoint.url("/hook"));
        world.set(&made, "tls", &tls(Some(AUTHORITY), Some(CLIENT)));
        // What is shown has no key in it, and the key stays when that is sent back.
        world.set(&made, "ordering", &json!("none"));
        let service = world.start();
        world.happen("ann", 1);
        assert_eq!(endpoint.wait_for(1)[0].path, "/hook");
        assert_eq!(world.ended(&service, &made).state, DeliveryState::Delivered);
    }

    fn whoever_shows_no_certificate_or_a_strange_one_is_refused_and_the_event_is_kept(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = demanding();
        let subscribe = |name: &str, client| {
            let made = world.subscribe(name, &endpoint.url(&format!("/{name}")));
            world.hurry(&made, &[0]);
            world.set(&made, "tls", &tls(Some(AUTHORITY), client))
        };
        let without = subscribe("without", None);
        let impostor = subscribe("impostor", Some(IMPOSTOR));
        let service = world.start();
        world.happen("ann", 1);
        for refused in [&without, &impostor] {
            let ended = world.ended(&service, refused);
            assert_eq!(ended.state, DeliveryState::Dead, "{}", refused.name);
            assert!(ended.error.is_some(), "{ended:?}");
        }
        assert!(endpoint.received().is_empty());
        drop(service);

        // With the right certificate it arrives after all.
        world.set(&without, "tls", &tls(Some(AUTHORITY), Some(CLIENT)));
        let service = world.start();
        world.org.write(|tx| tx.deliveries().resend(without.number, &[1], World::now())).unwrap();
        assert_eq!(endpoint.wait_for(1)[0].path, "/without");
        world.rest(&service);
    }

    fn an_endpoint_that_the_named_authority_does_not_certify_is_told_nothing(store: TestStore) {
        let world = World::new(store.org());
        let endpoint = demanding();
        let subscribe = |name: &str, authority| {
            let made = world.subscribe(name, &endpoint.url("/"));
            world.hurry(&made, &[0]);
            world.set(&made, "tls", &tls(authority, Some(CLIENT)))
        };
        let other = subscribe("other", Some(STRANGER));
        // The machine's own authorities do not know it either.
        let usual = subscribe("usual", None);
        let service = world.start();
        world.happen("ann", 1);
        for unknown in [&other, &usual] {
            let ended = world.ended(&service, unknown);
            assert_eq!(ended.state, DeliveryState::Dead, "{}", unknown.name);
            let error = ended.error.unwrap();
            assert!(error.contains("certificate"), "{error}");
        }
        assert!(endpoint.received().is_empty());
    }
}
