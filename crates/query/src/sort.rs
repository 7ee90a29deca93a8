//! The `sorters` parameter: a comma list of fields, `-` in front for descending.
//!
//! Missing values stand last in ascending order and first in descending, in documents as in SQL.

use std::cmp::Ordering;

use serde_json::Value;

use crate::error::Error;
use crate::fields::{Field, Fields};
use crate::filter::{compare_values, scalar};
use crate::limits::{SORTERS_BYTES_MAX, SORTERS_MAX};
use crate::text::{closest, echo};

const PARAMETER: &str = "sorters";

/// An order over the documents or rows of one collection.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Sort(Vec<Sorter>);

#[derive(Clone, Debug, PartialEq, Eq)]
struct Sorter {
    field: &'static Field,
    direction: Direction,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Direction {
    Ascending,
    Descending,
}

impl Sort {
    /// Reads the text and holds it against the declaration. No parameter is `Sort::default()`,
    /// the collection's own order.
    pub fn parse(text: &str, fields: Fields) -> Result<Self, Error> {
        if text.len() > SORTERS_BYTES_MAX {
            return Err(too_large("bytes", SORTERS_BYTES_MAX));
        }
        let mut sorters = Vec::new();
        let mut position = 1;
        for written in text.split(',') {
            if sorters.len() == SORTERS_MAX {
                return Err(too_large("fields", SORTERS_MAX));
            }
            sorters.push(sorter(written, position, fields)?);
            position += written.chars().count() + 1;
        }
        Ok(Self(sorters))
    }

    /// Whether no order was asked for.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How two documents stand to each other; the caller settles a tie, by id.
    pub fn compare(&self, one: &Value, other: &Value) -> Ordering {
        let orders = self.0.iter().map(|sorter| sorter.compare(one, other));
        orders
            .into_iter()
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }

    /// What stands after `ORDER BY` for a typed table, with a unique column that settles a tie.
    pub fn to_sql(&self, tie_breaker: &'static str) -> Result<String, Error> {
        let mut text = String::new();
        for Sorter { field, direction } in &self.0 {
            let column = field
                .column
                .ok_or(Error::WithoutColumn { field: field.name })?;
            text.push_str(column);
            text.push_str(match direction {
                Direction::Ascending => " ASC NULLS LAST, ",
                Direction::Descending => " DESC NULLS FIRST, ",
            });
        }
        Ok(text + tie_breaker)
    }
}

impl Sorter {
    fn compare(&self, one: &Value, other: &Value) -> Ordering {
        let order = match (scalar(one, self.field), scalar(other, self.field)) {
            (Some(one), Some(other)) => compare_values(self.field.kind, one, other),
            (one, other) => one.is_none().cmp(&other.is_none()),
        };
        match self.direction {
            Direction::Ascending => order,
            Direction::Descending => order.reverse(),
        }
    }
}

fn sorter(written: &str, position: usize, fields: Fields) -> Result<Sorter, Error> {
    let misread = |remedy: &str| Error::Syntax {
        parameter: PARAMETER,
        position,
        expected: "a field, or `-` and a field".to_owned(),
        found: format!("`{}`", echo(written)),
        remedy: remedy.to_owned(),
    };
    let trimmed = written.trim();
    let (name, direction) = match trimmed.strip_prefix('-') {
        Some(name) => (name, Direction::Descending),
        None => (trimmed, Direction::Ascending),
    };
    if name.is_empty() {
        return Err(misread(
            "name a field on both sides of each comma, or leave the parameter out",
        ));
    }
    if name.starts_with('+') {
        return Err(misread("ascending is the default; leave the `+` out"));
    }
    if let Some(field) = fields.sortable().find(|field| field.name == name) {
        return Ok(Sorter { field, direction });
    }
    if name.contains(char::is_whitespace) {
        return Err(misread(
            "write `-name` for descending and separate fields by commas",
        ));
    }
    Err(Error::UnknownField {
        parameter: PARAMETER,
        field: echo(name),
        remedy: known_fields(name, fields),
    })
}

fn known_fields(written: &str, fields: Fields) -> String {
    let known: Vec<&str> = fields.sortable().map(|field| field.name).collect();
    if known.is_empty() {
        return "this list takes no sorters".to_owned();
    }
    let supported = format!("supported: {}", known.join(", "));
    match closest(written, known.into_iter()) {
        Some(name) => format!("did you mean `{name}`? {supported}"),
        None => supported,
    }
}

fn too_large(what: &'static str, maximum: usize) -> Error {
    Error::TooLarge {
        parameter: PARAMETER,
        what,
        maximum,
        remedy: "sort by fewer fields",
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::filter::operator::NONE;

    static FIELDS: Fields = Fields::new(&[
        Field::text("name", NONE).column("name_lower").sorted(),
        Field::time("created", NONE).column("created").sorted(),
        Field::id("id", NONE).column("id"),
        Field::id("owner.id", NONE).sorted(),
    ]);

    #[test]
    fn missing_values_stand_last_ascending_and_first_descending() {
        let mut documents = [
            json!({"name": null}),
            json!({"name": "b"}),
            json!({}),
            json!({"name": "A"}),
        ];
        let names = |documents: &[Value]| {
            let name = |each: &Value| each["name"].as_str().unwrap_or("-").to_owned();
            documents.iter().map(name).collect::<String>()
        };
        let ascending = Sort::parse("name", FIELDS).unwrap();
        documents.sort_by(|one, other| ascending.compare(one, other));
        assert_eq!(names(&documents), "Ab--");
        let descending = Sort::parse("-name", FIELDS).unwrap();
        documents.sort_by(|one, other| descending.compare(one, other));
        assert_eq!(names(&documents), "--bA");
    }

    #[test]
    fn the_tie_breaker_ends_every_order() {
        assert_eq!(Sort::default().to_sql("id").unwrap(), "id");
        assert_eq!(
            Sort::parse("-created, name", FIELDS)
                .unwrap()
                .to_sql("id")
                .unwrap(),
            "created DESC NULLS FIRST, name_lower ASC NULLS LAST, id"
        );
        let error = Sort::parse("owner.id", FIELDS)
            .unwrap()
            .to_sql("id")
            .unwrap_err();
        assert_eq!(error, Error::WithoutColumn { field: "owner.id" });
    }

    #[test]
    fn a_wrong_sorter_is_told_what_would_be_right() {
        let table = [
            (
                "id",
                "sorters: the field `id` is not supported here; supported: name, created",
            ),
            ("Name", "did you mean `name`?"),
            ("name,", "character 6: expected a field"),
            ("", "or leave the parameter out"),
            ("-", "or leave the parameter out"),
            ("+name", "leave the `+` out"),
            ("name desc", "write `-name` for descending"),
        ];
        for (text, expected) in table {
            let sentence = Sort::parse(text, FIELDS).unwrap_err().to_string();
            assert!(sentence.contains(expected), "{text}: {sentence}");
        }
        let many = ["name"; SORTERS_MAX + 1].join(",");
        assert!(matches!(
            Sort::parse(&many, FIELDS),
            Err(Error::TooLarge { .. })
        ));
    }
}
