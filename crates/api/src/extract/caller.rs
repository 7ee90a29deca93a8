//! From the `Authorization` header to a [`Caller`] who may call the operation.

use muster_auth::authorization::bearer_token;
use muster_auth::{Caller, authorize};
use muster_store::Org;

use crate::app::App;
use crate::operation::Operation;
use crate::problem::Problem;

/// Who calls, where the operation wants to know; refused where the guard does not let them in.
/// May block: a token is held against what is stored.
pub(crate) fn identify(
    app: &App,
    org: &Org,
    operation: &Operation,
    authorization: Option<&str>,
) -> Result<Option<Caller>, Problem> {
    let is_public = operation.guard.is_public();
    if is_public && !(operation.checks_token && authorization.is_some()) {
        return Ok(None);
    }
    let token = bearer_token(authorization).map_err(|_| {
        Problem::unauthorized(
            "The call has no access token; get one from POST /oauth/token and send it as \
             \"Authorization: Bearer <token>\".",
        )
    })?;
    let caller = app.tokens.caller(&app.store, org, token, app.clock.now())?;
    authorize(&caller, &operation.guard)?;
    Ok(Some(caller))
}
