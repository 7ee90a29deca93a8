//! base64Encode, base64Decode: UTF-8 texts. Bytes that are no text cannot be an attribute and are an
//! error.

use ::base64::Engine;
use ::base64::alphabet;
use ::base64::engine::DecodePaddingMode;
use ::base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};

use crate::error::Failure;
use crate::eval::{Operation, Outcome, Scope};

/// Java reads texts whose padding was cut off, too.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
);

#[derive(Debug)]
pub(super) struct Encode;

#[derive(Debug)]
pub(super) struct Decode;

impl Operation for Encode {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        Ok(scope
            .input_text()?
            .map(|text| STANDARD.encode(text.as_bytes()).into()))
    }
}

impl Operation for Decode {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(text) = scope.input_text()? else {
            return Ok(None);
        };
        let bytes = LENIENT
            .decode(text.trim())
            .map_err(|error| Failure::IllegalArgument(format!("not base64: {error}")))?;
        let text = String::from_utf8(bytes).map_err(|_| {
            let text = "the decoded bytes are not text and cannot be an attribute";
            Failure::IllegalArgument(text.into())
        })?;
        Ok(Some(text.into()))
    }
}
