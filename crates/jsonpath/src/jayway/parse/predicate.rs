//! Reads the expression of a `[?(…)]`. Grammar: or-chains of and-chains of `!`, parentheses and
//! comparisons; a left side without a usable comparison behind it is an existence test, which is
//! why a mistake in a comparison is often reported by what follows it. The reader therefore keeps
//! the first mistake it recovered from.

use super::cursor::{Brackets, Cursor};
use super::literal::read_literal;
use super::refusal::{Parsed, Refusal};
use super::{Nesting, compile_path};
use crate::jayway::operators::Operator;
use crate::program::{Comparison, Expression, Operand};

/// Reads the filter in `characters`, from `[` to `]`.
pub(crate) fn read_filter(
    characters: &[char],
    base: isize,
    nesting: Nesting,
) -> Parsed<Expression> {
    let mut cursor = Cursor::new(characters, base);
    cursor.trim();
    cursor.advance(1);
    cursor.shorten();
    cursor.trim();
    if !cursor.current_is('?')? {
        return Err(Refusal::soft(
            cursor.offset(cursor.position),
            "expected `?`",
        ));
    }
    cursor.advance(1);
    cursor.trim();
    if !cursor.current_is('(')? || cursor.last()? != ')' {
        return Err(Refusal::soft(
            cursor.offset(cursor.position),
            "a filter needs parentheses: [?(…)]",
        ));
    }
    let mut reader = PredicateReader {
        cursor,
        nesting,
        recovered: None,
    };
    reader
        .read_all()
        .map_err(|refusal| reader.first_mistake(refusal).softened())
}

/// The reader of one filter expression.
pub(crate) struct PredicateReader<'c> {
    pub(crate) cursor: Cursor<'c>,
    pub(crate) nesting: Nesting,
    /// The last mistake recovered from: where the left side ended, and what was wrong.
    recovered: Option<Refusal>,
}

impl PredicateReader<'_> {
    fn read_all(&mut self) -> Parsed<Expression> {
        let expression = self.read_or()?;
        self.cursor.skip_blanks();
        if self.cursor.current_in_bounds() {
            return Err(self.refuse("expected the end of the filter"));
        }
        Ok(expression)
    }

    fn read_or(&mut self) -> Parsed<Expression> {
        let mut parts = vec![self.read_and()?];
        while self.take("||") {
            parts.push(self.read_and()?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Expression::Or(parts.into()),
        })
    }

    /// `&&` binds before `||` (quirk 28).
    fn read_and(&mut self) -> Parsed<Expression> {
        let mut parts = vec![self.read_and_part()?];
        while self.take("&&") {
            parts.push(self.read_and_part()?);
        }
        Ok(match parts.len() {
            1 => parts.remove(0),
            _ => Expression::And(parts.into()),
        })
    }

    fn read_and_part(&mut self) -> Parsed<Expression> {
        let outer = self.nesting;
        self.nesting = outer.deeper(self.cursor.offset(self.cursor.position))?;
        let expression = self.read_and_part_nested();
        self.nesting = outer;
        expression
    }

    fn read_and_part_nested(&mut self) -> Parsed<Expression> {
        self.cursor.skip_blanks();
        let start = self.cursor.position;
        if self.cursor.current_is('!')? {
            self.cursor.advance(1);
            self.cursor.skip_blanks();
            if matches!(self.cursor.current()?, '$' | '@') {
                // `!@.a == 1` is read as `@.a == 1` (quirk 12).
                self.cursor.position = start;
            } else {
                return Ok(Expression::Not(Box::new(self.read_and_part()?)));
            }
        }
        self.cursor.skip_blanks();
        if self.cursor.current_is('(')? {
            self.cursor.advance(1);
            let expression = self.read_or()?;
            self.cursor.skip_blanks();
            if !self.cursor.current_is(')')? {
                return Err(self.refuse("expected `)`, `&&` or `||`"));
            }
            self.cursor.advance(1);
            return Ok(expression);
        }
        self.read_comparison()
    }

    fn read_comparison(&mut self) -> Parsed<Expression> {
        let (left, wanted) = self.read_operand()?;
        let after_left = self.cursor.position;
        match self.read_operator_and_right() {
            Ok((operator, right)) => Ok(Expression::Compare(Box::new(Comparison {
                operator,
                left,
                right,
            }))),
            Err(refusal) if refusal.hard => Err(refusal),
            Err(refusal) => {
                self.cursor.position = after_left;
                if let Operand::Path(path) = left {
                    self.recovered = Some(refusal);
                    return Ok(Expression::Exists { path, wanted });
                }
                Err(refusal)
            }
        }
    }

    fn read_operator_and_right(&mut self) -> Parsed<(Operator, Operand)> {
        let operator = self.read_operator()?;
        let (right, _) = self.read_operand()?;
        Ok((operator, right))
    }

    /// An operator runs to the end of its signs, a word to the next blank (quirk 27).
    fn read_operator(&mut self) -> Parsed<Operator> {
        self.cursor.skip_blanks();
        let start = self.cursor.position;
        if is_operator_sign(self.cursor.current()?) {
            while self.cursor.current_in_bounds() && is_operator_sign(self.cursor.current()?) {
                self.cursor.advance(1);
            }
        } else {
            while self.cursor.current_in_bounds() && !self.cursor.current_is(' ')? {
                self.cursor.advance(1);
            }
        }
        let text = self.cursor.text_string(start, self.cursor.position);
        Operator::named(&text).ok_or_else(|| {
            Refusal::soft(
                self.cursor.offset(start),
                format!("expected an operator instead of `{text}`"),
            )
        })
    }

    /// An operand, and whether it stands without a `!` before it.
    fn read_operand(&mut self) -> Parsed<(Operand, bool)> {
        self.cursor.skip_blanks();
        match self.cursor.current()? {
            '$' | '@' => self.read_operand_path(),
            '!' => {
                self.cursor.advance(1);
                self.cursor.skip_blanks();
                match self.cursor.current()? {
                    '$' | '@' => self.read_operand_path(),
                    _ => Err(self.refuse("expected `$` or `@` after `!`")),
                }
            }
            _ => Ok((read_literal(self)?, true)),
        }
    }

    fn read_operand_path(&mut self) -> Parsed<(Operand, bool)> {
        let wanted = self.cursor.previous_significant_character() != '!';
        let start = self.cursor.position;
        self.cursor.advance(1);
        while self.cursor.current_in_bounds() {
            if self.cursor.current_is('[')? {
                let open = self.cursor.position;
                let Some(close) = self.cursor.closing(open, Brackets::Square)? else {
                    return Err(self.refuse("the bracket is not closed"));
                };
                self.cursor.position = close + 1;
            }
            let ends_logic = self.cursor.current_is(')')? && !self.closes_call(start);
            if !self.cursor.current_in_bounds()
                || ends_logic
                || is_operator_sign(self.cursor.current()?)
                || self.cursor.current_is(' ')?
            {
                break;
            }
            self.cursor.advance(1);
        }
        let text = self.cursor.text(start, self.cursor.position);
        let path = compile_path(text, self.cursor.base_at(start), self.nesting)?;
        Ok((Operand::Path(path), wanted))
    }

    /// Whether the `)` here closes `name()`: only an empty pair of parentheses after a `.` does.
    fn closes_call(&self, start: usize) -> bool {
        let Some(open) = self.cursor.previous_significant_index() else {
            return false;
        };
        if !matches!(self.cursor.at(open), Ok('(')) {
            return false;
        }
        (start + 1..open)
            .rev()
            .any(|position| matches!(self.cursor.at(position), Ok('.')))
    }

    /// Takes `token` if it comes next after blanks; otherwise stays where it was.
    fn take(&mut self, token: &str) -> bool {
        let start = self.cursor.position;
        self.cursor.skip_blanks();
        let position = self.cursor.position;
        let length = token.len();
        if self.cursor.in_bounds(position + length - 1)
            && self
                .cursor
                .text(position, position + length)
                .iter()
                .copied()
                .eq(token.chars())
        {
            self.cursor.advance(length);
            return true;
        }
        self.cursor.position = start;
        false
    }

    pub(crate) fn refuse(&self, expected: &'static str) -> Refusal {
        Refusal::soft(self.cursor.offset(self.cursor.position), expected)
    }

    /// What to report: the mistake recovered from, when the reader stumbled right behind it.
    fn first_mistake(&mut self, refusal: Refusal) -> Refusal {
        match self.recovered.take() {
            Some(recovered) if recovered.offset >= refusal.offset => recovered,
            _ => refusal,
        }
    }
}

fn is_operator_sign(character: char) -> bool {
    matches!(character, '<' | '>' | '=' | '~' | '!')
}
