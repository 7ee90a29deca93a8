//! People in, second station: from accounts to identities and what changed about them.
//!
//! Deciding is pure: [`configuration`] (what is mapped how), [`attributes`] (values), [`change`] (the
//! difference). [`batch`] loads, asks them, and writes identity and event in one transaction.
//!
//! Order within one identity (aggregation-refresh.md §4.5): profile, attributes, lifecycle state last
//! among them, manager, required attributes, difference.

mod attributes;
mod batch;
mod change;
mod configuration;
pub mod deletion;
pub mod exceptions;
pub mod explain;
pub mod history;
mod index_keys;
mod limits;
mod load;
mod manager;
mod manual;
pub mod periodic;
mod person;
mod preview;
mod reading;
mod run;
mod settle;
mod synchronize;
mod uses;
mod whole_profile;
mod write;

pub use change::differences;
pub use configuration::{Configuration, Configurations, key_attributes};
pub use deletion::NightlyDeletion;
pub use index_keys::IndexingKeys;
pub use periodic::Periodic;
pub use preview::{PreviewedAttribute, preview};
pub use reading::RandomBits;
pub use run::{Refreshing, Station};
pub use settle::Settling;
pub use synchronize::Synchronizing;
pub use uses::profiles_that_use;
pub use whole_profile::WholeProfile;
