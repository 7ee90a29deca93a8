//! JSON → program. Knows where it stands, so that every refusal names its place; what each operation
//! takes stands in `kinds`.

use std::io;

use muster_model::AttributeValue;
use serde_json::{Map, Value};

use crate::attributes::Attributes;
use crate::error::{ParseError, Refusal};
use crate::eval::Node;
use crate::kinds;
use crate::limits;
use crate::operand::Operand;
use crate::references::References;
use crate::transform::Warning;
use crate::velocity::Template;

/// A transform that was read.
pub(crate) struct Parsed {
    pub(crate) root: Node,
    pub(crate) name: Option<Box<str>>,
    pub(crate) references: References,
    pub(crate) warnings: Vec<Warning>,
    pub(crate) requires_periodic_refresh: bool,
}

/// Reads a whole transform.
pub(crate) fn transform(json: &Value) -> Result<Parsed, ParseError> {
    let mut parser = Parser::default();
    if serde_json::to_writer(Room(limits::SOURCE_BYTES_MAX), json).is_err() {
        return Err(parser.refuse(Refusal::TooLarge));
    }
    let root = parser.node(json)?;
    Ok(Parsed {
        root,
        name: json.get("name").and_then(Value::as_str).map(Into::into),
        references: parser.references,
        warnings: parser.warnings,
        requires_periodic_refresh: parser.requires_periodic_refresh,
    })
}

/// Where reading stands, and what was found on the way.
#[derive(Default)]
pub(crate) struct Parser {
    path: String,
    operation: &'static str,
    depth: usize,
    pub(crate) references: References,
    warnings: Vec<Warning>,
    requires_periodic_refresh: bool,
}

impl Parser {
    /// Reads one transform of the tree.
    fn node(&mut self, json: &Value) -> Result<Node, ParseError> {
        let Value::Object(object) = json else {
            return Err(self.refuse(Refusal::Expected("a transform: an object with a type")));
        };
        if self.depth >= limits::NESTING_DEPTH_MAX {
            return Err(self.refuse(Refusal::TooDeep));
        }
        let Some(Value::String(name)) = object.get("type") else {
            return self.at("type", |parser| {
                Err(parser.refuse(Refusal::Expected("the name of an operation")))
            });
        };
        let Some((name, parse)) = kinds::find(name) else {
            let nearest = kinds::nearest(name);
            let name = name.clone();
            return self.at("type", |parser| {
                Err(parser.refuse(Refusal::UnknownOperation { name, nearest }))
            });
        };
        let none = Map::new();
        let attributes = match object.get("attributes") {
            None | Some(Value::Null) => &none,
            Some(Value::Object(attributes)) => attributes,
            Some(_) => {
                return self.at("attributes", |parser| {
                    Err(parser.refuse(Refusal::Expected("an object")))
                });
            }
        };
        self.requires_periodic_refresh |= [object, attributes]
            .into_iter()
            .filter_map(|place| place.get("requiresPeriodicRefresh"))
            .any(is_true);

        let outer = std::mem::replace(&mut self.operation, name);
        self.depth += 1;
        let path = self.path.clone().into_boxed_str();
        let mut attributes = Attributes::new(self, attributes);
        let input = attributes.operand("input")?;
        let operation = parse(&mut attributes)?;
        let variables = attributes.variables()?;
        self.depth -= 1;
        self.operation = outer;
        Ok(Node {
            path,
            operation_name: name,
            input,
            variables,
            operation,
        })
    }

    /// Reads a value: a constant, a template or a transform.
    pub(crate) fn operand(&mut self, json: &Value) -> Result<Operand, ParseError> {
        match json {
            Value::Null => Ok(Operand::Null),
            Value::String(text) => self.text(text),
            Value::Bool(flag) => Ok(literal(flag.to_string())),
            Value::Number(number) => Ok(literal(number.to_string())),
            Value::Array(items) => self.list(items),
            Value::Object(_) => Ok(Operand::Node(Box::new(self.node(json)?))),
        }
    }

    fn text(&mut self, text: &str) -> Result<Operand, ParseError> {
        if !text.contains(['$', '#']) {
            return Ok(literal(text.to_owned()));
        }
        let template = Template::parse(text, &mut self.references)
            .map_err(|reason| self.refuse(Refusal::Template(reason)))?;
        Ok(match template.as_literal() {
            Some(text) => literal(text.to_owned()),
            None => Operand::Template(template),
        })
    }

    fn list(&mut self, items: &[Value]) -> Result<Operand, ParseError> {
        let texts = items.iter().map(|item| match item {
            Value::String(text) => Some(text.clone()),
            Value::Number(number) => Some(number.to_string()),
            _ => None,
        });
        match texts.collect() {
            Some(texts) => Ok(Operand::Literal(AttributeValue::List(texts))),
            None => Err(self.refuse(Refusal::Expected("a text, a list of texts or a transform"))),
        }
    }

    /// Reads with `segment` added to the path.
    pub(crate) fn at<T>(&mut self, segment: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        if length > 0 && !segment.starts_with('[') {
            self.path.push('.');
        }
        self.path.push_str(segment);
        let result = read(self);
        self.path.truncate(length);
        result
    }

    /// A refusal at the present place.
    pub(crate) fn refuse(&self, refusal: Refusal) -> ParseError {
        ParseError {
            path: self.path.clone(),
            operation: self.operation.to_owned(),
            refusal,
        }
    }

    /// Notes something that is allowed and probably not meant.
    pub(crate) fn warn(&mut self, text: impl Into<String>) {
        self.warnings.push(Warning {
            path: self.path.clone(),
            text: text.into(),
        });
    }
}

fn literal(text: String) -> Operand {
    Operand::Literal(AttributeValue::Text(text))
}

/// JSON true or the text "true": the vendor's own examples write both (§5).
pub(crate) fn is_true(json: &Value) -> bool {
    match json {
        Value::Bool(flag) => *flag,
        Value::String(text) => text.trim().eq_ignore_ascii_case("true"),
        _ => false,
    }
}

/// Counts down what is written to it, so that a size is checked without a copy.
struct Room(usize);

impl io::Write for Room {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 = self
            .0
            .checked_sub(bytes.len())
            .ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
