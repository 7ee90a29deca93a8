//! From parts of a request to what handlers work with; each refuses with a text that helps.

pub(crate) mod body;
pub(crate) mod caller;
pub mod json;
pub mod patch;
pub mod upload;
