//! The wire: every operation is declared once, next to the type it speaks of, and served in all its
//! spellings. Routes, the description of the API, the authorization table and the conformance tests
//! are read from the declaration.
//!
//! `spelling` and `operation` say what can be declared, `collection` what every configuration
//! resource shares, `mount` turns declarations into a service, and `resources` is the list of them.

mod about;
pub mod answer;
pub mod app;
pub mod bootstrap;
pub mod call;
pub mod collection;
mod docs;
pub mod extract;
pub mod handler;
mod host;
pub mod keyring;
pub mod limits;
pub mod listing;
mod mount;
mod openapi;
pub mod operation;
mod path;
pub mod people;
pub mod problem;
pub mod rate;
pub mod resource;
pub mod resources;
pub mod sealer;
pub mod singleton;
pub mod spelling;
pub mod tokens;

pub use answer::Answer;
pub use app::{App, Settings};
pub use call::{Call, Trace};
pub use collection::{Collection, IdForm, Offer, Parent, Shared};
pub use handler::{Blocking, Csv, Json, Rows};
pub use keyring::{Keyring, OrgKeys};
pub use listing::{Listing, View};
pub use mount::mount;
pub use openapi::describe;
pub use operation::{Method, Operation, QueryParameter};
pub use problem::Problem;
pub use resource::{Object, Resource};
pub use sealer::OrgSealer;
pub use singleton::{Single, Singleton};
pub use tokens::Tokens;
