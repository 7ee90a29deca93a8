//! Lists: which part of them is wanted (`filters`, `sorters`, `limit`, `offset`, `count`) and how
//! that part is taken. Typed tables use the parts of a [`View`] in SQL; documents use [`View::take`].

use muster_query::{CheckedFilter, Fields, Filter, Page, PageRules, RawPage, Sort};
use serde_json::Value;

use crate::call::Call;
use crate::handler::Rows;
use crate::limits::PAGE_ROWS_MAX;
use crate::problem::Problem;

/// What a list may be asked.
#[derive(Clone, Copy, Debug)]
pub struct Listing {
    /// Fields that filters and sorters may name.
    pub fields: Fields,
    /// How many rows a page holds at most; `None` where the list always comes whole.
    pub rows_max: Option<u32>,
}

/// A list that is paged and nothing else.
pub static PAGED: Listing = Listing::new(Fields::new(&[]));

impl Listing {
    /// A list with these fields and pages of the usual size.
    pub const fn new(fields: Fields) -> Self {
        Self {
            fields,
            rows_max: Some(PAGE_ROWS_MAX),
        }
    }

    /// A short list with these fields, which comes whole.
    pub const fn unpaged(fields: Fields) -> Self {
        Self {
            fields,
            rows_max: None,
        }
    }

    /// The same with pages of up to `rows_max`.
    pub const fn pages_of(mut self, rows_max: u32) -> Self {
        self.rows_max = Some(rows_max);
        self
    }
}

/// Which part of a list is wanted.
#[derive(Clone, Debug)]
pub struct View {
    /// What must hold for a row.
    pub filter: Option<CheckedFilter>,
    /// The order.
    pub sort: Sort,
    /// Where the page starts and how long it is; everything where the list is not paged.
    pub page: Page,
}

impl View {
    /// Everything, in the list's own order.
    pub fn all() -> Self {
        Self {
            filter: None,
            sort: Sort::default(),
            page: Page {
                limit: u32::MAX,
                offset: 0,
                count: false,
            },
        }
    }

    /// What the query string of `call` asks for, within what `listing` allows.
    pub fn read(call: &Call, listing: &Listing) -> Result<Self, Problem> {
        let page = match listing.rows_max {
            None => Self::all().page,
            Some(rows_max) => PageRules::up_to(rows_max).read(RawPage {
                limit: call.query("limit"),
                offset: call.query("offset"),
                count: call.query("count"),
            })?,
        };
        let filter = call
            .query("filters")
            .map(|text| Filter::parse(text)?.check(listing.fields))
            .transpose()?;
        let sort = match call.query("sorters") {
            Some(text) => Sort::parse(text, listing.fields)?,
            None => Sort::default(),
        };
        Ok(Self { filter, sort, page })
    }

    /// The wanted part of `all`, whose order settles ties.
    pub fn take(&self, mut all: Vec<Value>) -> Rows<Value> {
        if let Some(filter) = &self.filter {
            all.retain(|row| filter.matches(row));
        }
        if !self.sort.is_empty() {
            all.sort_by(|one, other| self.sort.compare(one, other));
        }
        self.page_of(all)
    }

    /// The wanted page of rows that are filtered and sorted already.
    pub fn page_of<T>(&self, all: Vec<T>) -> Rows<T> {
        let total = self.page.count.then_some(all.len() as u64);
        let offset = usize::try_from(self.page.offset).unwrap_or(usize::MAX);
        let items = all
            .into_iter()
            .skip(offset)
            .take(self.page.limit as usize)
            .collect();
        Rows { items, total }
    }
}

impl From<muster_query::Error> for Problem {
    fn from(error: muster_query::Error) -> Self {
        use muster_query::Error as Wrong;
        // Its messages start with the name of a parameter, which must stay as it is written.
        let text = format!("{error}.");
        match error {
            Wrong::TooLarge { .. } => Self::limit(text),
            Wrong::IllegalUpdate { .. } => Self::illegal_update(text),
            Wrong::WithoutColumn { .. } => Self::hidden(&error),
            Wrong::Syntax { .. } | Wrong::PatchNotAList { .. } | Wrong::MalformedPatch { .. } => {
                Self::bad_content(text)
            }
            _ => Self::illegal_value(text),
        }
    }
}
