//! Random texts: randomAlphaNumeric, randomNumeric, generateRandomString, uuid. The bits come from
//! the caller. Each refresh gives another value, which is a change each time: saving warns of it.

use crate::attributes::Attributes;
use crate::context::Context;
use crate::error::{Failure, ParseError, Refusal};
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::limits;
use crate::operand::Number;

const DIGITS: &str = "0123456789";
const LETTERS: &str = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
/// The special characters of generateRandomString (generate-random-string page).
const SPECIALS: &str = "!@#$%&*()+<>?";

#[derive(Debug)]
struct Random {
    alphabet: String,
    length: Number,
}

#[derive(Debug)]
struct Uuid;

pub(super) fn parse_alphanumeric(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let length = length(attributes)?.unwrap_or(Number::Literal(32));
    let alphabet = format!("{DIGITS}{LETTERS}");
    Ok(Box::new(Random { alphabet, length }))
}

pub(super) fn parse_numeric(attributes: &mut Attributes<'_, '_>) -> Parsed {
    // The page says 10; the API's schema says 32 (§5.2, 6).
    let length = length(attributes)?.unwrap_or(Number::Literal(10));
    let alphabet = DIGITS.to_owned();
    Ok(Box::new(Random { alphabet, length }))
}

pub(super) fn parse_random_string(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let Some(length) = length(attributes)? else {
        return Err(attributes.refuse("length", Refusal::Missing));
    };
    let mut alphabet = LETTERS.to_owned();
    if attributes.flag("includeNumbers")?.unwrap_or(false) {
        alphabet.push_str(DIGITS);
    }
    if attributes.flag("includeSpecialChars")?.unwrap_or(false) {
        alphabet.push_str(SPECIALS);
    }
    Ok(Box::new(Random { alphabet, length }))
}

pub(super) fn uuid(attributes: &mut Attributes<'_, '_>) -> Box<dyn Operation> {
    note_randomness(attributes);
    Box::new(Uuid)
}

fn length(attributes: &mut Attributes<'_, '_>) -> Result<Option<Number>, ParseError> {
    note_randomness(attributes);
    let length = attributes.number("length")?;
    match length {
        Some(Number::Literal(length)) if !(0..=limits::RANDOM_LENGTH_MAX).contains(&length) => {
            Err(attributes.refuse("length", Refusal::Expected("a length from 0 to 450")))
        }
        length => Ok(length),
    }
}

fn note_randomness(attributes: &mut Attributes<'_, '_>) {
    attributes.parser.references.randomness = true;
    attributes
        .parser
        .warn("the value is random: it changes at every refresh, which is an event each time");
}

impl Operation for Random {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let length = scope.integer("length", &self.length)?.unwrap_or(0);
        if !(0..=limits::RANDOM_LENGTH_MAX).contains(&length) {
            let text = format!(
                "a random text has at most {} letters",
                limits::RANDOM_LENGTH_MAX
            );
            return Err(Failure::IllegalArgument(text).into());
        }
        let letters = self.alphabet.as_bytes();
        let context = scope.context();
        let text: String = (0..length)
            .map(|_| char::from(letters[below(context, letters.len())]))
            .collect();
        Ok(Some(text.into()))
    }
}

/// A number below `bound`, each equally likely: numbers from the uneven rest are thrown again.
fn below(context: &dyn Context, bound: usize) -> usize {
    let bound = bound as u64;
    let even = u64::MAX - u64::MAX % bound;
    // A source that gives nothing but the rest is broken; it must not hang the evaluation.
    for _ in 0..64 {
        let bits = context.random_bits();
        if bits < even {
            return (bits % bound) as usize;
        }
    }
    0
}

impl Operation for Uuid {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let context = scope.context();
        let bits = (u128::from(context.random_bits()) << 64) | u128::from(context.random_bits());
        // Version 4, the random one (RFC 9562 §5.4).
        let bits = (bits & !(0xF << 76) & !(0x3 << 62)) | (0x4 << 76) | (0x2 << 62);
        Ok(Some(muster_model::id::dashed(bits).into()))
    }
}
