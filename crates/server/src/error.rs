//! Why the server does not start.

/// What keeps the server from running.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The configuration cannot be used.
    #[error(transparent)]
    Config(#[from] crate::config::Error),
    /// The store cannot be opened.
    #[error("the store cannot be opened")]
    Store(#[from] muster_store::Error),
    /// There is no master key.
    #[error("the master key cannot be loaded")]
    MasterKey(#[from] muster_auth::master_key::MasterKeyError),
    /// The keys of an org cannot be opened.
    #[error("the keys of org {org} cannot be used")]
    Keys {
        /// The org.
        org: String,
        /// Why not.
        #[source]
        source: muster_api::keyring::Error,
    },
    /// An org cannot be set up.
    #[error("org {org} cannot be set up: {reason}")]
    Setup {
        /// The org.
        org: String,
        /// Why not.
        reason: String,
    },
    /// The address is taken or not this machine's.
    #[error("cannot listen on {address}; choose another with --listen")]
    Listen {
        /// The address.
        address: String,
        /// Why not.
        #[source]
        source: std::io::Error,
    },
    /// An egress rule is wrong.
    #[error("egress-allow: {0}")]
    Egress(String),
    /// Spans cannot be sent.
    #[error("otlp: {0}")]
    Traces(String),
    /// Something else with the machine.
    #[error("{what}")]
    Machine {
        /// What was tried.
        what: &'static str,
        /// Why it failed.
        #[source]
        source: std::io::Error,
    },
}
