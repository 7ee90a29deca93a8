//! The entitlements of an account: the values of the attributes that its schema marks.

use muster_store::ListedAccount;
use serde_json::Value;

use super::list::find;
use super::show::Around;
use crate::call::Call;
use crate::handler::Rows;
use crate::problem::Problem;
use crate::resources::entitlements::shape::{EntitlementShape, SourceNames, ids_of};
use crate::resources::shaped::Shaped;

/// `GET /accounts/{id}/entitlements`
pub(super) fn list(call: &Call, (): ()) -> Result<Rows<Shaped<EntitlementShape>>, Problem> {
    let view = call.view()?;
    let all = call.org().read(|tx| {
        let around = Around::load(tx)?;
        let listed = find(call.parameter("id"), &around, tx, call)?;
        of(&listed, &around, tx)
    })?;
    Ok(view.page_of(all.into_iter().map(Shaped::from).collect()))
}

fn of(
    listed: &ListedAccount,
    around: &Around,
    tx: &mut muster_store::Tx<'_>,
) -> Result<Vec<Value>, Problem> {
    let Some(source) = around.source(listed) else {
        return Ok(Vec::new());
    };
    let ids = ids_of(source, &listed.account.attributes);
    let names = SourceNames::load(tx)?;
    let found = tx.entitlements().get_each(&ids)?;
    Ok(found.iter().flatten().map(|one| names.show(one)).collect())
}
