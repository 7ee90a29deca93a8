//! What is asked of the status listing, in the station's words: only the rows of a page are then
//! read whole. A filter that says more than `a eq "x" and b eq "y"` is answered from all rows.

use muster_query::Filter;
use muster_query::filter::ast::Expression;
use muster_trigger::invocation::{Listing, Order, Standing, Standings};

use crate::call::Call;
use crate::problem::Problem;

/// What is asked.
pub(super) struct Ask {
    /// In the station's words.
    pub(super) listing: Listing,
    /// Whether these say everything: filter, order and page.
    pub(super) is_whole: bool,
}

/// Reads the parameters of a call whose view was checked.
pub(super) fn read(call: &Call, standings: Standings) -> Result<Ask, Problem> {
    let page = call.page()?;
    let mut listing = Listing {
        standings,
        order: call.query("sorters").map(orders).unwrap_or_default(),
        offset: usize::try_from(page.offset).unwrap_or(usize::MAX),
        limit: page.limit as usize,
        ..Listing::default()
    };
    let is_whole = match call.query("filters") {
        None => true,
        Some(text) => narrow(&mut listing, &Filter::parse(text)?.expression),
    };
    if !is_whole {
        listing = Listing {
            standings,
            order: listing.order,
            limit: usize::MAX,
            ..Listing::default()
        };
    }
    Ok(Ask { listing, is_whole })
}

/// Says whether the listing now asks for all that the filter does. No deeper than two levels.
fn narrow(listing: &mut Listing, filter: &Expression) -> bool {
    match filter {
        Expression::And(parts) => parts.iter().all(|part| equal(listing, part)),
        part => equal(listing, part),
    }
}

fn equal(listing: &mut Listing, part: &Expression) -> bool {
    let Expression::Comparison(comparison) = part else {
        return false;
    };
    let [value] = comparison.values.as_slice() else {
        return false;
    };
    let place = match comparison.field.as_str() {
        "triggerId" => &mut listing.trigger_id,
        "subscriptionId" => &mut listing.subscription_id,
        "state" => return stands(listing, value.text()),
        _ => return false,
    };
    // Twice the same field can only be answered by looking.
    if place.is_some() {
        return false;
    }
    *place = Some(value.text().to_owned());
    true
}

/// A word that means nothing is left to the rows, of which none has it.
fn stands(listing: &mut Listing, word: &str) -> bool {
    let standing = Standing::read(word).filter(|_| listing.standings == Standings::Told);
    if let Some(standing) = standing {
        listing.standings = Standings::Only(standing);
    }
    standing.is_some()
}

fn orders(sorters: &str) -> Vec<(Order, bool)> {
    sorters
        .split(',')
        .filter_map(|written| {
            let written = written.trim();
            let (name, descending) = match written.strip_prefix('-') {
                Some(name) => (name, true),
                None => (written, false),
            };
            let order = match name {
                "triggerId" => Order::TriggerId,
                "subscriptionName" => Order::SubscriptionName,
                "created" => Order::Created,
                "completed" => Order::Completed,
                _ => return None,
            };
            Some((order, descending))
        })
        .collect()
}
