//! Expressions inside directives, method calls and indexes: precedence from `||` down to `*`.

use crate::velocity::ast::{Expression, Operator, Piece};
use crate::velocity::parser::Parser;

/// Operators by precedence, weakest first; longer spellings before their prefixes.
const LEVELS: [&[(&str, Operator)]; 6] = [
    &[("||", Operator::Or), ("or", Operator::Or)],
    &[("&&", Operator::And), ("and", Operator::And)],
    &[
        ("==", Operator::Equal),
        ("eq", Operator::Equal),
        ("!=", Operator::NotEqual),
        ("ne", Operator::NotEqual),
    ],
    &[
        ("<=", Operator::LessOrEqual),
        ("le", Operator::LessOrEqual),
        ("<", Operator::Less),
        ("lt", Operator::Less),
        (">=", Operator::GreaterOrEqual),
        ("ge", Operator::GreaterOrEqual),
        (">", Operator::Greater),
        ("gt", Operator::Greater),
    ],
    &[("+", Operator::Add), ("-", Operator::Subtract)],
    &[
        ("*", Operator::Multiply),
        ("/", Operator::Divide),
        ("%", Operator::Remainder),
    ],
];

impl Parser<'_> {
    /// One expression.
    pub(super) fn expression(&mut self) -> Result<Expression, String> {
        self.descend()?;
        let expression = self.level(0)?;
        self.ascend();
        Ok(expression)
    }

    fn level(&mut self, level: usize) -> Result<Expression, String> {
        let Some(operators) = LEVELS.get(level) else {
            return self.primary();
        };
        let first = self.level(level + 1)?;
        let mut rest = Vec::new();
        while let Some(operator) = self.operator(operators) {
            rest.push((operator, self.level(level + 1)?));
        }
        Ok(if rest.is_empty() {
            first
        } else {
            Expression::Chain {
                first: Box::new(first),
                rest,
            }
        })
    }

    fn operator(&mut self, operators: &[(&str, Operator)]) -> Option<Operator> {
        self.skip_space();
        let (spelling, operator) = operators
            .iter()
            .find(|(spelling, _)| self.stands_here(spelling))?;
        self.at += spelling.len();
        Some(*operator)
    }

    /// Whether the token stands here; a word must end where the token ends.
    fn stands_here(&self, token: &str) -> bool {
        let Some(after) = self.rest().strip_prefix(token) else {
            return false;
        };
        let is_word = token.starts_with(|letter: char| letter.is_ascii_alphabetic());
        !(is_word && after.starts_with(|letter: char| letter.is_ascii_alphanumeric()))
    }

    fn primary(&mut self) -> Result<Expression, String> {
        self.skip_space();
        let rest = self.rest();
        match rest.chars().next() {
            Some('$') => self.reference().map(Expression::Reference),
            Some('\'' | '"') => self.quoted(),
            Some('(') => {
                self.at += 1;
                let inner = self.expression()?;
                self.expect(")")?;
                Ok(inner)
            }
            Some('[') => {
                self.at += 1;
                self.list()
            }
            Some('!') => {
                self.at += 1;
                self.negated()
            }
            Some(letter) if letter.is_ascii_digit() || letter == '-' => self.number(),
            _ if self.stands_here("not") => {
                self.at += 3;
                self.negated()
            }
            _ if self.stands_here("true") => {
                self.at += 4;
                Ok(Expression::Boolean(true))
            }
            _ if self.stands_here("false") => {
                self.at += 5;
                Ok(Expression::Boolean(false))
            }
            _ => Err(format!("a value was expected at {:?}", self.excerpt())),
        }
    }

    fn negated(&mut self) -> Result<Expression, String> {
        self.descend()?;
        let inner = self.primary()?;
        self.ascend();
        Ok(Expression::Not(Box::new(inner)))
    }

    fn quoted(&mut self) -> Result<Expression, String> {
        let rest = self.rest();
        let quote = &rest[..1];
        let mut text = String::new();
        let mut at = 1;
        loop {
            let Some(found) = rest[at..].find(quote) else {
                return Err(format!("a text without its closing {quote}"));
            };
            text.push_str(&rest[at..at + found]);
            at += found + 1;
            // A doubled quote stands for itself.
            if !rest[at..].starts_with(quote) {
                break;
            }
            text.push_str(quote);
            at += 1;
        }
        self.at += at;
        if quote == "'" {
            return Ok(Expression::Text(text.into()));
        }
        let mut pieces = self.nested(&text)?;
        Ok(match pieces.len() {
            0 => Expression::Text("".into()),
            1 if matches!(pieces[0], Piece::Text(_)) => match pieces.pop() {
                Some(Piece::Text(text)) => Expression::Text(text),
                _ => Expression::Text("".into()),
            },
            _ => Expression::Interpolated(pieces),
        })
    }

    fn list(&mut self) -> Result<Expression, String> {
        let mut items = Vec::new();
        self.skip_space();
        while !self.take("]") {
            if !items.is_empty() {
                self.expect(",")?;
            }
            let item = self.expression()?;
            self.skip_space();
            if items.is_empty() && self.take("..") {
                let last = self.expression()?;
                self.expect("]")?;
                return Ok(Expression::Range(Box::new((item, last))));
            }
            items.push(item);
        }
        Ok(Expression::List(items))
    }

    fn number(&mut self) -> Result<Expression, String> {
        let rest = self.rest();
        let digits = rest.strip_prefix('-').unwrap_or(rest);
        let length = rest.len() - digits.len()
            + digits
                .find(|letter: char| !letter.is_ascii_digit())
                .unwrap_or(digits.len());
        let after = &rest[length..];
        if after.starts_with('.') && after[1..].starts_with(|letter: char| letter.is_ascii_digit())
        {
            return Err("numbers with decimals are not supported".to_owned());
        }
        match rest[..length].parse() {
            Ok(number) => {
                self.at += length;
                Ok(Expression::Number(number))
            }
            Err(_) => Err(format!("a number was expected at {:?}", self.excerpt())),
        }
    }
}
