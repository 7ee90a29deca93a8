//! Texts of numbers without allocating: a small stack buffer that spills only for very long
//! digits, and the reference's text of a double (`1.0`, `1.0E10`, `1.0E-5`).

use std::fmt::Write;

/// Bytes held on the stack; enough for every integer and every double.
const STACK_BYTES: usize = 48;

/// From this magnitude on a double is written with an exponent.
const PLAIN_DOUBLE_END: f64 = 1e7;

/// Below this magnitude a double is written with an exponent.
const PLAIN_DOUBLE_START: f64 = 1e-3;

/// ASCII text under construction.
#[derive(Debug)]
pub(crate) struct TextBuffer {
    stack: [u8; STACK_BYTES],
    length: usize,
    spilled: String,
}

impl Default for TextBuffer {
    fn default() -> Self {
        TextBuffer {
            stack: [0; STACK_BYTES],
            length: 0,
            spilled: String::new(),
        }
    }
}

impl TextBuffer {
    pub(crate) fn push(&mut self, byte: u8) {
        if self.spilled.is_empty() && self.length < STACK_BYTES {
            self.stack[self.length] = byte;
            self.length += 1;
            return;
        }
        if self.spilled.is_empty() {
            let text = self.as_str().to_owned();
            self.spilled = text;
        }
        self.spilled.push(char::from(byte));
    }

    pub(crate) fn push_integer(&mut self, value: i64) {
        if value < 0 {
            self.push(b'-');
        }
        self.push_unsigned(value.unsigned_abs());
    }

    pub(crate) fn push_unsigned(&mut self, value: u64) {
        let mut digits = [0_u8; 20];
        let mut at = digits.len();
        let mut rest = value;
        loop {
            at -= 1;
            digits[at] = b'0' + (rest % 10) as u8;
            rest /= 10;
            if rest == 0 {
                break;
            }
        }
        for digit in &digits[at..] {
            self.push(*digit);
        }
    }

    pub(crate) fn as_str(&self) -> &str {
        if self.spilled.is_empty() {
            std::str::from_utf8(&self.stack[..self.length]).unwrap_or_default()
        } else {
            &self.spilled
        }
    }
}

impl Write for TextBuffer {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        for byte in text.bytes() {
            self.push(byte);
        }
        Ok(())
    }
}

/// Writes a double as the reference's platform does: always with a fraction, with an exponent
/// outside of 10⁻³ … 10⁷.
pub(crate) fn write_double(value: f64, buffer: &mut TextBuffer) {
    if value.is_nan() {
        let _ = buffer.write_str("NaN");
        return;
    }
    if value.is_infinite() {
        let _ = buffer.write_str(if value > 0.0 { "Infinity" } else { "-Infinity" });
        return;
    }
    let magnitude = value.abs();
    if magnitude == 0.0 || (PLAIN_DOUBLE_START..PLAIN_DOUBLE_END).contains(&magnitude) {
        let _ = write!(buffer, "{value:?}");
        return;
    }
    let mut scientific = TextBuffer::default();
    let _ = write!(scientific, "{value:e}");
    let (mantissa, exponent) = scientific.as_str().split_once('e').unwrap_or(("0", "0"));
    let _ = buffer.write_str(mantissa);
    if !mantissa.contains('.') {
        let _ = buffer.write_str(".0");
    }
    buffer.push(b'E');
    let _ = buffer.write_str(exponent);
}
