//! What an edited profile would do to its people. Muster's own.

use super::operations::process;
use super::{IDENTITY_PROFILES, MANAGE, TAG};
use crate::call::Call;
use crate::handler::{Blocking, Json};
use crate::operation::Operation;
use crate::problem::Problem;
use crate::resources::previews::{Edit, LIMIT, RunPreview, preview};

/// Its operation.
pub(crate) static OPERATIONS: &[Operation] = &[Operation::post(
    "/muster/v1/identity-profiles/{identity-profile-id}/preview",
    "previewIdentityProfile",
)
.title(
    TAG,
    "What an edited profile would do to its people, without doing it",
)
.guard(MANAGE)
.asks(LIMIT)
.runs(&Blocking(run))
.answers(200)];

/// The edit is saved as `PATCH` saves it, then the profile's identities are processed.
fn run(call: &Call, edit: Edit) -> Result<Json<RunPreview>, Problem> {
    call.org().read(|tx| IDENTITY_PROFILES.find(tx, call))?;
    preview(call, |inside| {
        let rules = IDENTITY_PROFILES.patchable;
        inside
            .org()
            .write(|tx| edit.save(&IDENTITY_PROFILES, rules, tx, inside))?;
        process(inside, ()).map(drop)
    })
}
