//! usernameGenerator: patterns in turn until a name is free. The last pattern counts up through
//! `${uniqueCounter}`: empty first, then 1, 2, …; only in provisioning policies
//! (provisioning-governance.md §1, username-generator page).

use muster_model::AttributeValue;
use serde_json::Value;

use crate::attributes::Attributes;
use crate::context::{Field, NameScope};
use crate::error::{Failure, Refusal};
use crate::eval::{Fault, Operation, Outcome, Scope};
use crate::kinds::Parsed;
use crate::limits;
use crate::operand::Operand;
use crate::utf16;
use crate::velocity::Object;

#[derive(Debug)]
struct UserName {
    patterns: Vec<Operand>,
    scope: NameScope,
}

pub(super) fn parse(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let patterns = match attributes.raw("patterns") {
        Some(Value::Array(patterns)) if !patterns.is_empty() => patterns,
        None => return Err(attributes.refuse("patterns", Refusal::Missing)),
        Some(_) => {
            return Err(attributes.refuse("patterns", Refusal::Expected("a list of patterns")));
        }
    };
    let patterns = attributes.at("patterns", |parser| {
        let read = |(index, json): (usize, &Value)| {
            parser.at(&format!("[{index}]"), |parser| match json {
                Value::String(text) => parser.operand(&Value::from(in_braces(text))),
                _ => Err(parser.refuse(Refusal::Expected("a text"))),
            })
        };
        patterns
            .iter()
            .enumerate()
            .map(read)
            .collect::<Result<_, _>>()
    })?;
    let asks_source = attributes.flag("sourceCheck")?.unwrap_or(false);
    let scope = if asks_source {
        NameScope::Source
    } else {
        NameScope::KnownAccounts
    };
    Ok(Box::new(UserName { patterns, scope }))
}

/// Connector specifications write `$(firstname)` for an identity attribute.
fn in_braces(pattern: &str) -> String {
    let mut result = String::with_capacity(pattern.len());
    let mut rest = pattern;
    while let Some(start) = rest.find("$(") {
        let Some(end) = rest[start..].find(')').map(|end| start + end) else {
            break;
        };
        result.push_str(&rest[..start]);
        match &rest[start + 2..end] {
            "uniqueCounter" => result.push_str("${uniqueCounter}"),
            name => result.extend(["${identity.attributes.", name, "}"]),
        }
        rest = &rest[end + 1..];
    }
    result.push_str(rest);
    result
}

impl Operation for UserName {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let field = scope.context().field();
        let longest =
            setting(field.as_ref(), "cloudMaxSize").and_then(|it| usize::try_from(it).ok());
        let checks = setting(field.as_ref(), "cloudMaxUniqueChecks")
            .and_then(|checks| u32::try_from(checks).ok())
            .unwrap_or(limits::UNIQUE_CHECKS_DEFAULT)
            .clamp(1, limits::UNIQUE_CHECKS_MAX);
        let mut search = Search {
            scope,
            names: self.scope,
            longest,
            checks_left: checks,
        };
        let mut unusable = None;
        let last = self.patterns.len() - 1;
        for (index, pattern) in self.patterns.iter().enumerate() {
            let found = if index < last {
                search.once(pattern)
            } else {
                search.counting(pattern)
            };
            match found {
                Ok(Some(name)) => return Ok(Some(name.into())),
                Ok(None) => {}
                // A pattern whose variable has no value is passed over; a later one may do.
                Err(fault @ Fault::Here(Failure::Template(_))) => unusable = Some(fault),
                Err(fault) => return Err(fault),
            }
        }
        match unusable {
            Some(fault) if search.checks_left == checks => Err(fault),
            _ => Err(Failure::IllegalState(format!(
                "no free user name after {} checks",
                checks - search.checks_left
            ))
            .into()),
        }
    }
}

struct Search<'r, 's, 'a> {
    scope: &'r mut Scope<'s, 'a>,
    names: NameScope,
    longest: Option<usize>,
    checks_left: u32,
}

impl<'a> Search<'_, '_, 'a> {
    /// A pattern that is tried without a counter.
    fn once(&mut self, pattern: &'a Operand) -> Result<Option<String>, Fault> {
        let name = self.candidate(pattern, String::new())?;
        self.free(name)
    }

    /// The last pattern, with the counter growing until the name is free.
    fn counting(&mut self, pattern: &'a Operand) -> Result<Option<String>, Fault> {
        let mut before = None;
        let mut counter = 0;
        while self.checks_left > 0 {
            let shown = if counter == 0 {
                String::new()
            } else {
                counter.to_string()
            };
            let name = self.candidate(pattern, shown)?;
            // Without the counter in it the pattern gives one name only.
            if before.as_ref() == Some(&name) {
                break;
            }
            if let Some(free) = self.free(name.clone())? {
                return Ok(Some(free));
            }
            before = Some(name);
            counter += 1;
        }
        Ok(None)
    }

    fn candidate(&mut self, pattern: &'a Operand, counter: String) -> Result<String, Fault> {
        let length = counter.len();
        self.scope
            .bind("uniqueCounter", Object::Text(counter.into()));
        let name = self.scope.text("patterns", pattern)?.unwrap_or_default();
        let Some(longest) = self
            .longest
            .filter(|longest| utf16::length(&name) > *longest)
        else {
            return Ok(name.into_owned());
        };
        // The counter at the end must survive the cut, or every candidate were the same.
        let (base, tail) = name.split_at(name.len() - length.min(longest));
        let is_tail = !tail.is_empty() && tail.bytes().all(|byte| byte.is_ascii_digit());
        let (base, tail) = if is_tail { (base, tail) } else { (&*name, "") };
        let kept = utf16::slice(base, 0, (longest - tail.len()) as i64);
        Ok(format!("{}{tail}", kept.unwrap_or_default()))
    }

    fn free(&mut self, name: String) -> Result<Option<String>, Fault> {
        if self.checks_left == 0 || name.is_empty() {
            return Ok(None);
        }
        self.checks_left -= 1;
        let is_taken = self
            .scope
            .context()
            .is_name_taken(&name, self.names)
            .map_err(Failure::Unavailable)?;
        Ok((!is_taken).then_some(name))
    }
}

/// A setting of the field; numbers come as text there.
fn setting(field: Option<&Field<'_>>, name: &str) -> Option<i64> {
    match field?.attributes.get(name)? {
        AttributeValue::Integer(number) => Some(*number),
        other => other.to_text().trim().parse().ok(),
    }
}
