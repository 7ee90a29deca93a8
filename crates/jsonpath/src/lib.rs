//! JSONPath filters: the Jayway dialect exactly as its library decides, and strict RFC 9535 beside
//! it, over one evaluator.
//!
//! ```
//! use muster_jsonpath::Filter;
//! use serde_json::json;
//!
//! let filter = Filter::compile("$.changes[?(@.attribute == 'department')]")?;
//! let event = json!({"changes": [{"attribute": "department", "newValue": "Sales"}]});
//! assert!(filter.fires(&event));
//! # Ok::<(), muster_jsonpath::CompileError>(())
//! ```
//!
//! Start at [`Filter`]; [`Node`] is what a value must offer; [`limits`] holds every bound. The
//! Jayway dialect lives in `jayway/`, the RFC's in `rfc9535/`; the README lists the quirks.

mod error;
mod evaluate;
mod explain;
mod filter;
mod jayway;
pub mod limits;
mod node;
mod number;
mod pattern;
mod program;
mod reads;
mod rfc9535;
mod set;
mod suggestion;

pub use error::{CompileError, EvaluationError, FaultKind};
pub use explain::{ExplainedItem, ExplainedPredicate, ExplainedStep, Explanation};
pub use filter::{Dialect, Filter, Outcome};
pub use node::{Document, DocumentError, Kind, Node};
pub use number::Number;
pub use reads::{Place, ReadPath};
pub use set::FilterSet;
