//! The tree of paths: from the path of a request to what is declared there.
//!
//! Literal segments win over parameters; where a literal branch leads nowhere, the parameter is
//! tried. A general router would do, but this one also collapses `//`, which clients produce by
//! joining a base URL that ends in a slash (api-surface.md §1), and lets each operation name its
//! parameters its own way.

use std::collections::HashMap;

use percent_encoding::percent_decode_str;

use crate::limits::SEGMENTS_MAX;

/// Values of type `T` found by path patterns such as `/sources/v1/{id}`.
#[derive(Debug)]
pub(crate) struct Tree<T> {
    root: Node<T>,
}

#[derive(Debug)]
struct Node<T> {
    literals: HashMap<String, Node<T>>,
    parameter: Option<Box<Node<T>>>,
    value: Option<T>,
}

impl<T> Default for Node<T> {
    fn default() -> Self {
        Self {
            literals: HashMap::new(),
            parameter: None,
            value: None,
        }
    }
}

/// What a path leads to, and the values of its parameters in order.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Found<'t, T> {
    /// The value at the end.
    pub(crate) value: &'t T,
    /// Decoded parameters, first to last.
    pub(crate) parameters: Vec<String>,
}

impl<T> Default for Tree<T> {
    fn default() -> Self {
        Self {
            root: Node::default(),
        }
    }
}

impl<T> Tree<T> {
    /// The place for `pattern`, made when it is not there yet.
    pub(crate) fn entry(&mut self, pattern: &str) -> &mut Option<T> {
        let mut node = &mut self.root;
        for segment in segments(pattern) {
            node = if is_parameter(segment) {
                node.parameter.get_or_insert_default()
            } else {
                node.literals.entry(segment.to_owned()).or_default()
            };
        }
        &mut node.value
    }

    /// What `path`, still percent-encoded, leads to.
    pub(crate) fn find(&self, path: &str) -> Option<Found<'_, T>> {
        let segments: Vec<&str> = segments(path).take(SEGMENTS_MAX + 1).collect();
        if segments.len() > SEGMENTS_MAX {
            return None;
        }
        let mut taken = Vec::new();
        let value = walk(&self.root, &segments, &mut taken)?;
        let parameters = taken
            .into_iter()
            .map(|text| percent_decode_str(text).decode_utf8().map(String::from))
            .collect::<Result<_, _>>()
            .ok()?;
        Some(Found { value, parameters })
    }
}

/// The depth is bounded by the number of segments.
fn walk<'t, 'p, T>(node: &'t Node<T>, rest: &[&'p str], taken: &mut Vec<&'p str>) -> Option<&'t T> {
    let Some((first, rest)) = rest.split_first() else {
        return node.value.as_ref();
    };
    if let Some(value) = node
        .literals
        .get(*first)
        .and_then(|next| walk(next, rest, taken))
    {
        return Some(value);
    }
    let next = node.parameter.as_deref()?;
    taken.push(first);
    let found = walk(next, rest, taken);
    if found.is_none() {
        taken.pop();
    }
    found
}

fn segments(path: &str) -> impl Iterator<Item = &str> {
    path.split('/').filter(|segment| !segment.is_empty())
}

fn is_parameter(segment: &str) -> bool {
    segment.starts_with('{') && segment.ends_with('}')
}

/// The names of the parameters of a pattern, first to last.
pub(crate) fn parameter_names(pattern: &'static str) -> impl Iterator<Item = &'static str> {
    pattern
        .split('/')
        .filter(|segment| is_parameter(segment))
        .map(|segment| &segment[1..segment.len() - 1])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree() -> Tree<u8> {
        let mut tree = Tree::default();
        for (number, pattern) in [
            "/",
            "/a",
            "/a/{id}",
            "/a/{other}/b",
            "/a/status",
            "/a/{id}/{kind}/c",
        ]
        .into_iter()
        .enumerate()
        {
            *tree.entry(pattern) = Some(number as u8);
        }
        tree
    }

    #[test]
    fn literals_win_and_parameters_are_tried_after_them() {
        let tree = tree();
        let find = |path: &str| {
            tree.find(path)
                .map(|found| (*found.value, found.parameters))
        };
        assert_eq!(find("/"), Some((0, vec![])));
        assert_eq!(find("/a/status"), Some((4, vec![])));
        assert_eq!(find("/a/7"), Some((2, vec!["7".into()])));
        assert_eq!(find("/a/status/b"), Some((3, vec!["status".into()])));
        assert_eq!(find("/a/1/2/c"), Some((5, vec!["1".into(), "2".into()])));
        assert_eq!(find("/a/1/2"), None);
        assert_eq!(find("/b"), None);
    }

    #[test]
    fn doubled_and_trailing_slashes_do_not_matter() {
        let tree = tree();
        assert_eq!(tree.find("//a//7/").map(|found| *found.value), Some(2));
    }

    #[test]
    fn parameters_are_decoded_and_broken_ones_lead_nowhere() {
        let tree = tree();
        assert_eq!(
            tree.find("/a/x%2Fy%20z").unwrap().parameters,
            ["x/y z".to_owned()]
        );
        assert_eq!(tree.find("/a/%ff"), None);
        assert_eq!(tree.find(&"/a".repeat(SEGMENTS_MAX + 1)), None);
    }

    #[test]
    fn parameters_are_named_by_their_pattern() {
        let names: Vec<_> = parameter_names("/a/{id}/{kind}/c").collect();
        assert_eq!(names, ["id", "kind"]);
    }
}
