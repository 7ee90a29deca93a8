//! Decides the expression of a filter for one item. A failure that the reference catches makes the
//! whole expression false for that item, also within `!` and `||`; any other failure ends the
//! evaluation (quirks 22, 40).

use super::functions::length_of;
use super::operators::{self, Operator, Side};
use super::walk::{Names, follow_names};
use crate::error::FaultKind;
use crate::evaluate::{Count, Evaluated, Evaluation, Handle, Shape};
use crate::node::Node;
use crate::number::Number;
use crate::program::{Comparison, Expression, Form, JsonLiteral, Operand, Path, Root};

impl<'m, N: Node + 'm> Evaluation<'m, N> {
    /// Whether an item passes the filter. Within an existence test names are required here too.
    #[inline]
    pub(crate) fn accepts(
        &self,
        expression: &'m Expression,
        item: Handle<'m, N>,
        names: Names,
    ) -> Evaluated<bool> {
        self.budget.spend()?;
        match self.holds(expression, item, names) {
            Err(fault) if fault.is_caught_by_predicates() => Ok(false),
            decided => decided,
        }
    }

    pub(crate) fn holds(
        &self,
        expression: &'m Expression,
        item: Handle<'m, N>,
        names: Names,
    ) -> Evaluated<bool> {
        match expression {
            Expression::Compare(comparison) => self.compares(comparison, item, names),
            Expression::And(parts) => {
                for part in parts {
                    if !self.part_holds(part, item, names)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Expression::Or(parts) => {
                for part in parts {
                    if self.part_holds(part, item, names)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Expression::Not(part) => Ok(!self.holds(part, item, names)?),
            Expression::Exists { path, wanted } => Ok(self.exists(path, item)? == *wanted),
        }
    }

    /// A part of a conjunction or disjunction: mostly a comparison, which needs no further call.
    #[inline]
    fn part_holds(
        &self,
        part: &'m Expression,
        item: Handle<'m, N>,
        names: Names,
    ) -> Evaluated<bool> {
        match part {
            Expression::Compare(comparison) => self.compares(comparison, item, names),
            part => self.holds(part, item, names),
        }
    }

    #[inline]
    fn compares(
        &self,
        comparison: &'m Comparison,
        item: Handle<'m, N>,
        names: Names,
    ) -> Evaluated<bool> {
        let decided = match &comparison.left {
            Operand::Path(path) if path.form == Form::Names => {
                self.compare_text(path, comparison, item)
            }
            Operand::Path(path) if path.form == Form::CountedNames => {
                self.compare_count(path, comparison, item)
            }
            _ => None,
        };
        if let Some(decided) = decided {
            return Ok(decided);
        }
        let left = self.side(&comparison.left, item, names)?;
        let right = self.side(&comparison.right, item, names)?;
        operators::apply(self, comparison.operator, left, right)
    }

    /// By far the most common comparisons, decided without building sides: a text found by names
    /// equals a text, or is one of a short written list.
    #[inline]
    fn compare_text(
        &self,
        path: &'m Path,
        comparison: &'m Comparison,
        item: Handle<'m, N>,
    ) -> Option<bool> {
        let start = self.start(path, item);
        let found = || match follow_names(&path.steps, start)?.shape() {
            Shape::Text(text) => Some(text),
            _ => None,
        };
        match (comparison.operator, &comparison.right) {
            (Operator::Equal, Operand::Text(wanted)) => Some(found()? == &*wanted.text),
            (
                Operator::In,
                Operand::Json(JsonLiteral {
                    short_texts: Some(texts),
                    ..
                }),
            ) => {
                let found = found()?;
                Some(texts.iter().any(|text| **text == *found))
            }
            _ => None,
        }
    }

    /// How many there are of something found by names, beside a written number.
    #[inline]
    fn compare_count(
        &self,
        path: &'m Path,
        comparison: &'m Comparison,
        item: Handle<'m, N>,
    ) -> Option<bool> {
        let Operand::Number(wanted) = &comparison.right else {
            return None;
        };
        let (_, names) = path.steps.split_last()?;
        let value = follow_names(names, self.start(path, item))?;
        if !matches!(value.shape(), Shape::List | Shape::Object) {
            return None;
        }
        let order = Number::Integer(value.len() as i64).compare(wanted.number())?;
        match comparison.operator {
            Operator::Equal => Some(order.is_eq()),
            Operator::NotEqual => Some(order.is_ne()),
            Operator::Less => Some(order.is_lt()),
            Operator::LessOrEqual => Some(order.is_le()),
            Operator::Greater => Some(order.is_gt()),
            Operator::GreaterOrEqual => Some(order.is_ge()),
            _ => None,
        }
    }

    #[inline]
    fn start(&self, path: &Path, item: Handle<'m, N>) -> Handle<'m, N> {
        match path.root {
            Root::Document => self.root,
            Root::Item => item,
        }
    }

    /// Quirks 10 and 11: only absence is false, and a list is never absent. Both `$` and `@` are
    /// the item here.
    pub(crate) fn exists(&self, path: &'m Path, item: Handle<'m, N>) -> Evaluated<bool> {
        if path.form == Form::Names {
            return Ok(follow_names(&path.steps, item).is_some());
        }
        let mut count = Count::default();
        match self.walk_path(path, item, Names::Required, &mut count) {
            Ok(()) => Ok(!path.definite || count.values > 0),
            Err(fault) if fault.kind == FaultKind::PathNotFound => Ok(false),
            Err(fault) => Err(fault),
        }
    }

    /// One side of a comparison; a path that has no result is undefined.
    #[inline]
    pub(crate) fn side(
        &self,
        operand: &'m Operand,
        item: Handle<'m, N>,
        names: Names,
    ) -> Evaluated<Side<'m, N>> {
        Ok(match operand {
            Operand::Path(path) => return self.path_side(path, item, names),
            Operand::Null => Side::Null,
            Operand::Bool(value) => Side::Bool(*value),
            Operand::Number(literal) => Side::Number(literal.number()),
            Operand::Text(literal) => Side::Text(&literal.text),
            Operand::Json(literal) => Side::Literal(literal),
            Operand::Pattern(pattern) => Side::Pattern(pattern),
        })
    }

    #[inline]
    pub(crate) fn path_side(
        &self,
        path: &'m Path,
        item: Handle<'m, N>,
        names: Names,
    ) -> Evaluated<Side<'m, N>> {
        let start = self.start(path, item);
        match path.form {
            Form::Names => {
                return follow_names(&path.steps, start).map_or(Ok(Side::Undefined), Side::of);
            }
            Form::CountedNames => {
                let names = &path.steps[..path.steps.len() - 1];
                return follow_names(names, start)
                    .map_or(Ok(Side::Undefined), |value| Side::of(length_of(value)));
            }
            Form::FilteredNames | Form::Steps => {}
        }
        match self.read_path(path, start, names) {
            Ok(found) => Side::of(found.into_handle()),
            Err(fault) if fault.kind == FaultKind::PathNotFound => Ok(Side::Undefined),
            Err(fault) => Err(fault),
        }
    }
}
