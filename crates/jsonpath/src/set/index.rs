//! From the text of an attribute to the filters that want it.

use std::collections::HashMap;

use crate::jayway::operators::Operator;
use crate::jayway::parse::assemble::expression_may_fault;
use crate::program::{Comparison, Expression, Form, Item, Items, Operand, Path};

/// An attribute and the texts of which it must be one for a predicate to hold.
pub(super) struct Wanted<'e> {
    pub(super) path: &'e Path,
    pub(super) texts: Vec<String>,
    /// Whether having one of the texts is all that the predicate asks.
    pub(super) suffices: bool,
}

/// The attributes by which a predicate can be looked up. Parts before such a comparison must not
/// be able to fail, since looking it up skips them.
pub(super) fn indexable(expression: &Expression) -> Vec<Wanted<'_>> {
    match expression {
        Expression::Compare(comparison) => wanted_texts(comparison)
            .map(|(path, texts)| Wanted {
                path,
                texts,
                suffices: true,
            })
            .into_iter()
            .collect(),
        Expression::And(parts) => {
            let sound = parts
                .iter()
                .position(expression_may_fault)
                .unwrap_or(parts.len());
            // The first part that can fail may itself be one that is looked up.
            parts[..parts.len().min(sound + 1)]
                .iter()
                .filter_map(indexable_part)
                .collect()
        }
        _ => Vec::new(),
    }
}

fn indexable_part(part: &Expression) -> Option<Wanted<'_>> {
    match part {
        Expression::Compare(comparison) => wanted_texts(comparison).map(|(path, texts)| Wanted {
            path,
            texts,
            suffices: false,
        }),
        _ => None,
    }
}

fn wanted_texts(comparison: &Comparison) -> Option<(&Path, Vec<String>)> {
    let (Operand::Path(path), wanted) = (&comparison.left, &comparison.right) else {
        return None;
    };
    if path.form != Form::Names {
        return None;
    }
    let texts = match (comparison.operator, wanted) {
        (Operator::Equal | Operator::StrictlyEqual, Operand::Text(literal)) => {
            vec![literal.text.to_string()]
        }
        (Operator::Equal, Operand::Number(literal)) => {
            vec![literal.number().with_text(str::to_owned)]
        }
        (Operator::In, Operand::Json(literal)) => match &literal.items {
            Some(Items::Usable { items, .. }) => item_texts(items)?,
            _ => return None,
        },
        _ => return None,
    };
    Some((path, texts))
}

/// The texts that equal some member of a list; `None` when something else than a text or a number
/// may equal one.
fn item_texts(items: &[Item]) -> Option<Vec<String>> {
    items
        .iter()
        .filter(|item| !matches!(item, Item::PathText | Item::JsonText(_)))
        .map(|item| match item {
            Item::Text(text) => Some(text.to_string()),
            Item::Number(literal) => Some(literal.number().with_text(str::to_owned)),
            _ => None,
        })
        .collect()
}

/// An index under construction.
pub(super) struct IndexBuilder {
    path: Path,
    texts: HashMap<String, Vec<u32>>,
    all: Vec<u32>,
}

impl IndexBuilder {
    pub(super) fn new(path: Path) -> Self {
        IndexBuilder {
            path,
            texts: HashMap::new(),
            all: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, member: u32, texts: Vec<String>) {
        self.all.push(member);
        for text in texts {
            let members = self.texts.entry(text).or_default();
            if members.last() != Some(&member) {
                members.push(member);
            }
        }
    }

    pub(super) fn build(self) -> Index {
        Index {
            path: self.path,
            texts: self.texts,
            all: self.all,
        }
    }
}

/// The filters of a group that compare one attribute with texts.
#[derive(Debug)]
pub(super) struct Index {
    pub(super) path: Path,
    texts: HashMap<String, Vec<u32>>,
    all: Vec<u32>,
}

impl Index {
    /// The filters that a text may satisfy.
    pub(super) fn of_text(&self, text: &str) -> &[u32] {
        self.texts.get(text).map_or(&[], Vec::as_slice)
    }

    /// All filters.
    pub(super) fn all(&self) -> &[u32] {
        &self.all
    }
}
