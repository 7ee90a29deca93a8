//! Lists of entitlements, and one entitlement.

use muster_model::Source;
use muster_model::id::{AccountId, EntitlementId};
use muster_store::{Entitlement, Kin, Selection, Tx};

use super::shape::{EntitlementShape, SourceNames, ids_of};
use crate::call::Call;
use crate::handler::{Json, Rows};
use crate::problem::{Problem, quote};
use crate::resources::shaped::Shaped;

type Shown = Shaped<EntitlementShape>;

/// `GET /entitlements`
pub(super) fn list(call: &Call, (): ()) -> Result<Rows<Shown>, Problem> {
    for unserved in ["segmented-for-identity", "for-segment-ids"] {
        if call.query(unserved).is_some() {
            return Err(Problem::illegal_value(format!(
                "{unserved}: there are no segments to look through; leave it out."
            )));
        }
    }
    if let Some(account) = call.query("account-id") {
        return of(account, call);
    }
    answer(Kin::Everyone, call)
}

/// `GET /entitlements/{id}/parents`
pub(super) fn parents(call: &Call, (): ()) -> Result<Rows<Shown>, Problem> {
    answer(Kin::ParentsOf(existing(call)?), call)
}

/// `GET /entitlements/{id}/children`
pub(super) fn children(call: &Call, (): ()) -> Result<Rows<Shown>, Problem> {
    answer(Kin::ChildrenOf(existing(call)?), call)
}

/// `GET /entitlements/account/{accountId}/entitlements`
pub(super) fn of_account(call: &Call, (): ()) -> Result<Rows<Shown>, Problem> {
    of(call.parameter("accountId"), call)
}

/// `GET /entitlements/{id}`
pub(super) fn get(call: &Call, (): ()) -> Result<Json<Shown>, Problem> {
    call.org().read(|tx| {
        let found = find(call.id(), tx)?;
        Ok(Json(SourceNames::load(tx)?.show(&found).into()))
    })
}

/// The entitlement with that id; a 404 where there is none.
pub(super) fn find(id: &str, tx: &mut Tx<'_>) -> Result<Entitlement, Problem> {
    let found = match id.parse() {
        Ok(id) => tx.entitlements().get(id)?,
        Err(_) => None,
    };
    found.ok_or_else(|| {
        Problem::not_found(format!(
            "There is no entitlement with the id \"{}\".",
            quote(id)
        ))
    })
}

fn existing(call: &Call) -> Result<EntitlementId, Problem> {
    call.org().read(|tx| Ok(find(call.id(), tx)?.id))
}

fn answer(kin: Kin, call: &Call) -> Result<Rows<Shown>, Problem> {
    refuse_search_after(call)?;
    let view = call.view()?;
    let condition = view.filter.as_ref().map(|filter| filter.to_sql(1));
    let selection = Selection {
        condition: condition.transpose()?,
        order: view.sort.to_sql("id")?,
        limit: view.page.limit,
        offset: view.page.offset,
    };
    call.org().read(|tx| {
        let names = SourceNames::load(tx)?;
        let found = tx.entitlements().list(&selection, kin)?;
        let total = if view.page.count {
            Some(tx.entitlements().count(&selection, kin)?)
        } else {
            None
        };
        let items = found.iter().map(|one| names.show(one).into()).collect();
        Ok(Rows { items, total })
    })
}

/// The entitlements of an account, in the order of its schema and values.
fn of(account: &str, call: &Call) -> Result<Rows<Shown>, Problem> {
    refuse_search_after(call)?;
    let view = call.view()?;
    let missing = || {
        Problem::not_found(format!(
            "There is no account with the id \"{}\".",
            quote(account)
        ))
    };
    let id: AccountId = account.parse().map_err(|_| missing())?;
    let all = call.org().read(|tx| {
        let account = tx.accounts().get(id)?.ok_or_else(missing)?;
        let source = tx
            .typed::<Source>()
            .get(&account.source_id.to_string())?
            .ok_or_else(missing)?;
        let ids = ids_of(&source, &account.attributes);
        let names = SourceNames::load(tx)?;
        let found = tx.entitlements().get_each(&ids)?;
        let shown = found.iter().flatten().map(|one| names.show(one));
        Ok::<_, Problem>(shown.collect::<Vec<_>>())
    })?;
    let rows = view.take(all);
    Ok(Rows {
        items: rows.items.into_iter().map(Shaped::from).collect(),
        total: rows.total,
    })
}

fn refuse_search_after(call: &Call) -> Result<(), Problem> {
    if call.query("searchAfter").is_some() {
        return Err(Problem::illegal_value(
            "searchAfter: lists are paged with limit and offset; leave it out.",
        ));
    }
    Ok(())
}
