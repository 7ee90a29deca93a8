//! Which column is which attribute.

use std::sync::Arc;

use muster_model::{AttributeName, Schema};

use super::error::HeaderError;
use super::options::{Options, StatusRule};
use super::rows::Row;
use crate::account::{Layout, Status};

/// What to do with the cells of a row.
#[derive(Debug)]
pub(super) struct Columns {
    /// How many cells a row has.
    pub(super) count: usize,
    /// The column of the Account ID.
    pub(super) identity: usize,
    /// Single values, the Account ID among them.
    pub(super) singles: Vec<Column>,
    /// Values of multi-valued attributes.
    pub(super) multis: Vec<Column>,
    pub(super) disabled: Option<StatusColumn>,
    pub(super) locked: Option<StatusColumn>,
    /// Attributes without a column.
    pub(super) missing: Vec<AttributeName>,
}

/// A column that gives an attribute.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    pub(super) attribute: usize,
    pub(super) column: usize,
}

/// A column that says whether accounts are disabled or locked.
#[derive(Debug)]
pub(super) struct StatusColumn {
    pub(super) column: usize,
    pub(super) name: AttributeName,
    rule: StatusRule,
}

impl Columns {
    /// Finds the columns of a layout among the names of a header.
    pub(super) fn find(
        names: &[String],
        layout: &Arc<Layout>,
        schema: &Schema,
        options: &Options,
    ) -> Result<Self, HeaderError> {
        let mut columns = Self {
            count: names.len(),
            identity: 0,
            singles: Vec::new(),
            multis: Vec::new(),
            disabled: StatusColumn::find(names, &options.disabled)?,
            locked: StatusColumn::find(names, &options.locked)?,
            missing: Vec::new(),
        };
        let mut has_identity = false;
        for (attribute, definition) in layout.attributes().iter().enumerate() {
            let native_name = schema.attributes[attribute].native_name.as_deref();
            let Some(column) = position_of(names, &definition.name, native_name)? else {
                columns.missing.push(definition.name.clone());
                continue;
            };
            if attribute == layout.identity() {
                columns.identity = column;
                has_identity = true;
            }
            let column = Column { attribute, column };
            if definition.is_multi {
                columns.multis.push(column);
            } else {
                columns.singles.push(column);
            }
        }
        if !has_identity {
            return Err(HeaderError::NoAccountId {
                column: layout.attributes()[layout.identity()].name.to_string(),
                found: names.to_vec(),
            });
        }
        Ok(columns)
    }

    /// The Account ID of a row that has all of its cells.
    pub(super) fn identity_of<'row>(&self, row: &Row<'row>) -> &'row [u8] {
        row.cells[self.identity].of(row.text)
    }

    /// What a row says about being disabled and locked.
    pub(super) fn status_of(&self, row: &Row<'_>) -> Status {
        let says_yes = |column: &Option<StatusColumn>| {
            column.as_ref().is_some_and(|column| {
                let cell = row.cells[column.column].of(row.text);
                column.rule.says_yes(cell)
            })
        };
        Status {
            disabled: says_yes(&self.disabled),
            locked: says_yes(&self.locked),
        }
    }
}

impl StatusColumn {
    /// A column that an option names must be there; the ancestor's columns may be missing.
    fn find(names: &[String], rule: &StatusRule) -> Result<Option<Self>, HeaderError> {
        match (position(names, &rule.column)?, rule.option) {
            (Some(column), _) => Ok(Some(Self {
                column,
                name: rule.column.as_str().into(),
                rule: rule.clone(),
            })),
            (None, None) => Ok(None),
            (None, Some(option)) => Err(HeaderError::NoStatusColumn {
                option,
                column: rule.column.clone(),
            }),
        }
    }
}

/// The column with the attribute's name, or else with its name on the native system.
fn position_of(
    names: &[String],
    name: &str,
    native_name: Option<&str>,
) -> Result<Option<usize>, HeaderError> {
    match (position(names, name)?, native_name) {
        (None, Some(native_name)) => position(names, native_name),
        (found, _) => Ok(found),
    }
}

fn position(names: &[String], name: &str) -> Result<Option<usize>, HeaderError> {
    let mut found = (0..names.len()).filter(|at| names[*at] == name);
    let first = found.next();
    if found.next().is_some() {
        return Err(HeaderError::Duplicate {
            column: name.to_owned(),
        });
    }
    Ok(first)
}

/// The names in a header row, without the spaces around them.
pub(super) fn names_of(row: &Row<'_>) -> Result<Vec<String>, HeaderError> {
    if row.text_after_quote.is_some() {
        return Err(HeaderError::Quoting);
    }
    if std::str::from_utf8(row.raw).is_err() {
        return Err(HeaderError::Undecodable);
    }
    row.cells
        .iter()
        .map(|cell| {
            let name = std::str::from_utf8(cell.of(row.text));
            name.map(|name| name.trim().to_owned())
                .map_err(|_| HeaderError::Undecodable)
        })
        .collect()
}
