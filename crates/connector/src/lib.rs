//! Reading people from the systems that know them: what a connector is, and the connectors in the box.
//!
//! A connector gives accounts as the source has them. Which of them changed, whom they belong to and
//! what follows is for the aggregation to say.

pub mod account;
pub mod contract;
pub mod feature;
pub mod flat_file;
pub mod limits;
pub mod secret;

pub use account::{Digest, Digester, Layout, Problem, RawAccount, Warning};
pub use contract::{Accounts, Connector, Error, Rejected, Rejection, Step};
pub use feature::{Feature, Features};
