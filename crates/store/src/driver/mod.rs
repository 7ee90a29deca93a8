//! The two drivers behind one face: arguments, rows and columns that both understand.
//!
//! There are four kinds of value and no more: time is whole microseconds, a flag is 0 or 1, JSON is
//! text. That is what makes one SQL text serve both backends.

pub(crate) mod dialect;
mod many;
pub(crate) mod postgres;
pub(crate) mod sqlite;

use std::borrow::Cow;

use muster_model::Timestamp;
use muster_model::id::hex;
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};

/// One argument of a statement.
#[derive(Clone, Debug, PartialEq)]
pub enum Arg<'a> {
    /// SQL NULL.
    Null,
    /// A whole number, a time in microseconds, or a flag as 0 or 1.
    Int(i64),
    /// Text or JSON.
    Text(Cow<'a, str>),
    /// An id as its 32 hex digits; text that needs no place of its own.
    Id([u8; 32]),
    /// An id as its 16 bytes.
    Bits([u8; 16]),
    /// Raw bytes.
    Bytes(Cow<'a, [u8]>),
}

macro_rules! arg_from {
    ($($from:ty => |$value:ident| $make:expr;)+) => {$(
        impl<'a> From<$from> for Arg<'a> {
            fn from($value: $from) -> Self {
                $make
            }
        }
    )+};
}

arg_from! {
    i64 => |value| Arg::Int(value);
    i32 => |value| Arg::Int(i64::from(value));
    u32 => |value| Arg::Int(i64::from(value));
    bool => |value| Arg::Int(i64::from(value));
    Timestamp => |value| Arg::Int(value.as_micros());
    String => |value| Arg::Text(Cow::Owned(value));
    &'a str => |value| Arg::Text(Cow::Borrowed(value));
    &'a String => |value| Arg::Text(Cow::Borrowed(value.as_str()));
    &'a [u8] => |value| Arg::Bytes(Cow::Borrowed(value));
    &'a [u8; 16] => |value| Arg::Bytes(Cow::Borrowed(value.as_slice()));
    &'a Vec<u8> => |value| Arg::Bytes(Cow::Borrowed(value.as_slice()));
    muster_model::id::AccountId => |value| Arg::Id(hex(value.0));
    muster_model::id::IdentityId => |value| Arg::Id(hex(value.0));
    muster_model::id::SourceId => |value| Arg::Id(hex(value.0));
    muster_model::id::ProfileId => |value| Arg::Id(hex(value.0));
    muster_model::id::TaskId => |value| Arg::Id(hex(value.0));
    muster_model::id::EventId => |value| Arg::Id(hex(value.0));
    muster_model::id::EntitlementId => |value| Arg::Id(hex(value.0));
    Bits => |value| Arg::Bits(value.0.to_be_bytes());
}

/// An id that is stored as its bytes: half of what its digits take, for tables that have many.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bits(pub u128);

impl Arg<'_> {
    /// The text of an argument that is one.
    fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Id(digits) => std::str::from_utf8(digits).ok(),
            Self::Null | Self::Int(_) | Self::Bits(_) | Self::Bytes(_) => None,
        }
    }
}

impl<'a, T: Into<Arg<'a>>> From<Option<T>> for Arg<'a> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Arg::Null, Into::into)
    }
}

/// Builds the arguments of one statement in the order of `$1`, `$2`, ….
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { [$($crate::Arg::from($value)),*] };
}

/// One row of an answer.
pub enum Row<'a> {
    /// From SQLite.
    Sqlite(&'a rusqlite::Row<'a>),
    /// From PostgreSQL.
    Postgres(&'a tokio_postgres::Row),
}

impl Row<'_> {
    /// The column at `index`, from 0.
    pub fn get<T: Column>(&self, index: usize) -> Result<T> {
        T::read(self, index)
    }

    /// The text in the column at `index`, lent: hot paths read a million of them.
    pub fn text(&self, index: usize) -> Result<&str> {
        match self {
            Row::Sqlite(row) => {
                let value = row.get_ref(index)?;
                Ok(value.as_str().map_err(rusqlite::Error::from)?)
            }
            Row::Postgres(row) => Ok(row.try_get(index)?),
        }
    }

    /// The bytes in the column at `index`, lent.
    pub fn bytes(&self, index: usize) -> Result<&[u8]> {
        match self {
            Row::Sqlite(row) => {
                let value = row.get_ref(index)?;
                Ok(value.as_blob().map_err(rusqlite::Error::from)?)
            }
            Row::Postgres(row) => Ok(row.try_get(index)?),
        }
    }

    /// The JSON in the column at `index`.
    pub fn json<T: DeserializeOwned>(&self, index: usize) -> Result<T> {
        Ok(serde_json::from_str(self.text(index)?)?)
    }
}

/// A type that a column can be read as.
pub trait Column: Sized {
    /// Reads the column at `index`, from 0.
    fn read(row: &Row<'_>, index: usize) -> Result<Self>;
}

macro_rules! column {
    ($($type:ty),+) => {$(
        impl Column for $type {
            fn read(row: &Row<'_>, index: usize) -> Result<Self> {
                match row {
                    Row::Sqlite(row) => Ok(row.get(index)?),
                    Row::Postgres(row) => Ok(row.try_get(index)?),
                }
            }
        }
        impl Column for Option<$type> {
            fn read(row: &Row<'_>, index: usize) -> Result<Self> {
                match row {
                    Row::Sqlite(row) => Ok(row.get(index)?),
                    Row::Postgres(row) => Ok(row.try_get(index)?),
                }
            }
        }
    )+};
}
column!(i64, String, Vec<u8>);

impl Column for bool {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        Ok(i64::read(row, index)? != 0)
    }
}

impl Column for Timestamp {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        Ok(Self::from_micros(i64::read(row, index)?))
    }
}

impl Column for Option<Timestamp> {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        Ok(Option::<i64>::read(row, index)?.map(Timestamp::from_micros))
    }
}

impl Column for Option<Bits> {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        let bytes: Option<&[u8]> = match row {
            Row::Sqlite(row) => row
                .get_ref(index)?
                .as_blob_or_null()
                .map_err(rusqlite::Error::from)?,
            Row::Postgres(row) => row.try_get(index)?,
        };
        let Some(bytes) = bytes else { return Ok(None) };
        let bytes = bytes
            .try_into()
            .map_err(|_| Error::Corrupt("an id of bytes has 16 of them".into()))?;
        Ok(Some(Bits(u128::from_be_bytes(bytes))))
    }
}

impl Column for Bits {
    fn read(row: &Row<'_>, index: usize) -> Result<Self> {
        Option::<Self>::read(row, index)?.ok_or_else(|| Error::Corrupt("an id is missing".into()))
    }
}

macro_rules! id_column {
    ($($id:ty),+) => {$(
        impl Column for $id {
            fn read(row: &Row<'_>, index: usize) -> Result<Self> {
                parse_id(row.text(index)?)
            }
        }
        impl Column for Option<$id> {
            fn read(row: &Row<'_>, index: usize) -> Result<Self> {
                let text: Option<&str> = match row {
                    Row::Sqlite(row) => row
                        .get_ref(index)?
                        .as_str_or_null()
                        .map_err(rusqlite::Error::from)?,
                    Row::Postgres(row) => row.try_get(index)?,
                };
                text.map(parse_id).transpose()
            }
        }
    )+};
}
id_column!(
    muster_model::id::AccountId,
    muster_model::id::IdentityId,
    muster_model::id::SourceId,
    muster_model::id::ProfileId,
    muster_model::id::TaskId,
    muster_model::id::EventId,
    muster_model::id::EntitlementId
);

fn parse_id<T: std::str::FromStr>(text: &str) -> Result<T> {
    text.parse()
        .map_err(|_| Error::Corrupt(format!("`{text}` is stored where an id belongs")))
}
