//! e164phone: a telephone number as `+` and digits; a number that is not valid gives null.

use phonenumber::PhoneNumber;
use phonenumber::country::{Id, Source};

use crate::attributes::Attributes;
use crate::error::Refusal;
use crate::eval::{Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::limits;
use crate::operand::Operand;

#[derive(Debug)]
struct Phone {
    region: Region,
}

#[derive(Debug)]
enum Region {
    Constant(Id),
    Computed(Operand),
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let region = match attributes.operand("defaultRegion")? {
        None | Some(Operand::Null) => Region::Constant(Id::US),
        Some(operand) => match operand.as_literal() {
            None => Region::Computed(operand),
            Some(code) => Region::Constant(region(code).ok_or_else(|| {
                let refusal = Refusal::Expected("a region of two letters, such as US");
                attributes.refuse("defaultRegion", refusal)
            })?),
        },
    };
    Ok(Box::new(Phone { region }))
}

impl Operation for Phone {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let Some(text) = scope.input_text()? else {
            return Ok(None);
        };
        let id = match &self.region {
            Region::Constant(id) => Some(*id),
            Region::Computed(operand) => scope
                .text("defaultRegion", operand)?
                .and_then(|code| region(&code)),
        };
        if text.len() > limits::PHONE_BYTES_MAX {
            return Ok(None);
        }
        Ok(number(id, &text).map(|number| {
            let text = number.format().mode(phonenumber::Mode::E164).to_string();
            text.into()
        }))
    }
}

/// The number that a text says, if it is a valid one.
fn number(region: Option<Id>, text: &str) -> Option<PhoneNumber> {
    let text: String = text.chars().map(to_ascii).collect();
    // Whoever writes a country's code may write its trunk prefix, too: +44 (0)20. The library looks for
    // that of the region, unless it knows of none.
    let is_international = text.trim_start().starts_with('+');
    let parsed = phonenumber::parse(region.filter(|_| !is_international), &text).ok()?;
    let number = match parsed.code().source() {
        Source::Idd => with_plus(&text, parsed.code().value()).unwrap_or(parsed),
        _ => parsed,
    };
    number.is_valid().then_some(number)
}

/// The number of a text that begins with what is dialled before a country's code, such as 00.
fn with_plus(text: &str, code: u16) -> Option<PhoneNumber> {
    let digits: String = text.chars().filter(char::is_ascii_digit).collect();
    let at = digits.find(&code.to_string())?;
    let number = phonenumber::parse(None, format!("+{}", &digits[at..])).ok()?;
    number.is_valid().then_some(number)
}

/// Digits and the plus sign as phones of any country type them.
fn to_ascii(letter: char) -> char {
    const ZEROS: [char; 3] = ['\u{ff10}', '\u{660}', '\u{6f0}'];
    let digit = ZEROS.iter().find_map(|zero| {
        let digit = u32::from(letter).checked_sub(u32::from(*zero))?;
        char::from_digit(digit, 10)
    });
    match letter {
        '\u{ff0b}' => '+',
        letter => digit.unwrap_or(letter),
    }
}

fn region(code: &str) -> Option<Id> {
    code.trim().to_ascii_uppercase().parse().ok()
}
