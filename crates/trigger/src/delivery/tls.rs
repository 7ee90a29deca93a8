//! Whom endpoints must be certified by: the machine's authorities, or Mozilla's where it has none, or
//! those that a subscription names. And as whom Muster appears, where a subscription says so.

use std::sync::Arc;

use muster_model::Secret;
use tokio_rustls::rustls::client::WantsClientCert;
use tokio_rustls::rustls::crypto::ring::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, ConfigBuilder, Error, RootCertStore};

/// The configuration of TLS for outgoing calls.
pub fn client_config() -> Result<Arc<ClientConfig>, Error> {
    Ok(finished(trusting(machine_roots())?.with_no_client_auth()))
}

/// What is wrong with a certificate or key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    /// The setting.
    pub(crate) field: &'static str,
    /// What is wrong with it.
    pub(crate) reason: String,
}

/// The configuration for one subscription, each part as PEM.
pub(crate) fn client_config_with(
    authority: Option<&str>,
    certificate: Option<&str>,
    key: Option<&Secret<String>>,
) -> Result<Option<Arc<ClientConfig>>, Fault> {
    let wrong = |field| {
        move |error: &dyn std::fmt::Display| Fault {
            field,
            reason: format!("cannot be used ({error})"),
        }
    };
    if authority.is_none() && certificate.is_none() {
        return Ok(None);
    }
    let roots = match authority {
        None => machine_roots(),
        Some(text) => {
            let field = "tls.certificateAuthority";
            let mut roots = RootCertStore::empty();
            for one in certificates(text, field)? {
                roots.add(one).map_err(|error| wrong(field)(&error))?;
            }
            roots
        }
    };
    let builder = trusting(roots).map_err(|error| wrong("tls")(&error))?;
    let config = match (certificate, key) {
        (Some(text), Some(key)) => {
            let chain = certificates(text, "tls.clientCertificate")?;
            let key = PrivateKeyDer::from_pem_slice(key.expose().as_bytes())
                .map_err(|error| wrong("tls.clientKey")(&error))?;
            builder
                .with_client_auth_cert(chain, key)
                .map_err(|error| wrong("tls.clientKey")(&error))?
        }
        _ => builder.with_no_client_auth(),
    };
    Ok(Some(finished(config)))
}

fn certificates(text: &str, field: &'static str) -> Result<Vec<CertificateDer<'static>>, Fault> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(text.as_bytes()).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => Err(Fault {
            field,
            reason: "holds no certificate".into(),
        }),
        Err(error) => Err(Fault {
            field,
            reason: format!("cannot be read ({error})"),
        }),
    }
}

fn trusting(roots: RootCertStore) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, Error> {
    let builder = ClientConfig::builder_with_provider(Arc::new(default_provider()));
    Ok(builder
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots))
}

fn finished(mut config: ClientConfig) -> Arc<ClientConfig> {
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    Arc::new(config)
}

fn machine_roots() -> RootCertStore {
    let mut roots = RootCertStore::empty();
    let native = rustls_native_certs::load_native_certs();
    for error in &native.errors {
        tracing::debug!(%error, "a certificate of this machine cannot be used");
    }
    let (added, ignored) = roots.add_parsable_certificates(native.certs);
    tracing::debug!(
        added,
        ignored,
        "took over this machine's certificate authorities"
    );
    if roots.is_empty() {
        roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    }
    roots
}
