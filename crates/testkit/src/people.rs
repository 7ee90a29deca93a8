//! People as a refresh stores them.

use muster_model::id::{IdentityId, TaskId};
use muster_model::{AttributeMap, Timestamp};
use muster_store::{Identity, Stage};

/// A person who is here, without attributes: what else a test is about, it says itself.
pub fn identity(number: u128, moment: Timestamp) -> Identity {
    Identity {
        id: IdentityId(number),
        version: 1,
        revision: 1,
        profile_id: None,
        stage: Stage::Active,
        name: "Jo Doe".into(),
        alias: format!("jo.{number}"),
        manager_id: None,
        lifecycle: None,
        created: moment,
        modified: moment,
        cause: TaskId(0),
        attributes: AttributeMap::default(),
        problems: None,
    }
}
