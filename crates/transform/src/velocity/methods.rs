//! Properties and methods that a template may use. A fixed list: nothing is reached by reflection.

use std::rc::Rc;

use muster_model::AttributeMap;

use crate::context::{Account, Context, Identity};
use crate::error::Failure;
use crate::pattern::{Pattern, Replacement};
use crate::utf16;
use crate::velocity::object::{Found, Object};

type Value<'a> = Result<Option<Object<'a>>, Failure>;

/// Whether the method's first argument is a regular expression.
pub(super) fn takes_pattern(method: &str) -> bool {
    matches!(method, "replaceAll" | "replaceFirst" | "split" | "matches")
}

/// `object.name`.
pub(super) fn property<'a>(object: &Object<'a>, name: &str, context: &'a dyn Context) -> Value<'a> {
    member(object, name, context)
        .unwrap_or_else(|| Err(absent(object, &format!("property {name}"))))
}

/// `object[index]`.
pub(super) fn index<'a>(object: &Object<'a>, index: Option<&Object<'a>>) -> Value<'a> {
    match (object, index) {
        (Object::List(items), Some(Object::Number(index))) => item(items, *index),
        (Object::Attributes(map), Some(Object::Text(name))) => Ok(map.get(name).map(Object::of)),
        _ => Err(absent(object, "index")),
    }
}

/// `object.name(arguments)`.
pub(super) struct Call<'c, 'a> {
    pub(super) name: &'c str,
    pub(super) arguments: &'c [Option<Object<'a>>],
    pub(super) pattern: Option<&'c Pattern>,
}

impl<'a> Call<'_, 'a> {
    /// Calls the method.
    pub(super) fn on(&self, object: &Object<'a>, context: &'a dyn Context) -> Value<'a> {
        let found = match object {
            Object::Text(text) => self.on_text(text)?,
            Object::List(items) => self.on_list(items)?,
            Object::Attributes(map) => match (self.name, self.arguments) {
                ("get", [Some(name)]) => Found::Is(map.get(&name.to_text()).map(Object::of)),
                ("containsKey", [Some(name)]) => {
                    Found::Is(flag(map.get(&name.to_text()).is_some()))
                }
                ("isEmpty", []) => Found::Is(flag(map.is_empty())),
                ("size", []) => Found::Is(number(map.len())),
                _ => Found::Missing,
            },
            Object::Identity(identity) => self.on_identity(identity, context),
            Object::Account(account) => self.on_attributes(account.attributes),
            Object::Field(field) => self.on_attributes(field.attributes),
            Object::Number(value) if self.name == "intValue" => {
                Found::Is(Some(Object::Number(*value)))
            }
            _ => Found::Missing,
        };
        if let Found::Is(value) = found {
            return Ok(value);
        }
        match (self.name, self.arguments) {
            ("toString", []) => return Ok(Some(Object::Text(object.to_text()))),
            ("equals", [other]) => {
                let is_equal = other.as_ref().is_some_and(|other| object.equals(other));
                return Ok(flag(is_equal));
            }
            _ => {}
        }
        // getName() and isName() are how Java spells the property `name`.
        let spelled = ["get", "is"]
            .iter()
            .find_map(|prefix| self.name.strip_prefix(prefix));
        if let (Some(rest), []) = (spelled, self.arguments) {
            let mut letters = rest.chars();
            if let Some(first) = letters.next() {
                let name: String = first.to_lowercase().chain(letters).collect();
                if let Some(found) = member(object, &name, context) {
                    return found;
                }
            }
        }
        Err(absent(object, &format!("method {}()", self.name)))
    }

    fn on_text(&self, text: &str) -> Result<Found<'a>, Failure> {
        let argument = |at: usize| match self.arguments.get(at) {
            Some(Some(object)) => Ok(object.to_text()),
            _ => Err(Failure::Template(format!(
                "{}() misses an argument",
                self.name
            ))),
        };
        let value = match (self.name, self.arguments.len()) {
            ("length", 0) => number(utf16::length(text)),
            ("isEmpty", 0) => flag(text.is_empty()),
            ("trim", 0) => owned(text.trim_matches(|letter| letter <= ' ')),
            ("toLowerCase", 0) => owned(&text.to_lowercase()),
            ("toUpperCase", 0) => owned(&text.to_uppercase()),
            ("contains", 1) => flag(text.contains(&*argument(0)?)),
            ("startsWith", 1) => flag(text.starts_with(&*argument(0)?)),
            ("endsWith", 1) => flag(text.ends_with(&*argument(0)?)),
            ("equals", 1) => flag(matches!(self.arguments, [Some(_)]) && text == argument(0)?),
            ("equalsIgnoreCase", 1) => flag(text.to_lowercase() == argument(0)?.to_lowercase()),
            ("compareTo", 1) => Some(Object::Number(match text.cmp(&*argument(0)?) {
                std::cmp::Ordering::Less => -1,
                std::cmp::Ordering::Equal => 0,
                std::cmp::Ordering::Greater => 1,
            })),
            ("concat", 1) => owned(&format!("{text}{}", argument(0)?)),
            ("indexOf", 2) => {
                let from = usize::try_from(self.position(1)?).unwrap_or(0);
                Some(Object::Number(utf16::index_from(text, &argument(0)?, from)))
            }
            ("indexOf", 1) => Some(Object::Number(utf16::index_of(text, &argument(0)?))),
            ("lastIndexOf", 1) => Some(Object::Number(utf16::last_index_of(text, &argument(0)?))),
            ("replace", 2) => {
                let (from, to) = (argument(0)?, argument(1)?);
                let grown = text.matches(&*from).count().saturating_mul(to.len());
                crate::eval::within_bound(grown)?;
                owned(&text.replace(&*from, &to))
            }
            ("charAt", 1) => {
                let at = self.position(0)?;
                owned(&slice(text, at, at + 1)?)
            }
            ("substring", 1) => owned(&slice(text, self.position(0)?, utf16::length(text) as i64)?),
            ("substring", 2) => owned(&slice(text, self.position(0)?, self.position(1)?)?),
            ("matches" | "split", 1) | ("replaceAll" | "replaceFirst", 2) => {
                let compiled;
                let pattern = if let Some(pattern) = self.pattern {
                    pattern
                } else {
                    compiled = Pattern::compile(&argument(0)?).map_err(Failure::Template)?;
                    &compiled
                };
                match self.name {
                    "matches" => flag(pattern.matches_whole(text)),
                    "split" => Some(Object::List(
                        pattern
                            .split(text)
                            .into_iter()
                            .map(|part| Object::Text(part.to_owned().into()))
                            .collect(),
                    )),
                    name => {
                        let replacement = Replacement::parse(&argument(1)?, pattern)?;
                        owned(&if name == "replaceAll" {
                            pattern.replace_all(text, &replacement)?
                        } else {
                            pattern.replace_first(text, &replacement)?
                        })
                    }
                }
            }
            _ => return Ok(Found::Missing),
        };
        Ok(Found::Is(value))
    }

    fn on_list(&self, items: &Rc<[Object<'a>]>) -> Result<Found<'a>, Failure> {
        Ok(Found::Is(match (self.name, self.arguments) {
            ("size", []) => number(items.len()),
            ("isEmpty", []) => flag(items.is_empty()),
            ("get", [_]) => item(items, self.position(0)?)?,
            ("contains", [Some(wanted)]) => flag(items.iter().any(|item| item.equals(wanted))),
            _ => return Ok(Found::Missing),
        }))
    }

    fn on_identity(&self, identity: &Identity<'a>, context: &'a dyn Context) -> Found<'a> {
        match (self.name, self.arguments) {
            ("getLinksByAppIdOrName" | "getLinks", named) => {
                let names: Vec<_> = named.iter().flatten().map(Object::to_text).collect();
                let belongs = |account: &Account<'_>| {
                    let known_as = [
                        account.source_id,
                        account.source_name,
                        account.application_name,
                    ];
                    names.is_empty() || names.iter().any(|name| known_as.contains(&&**name))
                };
                Found::Is(Some(accounts(identity, context, belongs)))
            }
            _ => self.on_attributes(identity.attributes),
        }
    }

    fn on_attributes(&self, attributes: &'a AttributeMap) -> Found<'a> {
        match (self.name, self.arguments) {
            ("getAttribute" | "getStringAttribute", [Some(name)]) => {
                Found::Is(attributes.get(&name.to_text()).map(Object::of))
            }
            _ => Found::Missing,
        }
    }

    fn position(&self, at: usize) -> Result<i64, Failure> {
        match self.arguments.get(at) {
            Some(Some(Object::Number(number))) => Ok(*number),
            _ => Err(Failure::Template(format!("{}() takes a number", self.name))),
        }
    }
}

/// A property that needs no arguments; the outer `None` is "there is none".
fn member<'a>(object: &Object<'a>, name: &str, context: &'a dyn Context) -> Option<Value<'a>> {
    let text = |text: &'a str| Some(Object::Text(text.into()));
    Some(Ok(match (object, name) {
        (Object::Attributes(map), _) => map.get(name).map(Object::of),
        (Object::Identity(identity), _) => match name {
            "id" => text(identity.id),
            "name" | "uid" | "alias" => text(identity.uid),
            "displayName" | "displayableName" => text(identity.display_name),
            "attributes" => Some(Object::Attributes(identity.attributes)),
            "manager" => context.manager_of(identity).map(Object::Identity),
            "managerStatus" => flag(identity.is_manager),
            "links" => Some(accounts(identity, context, |_| true)),
            "email" | "firstname" | "lastname" | "phone" | "department" => {
                identity.attribute(name).map(Object::of)
            }
            _ => return None,
        },
        (Object::Account(account), _) => match name {
            "id" => text(account.id),
            "nativeIdentity" => text(account.native_identity),
            "displayName" | "displayableName" => text(account.display_name),
            "applicationName" => text(account.application_name),
            "applicationId" => text(account.source_id),
            "sourceName" => text(account.source_name),
            "attributes" => Some(Object::Attributes(account.attributes)),
            "disabled" => flag(account.disabled),
            _ => return None,
        },
        (Object::Field(field), _) => match name {
            "name" => text(field.name),
            "attributes" => Some(Object::Attributes(field.attributes)),
            _ => return None,
        },
        (Object::Named(named), "name") => text(named),
        (Object::Text(value), "empty") => flag(value.is_empty()),
        (Object::List(items), "empty") => flag(items.is_empty()),
        (Object::Loop { index, .. }, "index") => number(*index),
        (Object::Loop { index, .. }, "count") => number(index + 1),
        (Object::Loop { index, length }, "hasNext") => flag(index + 1 < *length),
        (Object::Loop { index, .. }, "first") => flag(*index == 0),
        (Object::Loop { index, length }, "last") => flag(index + 1 == *length),
        _ => return None,
    }))
}

/// The accounts of the identity at hand; those of other identities are not in the context.
fn accounts<'a>(
    identity: &Identity<'a>,
    context: &'a dyn Context,
    belongs: impl Fn(&Account<'_>) -> bool,
) -> Object<'a> {
    let is_at_hand = context
        .identity()
        .is_some_and(|at_hand| at_hand.id == identity.id && at_hand.uid == identity.uid);
    let mut found = Vec::new();
    let mut index = 0;
    while let Some(account) = context.account(index).filter(|_| is_at_hand) {
        if belongs(&account) {
            found.push(Object::Account(account));
        }
        index += 1;
    }
    Object::List(found.into())
}

fn item<'a>(items: &[Object<'a>], index: i64) -> Value<'a> {
    // Velocity 1.7 counts a negative index from the end.
    let at = if index < 0 {
        index + items.len() as i64
    } else {
        index
    };
    match usize::try_from(at).ok().and_then(|at| items.get(at)) {
        Some(item) => Ok(Some(item.clone())),
        None => Err(Failure::Template(format!(
            "index {index} is outside of a list of {}",
            items.len()
        ))),
    }
}

fn slice(text: &str, begin: i64, end: i64) -> Result<String, Failure> {
    utf16::slice(text, begin, end)
        .map(std::borrow::Cow::into_owned)
        .ok_or_else(|| {
            Failure::Template(format!(
                "begin {begin}, end {end} are outside of a text of {}",
                utf16::length(text)
            ))
        })
}

fn absent(object: &Object<'_>, what: &str) -> Failure {
    let under = match object {
        Object::Identity(_) | Object::Account(_) => "; its attributes are under .attributes",
        _ => "",
    };
    Failure::Template(format!("{} has no {what}{under}", object.kind()))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "null is a possible value where this is used"
)]
fn flag<'a>(flag: bool) -> Option<Object<'a>> {
    Some(Object::Boolean(flag))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "null is a possible value where this is used"
)]
fn number<'a>(number: usize) -> Option<Object<'a>> {
    Some(Object::Number(number as i64))
}

#[expect(
    clippy::unnecessary_wraps,
    reason = "null is a possible value where this is used"
)]
fn owned<'a>(text: &str) -> Option<Object<'a>> {
    Some(Object::Text(text.to_owned().into()))
}
