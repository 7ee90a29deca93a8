//! Numbers as the reference compares them: by decimal value, never through a lossy double. Holds
//! the public [`Number`] a [`Node`](crate::Node) gives; the arithmetic-free decimals and the texts
//! stand in the two files below.

mod decimal;
mod text;

use std::cmp::Ordering;

pub(crate) use decimal::Decimal;
pub(crate) use text::{TextBuffer, write_double};

/// Integers up to this size are exact as doubles, so that comparing through doubles is right.
const EXACT_IN_DOUBLE_MAX: u64 = 1 << 53;

/// Fractions written longer than this keep their digits, in the reference's reader and in ours.
pub(crate) const DOUBLE_TEXT_MAX: usize = 18;

/// A number, in the most exact form its source has.
#[derive(Debug, Clone, Copy)]
pub enum Number<'a> {
    /// A whole number within `i64`.
    Integer(i64),
    /// A whole number above `i64::MAX`.
    Unsigned(u64),
    /// A number with a fraction or an exponent.
    Double(f64),
    /// The digits as the source wrote them, for sources that keep them.
    Digits(&'a str),
}

impl Number<'_> {
    /// Compares by decimal value; `None` when one of them is no number (not finite).
    pub fn compare(self, other: Number<'_>) -> Option<Ordering> {
        match (self, other) {
            (Number::Integer(left), Number::Integer(right)) => Some(left.cmp(&right)),
            (Number::Unsigned(left), Number::Unsigned(right)) => Some(left.cmp(&right)),
            (Number::Double(left), Number::Double(right)) => left.partial_cmp(&right),
            (Number::Integer(left), Number::Double(right))
                if left.unsigned_abs() <= EXACT_IN_DOUBLE_MAX =>
            {
                (left as f64).partial_cmp(&right)
            }
            (Number::Double(left), Number::Integer(right))
                if right.unsigned_abs() <= EXACT_IN_DOUBLE_MAX =>
            {
                left.partial_cmp(&(right as f64))
            }
            _ => self.with_decimal(|left| other.with_decimal(|right| Some(left?.compare(&right?)))),
        }
    }

    /// Compares with the number written in `text`; `None` when that is no number.
    pub(crate) fn compare_text(self, text: &str) -> Option<Ordering> {
        let right = Decimal::parse(text)?;
        self.with_decimal(|left| Some(left?.compare(&right)))
    }

    /// The reference's text of this number (a `BigDecimal` made of the number's own text), as it
    /// is compared with strings: `10000000000.0` is `1.0E+10`.
    pub(crate) fn with_text<R>(self, read: impl FnOnce(&str) -> R) -> R {
        self.with_decimal(|decimal| match decimal {
            Some(decimal) => {
                let mut buffer = TextBuffer::default();
                decimal.write(&mut buffer);
                read(buffer.as_str())
            }
            None => read("NaN"),
        })
    }

    /// Hands the decimal form to `read`; `None` for doubles that are not finite.
    pub(crate) fn with_decimal<R>(self, read: impl FnOnce(Option<Decimal<'_>>) -> R) -> R {
        let mut buffer = TextBuffer::default();
        match self {
            Number::Digits(text) => read(Decimal::parse(text)),
            Number::Integer(value) => {
                buffer.push_integer(value);
                read(Decimal::parse(buffer.as_str()))
            }
            Number::Unsigned(value) => {
                buffer.push_unsigned(value);
                read(Decimal::parse(buffer.as_str()))
            }
            Number::Double(value) => {
                write_double(value, &mut buffer);
                read(Decimal::parse(buffer.as_str()))
            }
        }
    }

    /// The nearest double, for the numeric functions.
    pub fn as_f64(self) -> f64 {
        match self {
            Number::Integer(value) => value as f64,
            Number::Unsigned(value) => value as f64,
            Number::Double(value) => value,
            Number::Digits(text) => text.parse().unwrap_or(f64::NAN),
        }
    }

    /// The low 32 bits of the whole part, as the reference's `size` and `index` read a number.
    pub(crate) fn as_wrapped_i32(self) -> i32 {
        match self {
            Number::Integer(value) => value as i32,
            Number::Unsigned(value) => value as i32,
            Number::Double(_) | Number::Digits(_) => {
                self.with_decimal(|decimal| decimal.map_or(0, |decimal| decimal.as_wrapped_i32()))
            }
        }
    }

    /// Whether the source wrote a fraction or an exponent: the reference holds such numbers apart
    /// from whole ones when it compares lists.
    pub(crate) fn is_fractional(self) -> bool {
        match self {
            Number::Integer(_) | Number::Unsigned(_) => false,
            Number::Double(_) => true,
            Number::Digits(text) => text.contains(['.', 'e', 'E']),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text_of(number: Number<'_>) -> String {
        number.with_text(str::to_owned)
    }

    #[test]
    fn texts_follow_the_reference() {
        assert_eq!(text_of(Number::Double(1.0)), "1.0");
        assert_eq!(text_of(Number::Double(1e10)), "1.0E+10");
        assert_eq!(text_of(Number::Double(1e-5)), "0.000010");
        assert_eq!(text_of(Number::Double(1.5e-9)), "1.5E-9");
        assert_eq!(text_of(Number::Integer(-7)), "-7");
        assert_eq!(text_of(Number::Digits("1e2")), "1E+2");
        assert_eq!(text_of(Number::Digits("007")), "7");
        assert_eq!(text_of(Number::Double(1e300)), "1.0E+300");
    }

    #[test]
    fn large_numbers_compare_exactly() {
        let big = Number::Unsigned(12_345_678_901_234_567_890);
        assert_eq!(
            big.compare_text("12345678901234567890"),
            Some(Ordering::Equal)
        );
        assert_eq!(
            big.compare_text("12345678901234567891"),
            Some(Ordering::Less)
        );
        assert_eq!(big.compare(Number::Digits("1e100")), Some(Ordering::Less));
        assert_eq!(
            Number::Integer(1).compare(Number::Digits("1.000")),
            Some(Ordering::Equal)
        );
        assert_eq!(Number::Integer(1).compare_text("x"), None);
    }

    #[test]
    fn whole_parts_wrap_as_in_the_reference() {
        assert_eq!(Number::Double(3.9).as_wrapped_i32(), 3);
        assert_eq!(Number::Double(-3.9).as_wrapped_i32(), -3);
        assert_eq!(Number::Integer(4_294_967_297).as_wrapped_i32(), 1);
        assert_eq!(Number::Digits("1e999999999").as_wrapped_i32(), 0);
    }
}
