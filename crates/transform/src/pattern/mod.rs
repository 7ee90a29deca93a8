//! Java's two pattern languages, as far as transforms use them: regular expressions
//! (`java.util.regex`) and dates (`SimpleDateFormat`).

mod calendar;
mod date;
mod date_format;
mod date_parse;
mod moment;
mod regex;
mod replacement;
mod translate;

pub(crate) use calendar::Civil;
pub(crate) use moment::{Format, parse_iso8601};
pub(crate) use regex::Pattern;
pub(crate) use replacement::Replacement;
