//! Who is calling and what they may do: pure decisions about clients, tokens, levels and scopes.
//!
//! No HTTP and no database: the faces parse requests, the store keeps the documents, and both ask
//! here. Time and randomness are passed in.

pub mod authorization;
pub mod caller;
pub mod guard;
pub mod issuer;
pub mod level;
pub mod limits;
pub mod master_key;
pub mod random;
pub mod scope;
pub mod seal;
pub mod secret_hash;
pub mod secret_text;
pub mod signing_key;
pub mod token;

pub use caller::{Caller, Subject, UserContext};
pub use guard::{Denied, Guard, authorize};
pub use issuer::{Issuer, Tenant};
pub use level::{LevelSet, UserLevel};
pub use master_key::{MasterKey, MasterKeySource};
pub use random::{Random, SeededRandom, SystemRandom};
pub use scope::ScopeSet;
pub use seal::OrgKey;
pub use secret_hash::{SecretHash, SecretHasher};
pub use signing_key::{SigningAlgorithm, SigningKey};
pub use token::TokenError;
