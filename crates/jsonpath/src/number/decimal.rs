//! A decimal number over borrowed digits: enough of the reference's `BigDecimal` to parse, compare
//! and print without allocating. It does no arithmetic.

use std::cmp::Ordering;

use super::TextBuffer;
use crate::limits::EXPONENT_DIGITS_MAX;

/// Smallest exponent that is still printed plainly.
const PLAIN_EXPONENT_MIN: i64 = -6;

/// Whole parts scaled by more than this many powers of ten have no low bits left.
const WHOLE_SCALE_MAX: i64 = 64;

/// `±integral.fraction × 10^exponent`.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Decimal<'a> {
    negative: bool,
    integral: &'a [u8],
    fraction: &'a [u8],
    exponent: i64,
}

impl<'a> Decimal<'a> {
    /// Reads `[+-]digits[.digits][e[+-]digits]`; `None` for anything else.
    pub(crate) fn parse(text: &'a str) -> Option<Decimal<'a>> {
        let bytes = text.as_bytes();
        let (negative, bytes) = match bytes.first()? {
            b'-' => (true, &bytes[1..]),
            b'+' => (false, &bytes[1..]),
            _ => (false, bytes),
        };
        let (integral, rest) = take_digits(bytes);
        let (fraction, rest) = match rest.first() {
            Some(b'.') => take_digits(&rest[1..]),
            _ => (&rest[..0], rest),
        };
        if integral.is_empty() && fraction.is_empty() {
            return None;
        }
        let exponent = match rest.split_first() {
            None => 0,
            Some((b'e' | b'E', rest)) => parse_exponent(rest)?,
            Some(_) => return None,
        };
        let scale = fraction.len() as i64 - exponent;
        if i32::try_from(scale).is_err() {
            return None;
        }
        Some(Decimal {
            negative,
            integral,
            fraction,
            exponent,
        })
    }

    pub(crate) fn compare(&self, other: &Decimal<'_>) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => return Ordering::Equal,
            (true, false) => return sign_order(!other.negative),
            (false, true) => return sign_order(self.negative),
            (false, false) => {}
        }
        if self.negative != other.negative {
            return sign_order(self.negative);
        }
        let magnitude = self.compare_magnitude(other);
        if self.negative {
            magnitude.reverse()
        } else {
            magnitude
        }
    }

    /// Whether both stand for the same number with the same scale, as two `BigDecimal` are equal.
    pub(crate) fn is_same(&self, other: &Decimal<'_>) -> bool {
        self.scale() == other.scale() && self.compare(other) == Ordering::Equal
    }

    /// Prints as `BigDecimal.toString` does.
    pub(crate) fn write(&self, buffer: &mut TextBuffer) {
        let zero = self.is_zero();
        if self.negative && !zero {
            buffer.push(b'-');
        }
        let scale = self.scale();
        let count = if zero {
            1
        } else {
            self.digits().count() as i64
        };
        let digit = |at: i64| {
            if zero {
                b'0'
            } else {
                self.digits().nth(at as usize).unwrap_or(b'0')
            }
        };
        let adjusted = count - 1 - scale;
        if scale >= 0 && adjusted >= PLAIN_EXPONENT_MIN {
            let whole = count - scale;
            if whole <= 0 {
                buffer.push(b'0');
            }
            for at in 0..whole.max(0) {
                buffer.push(digit(at));
            }
            if scale > 0 {
                buffer.push(b'.');
                for _ in whole..0 {
                    buffer.push(b'0');
                }
                for at in whole.max(0)..count {
                    buffer.push(digit(at));
                }
            }
            return;
        }
        buffer.push(digit(0));
        if count > 1 {
            buffer.push(b'.');
            for at in 1..count {
                buffer.push(digit(at));
            }
        }
        if adjusted != 0 {
            buffer.push(b'E');
            buffer.push(if adjusted > 0 { b'+' } else { b'-' });
            buffer.push_unsigned(adjusted.unsigned_abs());
        }
    }

    /// The low 32 bits of the whole part, with the sign.
    pub(crate) fn as_wrapped_i32(&self) -> i32 {
        if self.is_zero() || -self.scale() >= WHOLE_SCALE_MAX {
            return 0;
        }
        let mut digits = self.digits();
        let mut whole: u64 = 0;
        for _ in 0..self.point().max(0) {
            let digit = digits.next().map_or(0, |digit| u64::from(digit - b'0'));
            whole = whole.wrapping_mul(10).wrapping_add(digit);
        }
        let whole = whole as i32;
        if self.negative {
            whole.wrapping_neg()
        } else {
            whole
        }
    }

    fn compare_magnitude(&self, other: &Decimal<'_>) -> Ordering {
        let by_point = self.point().cmp(&other.point());
        if by_point != Ordering::Equal {
            return by_point;
        }
        let (mut left, mut right) = (self.digits(), other.digits());
        loop {
            match (left.next(), right.next()) {
                (None, None) => return Ordering::Equal,
                (left, right) => {
                    let order = left.unwrap_or(b'0').cmp(&right.unwrap_or(b'0'));
                    if order != Ordering::Equal {
                        return order;
                    }
                }
            }
        }
    }

    fn is_zero(&self) -> bool {
        self.digits().next().is_none()
    }

    /// All digits from the first that is not zero.
    fn digits(&self) -> impl Iterator<Item = u8> + use<'a> {
        self.integral
            .iter()
            .chain(self.fraction)
            .copied()
            .skip_while(|digit| *digit == b'0')
    }

    /// How many digits stand before the decimal point once the exponent is applied.
    fn point(&self) -> i64 {
        self.digits().count() as i64 - self.scale()
    }

    fn scale(&self) -> i64 {
        self.fraction.len() as i64 - self.exponent
    }
}

fn sign_order(negative: bool) -> Ordering {
    if negative {
        Ordering::Less
    } else {
        Ordering::Greater
    }
}

fn take_digits(bytes: &[u8]) -> (&[u8], &[u8]) {
    let end = bytes
        .iter()
        .position(|byte| !byte.is_ascii_digit())
        .unwrap_or(bytes.len());
    bytes.split_at(end)
}

fn parse_exponent(bytes: &[u8]) -> Option<i64> {
    let (negative, digits) = match bytes.first()? {
        b'-' => (true, &bytes[1..]),
        b'+' => (false, &bytes[1..]),
        _ => (false, bytes),
    };
    let (digits, rest) = take_digits(digits);
    if digits.is_empty() || digits.len() > EXPONENT_DIGITS_MAX || !rest.is_empty() {
        return None;
    }
    let value = digits
        .iter()
        .fold(0_i64, |value, digit| value * 10 + i64::from(digit - b'0'));
    Some(if negative { -value } else { value })
}
