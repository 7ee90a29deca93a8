//! Filter expressions and function calls, with the RFC's rules on what may stand where: only
//! singular queries are compared, a function's result type decides where it may be used
//! (section 2.4.3).

use super::Reader;
use crate::jayway::parse::refusal::Parsed;
use crate::limits::FILTER_NESTING_MAX;
use crate::program::{Path, Root, StepKind};
use crate::rfc9535::expression::{Comparable, Compare, Comparing, Logical, Selector};
use crate::rfc9535::functions::{Call, Extent, Matching};

/// What can stand on a side of a comparison, or alone as a test.
enum Primary {
    Value(Comparable),
    Query(Path),
    /// A function that answers true or false.
    Answer(Call),
}

impl Reader {
    pub(super) fn logical_or(&mut self) -> Parsed<Logical> {
        self.depth += 1;
        if self.depth > FILTER_NESTING_MAX {
            return Err(self.refuse("the filter is nested too deeply"));
        }
        let mut parts = vec![self.logical_and()?];
        while self.take_after_blanks("||") {
            self.skip_blanks();
            parts.push(self.logical_and()?);
        }
        self.depth -= 1;
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Logical::Or(parts)
        })
    }

    fn logical_and(&mut self) -> Parsed<Logical> {
        let mut parts = vec![self.basic()?];
        while self.take_after_blanks("&&") {
            self.skip_blanks();
            parts.push(self.basic()?);
        }
        Ok(if parts.len() == 1 {
            parts.remove(0)
        } else {
            Logical::And(parts)
        })
    }

    fn take_after_blanks(&mut self, token: &str) -> bool {
        let before = self.at;
        self.skip_blanks();
        if self.take(token) {
            return true;
        }
        self.at = before;
        false
    }

    fn basic(&mut self) -> Parsed<Logical> {
        if self.peek() == Some('!') {
            self.at += 1;
            self.skip_blanks();
            let negated = if self.peek() == Some('(') {
                self.parenthesized()?
            } else {
                let primary = self.primary()?;
                self.test(primary)?
            };
            return Ok(Logical::Not(Box::new(negated)));
        }
        if self.peek() == Some('(') {
            return self.parenthesized();
        }
        let left = self.primary()?;
        let before = self.at;
        self.skip_blanks();
        let Some(operator) = self.comparing() else {
            self.at = before;
            return self.test(left);
        };
        let left = self.comparable(left)?;
        self.skip_blanks();
        let right = self.primary()?;
        let right = self.comparable(right)?;
        Ok(Logical::Compare(Box::new(Compare {
            operator,
            left,
            right,
        })))
    }

    fn parenthesized(&mut self) -> Parsed<Logical> {
        self.at += 1;
        self.skip_blanks();
        let logical = self.logical_or()?;
        self.skip_blanks();
        if !self.take(")") {
            return Err(self.refuse("expected `)`, `&&` or `||`"));
        }
        Ok(logical)
    }

    fn comparing(&mut self) -> Option<Comparing> {
        [
            ("==", Comparing::Equal),
            ("!=", Comparing::NotEqual),
            ("<=", Comparing::LessOrEqual),
            (">=", Comparing::GreaterOrEqual),
            ("<", Comparing::Less),
            (">", Comparing::Greater),
        ]
        .into_iter()
        .find_map(|(token, operator)| self.take(token).then_some(operator))
    }

    fn primary(&mut self) -> Parsed<Primary> {
        match self.peek() {
            Some('@') => {
                self.at += 1;
                Ok(Primary::Query(self.segments(Root::Item)?))
            }
            Some('$') => {
                self.at += 1;
                Ok(Primary::Query(self.segments(Root::Document)?))
            }
            _ => match self.literal()? {
                Some(literal) => Ok(Primary::Value(Comparable::Literal(literal))),
                None => self.call(),
            },
        }
    }

    fn test(&self, primary: Primary) -> Parsed<Logical> {
        match primary {
            Primary::Query(path) => Ok(Logical::Exists(path)),
            Primary::Answer(call) => Ok(Logical::Call(call)),
            Primary::Value(_) => {
                Err(self.refuse("expected a comparison: a value alone is no test"))
            }
        }
    }

    fn comparable(&self, primary: Primary) -> Parsed<Comparable> {
        match primary {
            Primary::Value(value) => Ok(value),
            Primary::Query(path) if is_singular(&path) => Ok(Comparable::Singular(path)),
            Primary::Query(_) => {
                Err(self.refuse("only a query for at most one value can be compared"))
            }
            Primary::Answer(_) => {
                Err(self.refuse("match() and search() are tests and cannot be compared"))
            }
        }
    }

    fn call(&mut self) -> Parsed<Primary> {
        let start = self.at;
        while matches!(self.peek(), Some('a'..='z' | '0'..='9' | '_')) {
            self.at += 1;
        }
        let name: String = self.characters[start..self.at].iter().collect();
        if !self.take("(") {
            self.at = start;
            return Err(self.refuse("expected `@`, `$`, a literal or a function"));
        }
        let call = match name.as_str() {
            "length" => Call::Length(Box::new(self.value_argument()?)),
            "count" => Call::Count(self.query_argument()?),
            "value" => Call::Value(self.query_argument()?),
            "match" => Call::Match(Box::new(self.matching(Extent::Whole)?)),
            "search" => Call::Search(Box::new(self.matching(Extent::Part)?)),
            _ => {
                self.at = start;
                return Err(self.refuse("no function has this name"));
            }
        };
        self.skip_blanks();
        if !self.take(")") {
            return Err(self.refuse("expected `)` behind the arguments"));
        }
        Ok(match call {
            Call::Match(_) | Call::Search(_) => Primary::Answer(call),
            Call::Length(_) | Call::Count(_) | Call::Value(_) => {
                Primary::Value(Comparable::Call(call))
            }
        })
    }

    fn matching(&mut self, extent: Extent) -> Parsed<Matching> {
        let value = self.value_argument()?;
        self.skip_blanks();
        if !self.take(",") {
            return Err(self.refuse("expected `,` and a pattern"));
        }
        Ok(Matching::new(value, self.value_argument()?, extent))
    }

    fn value_argument(&mut self) -> Parsed<Comparable> {
        self.depth += 1;
        if self.depth > FILTER_NESTING_MAX {
            return Err(self.refuse("the filter is nested too deeply"));
        }
        self.skip_blanks();
        let primary = self.primary()?;
        self.depth -= 1;
        self.comparable(primary)
    }

    fn query_argument(&mut self) -> Parsed<Path> {
        self.skip_blanks();
        match self.primary()? {
            Primary::Query(path) => Ok(path),
            _ => Err(self.refuse("this function takes a query")),
        }
    }
}

/// Whether a query yields at most one node whatever the document.
fn is_singular(path: &Path) -> bool {
    path.steps.iter().all(|step| match &step.kind {
        StepKind::Children(selectors) => {
            matches!(selectors.as_ref(), [Selector::Name(_) | Selector::Index(_)])
        }
        _ => false,
    })
}
