//! What the words mean: the plain data that every station of Muster speaks of.
//!
//! No input, no output, no async, no randomness: time and ids are passed in.

pub mod attribute;
pub mod attribute_sync;
pub mod clock;
pub mod document;
pub mod handover;
pub mod id;
pub mod native_change;
pub mod profile;
pub mod reading;
pub mod reference;
pub mod report;
pub mod schema;
pub mod secret;
pub mod settings;
pub mod source;
pub mod time;

pub use attribute::{AttributeMap, AttributeName, AttributeValue};
pub use attribute_sync::AttributeSync;
pub use clock::{Clock, FixedClock, SystemClock};
pub use document::Document;
pub use native_change::NativeChangeDetection;
pub use profile::{IdentityAttribute, IdentityProfile, LifecycleState, StoredTransform};
pub use reading::{HeldKind, Hold, KeptFile, Reading};
pub use reference::{Reference, ReferenceType};
pub use report::{Report, Severity};
pub use schema::{AttributeDefinition, AttributeType, Schema};
pub use secret::Secret;
pub use settings::OrgSettings;
pub use source::Source;
pub use time::Timestamp;
