//! What loading a file of accounts would do. Muster's own.

use super::load::{accounts_file, load_accounts, refuse_unreadable};
use super::rights::MANAGE;
use super::{TAG, find};
use crate::call::Call;
use crate::extract::upload::Form;
use crate::handler::{Blocking, Json};
use crate::operation::Operation;
use crate::problem::Problem;
use crate::resources::previews::{LIMIT, RunPreview, preview};

/// Its operation.
pub(crate) static OPERATIONS: &[Operation] =
    &[
        Operation::post("/muster/v1/sources/{id}/preview", "previewAccounts")
            .title(
                TAG,
                "What loading a file of accounts would do, without doing it",
            )
            .guard(MANAGE)
            .asks(LIMIT)
            .runs(&Blocking(run))
            .answers(200),
    ];

fn run(call: &Call, _: Form) -> Result<Json<RunPreview>, Problem> {
    let source = call.org().read(|tx| find(call.id(), tx, call))?;
    // Before the org is copied for nothing.
    refuse_unreadable(&source)?;
    accounts_file(call)?;
    preview(call, |inside| load_accounts(inside, Form).map(drop))
}
