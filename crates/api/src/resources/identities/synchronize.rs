//! Compares the accounts of an identity with it (attribute synchronisation).

use super::named;
use crate::call::Call;
use crate::handler::Json;
use crate::problem::Problem;
use crate::resources::sources::attribute_sync::job::{SyncJob, of_identity};

/// `POST /identities/{identityId}/synchronize-attributes`
pub(super) fn synchronize(call: &Call, (): ()) -> Result<Json<SyncJob>, Problem> {
    call.org().write(|tx| {
        let identity = named(tx, call)?;
        of_identity(&identity, tx, call)
    })
}
