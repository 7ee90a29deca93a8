//! Paging: `limit`, `offset` and `count`, from the raw texts of the query string.

use crate::error::Error;
use crate::limits::{PAGE_OFFSET_MAX, PAGE_ROWS_MAX};
use crate::text::echo;

/// Which part of a list is asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Page {
    /// Rows at most; 0 is allowed and answers with none, for those who only count.
    pub limit: u32,
    /// Rows to skip.
    pub offset: u64,
    /// Whether the answer says how many rows there are in all.
    pub count: bool,
}

/// The parameters as they came, before anyone read them.
#[derive(Clone, Copy, Debug, Default)]
pub struct RawPage<'q> {
    /// `limit`
    pub limit: Option<&'q str>,
    /// `offset`
    pub offset: Option<&'q str>,
    /// `count`
    pub count: Option<&'q str>,
}

/// How many rows one page of a collection may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PageRules {
    limit_max: u32,
}

impl PageRules {
    /// The rule of nearly all lists.
    pub const STANDARD: Self = Self {
        limit_max: PAGE_ROWS_MAX,
    };

    /// The rule of a list with a maximum of its own, such as search.
    pub const fn up_to(limit_max: u32) -> Self {
        Self { limit_max }
    }

    /// Reads the parameters; a missing one takes its default.
    pub fn read(self, raw: RawPage<'_>) -> Result<Page, Error> {
        let limit_default = self.limit_max.min(PAGE_ROWS_MAX).into();
        let limits = Bounds {
            maximum: self.limit_max.into(),
            missing: limit_default,
        };
        let limit = match raw.limit {
            Some(text) => whole("limit", text, limits)?,
            None => limit_default,
        };
        let offsets = Bounds {
            maximum: PAGE_OFFSET_MAX,
            missing: 0,
        };
        let offset = match raw.offset {
            Some(text) => whole("offset", text, offsets)?,
            None => 0,
        };
        let count = raw.count.map_or(Ok(false), flag)?;
        // The bound just checked is a u32.
        Ok(Page {
            limit: limit as u32,
            offset,
            count,
        })
    }
}

#[derive(Clone, Copy)]
struct Bounds {
    maximum: u64,
    missing: u64,
}

fn whole(parameter: &'static str, text: &str, bounds: Bounds) -> Result<u64, Error> {
    let number = text
        .trim()
        .parse()
        .ok()
        .filter(|number| *number <= bounds.maximum);
    number.ok_or_else(|| Error::OutOfBounds {
        parameter,
        value: echo(text),
        remedy: format!(
            "write a whole number from 0 to {}, or leave it out for {}",
            bounds.maximum, bounds.missing
        ),
    })
}

/// Some clients write a flag with a capital letter.
fn flag(text: &str) -> Result<bool, Error> {
    match text.trim() {
        word if word.eq_ignore_ascii_case("true") => Ok(true),
        word if word.eq_ignore_ascii_case("false") => Ok(false),
        _ => Err(Error::OutOfBounds {
            parameter: "count",
            value: echo(text),
            remedy: "write true or false, or leave it out for false".to_owned(),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_said_is_the_first_250_rows_without_a_count() {
        let page = PageRules::STANDARD.read(RawPage::default()).unwrap();
        assert_eq!(
            page,
            Page {
                limit: 250,
                offset: 0,
                count: false
            }
        );
        let page = PageRules::up_to(50).read(RawPage::default()).unwrap();
        assert_eq!(page.limit, 50);
        let page = PageRules::up_to(10_000).read(RawPage::default()).unwrap();
        assert_eq!(page.limit, 250);
    }

    #[test]
    fn the_bounds_themselves_are_allowed() {
        let raw = RawPage {
            limit: Some("250"),
            offset: Some("0"),
            count: Some("True"),
        };
        let page = PageRules::STANDARD.read(raw).unwrap();
        assert_eq!(
            page,
            Page {
                limit: 250,
                offset: 0,
                count: true
            }
        );
        let raw = RawPage {
            limit: Some("0"),
            offset: Some("9223372036854775807"),
            count: None,
        };
        assert_eq!(
            PageRules::STANDARD.read(raw).unwrap().offset,
            PAGE_OFFSET_MAX
        );
    }

    #[test]
    fn what_is_out_of_bounds_is_named_with_its_bounds() {
        for text in ["251", "-1", "", "ten", "1.5", "99999999999999999999"] {
            let raw = RawPage {
                limit: Some(text),
                ..RawPage::default()
            };
            assert_eq!(
                PageRules::STANDARD.read(raw).unwrap_err().to_string(),
                format!(
                    "limit: `{text}` is not allowed; write a whole number from 0 to 250, or \
                     leave it out for 250"
                )
            );
        }
        let raw = RawPage {
            offset: Some("-1"),
            ..RawPage::default()
        };
        assert_eq!(PageRules::STANDARD.read(raw).unwrap_err().field(), "offset");
        let raw = RawPage {
            count: Some("yes"),
            ..RawPage::default()
        };
        assert_eq!(PageRules::STANDARD.read(raw).unwrap_err().field(), "count");
    }
}
