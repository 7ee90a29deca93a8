//! The entitlements of an account: the values of the attributes that its schema marks.

use muster_model::id::derive;
use muster_model::{AttributeValue, Source};
use muster_store::ListedAccount;
use serde_json::{Value, json};

use super::list::find;
use super::shape::EntitlementShape;
use super::show::Around;
use crate::call::Call;
use crate::handler::Rows;
use crate::problem::Problem;
use crate::resources::shaped::Shaped;

/// The schema of entitlements whose attribute names none.
const GROUP: &str = "group";

/// `GET /accounts/{id}/entitlements`
pub(super) fn list(call: &Call, (): ()) -> Result<Rows<Shaped<EntitlementShape>>, Problem> {
    let view = call.view()?;
    let all = call.org().read(|tx| {
        let around = Around::load(tx)?;
        let listed = find(call.parameter("id"), &around, tx, call)?;
        Ok::<_, Problem>(around.source(&listed).map_or_else(Vec::new, |source| {
            of(&listed, source).into_iter().map(Shaped::from).collect()
        }))
    })?;
    Ok(view.page_of(all))
}

fn of(listed: &ListedAccount, source: &Source) -> Vec<Value> {
    let account = &listed.account;
    let mut all = Vec::new();
    let attributes = source
        .account_schema()
        .into_iter()
        .flat_map(|schema| &schema.attributes);
    for attribute in attributes.filter(|attribute| attribute.is_entitlement) {
        let values = match account.attributes.get(&attribute.name) {
            None => continue,
            Some(AttributeValue::List(values)) => values.clone(),
            Some(single) => vec![single.to_text()],
        };
        let schema = attribute.schema.as_ref();
        let kind = schema.map_or(GROUP, |schema| schema.name.as_str());
        for value in values {
            // The same value on the same source is the same entitlement, whoever has it.
            let id = derive(&[
                source.id.as_bytes(),
                attribute.name.as_bytes(),
                value.as_bytes(),
            ]);
            all.push(json!({
                "id": format!("{id:032x}"),
                "name": value,
                "attribute": attribute.name,
                "value": value,
                "sourceSchemaObjectType": kind,
                "privileged": false,
                "cloudGoverned": false,
                "requestable": false,
                "created": account.created,
                "modified": account.modified,
                "source": { "id": source.id, "type": "SOURCE", "name": source.name },
                "attributes": {},
            }));
        }
    }
    all
}
