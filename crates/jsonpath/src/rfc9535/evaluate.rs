//! Selectors and filters of RFC 9535 over the shared core: child and descendant segments, slices
//! with steps, comparisons where nothing equals nothing.

use std::cmp::Ordering;

use super::expression::{Comparable, Compare, Comparing, Logical, Selector, SliceBounds};
use crate::evaluate::{Evaluated, Evaluation, First, Handle, Last, Shape, Sink, Walked};
use crate::jayway::walk::{Names, Walk};
use crate::node::Node;
use crate::program::{Path, Root};

/// Applies the selectors of a child segment to one value.
pub(crate) fn children<'m, N: Node + 'm, S: Sink<'m, N>>(
    walk: &mut Walk<'_, 'm, N, S>,
    at: usize,
    selectors: &'m [Selector],
    value: Handle<'m, N>,
) -> Walked {
    for selector in selectors {
        select(walk, at, selector, value)?;
    }
    Ok(())
}

/// Applies the selectors to a value and everything below it.
pub(crate) fn descendants<'m, N: Node + 'm, S: Sink<'m, N>>(
    walk: &mut Walk<'_, 'm, N, S>,
    at: usize,
    selectors: &'m [Selector],
    value: Handle<'m, N>,
) -> Walked {
    walk.evaluation.budget.spend()?;
    children(walk, at, selectors, value)?;
    let evaluation = walk.evaluation;
    let mut below = |child: Handle<'m, N>| match child.shape() {
        Shape::List | Shape::Object => evaluation
            .budget
            .deeper(|| descendants(walk, at, selectors, child)),
        _ => Ok(()),
    };
    value.try_each_element(&mut below)?;
    value.try_each_member(|_, child| below(child))
}

fn select<'m, N: Node + 'm, S: Sink<'m, N>>(
    walk: &mut Walk<'_, 'm, N, S>,
    at: usize,
    selector: &'m Selector,
    value: Handle<'m, N>,
) -> Walked {
    let evaluation = walk.evaluation;
    let mut go_on = |child: Handle<'m, N>| evaluation.budget.deeper(|| walk.from(at + 1, child));
    match selector {
        Selector::Name(name) => value.member(name).map_or(Ok(()), go_on),
        Selector::Index(index) => {
            let index = if *index < 0 {
                *index + value.len() as i64
            } else {
                *index
            };
            let element = usize::try_from(index)
                .ok()
                .and_then(|index| value.element(index));
            element.map_or(Ok(()), go_on)
        }
        Selector::Wildcard => {
            value.try_each_element(&mut go_on)?;
            value.try_each_member(|_, child| go_on(child))
        }
        Selector::Slice(bounds) => {
            if !value.is_list() {
                return Ok(());
            }
            let mut result = Ok(());
            each_index(*bounds, value.len() as i64, |index| {
                if let (Ok(()), Some(element)) = (&result, value.element(index)) {
                    result = go_on(element);
                }
                result.is_ok()
            });
            result
        }
        Selector::Filter(logical) => {
            let mut test = |child: Handle<'m, N>| {
                evaluation.budget.spend()?;
                if evaluation.logical(logical, child)? {
                    go_on(child)
                } else {
                    Ok(())
                }
            };
            value.try_each_element(&mut test)?;
            value.try_each_member(|_, child| test(child))
        }
    }
}

/// The indexes of a slice, in order (section 2.3.4.2.2).
fn each_index(bounds: SliceBounds, length: i64, mut visit: impl FnMut(usize) -> bool) {
    let SliceBounds { start, end, step } = bounds;
    if step == 0 {
        return;
    }
    let normalized = |bound: i64| if bound < 0 { bound + length } else { bound };
    let (lowest, highest) = if step > 0 {
        (0, length)
    } else {
        (-1, length - 1)
    };
    let bound = |bound: Option<i64>, default: i64| {
        bound.map_or(default, |bound| normalized(bound).clamp(lowest, highest))
    };
    let (first, last) = if step > 0 {
        (0, length)
    } else {
        (length - 1, -1)
    };
    let mut index = bound(start, first);
    let end = bound(end, last);
    while (step > 0 && index < end) || (step < 0 && index > end) {
        if !usize::try_from(index).is_ok_and(&mut visit) {
            return;
        }
        index = index.saturating_add(step);
    }
}

impl<'m, N: Node + 'm> Evaluation<'m, N> {
    /// Whether a filter expression holds for an item.
    pub(crate) fn logical(&self, logical: &'m Logical, item: Handle<'m, N>) -> Evaluated<bool> {
        match logical {
            Logical::Or(parts) => {
                for part in parts {
                    if self.logical(part, item)? {
                        return Ok(true);
                    }
                }
                Ok(false)
            }
            Logical::And(parts) => {
                for part in parts {
                    if !self.logical(part, item)? {
                        return Ok(false);
                    }
                }
                Ok(true)
            }
            Logical::Not(part) => Ok(!self.logical(part, item)?),
            Logical::Exists(path) => {
                let mut first = First::default();
                self.walk_path(path, self.start_of(path, item), Names::Optional, &mut first)?;
                Ok(first.found)
            }
            Logical::Call(call) => self.call_holds(call, item),
            Logical::Compare(compare) => self.compare(compare, item),
        }
    }

    fn compare(&self, compare: &'m Compare, item: Handle<'m, N>) -> Evaluated<bool> {
        self.compare_left_as(compare, self.comparable(&compare.left, item)?, item)
    }

    /// Decides a comparison with something else on its left.
    pub(crate) fn compare_left_as(
        &self,
        compare: &'m Compare,
        left: Option<Handle<'m, N>>,
        item: Handle<'m, N>,
    ) -> Evaluated<bool> {
        let right = self.comparable(&compare.right, item)?;
        Ok(match compare.operator {
            Comparing::Equal => equal(left, right),
            Comparing::NotEqual => !equal(left, right),
            Comparing::Less => less(left, right),
            Comparing::LessOrEqual => less(left, right) || equal(left, right),
            Comparing::Greater => less(right, left),
            Comparing::GreaterOrEqual => less(right, left) || equal(left, right),
        })
    }

    /// A side of a comparison; `None` stands for nothing.
    pub(crate) fn comparable(
        &self,
        comparable: &'m Comparable,
        item: Handle<'m, N>,
    ) -> Evaluated<Option<Handle<'m, N>>> {
        match comparable {
            Comparable::Literal(json) => Ok(Some(Handle::Json(json))),
            Comparable::Singular(path) => {
                let mut last = Last { value: None };
                self.walk_path(path, self.start_of(path, item), Names::Optional, &mut last)?;
                Ok(last.value)
            }
            Comparable::Call(call) => self.call_value(call, item),
        }
    }

    fn start_of(&self, path: &Path, item: Handle<'m, N>) -> Handle<'m, N> {
        match path.root {
            Root::Document => self.root,
            Root::Item => item,
        }
    }
}

fn equal<'m, N: Node + 'm>(left: Option<Handle<'m, N>>, right: Option<Handle<'m, N>>) -> bool {
    match (left, right) {
        (None, None) => true,
        (Some(left), Some(right)) => same(left, right),
        _ => false,
    }
}

fn same<'m, N: Node + 'm>(left: Handle<'m, N>, right: Handle<'m, N>) -> bool {
    match (left.shape(), right.shape()) {
        (Shape::Null, Shape::Null) => true,
        (Shape::Bool(left), Shape::Bool(right)) => left == right,
        (Shape::Number(left), Shape::Number(right)) => left.compare(right) == Some(Ordering::Equal),
        (Shape::Text(left), Shape::Text(right)) => left == right,
        (Shape::List, Shape::List) => {
            left.len() == right.len()
                && (0..left.len()).all(|at| match (left.element(at), right.element(at)) {
                    (Some(left), Some(right)) => same(left, right),
                    _ => false,
                })
        }
        (Shape::Object, Shape::Object) => {
            left.len() == right.len()
                && left
                    .try_each_member(|name, left| match right.member(name) {
                        Some(right) if same(left, right) => Ok(()),
                        _ => Err(()),
                    })
                    .is_ok()
        }
        _ => false,
    }
}

fn less<'m, N: Node + 'm>(left: Option<Handle<'m, N>>, right: Option<Handle<'m, N>>) -> bool {
    match (left.map(Handle::shape), right.map(Handle::shape)) {
        (Some(Shape::Number(left)), Some(Shape::Number(right))) => {
            left.compare(right) == Some(Ordering::Less)
        }
        (Some(Shape::Text(left)), Some(Shape::Text(right))) => left < right,
        _ => false,
    }
}
