//! SQLite and PostgreSQL behind one concrete [`Store`], with one SQL text for both.
//!
//! The face is synchronous: a transaction is a closure that runs on the calling thread, so a hot
//! path pays no hop between threads for each statement. Async callers use `*_async`, which run the
//! closure on a blocking thread.

mod account_list;
mod accounts;
mod attempts;
mod audit;
mod deliveries;
mod documents;
mod driver;
mod entitlements;
mod error;
mod events;
mod held;
mod hints;
mod identities;
mod identity_changes;
mod identity_delta;
mod identity_list;
mod invocations;
mod jobs;
mod keys;
mod late_keys;
mod leases;
mod limits;
mod manual_lifecycle;
mod migrate;
mod notices;
mod open;
mod org;
mod packed;
mod rejections;
mod resends;
mod schedules;
mod scratch;
mod selection;
mod settings;
mod sieve;
mod sync_plans;
mod tasks;
mod tx;
mod uploads;
mod user_names;

pub use account_list::{ListedAccount, ListedSource, ListedState, Surroundings};
pub use accounts::{Account, Accounts, Origin, Part, Seen};
pub use attempts::Attempt;
pub use audit::{Audit, Change as AuditChange, Difference};
pub use deliveries::{Deliveries, Delivery, DeliveryState, Ends, Outcome, Pick, Waiting};
pub use documents::{Documents, NewDocument, RawDocument, Typed};
pub use driver::dialect::Backend;
pub use driver::{Arg, Column, Row};
pub use entitlements::{Entitlement, Entitlements, Kin};
pub use error::{Error, Result};
pub use events::{EventKind, EventRow, Events, Marks, NewEvent};
pub use held::HeldAccounts;
pub use hints::{Hints, Topic};
pub use identities::{Identities, Identity, PROCESSING_STATE, Replaced, Stage};
pub use identity_changes::{IdentityChanges, Versions};
pub use identity_list::Listed;
pub use invocations::{
    InvocationEnd, InvocationHead, InvocationRow, InvocationState, Invocations, NewInvocation,
};
pub use jobs::{Claimed, Jobs, NewJob};
pub use keys::IdentityKeys;
pub use leases::Leases;
pub use manual_lifecycle::{ManualLifecycle, ManualState};
pub use notices::{NewNotice, Notice, Notices};
pub use open::{Address, Store};
pub use org::Org;
pub use rejections::{Rejected, Rejections};
pub use schedules::{Schedule, Schedules};
pub use scratch::Scratch;
pub use selection::Selection;
pub use settings::Settings;
pub use sync_plans::SyncPlans;
pub use tasks::{Refreshed, Task, Tasks};
pub use tx::Tx;
pub use uploads::{ChunkReader, Uploads};
pub use user_names::USER_NAME;
