//! One statement for many rows of arguments: the rows travel to PostgreSQL as arrays, a column an
//! array, and the server walks along them. A row then costs the server a few microseconds in place of
//! the thirty that a statement of its own costs.
//!
//! Only the text is made here. Statements that do not fit one of the two patterns stay as they are.

use tokio_postgres::types::Type;

/// Whether two rows of arguments may touch the same row of a table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Touches {
    /// They never do.
    Once,
    /// They may.
    Maybe,
}

/// `sql` for arrays of arguments, where `types` are those of its parameters; nothing when it cannot be
/// said that way. A statement that gives rows gives the number of its arguments, from 1, last.
pub(super) fn for_many(sql: &str, types: &[Type], touches: Touches) -> Option<String> {
    let arrays = unnest(types)?;
    let sql = sql.trim();
    if sql.starts_with("SELECT") {
        let one = with_columns(sql);
        return Some(format!(
            "SELECT found.*, many.place FROM {arrays}, LATERAL ({one}) AS found"
        ));
    }
    if !sql.starts_with("INSERT") {
        return None;
    }
    let (head, rest) = sql.split_once("VALUES (")?;
    let (values, tail) = rest.split_once(')')?;
    // A row that is touched twice is an error in one statement and none in several.
    let may_repeat = touches == Touches::Maybe && tail.contains("DO UPDATE");
    if values.contains('(') || may_repeat || tail.contains("RETURNING") {
        return None;
    }
    let values = with_columns(values);
    Some(format!("{head}SELECT {values} FROM {arrays}{tail}"))
}

/// The arrays as a table with a column for each parameter.
fn unnest(types: &[Type]) -> Option<String> {
    let mut arrays = Vec::with_capacity(types.len());
    let mut names = Vec::with_capacity(types.len());
    for (number, kind) in (1..).zip(types) {
        let element = match *kind {
            Type::TEXT => "text",
            Type::INT8 => "bigint",
            Type::BYTEA => "bytea",
            _ => return None,
        };
        arrays.push(format!("${number}::{element}[]"));
        names.push(format!("a{number}"));
    }
    (!types.is_empty()).then(|| {
        let (arrays, names) = (arrays.join(", "), names.join(", "));
        format!("unnest({arrays}) WITH ORDINALITY AS many({names}, place)")
    })
}

/// Parameters turned to columns of the arrays.
fn with_columns(sql: &str) -> String {
    sql.replace('$', "many.a")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_is_asked_once_for_all_its_arguments() {
        assert_eq!(
            for_many("SELECT x FROM t WHERE a = $1 AND b = $2 ORDER BY x LIMIT 2", &[Type::TEXT, Type::INT8], Touches::Maybe),
            Some(
                "SELECT found.*, many.place \
                 FROM unnest($1::text[], $2::bigint[]) WITH ORDINALITY AS many(a1, a2, place), \
                 LATERAL (SELECT x FROM t WHERE a = many.a1 AND b = many.a2 ORDER BY x LIMIT 2) AS found"
                    .to_owned()
            )
        );
    }

    #[test]
    fn rows_are_inserted_together() {
        assert_eq!(
            for_many(
                "INSERT INTO t (a, b, c) VALUES ($1, 0, $2) ON CONFLICT DO NOTHING",
                &[Type::TEXT, Type::BYTEA],
                Touches::Maybe
            ),
            Some(
                "INSERT INTO t (a, b, c) SELECT many.a1, 0, many.a2 \
                 FROM unnest($1::text[], $2::bytea[]) WITH ORDINALITY AS many(a1, a2, place) \
                 ON CONFLICT DO NOTHING"
                    .to_owned()
            )
        );
    }

    #[test]
    fn rows_that_differ_are_updated_together_too() {
        let sql = "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = excluded.a";
        let many = for_many(sql, &[Type::TEXT], Touches::Once).unwrap();
        assert!(
            many.ends_with("ON CONFLICT (a) DO UPDATE SET a = excluded.a"),
            "{many}"
        );
    }

    #[test]
    fn what_would_mean_something_else_stays_as_it_is() {
        let types = [Type::TEXT];
        for sql in [
            "UPDATE t SET a = $1",
            "DELETE FROM t WHERE a = $1",
            "INSERT INTO t (a) VALUES (lower($1))",
            "INSERT INTO t (a) VALUES ($1) ON CONFLICT (a) DO UPDATE SET a = excluded.a",
            "INSERT INTO t (a) VALUES ($1) RETURNING a",
        ] {
            assert_eq!(for_many(sql, &types, Touches::Maybe), None, "{sql}");
        }
        assert_eq!(
            for_many("SELECT 1 WHERE $1", &[Type::BOOL], Touches::Maybe),
            None
        );
        assert_eq!(for_many("SELECT 1", &[], Touches::Maybe), None);
    }
}
