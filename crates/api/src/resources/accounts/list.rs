//! The list of accounts, and one account.

use muster_query::{CheckedFilter, Filter};
use muster_store::{ListedAccount, Selection, Tx};
use serde_json::Value;

use super::LISTING;
use super::shape::AccountShape;
use super::show::{Around, Detail};
use crate::call::Call;
use crate::handler::{Json, Rows};
use crate::problem::{Problem, quote};
use crate::resources::shaped::Shaped;
use crate::resources::sources::own;

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
    let order = view.sort.to_sql("id")?;
    call.org().read(|tx| {
        let filter = match own::listed(tx, call)? {
            None => view.filter.clone(),
            Some(own) if own.is_empty() => return Ok(view.page_of(Vec::new())),
            Some(own) => Some(within(view.filter.clone(), &own)?),
        };
        let selection = Selection {
            condition: filter.map(|filter| filter.to_sql(1)).transpose()?,
            order: order.clone(),
            limit: view.page.limit,
            offset: view.page.offset,
        };
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
        let shown = show(&find(call.id(), &around, tx, call)?, &around);
        Ok(Json(shown.into()))
    })
}

/// What a filter asks, of accounts on these sources only.
fn within(filter: Option<CheckedFilter>, sources: &[String]) -> Result<CheckedFilter, Problem> {
    let ids: Vec<String> = sources.iter().map(|id| format!("\"{id}\"")).collect();
    let own = Filter::parse(&format!("sourceId in ({})", ids.join(",")))?.check(LISTING.fields)?;
    Ok(match filter {
        Some(filter) => filter.and(own),
        None => own,
    })
}

/// The account with that id; a 404 where there is none, a 403 where its source is not the caller's.
pub(super) fn find(
    id: &str,
    around: &Around,
    tx: &mut Tx<'_>,
    call: &Call,
) -> Result<ListedAccount, Problem> {
    let found = match id.parse() {
        Ok(id) => tx.accounts().get_listed(id, &around.listed)?,
        Err(_) => None,
    };
    let found = found.ok_or_else(|| {
        Problem::not_found(format!(
            "There is no account with the id \"{}\".",
            quote(id)
        ))
    })?;
    own::check_source(Some(found.account.source_id), tx, call)?;
    Ok(found)
}

/// All of an account.
pub(super) fn show(listed: &ListedAccount, around: &Around) -> Value {
    around.show(listed, Detail::Full)
}
