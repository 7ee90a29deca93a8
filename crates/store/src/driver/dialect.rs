//! Every difference between the two backends that SQL text has to know of.
//!
//! Statements and migrations may use the words below in braces; parameters are `$1`, `$2`, ….

use std::borrow::Cow;

/// Which backend a text is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Backend {
    /// The embedded default.
    Sqlite,
    /// Many nodes over one server.
    Postgres,
}

/// `{word}` → what SQLite says, what PostgreSQL says.
const WORDS: [(&str, &str, &str); 5] = [
    // A numeric primary key that the table is ordered by.
    ("{key}", "INTEGER PRIMARY KEY", "BIGINT PRIMARY KEY"),
    // Keeps rows in the order of their primary key.
    ("{clustered}", "WITHOUT ROWID", ""),
    // Text that sorts by its bytes on both, so that filters and orders agree.
    ("{bytewise}", "", "COLLATE \"C\""),
    // Rows that another worker holds are passed over. SQLite has a single writer, so there are none.
    ("{skip locked}", "", "FOR UPDATE SKIP LOCKED"),
    // Rows that nobody else may change until the transaction ends; with a single writer nobody does.
    ("{hold}", "", "FOR UPDATE"),
];

/// `sql` as `backend` speaks it.
pub(crate) fn speak(sql: &str, backend: Backend) -> Cow<'_, str> {
    let mut text = Cow::Borrowed(sql);
    if sql.contains('{') {
        for (word, sqlite, postgres) in WORDS {
            let meaning = match backend {
                Backend::Sqlite => sqlite,
                Backend::Postgres => postgres,
            };
            text = Cow::Owned(text.replace(word, meaning));
        }
    }
    // SQLite takes `$1` for a name and counts names as they appear; `?1` is a number to it.
    if backend == Backend::Sqlite && text.contains('$') {
        text = Cow::Owned(text.replace('$', "?"));
    }
    text
}
