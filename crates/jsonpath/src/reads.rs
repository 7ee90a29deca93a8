//! Which places of a document a filter reads: asked by whoever wants to know what a missing value
//! would do. Places are told by name; which elements of a list are meant is left out.

use std::fmt;

use crate::filter::Filter;
use crate::limits::READ_PATHS_MAX;
use crate::program::{Argument, Expression, Operand, Path, Root, Step, StepKind};
use crate::rfc9535::{Comparable, Function, Logical, Selector};

/// A place that a filter reads, as the way there from the document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadPath(pub Vec<Place>);

/// One step of the way.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// A member of an object.
    Name(Box<str>),
    /// Elements of a list, or members of an object.
    Each,
    /// Elements of a list, or an object itself: what a filter of the Jayway dialect tries.
    Item,
    /// Anything below.
    Anywhere,
}

impl Filter {
    /// The named places that the filter reads, each once, in the order in which they are written.
    pub fn reads(&self) -> Vec<ReadPath> {
        let mut reading = Reading::default();
        reading.path(&self.path, &[]);
        reading.found
    }
}

#[derive(Default)]
struct Reading {
    found: Vec<ReadPath>,
}

impl Reading {
    fn note(&mut self, here: &[Place]) {
        let is_new = || !self.found.iter().any(|known| known.0 == here);
        if matches!(here.last(), Some(Place::Name(_)))
            && self.found.len() < READ_PATHS_MAX
            && is_new()
        {
            self.found.push(ReadPath(here.to_vec()));
        }
    }

    fn path(&mut self, path: &Path, item: &[Place]) {
        let mut here = match path.root {
            Root::Document => Vec::new(),
            Root::Item => item.to_vec(),
        };
        for step in &path.steps {
            self.step(step, &mut here, item);
        }
        self.note(&here);
    }

    fn step(&mut self, step: &Step, here: &mut Vec<Place>, item: &[Place]) {
        match &step.kind {
            StepKind::Name(name) => here.push(Place::Name(name.clone())),
            StepKind::MergedNames(names) | StepKind::EachName(names) => {
                for name in names {
                    self.note(&with(here, Place::Name(name.clone())));
                }
                here.push(Place::Each);
            }
            StepKind::Index(_) | StepKind::Indices(_) | StepKind::Slice(_) | StepKind::Wildcard => {
                self.note(here);
                here.push(Place::Each);
            }
            StepKind::Scan => here.push(Place::Anywhere),
            StepKind::Filter(expression) => {
                self.note(here);
                here.push(Place::Item);
                self.expression(expression, here);
            }
            StepKind::Call(call) => {
                self.note(here);
                for argument in &call.arguments {
                    if let Argument::Path { path, .. } = argument {
                        self.path(path, item);
                    }
                }
            }
            StepKind::Children(selectors) => self.selectors(selectors, here),
            StepKind::Descendants(selectors) => {
                here.push(Place::Anywhere);
                self.selectors(selectors, here);
            }
        }
    }

    fn expression(&mut self, expression: &Expression, item: &[Place]) {
        match expression {
            Expression::Or(parts) | Expression::And(parts) => {
                for part in parts {
                    self.expression(part, item);
                }
            }
            Expression::Not(part) => self.expression(part, item),
            Expression::Exists { path, .. } => self.path(path, item),
            Expression::Compare(comparison) => {
                for side in [&comparison.left, &comparison.right] {
                    if let Operand::Path(path) = side {
                        self.path(path, item);
                    }
                }
            }
        }
    }

    fn selectors(&mut self, selectors: &[Selector], here: &mut Vec<Place>) {
        if let [Selector::Name(name)] = selectors {
            here.push(Place::Name(name.clone()));
            return;
        }
        self.note(here);
        for selector in selectors {
            match selector {
                Selector::Name(name) => self.note(&with(here, Place::Name(name.clone()))),
                Selector::Filter(logical) => self.logical(logical, &with(here, Place::Each)),
                Selector::Wildcard | Selector::Index(_) | Selector::Slice(_) => {}
            }
        }
        here.push(Place::Each);
    }

    fn logical(&mut self, logical: &Logical, item: &[Place]) {
        match logical {
            Logical::Or(parts) | Logical::And(parts) => {
                for part in parts {
                    self.logical(part, item);
                }
            }
            Logical::Not(part) => self.logical(part, item),
            Logical::Exists(path) => self.path(path, item),
            Logical::Compare(compare) => {
                self.comparable(&compare.left, item);
                self.comparable(&compare.right, item);
            }
            Logical::Call(call) => self.call(call, item),
        }
    }

    fn comparable(&mut self, comparable: &Comparable, item: &[Place]) {
        match comparable {
            Comparable::Literal(_) => {}
            Comparable::Singular(path) => self.path(path, item),
            Comparable::Call(call) => self.call(call, item),
        }
    }

    fn call(&mut self, call: &Function, item: &[Place]) {
        match call {
            Function::Length(argument) => self.comparable(argument, item),
            Function::Count(path) | Function::Value(path) => self.path(path, item),
            Function::Match(matching) | Function::Search(matching) => {
                self.comparable(&matching.value, item);
                self.comparable(&matching.pattern, item);
            }
        }
    }
}

fn with(here: &[Place], place: Place) -> Vec<Place> {
    let mut path = here.to_vec();
    path.push(place);
    path
}

/// `changes[*].attribute`
impl fmt::Display for ReadPath {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut needs_dot = false;
        for place in &self.0 {
            match place {
                Place::Name(name) if needs_dot => write!(out, ".{name}")?,
                Place::Name(name) => out.write_str(name)?,
                Place::Each | Place::Item => out.write_str("[*]")?,
                Place::Anywhere => out.write_str("..")?,
            }
            needs_dot = !matches!(place, Place::Anywhere);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use crate::{Dialect, Filter};

    #[test]
    fn a_filter_tells_which_places_it_reads() {
        for (dialect, filter, expected) in [
            (
                Dialect::Jayway,
                "$.accountRequests[?(@.provisioningResult != 'SUCCESS')]",
                &["accountRequests", "accountRequests[*].provisioningResult"] as &[&str],
            ),
            (Dialect::Jayway, "$.identity.name", &["identity.name"]),
            (
                Dialect::Jayway,
                "$[?($.identity.type == 'IDENTITY' && !(@.changes))]",
                &["identity.type", "[*].changes"],
            ),
            (Dialect::Jayway, "$..attribute", &["..attribute"]),
            (Dialect::Jayway, "$['a','b']", &["a", "b"]),
            (
                Dialect::Rfc9535,
                "$.changes[?@.attribute == 'department' || match(@.newValue, 'S.*')]",
                &["changes", "changes[*].attribute", "changes[*].newValue"],
            ),
        ] {
            let read: Vec<String> = Filter::compile_in(dialect, filter)
                .unwrap()
                .reads()
                .iter()
                .map(ToString::to_string)
                .collect();
            assert_eq!(read, expected, "{filter}");
        }
    }
}
