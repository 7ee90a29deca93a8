//! Who is calling and what they may do: pure decisions about clients, tokens, levels and scopes.
//!
//! No HTTP and no database: the faces parse requests, the store keeps the documents, and both ask
//! here. Time and randomness are passed in.

pub mod authorization;
pub mod caller;
pub mod client;
pub mod field;
pub mod grant;
pub mod guard;
pub mod info;
pub mod issuer;
pub mod level;
pub mod limits;
pub mod master_key;
pub mod personal_access_token;
pub mod random;
pub mod scope;
pub mod seal;
pub mod secret_hash;
pub mod secret_text;
pub mod signing_key;
pub mod stored_key;
pub mod token;
pub mod token_request;

pub use caller::{Caller, Subject, UserContext};
pub use client::{NewClient, OAuthClient};
pub use grant::{Applicant, Desk, Grant, Refusal, decide};
pub use guard::{Denied, Guard, authorize};
pub use info::OAuthInfo;
pub use issuer::{Issuer, Tenant};
pub use level::{LevelSet, UserLevel};
pub use master_key::{MasterKey, MasterKeySource};
pub use personal_access_token::{NewPersonalAccessToken, PersonalAccessToken};
pub use random::{Random, SeededRandom, SystemRandom};
pub use scope::ScopeSet;
pub use seal::OrgKey;
pub use secret_hash::{SecretHash, SecretHasher};
pub use signing_key::{SigningAlgorithm, SigningKey};
pub use stored_key::{StoredOrgKey, StoredSigningKey};
pub use token::TokenError;
pub use token_request::TokenRequest;
