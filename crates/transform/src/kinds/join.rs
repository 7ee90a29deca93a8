//! concat and join: texts one after the other. A null among them counts as empty, which the vendor
//! leaves open (§5); the trace shows it.

use crate::attributes::Attributes;
use crate::eval::{Operation, Outcome, Scope, within_bound};
use crate::kinds::Parsed;
use crate::operand::Operand;

#[derive(Debug)]
struct Join {
    values: Box<[Operand]>,
    separator: Option<Operand>,
}

pub(super) fn parse_concat(attributes: &mut Attributes<'_, '_>) -> Parsed {
    Ok(Box::new(Join {
        values: attributes.values("values")?,
        separator: None,
    }))
}

pub(super) fn parse_join(attributes: &mut Attributes<'_, '_>) -> Parsed {
    let separator = match attributes.operand("separator")? {
        None | Some(Operand::Null) => Operand::Literal(",".into()),
        Some(separator) => separator,
    };
    Ok(Box::new(Join {
        values: attributes.values("values")?,
        separator: Some(separator),
    }))
}

impl Operation for Join {
    fn evaluate<'a>(&'a self, scope: &mut Scope<'_, 'a>) -> Outcome<'a> {
        let separator = match &self.separator {
            Some(operand) => scope.text("separator", operand)?,
            None => None,
        };
        let separator = separator.as_deref().unwrap_or_default();
        let mut joined = String::with_capacity(32);
        for (index, operand) in self.values.iter().enumerate() {
            if index > 0 {
                joined.push_str(separator);
            }
            if let Some(text) = scope.text("values", operand)? {
                joined.push_str(&text);
                within_bound(joined.len())?;
            }
        }
        Ok(Some(joined.into()))
    }
}
