//! The list of accounts, and one account.

use muster_store::{ListedAccount, Selection, Tx};
use serde_json::Value;

use super::shape::AccountShape;
use super::show::{Around, Detail};
use crate::call::Call;
use crate::handler::{Json, Rows};
use crate::problem::{Problem, quote};
use crate::resources::shaped::Shaped;

type Shown = Shaped<AccountShape>;

/// `GET /accounts`
pub(super) fn list(call: &Call, (): ()) -> Result<Rows<Shown>, Problem> {
    let detail = match call.query("detailLevel") {
        None | Some("FULL") => Detail::Full,
        Some("SLIM") => Detail::Slim,
        Some(other) => {
            return Err(Problem::illegal_value(format!(
                "detailLevel: \"{}\" is not a value it can take; use SLIM or FULL.",
                quote(other)
            )));
        }
    };
    let view = call.view()?;
    let condition = view.filter.as_ref().map(|filter| filter.to_sql(1));
    let selection = Selection {
        condition: condition.transpose()?,
        order: view.sort.to_sql("id")?,
        limit: view.page.limit,
        offset: view.page.offset,
    };
    call.org().read(|tx| {
        let around = Around::load(tx)?;
        let accounts = tx.accounts().list(&selection, &around.listed)?;
        let total = if view.page.count {
            Some(tx.accounts().count_listed(&selection, &around.listed)?)
        } else {
            None
        };
        let items = accounts.iter().map(|one| around.show(one, detail).into());
        Ok(Rows {
            items: items.collect(),
            total,
        })
    })
}

/// `GET /accounts/{id}`
pub(super) fn get(call: &Call, (): ()) -> Result<Json<Shown>, Problem> {
    call.org().read(|tx| {
        let around = Around::load(tx)?;
        let shown = show(&find(call.id(), &around, tx)?, &around);
        Ok(Json(shown.into()))
    })
}

/// The account with that id; a 404 where there is none.
pub(super) fn find(id: &str, around: &Around, tx: &mut Tx<'_>) -> Result<ListedAccount, Problem> {
    let found = match id.parse() {
        Ok(id) => tx.accounts().get_listed(id, &around.listed)?,
        Err(_) => None,
    };
    found.ok_or_else(|| {
        Problem::not_found(format!(
            "There is no account with the id \"{}\".",
            quote(id)
        ))
    })
}

/// All of an account.
pub(super) fn show(listed: &ListedAccount, around: &Around) -> Value {
    around.show(listed, Detail::Full)
}
