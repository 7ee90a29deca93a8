//! What makes a type a configuration resource: few per org, kept whole as JSON, found by id or name.

use serde::Serialize;
use serde::de::DeserializeOwned;

/// A configuration resource. Its kind names the collection it lives in.
pub trait Document: Serialize + DeserializeOwned + Clone + Send + Sync + 'static {
    /// The collection, as stored; never reused for another meaning.
    const KIND: &'static str;

    /// The id under which it is stored.
    fn id(&self) -> &str;

    /// The name by which people find it; empty where it has none.
    fn name(&self) -> &str;
}
