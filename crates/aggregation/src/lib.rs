//! People in, first station: from a source's file to accounts and whose they are.
//!
//! An aggregation goes over the file twice. The first pass counts ([`collect`]): what is new, changed,
//! unchanged, missing; its figures are told to the world before anything is processed. The second
//! pass, over memory where little is new ([`few`]), goes over what is new or changed ([`process`]) and stores it, a page a transaction ([`page`]), each page with a job that
//! asks the next station to refresh the identities concerned. Nothing is written for an unchanged
//! account, so a run after a crash simply starts over and finds less to do.

mod by_call;
mod collect;
pub mod correlate;
pub mod correlation_preview;
mod departure;
pub mod entitlements;
mod error;
mod few;
pub mod hold;
pub mod kept;
mod known;
mod limits;
mod missing;
mod news;
mod page;
mod process;
pub mod promote;
mod reads;
mod recorrelate;
mod release;
mod reload;
mod remove;
mod reset;
mod run;
mod scheduled;

pub use by_call::ByCall;
pub use entitlements::EntitlementAggregation;
pub use recorrelate::Recorrelate;
pub use release::ReleaseHeld;
pub use reload::ReloadAccount;
pub use remove::RemoveAccounts;
pub use reset::ResetEntitlements;
pub use run::Aggregation;
pub use scheduled::StartsScheduled;
