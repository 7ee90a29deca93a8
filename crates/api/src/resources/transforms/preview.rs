//! What an edited transform would do to people. Muster's own.

use muster_model::{Report, StoredTransform};
use muster_query::PatchRules;
use muster_refresh::profiles_that_use;

use super::{MANAGE, TRANSFORMS};
use crate::call::Call;
use crate::handler::{Blocking, Json};
use crate::operation::Operation;
use crate::problem::Problem;
use crate::resources::identity_tasks::{refresh_profile, start};
use crate::resources::previews::{Edit, LIMIT, RunPreview, preview};

/// Its operation.
pub(crate) static OPERATIONS: &[Operation] =
    &[
        Operation::post("/muster/v1/transforms/{id}/preview", "previewTransform")
            .title(
                "Transforms",
                "What an edited transform would do to people, without doing it",
            )
            .guard(MANAGE)
            .asks(LIMIT)
            .runs(&Blocking(run))
            .answers(200),
    ];

/// What a patch may change: a transform can only be replaced otherwise, and keeps its name and type.
const RULES: PatchRules = PatchRules::new(&["attributes"]);

/// The edit is saved as `PUT` saves it, then the identities of each profile are processed that uses the
/// transform, itself or through another one.
fn run(call: &Call, edit: Edit) -> Result<Json<RunPreview>, Problem> {
    call.org().read(|tx| TRANSFORMS.find(tx, call))?;
    preview(call, |inside| {
        inside.org().write(|tx| {
            edit.save(&TRANSFORMS, RULES, tx, inside)?;
            let transform: StoredTransform = TRANSFORMS.find(tx, inside)?.read()?;
            let profiles = profiles_that_use(&transform, tx)?;
            if profiles.is_empty() {
                return Ok(());
            }
            let names: Vec<&str> = profiles.iter().map(|one| one.name.as_str()).collect();
            let report = Report {
                about: names.join(", "),
                ..Report::default()
            };
            let task = start(report, "Identity Refresh", tx, inside)?;
            for profile in &profiles {
                refresh_profile(task.id, &profile.id, tx, inside)?;
            }
            Ok(())
        })
    })
}
