//! The `attributes` object of one operation, read by name. What no operation asks for is a variable
//! for templates.

use serde_json::{Map, Value};

use crate::error::{ParseError, Refusal};
use crate::operand::{Number, Operand, Variables};
use crate::parse::{Parser, is_true};
use crate::references::References;
use crate::velocity::Template;

/// Names that templates know without a variable (identity-context guide of the vendor).
const CONTEXT_NAMES: [&str; 6] = [
    "identity",
    "attributeDefinition",
    "oldValue",
    "field",
    "application",
    "current",
];

/// Reads the attributes of one operation.
pub(crate) struct Attributes<'p, 'v> {
    pub(crate) parser: &'p mut Parser,
    map: &'v Map<String, Value>,
    taken: Vec<&'static str>,
}

impl<'p, 'v> Attributes<'p, 'v> {
    /// Begins to read.
    pub(crate) fn new(parser: &'p mut Parser, map: &'v Map<String, Value>) -> Self {
        Self {
            parser,
            map,
            taken: vec!["requiresPeriodicRefresh"],
        }
    }

    /// The JSON of an attribute; null is absent.
    pub(crate) fn raw(&mut self, name: &'static str) -> Option<&'v Value> {
        self.taken.push(name);
        self.map.get(name).filter(|json| !json.is_null())
    }

    /// Reads at an attribute's place.
    pub(crate) fn at<T>(&mut self, name: &str, read: impl FnOnce(&mut Parser) -> T) -> T {
        self.parser.at("attributes", |parser| parser.at(name, read))
    }

    /// Refuses an attribute.
    pub(crate) fn refuse(&mut self, name: &str, refusal: Refusal) -> ParseError {
        self.at(name, |parser| parser.refuse(refusal))
    }

    /// An attribute that gives a value.
    pub(crate) fn operand(&mut self, name: &'static str) -> Result<Option<Operand>, ParseError> {
        self.taken.push(name);
        // A null that is written down is an explicit null, not an absent attribute.
        match self.map.get(name) {
            None => Ok(None),
            Some(json) => self.at(name, |parser| parser.operand(json)).map(Some),
        }
    }

    /// An attribute that must be there and gives a value.
    pub(crate) fn required(&mut self, name: &'static str) -> Result<Operand, ParseError> {
        match self.operand(name)? {
            Some(operand) => Ok(operand),
            None => Err(self.refuse(name, Refusal::Missing)),
        }
    }

    /// An attribute that is a constant text.
    pub(crate) fn constant(&mut self, name: &'static str) -> Result<Option<&'v str>, ParseError> {
        match self.raw(name) {
            None => Ok(None),
            Some(Value::String(text)) => Ok(Some(text)),
            Some(_) => Err(self.refuse(name, Refusal::Expected("a text"))),
        }
    }

    /// A constant text that must be there and say something.
    pub(crate) fn required_constant(&mut self, name: &'static str) -> Result<&'v str, ParseError> {
        match self.constant(name)? {
            Some(text) if !text.is_empty() => Ok(text),
            _ => Err(self.refuse(name, Refusal::Missing)),
        }
    }

    /// A whole number, a text that holds one, or something that gives one.
    pub(crate) fn number(&mut self, name: &'static str) -> Result<Option<Number>, ParseError> {
        let Some(operand) = self.operand(name)? else {
            return Ok(None);
        };
        match operand {
            Operand::Null => Ok(None),
            Operand::Literal(value) => match value.to_text().trim().parse() {
                Ok(number) => Ok(Some(Number::Literal(number))),
                Err(_) => Err(self.refuse(name, Refusal::Expected("a whole number"))),
            },
            computed => Ok(Some(Number::Computed(computed))),
        }
    }

    /// A boolean, also as text.
    pub(crate) fn flag(&mut self, name: &'static str) -> Result<Option<bool>, ParseError> {
        match self.raw(name) {
            None => Ok(None),
            Some(json) if is_true(json) => Ok(Some(true)),
            Some(Value::Bool(false)) => Ok(Some(false)),
            Some(Value::String(text)) if text.trim().eq_ignore_ascii_case("false") => {
                Ok(Some(false))
            }
            Some(_) => Err(self.refuse(name, Refusal::Expected("true or false"))),
        }
    }

    /// A list of things that give values; must be there.
    pub(crate) fn values(&mut self, name: &'static str) -> Result<Box<[Operand]>, ParseError> {
        let items = match self.raw(name) {
            None => return Err(self.refuse(name, Refusal::Missing)),
            Some(Value::Array(items)) => items,
            Some(_) => return Err(self.refuse(name, Refusal::Expected("a list"))),
        };
        self.at(name, |parser| {
            items
                .iter()
                .enumerate()
                .map(|(index, item)| parser.at(&format!("[{index}]"), |at| at.operand(item)))
                .collect()
        })
    }

    /// A table from texts to JSON.
    pub(crate) fn table(
        &mut self,
        name: &'static str,
    ) -> Result<Option<&'v Map<String, Value>>, ParseError> {
        match self.raw(name) {
            None => Ok(None),
            Some(Value::Object(table)) => Ok(Some(table)),
            Some(_) => Err(self.refuse(name, Refusal::Expected("a table of texts"))),
        }
    }

    /// A text in which `$` has another meaning too (regular expressions): a template only where
    /// every name in it is a variable or known to all templates. `$1` stays as it is.
    pub(crate) fn pattern(&mut self, name: &'static str) -> Result<Option<Operand>, ParseError> {
        let Some(Value::String(text)) = self.map.get(name) else {
            return self.operand(name);
        };
        let mut references = References::default();
        let is_template = Template::parse(text, &mut references).is_ok_and(|template| {
            template
                .roots()
                .iter()
                .all(|root| self.map.contains_key(&**root) || CONTEXT_NAMES.contains(&&**root))
                && !template.roots().is_empty()
        });
        if is_template {
            return self.operand(name);
        }
        self.taken.push(name);
        Ok(Some(Operand::Literal(text.as_str().into())))
    }

    /// Everything that was not asked for.
    pub(crate) fn variables(mut self) -> Result<Variables, ParseError> {
        let mut variables = Vec::new();
        for (name, json) in self.map {
            if self.taken.contains(&name.as_str()) {
                continue;
            }
            if !gives_value(json) {
                self.at(name, |parser| {
                    parser.warn("neither a text nor a transform: it is not looked at");
                });
                continue;
            }
            let operand = self.at(name, |parser| parser.operand(json))?;
            variables.push((name.as_str().into(), operand));
        }
        Ok(variables.into())
    }
}

fn gives_value(json: &Value) -> bool {
    match json {
        Value::Object(object) => object.get("type").is_some_and(Value::is_string),
        Value::Array(items) => items
            .iter()
            .all(|item| item.is_string() || item.is_number()),
        _ => true,
    }
}
