//! decomposeDiacriticalMarks: NFKD, then the block Combining Diacritical Marks is taken out. Letters
//! that are not composed (Ł, ø, ß) stay.

use unicode_normalization::UnicodeNormalization;

use crate::datum::Datum;
use crate::eval::{Operation, Outcome, Scope};

#[derive(Debug)]
pub(super) struct Decompose;

impl Operation for Decompose {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        Ok(scope.input_text()?.map(|text| {
            if text.is_ascii() {
                return Datum::Text(text);
            }
            let is_mark = |letter: &char| ('\u{300}'..='\u{36F}').contains(letter);
            let plain: String = text.nfkd().filter(|letter| !is_mark(letter)).collect();
            plain.into()
        }))
    }
}
