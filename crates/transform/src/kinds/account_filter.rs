//! The filters of accountAttribute: `==`, `!=`, `<`, `>`, `&&`, `||`, `!( )` and methods such as
//! `startsWith("…")` and `containsAll({"…"})`. Both filters speak this language; the vendor answers
//! one of them in its database.

use muster_model::AttributeValue;

use crate::context::Account;
use crate::datum::Datum;
use crate::limits;

/// A parsed filter.
#[derive(Debug)]
pub(super) enum Filter {
    And(Vec<Filter>),
    Or(Vec<Filter>),
    Not(Box<Filter>),
    Test {
        property: Box<str>,
        test: Test,
        ignore_case: bool,
        values: Vec<String>,
    },
}

/// What is asked of a property.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Test {
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    StartsWith,
    EndsWith,
    Contains,
    ContainsAll,
    In,
    IsNull,
    NotNull,
    IsEmpty,
}

impl Filter {
    /// Parses a filter or says what is wrong with it.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut parser = Parser {
            rest: text,
            depth: 0,
        };
        let filter = parser.any()?;
        parser.skip_space();
        if parser.rest.is_empty() {
            Ok(filter)
        } else {
            Err(format!("{:?} is left over", parser.excerpt()))
        }
    }

    /// Calls `visit` with each property that is looked at.
    pub(super) fn each_property(&self, visit: &mut impl FnMut(&str)) {
        match self {
            Self::And(parts) | Self::Or(parts) => {
                for part in parts {
                    part.each_property(visit);
                }
            }
            Self::Not(part) => part.each_property(visit),
            Self::Test { property, .. } => visit(property),
        }
    }

    /// Whether the account passes.
    pub(super) fn matches(&self, account: &Account<'_>) -> bool {
        match self {
            Self::And(parts) => parts.iter().all(|part| part.matches(account)),
            Self::Or(parts) => parts.iter().any(|part| part.matches(account)),
            Self::Not(part) => !part.matches(account),
            Self::Test {
                property: name,
                test,
                ignore_case,
                values,
            } => {
                let value = property(account, name);
                let case = if *ignore_case { fold } else { keep };
                passes(value, *test, values, case)
            }
        }
    }
}

/// A property of the account itself, else one of its attributes.
pub(super) fn property<'a>(account: &Account<'a>, name: &str) -> Option<Datum<'a>> {
    match name {
        "nativeIdentity" => Some(account.native_identity.into()),
        "displayName" => Some(account.display_name.into()),
        "id" => Some(account.id.into()),
        "created" => Some(account.created.to_string().into()),
        "disabled" | "iiqDisabled" => Some(account.disabled.to_string().into()),
        _ => account.attributes.get(name).map(Datum::of),
    }
}

fn keep(text: &str) -> String {
    text.to_owned()
}

fn fold(text: &str) -> String {
    text.to_lowercase()
}

fn passes(
    value: Option<Datum<'_>>,
    test: Test,
    values: &[String],
    case: fn(&str) -> String,
) -> bool {
    // A list passes where one of its items does; containsAll looks at all of them.
    let items: Vec<String> = match value {
        None => Vec::new(),
        Some(Datum::Text(text)) => vec![case(&text)],
        Some(Datum::Other(value)) => match &*value {
            AttributeValue::List(items) => items.iter().map(|item| case(item)).collect(),
            other => vec![case(&other.to_text())],
        },
    };
    let wanted = values.first().map_or("", String::as_str);
    let one = |holds: &dyn Fn(&str) -> bool| items.iter().any(|item| holds(item));
    match test {
        Test::Equal => one(&|item| item == wanted),
        Test::NotEqual => !one(&|item| item == wanted),
        Test::Less => one(&|item| order(item, wanted).is_lt()),
        Test::LessOrEqual => one(&|item| order(item, wanted).is_le()),
        Test::Greater => one(&|item| order(item, wanted).is_gt()),
        Test::GreaterOrEqual => one(&|item| order(item, wanted).is_ge()),
        Test::StartsWith => one(&|item| item.starts_with(wanted)),
        Test::EndsWith => one(&|item| item.ends_with(wanted)),
        Test::Contains => one(&|item| item.contains(wanted)),
        Test::ContainsAll => values.iter().all(|value| items.contains(value)),
        Test::In => one(&|item| values.iter().any(|value| value == item)),
        Test::IsNull => items.is_empty(),
        Test::NotNull => !items.is_empty(),
        Test::IsEmpty => items.iter().all(String::is_empty),
    }
}

/// Numbers by value, all else by letters.
fn order(ours: &str, theirs: &str) -> std::cmp::Ordering {
    match (ours.parse::<i64>(), theirs.parse::<i64>()) {
        (Ok(ours), Ok(theirs)) => ours.cmp(&theirs),
        _ => ours.cmp(theirs),
    }
}

struct Parser<'t> {
    rest: &'t str,
    depth: usize,
}

impl Parser<'_> {
    fn any(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.all()?];
        while self.take("||") {
            parts.push(self.all()?);
        }
        Ok(one_or(parts, Filter::Or))
    }

    fn all(&mut self) -> Result<Filter, String> {
        let mut parts = vec![self.one()?];
        while self.take("&&") {
            parts.push(self.one()?);
        }
        Ok(one_or(parts, Filter::And))
    }

    fn one(&mut self) -> Result<Filter, String> {
        self.depth += 1;
        if self.depth > limits::EXPRESSION_DEPTH_MAX {
            return Err("it nests too deep".to_owned());
        }
        let filter = if self.take("!") {
            Filter::Not(Box::new(self.one()?))
        } else if self.take("(") {
            let inner = self.any()?;
            self.expect(")")?;
            inner
        } else {
            self.test()?
        };
        self.depth -= 1;
        Ok(filter)
    }

    fn test(&mut self) -> Result<Filter, String> {
        let mut property = self.word()?;
        let mut test = None;
        // The last part of `a.b.startsWith(` is the method; names of attributes hold no dots.
        while self.take(".") {
            let name = self.word()?;
            if self.rest.starts_with('(') {
                test = Some(name);
                break;
            }
            property = format!("{property}.{name}");
        }
        let Some(method) = test else {
            return self.comparison(property);
        };
        self.expect("(")?;
        let mut ignore_case = method.ends_with("IgnoreCase");
        let test = match method.trim_end_matches("IgnoreCase") {
            "startsWith" => Test::StartsWith,
            "endsWith" => Test::EndsWith,
            "contains" => Test::Contains,
            "containsAll" => Test::ContainsAll,
            "in" => Test::In,
            "equals" => Test::Equal,
            "isNull" => Test::IsNull,
            "notNull" => Test::NotNull,
            "isEmpty" => Test::IsEmpty,
            other => return Err(format!("there is no method {other}")),
        };
        let values = self.values(&mut ignore_case)?;
        self.expect(")")?;
        let takes_value = !matches!(test, Test::IsNull | Test::NotNull | Test::IsEmpty);
        if takes_value == values.is_empty() {
            return Err(format!("{method} has a wrong number of values"));
        }
        Ok(filter(property, test, ignore_case, values))
    }

    fn comparison(&mut self, property: String) -> Result<Filter, String> {
        const OPERATORS: [(&str, Test); 6] = [
            ("==", Test::Equal),
            ("!=", Test::NotEqual),
            ("<=", Test::LessOrEqual),
            (">=", Test::GreaterOrEqual),
            ("<", Test::Less),
            (">", Test::Greater),
        ];
        let found = OPERATORS.iter().find(|(sign, _)| self.take(sign));
        let Some((_, test)) = found else {
            return Err(format!("an operator was expected at {:?}", self.excerpt()));
        };
        let mut ignore_case = false;
        match (self.value(&mut ignore_case)?, test) {
            (Some(value), _) => Ok(filter(property, *test, ignore_case, vec![value])),
            (None, Test::Equal) => Ok(filter(property, Test::IsNull, false, Vec::new())),
            (None, Test::NotEqual) => Ok(filter(property, Test::NotNull, false, Vec::new())),
            (None, _) => Err("null can only be equal or not".to_owned()),
        }
    }

    /// `"a"`, or `{"a", "b"}`.
    fn values(&mut self, ignore_case: &mut bool) -> Result<Vec<String>, String> {
        let mut values = Vec::new();
        self.skip_space();
        if self.rest.starts_with(')') {
            return Ok(values);
        }
        let is_list = self.take("{");
        loop {
            values.extend(self.value(ignore_case)?);
            if !self.take(",") {
                break;
            }
        }
        if is_list {
            self.expect("}")?;
        }
        Ok(values)
    }

    /// A text in quotes (with `i` before it: in any case), a bare word or number; null is `None`.
    fn value(&mut self, ignore_case: &mut bool) -> Result<Option<String>, String> {
        self.skip_space();
        if let Some(after) = self.rest.strip_prefix("i\"") {
            *ignore_case = true;
            self.rest = &self.rest[self.rest.len() - after.len() - 1..];
        }
        let Some(mut rest) = self.rest.strip_prefix('"') else {
            let word = self.word()?;
            return Ok((word != "null").then_some(word));
        };
        let mut text = String::new();
        loop {
            let Some(at) = rest.find(['"', '\\']) else {
                return Err("a quote is not closed".to_owned());
            };
            text.push_str(&rest[..at]);
            let is_end = rest[at..].starts_with('"');
            rest = &rest[at + 1..];
            if is_end {
                self.rest = rest;
                return Ok(Some(text));
            }
            let mut letters = rest.chars();
            text.extend(letters.next());
            rest = letters.as_str();
        }
    }

    fn word(&mut self) -> Result<String, String> {
        self.skip_space();
        let end = self
            .rest
            .find(|letter: char| !(letter.is_alphanumeric() || matches!(letter, '_' | '-' | '$')))
            .unwrap_or(self.rest.len());
        if end == 0 {
            return Err(format!(
                "a name or value was expected at {:?}",
                self.excerpt()
            ));
        }
        let word = self.rest[..end].to_owned();
        self.rest = &self.rest[end..];
        Ok(word)
    }

    fn take(&mut self, token: &str) -> bool {
        self.skip_space();
        // `!` before `=` belongs to the operator.
        if token == "!" && self.rest.starts_with("!=") {
            return false;
        }
        match self.rest.strip_prefix(token) {
            Some(rest) => {
                self.rest = rest;
                true
            }
            None => false,
        }
    }

    fn expect(&mut self, token: &str) -> Result<(), String> {
        if self.take(token) {
            Ok(())
        } else {
            Err(format!("{token} was expected at {:?}", self.excerpt()))
        }
    }

    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn excerpt(&self) -> String {
        self.rest.chars().take(20).collect()
    }
}

fn one_or(mut parts: Vec<Filter>, many: fn(Vec<Filter>) -> Filter) -> Filter {
    if parts.len() == 1 {
        parts.remove(0)
    } else {
        many(parts)
    }
}

fn filter(property: String, test: Test, ignore_case: bool, values: Vec<String>) -> Filter {
    let values = if ignore_case {
        values.iter().map(|value| fold(value)).collect()
    } else {
        values
    };
    Filter::Test {
        property: property.into(),
        test,
        ignore_case,
        values,
    }
}
