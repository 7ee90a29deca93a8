//! The pages, one file each.

pub(crate) mod inbox;
pub(crate) mod invocations;
pub(crate) mod missing;
pub(crate) mod overview;
pub(crate) mod problem;
pub(crate) mod stream;
pub(crate) mod subscription;
pub(crate) mod subscriptions;
pub(crate) mod trial;
pub(crate) mod triggers;
