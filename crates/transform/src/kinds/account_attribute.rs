//! accountAttribute: a value of one of the identity's accounts on a source. The oldest account speaks
//! first; one without the value lets the next one speak, unless the first must decide.

use std::borrow::Cow;
use std::cmp::Ordering;

use muster_model::Timestamp;

use crate::attributes::Attributes;
use crate::context::Account;
use crate::datum::Datum;
use crate::error::{ParseError, Refusal};
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::kinds::account_filter::{Filter, property};
use crate::references::SourceKey;

#[derive(Debug)]
struct AccountAttribute {
    source: SourceKey,
    name: Box<str>,
    order: Order,
    is_descending: bool,
    first_decides: bool,
    filters: Box<[Filter]>,
}

#[derive(Debug)]
enum Order {
    Created,
    Property(Box<str>),
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let source = source(attributes)?;
    let name = attributes.required_constant("attributeName")?;
    let order = match attributes.constant("accountSortAttribute")? {
        None | Some("created" | "") => Order::Created,
        Some(property) => Order::Property(property.into()),
    };
    let is_descending = attributes.flag("accountSortDescending")?.unwrap_or(false);
    let first_decides = attributes.flag("accountReturnFirstLink")?.unwrap_or(false);
    let mut filters = Vec::new();
    for field in ["accountFilter", "accountPropertyFilter"] {
        match attributes.constant(field)? {
            None | Some("") => {}
            Some(text) => match Filter::parse(text) {
                Ok(filter) => filters.push(filter),
                Err(reason) => return Err(attributes.refuse(field, Refusal::Filter(reason))),
            },
        }
    }
    let references = &mut attributes.parser.references;
    references.add_account(&source, name);
    if let Order::Property(property) = &order {
        references.add_account(&source, property);
    }
    for filter in &filters {
        filter.each_property(&mut |property| references.add_account(&source, property));
    }
    Ok(Box::new(AccountAttribute {
        source,
        name: name.into(),
        order,
        is_descending,
        first_decides,
        filters: filters.into(),
    }))
}

/// The id of a source outlives its name, so it wins where both are given.
fn source(attributes: &mut Attributes<'_, '_>) -> Result<SourceKey, ParseError> {
    let by_id = attributes.constant("sourceId")?;
    let by_application_id = attributes.constant("applicationId")?;
    let by_name = attributes.constant("sourceName")?;
    let by_application = attributes.constant("applicationName")?;
    let given = |text: &&str| !text.is_empty();
    if let Some(id) = by_id.or(by_application_id).filter(given) {
        return Ok(SourceKey::Id(id.to_owned()));
    }
    if let Some(name) = by_name.filter(given) {
        return Ok(SourceKey::Name(name.to_owned()));
    }
    match by_application.filter(given) {
        Some(name) => Ok(SourceKey::Application(name.to_owned())),
        None => Err(attributes.refuse("sourceName", Refusal::Missing)),
    }
}

impl Operation for AccountAttribute {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let context = scope.context();
        let mut best: Option<(Key<'a>, Account<'a>)> = None;
        let mut index = 0;
        while let Some(account) = context.account(index) {
            index += 1;
            let has_value = self.first_decides || account.attributes.get(&self.name).is_some();
            if !has_value || !self.concerns(&account) {
                continue;
            }
            let key = self.key(&account);
            let is_better = best
                .as_ref()
                .is_none_or(|(known, _)| self.compare(&key, known) == Ordering::Less);
            if is_better {
                best = Some((key, account));
            }
        }
        let Some((_, account)) = best else {
            return Ok(None);
        };
        scope.note_account(&account, &self.name);
        Ok(account.attributes.get(&self.name).map(Datum::of))
    }
}

/// What accounts are ordered by.
#[derive(PartialEq, Eq)]
enum Key<'a> {
    Created(Timestamp),
    Text(Cow<'a, str>),
    Absent,
}

impl AccountAttribute {
    fn concerns(&self, account: &Account<'_>) -> bool {
        let is_of_source = match &self.source {
            SourceKey::Name(name) => account.source_name == name,
            SourceKey::Id(id) => account.source_id == id,
            SourceKey::Application(name) => {
                account.application_name == name || account.source_name == name
            }
        };
        is_of_source && self.filters.iter().all(|filter| filter.matches(account))
    }

    fn key<'a>(&self, account: &Account<'a>) -> Key<'a> {
        match &self.order {
            Order::Created => Key::Created(account.created),
            Order::Property(name) => match property(account, name) {
                Some(value) => Key::Text(value.into_text()),
                None => Key::Absent,
            },
        }
    }

    /// Accounts without the value to sort by come last in both directions.
    fn compare(&self, ours: &Key<'_>, theirs: &Key<'_>) -> Ordering {
        let order = match (ours, theirs) {
            (Key::Created(ours), Key::Created(theirs)) => ours.cmp(theirs),
            (Key::Text(ours), Key::Text(theirs)) => ours.cmp(theirs),
            (Key::Absent, Key::Absent) => return Ordering::Equal,
            (Key::Absent, _) => return Ordering::Greater,
            (_, _) => return Ordering::Less,
        };
        if self.is_descending {
            order.reverse()
        } else {
            order
        }
    }
}
