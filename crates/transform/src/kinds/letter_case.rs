//! lower, upper, trim: null stays null, as with every operation on one text.

use std::borrow::Cow;

use crate::eval::{Operation, Outcome, Scope};

#[derive(Debug)]
pub(super) struct Lower;

#[derive(Debug)]
pub(super) struct Upper;

#[derive(Debug)]
pub(super) struct Trim;

impl Operation for Lower {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        Ok(scope.input_text()?.map(|text| text.to_lowercase().into()))
    }
}

impl Operation for Upper {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        Ok(scope.input_text()?.map(|text| text.to_uppercase().into()))
    }
}

impl Operation for Trim {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        // Java's trim takes away everything up to U+0020 and nothing else.
        let is_blank = |letter| letter <= ' ';
        Ok(scope.input_text()?.map(|text| match text {
            Cow::Borrowed(text) => text.trim_matches(is_blank).into(),
            Cow::Owned(text) => text.trim_matches(is_blank).to_owned().into(),
        }))
    }
}
