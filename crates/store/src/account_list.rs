//! The list of accounts: what the table says, joined with what the query language may ask of the
//! identity, its lifecycle state and the source.
//!
//! Sources and lifecycle states are documents, few enough to travel with the question as rows of
//! `VALUES`. Conditions and orders name the columns of the inner query.

use muster_model::id::{AccountId, ProfileId, SourceId};
use muster_query::{Condition, Literal, fold};

use crate::accounts::{Account, Accounts, COLUMNS, account};
use crate::driver::{Arg, Row};
use crate::error::Result;
use crate::selection::Selection;

/// What a list of accounts needs to know of a source.
#[derive(Clone, Debug)]
pub struct ListedSource {
    /// Its id.
    pub id: SourceId,
    /// Its name.
    pub name: String,
    /// Whether an identity profile makes identities of its accounts.
    pub authoritative: bool,
    /// `file` or `direct`.
    pub connection_type: &'static str,
    /// The account attributes whose values are entitlements.
    pub entitlements: Vec<String>,
}

/// What a list of accounts needs to know of a lifecycle state.
#[derive(Clone, Debug)]
pub struct ListedState {
    /// Its profile.
    pub profile: ProfileId,
    /// The value that puts an identity in it.
    pub technical_name: String,
    /// What it means, such as `ACTIVE`.
    pub identity_state: String,
}

/// What a list of accounts needs to know beside the accounts.
#[derive(Clone, Debug, Default)]
pub struct Surroundings {
    /// All sources.
    pub sources: Vec<ListedSource>,
    /// The lifecycle states that mean something.
    pub states: Vec<ListedState>,
}

/// An account with what is shown beside it.
#[derive(Clone, Debug)]
pub struct ListedAccount {
    /// The account.
    pub account: Account,
    /// The display name of its identity.
    pub identity_name: Option<String>,
    /// The technical name of its identity's lifecycle state.
    pub lifecycle: Option<String>,
    /// What that state means.
    pub identity_state: Option<String>,
    /// Whether it has entitlements.
    pub has_entitlements: bool,
}

/// An attribute is there when its key is: no text inside the JSON has unescaped quotes. The brace at
/// the beginning is made a comma so that the first key looks like the others.
const INNER: &str = "
    SELECT a.id AS id, a.source_id AS source_id, a.native_identity AS native_identity,
           a.digest AS digest, a.identity_id AS identity_id, a.name AS name,
           a.name_lower AS name_lower, a.disabled AS disabled, a.locked AS locked,
           a.manually_correlated AS manually_correlated,
           a.uncorrelated_reason AS uncorrelated_reason, a.created AS created,
           a.modified AS modified, a.attributes AS attributes, a.line AS line,
           a.task_id AS task_id,
           CAST(CASE WHEN a.identity_id IS NULL THEN 1 ELSE 0 END AS BIGINT) AS uncorrelated,
           CAST(CASE WHEN a.identity_id IS NULL THEN 0 ELSE 1 END AS BIGINT) AS correlated,
           CAST(CASE WHEN EXISTS (
                SELECT 1 FROM marked m
                 WHERE m.source_id = a.source_id
                   AND replace(',' || substr(a.attributes, 2), m.filled, '')
                    <> ',' || substr(a.attributes, 2)
                   AND replace(',' || substr(a.attributes, 2), m.blank, '')
                     = ',' || substr(a.attributes, 2)) THEN 1 ELSE 0 END AS BIGINT) AS has_entitlements,
           CAST('AGGREGATED' AS TEXT) AS origin,
           CAST(NULL AS TEXT) AS uuid, CAST(NULL AS TEXT) AS recommendation_method,
           i.name AS identity_name, i.name_lower AS identity_name_lower, i.lifecycle AS lifecycle,
           l.identity_state AS identity_state,
           s.name_lower {bytewise} AS source_name_lower, s.authoritative AS source_authoritative,
           s.connection_type AS source_connection_type
      FROM account a
      LEFT JOIN identity i ON i.id = a.identity_id
      LEFT JOIN listed_source s ON s.id = a.source_id
      LEFT JOIN listed_state l ON l.profile_id = i.profile_id AND l.technical_name = i.lifecycle";

impl Accounts<'_, '_> {
    /// The accounts that the selection wants.
    pub fn list(
        &mut self,
        wanted: &Selection,
        around: &Surroundings,
    ) -> Result<Vec<ListedAccount>> {
        let mut args = wanted.args();
        let known = around.write(&mut args);
        let sql = format!(
            "{known} SELECT {COLUMNS}, identity_name, lifecycle, identity_state, has_entitlements
               FROM ({INNER}) listed WHERE {} ORDER BY {} {}",
            wanted.condition(),
            wanted.order,
            wanted.page(),
        );
        self.0.fetch(&sql, &args, listed)
    }

    /// How many accounts satisfy the selection in all.
    pub fn count_listed(&mut self, wanted: &Selection, around: &Surroundings) -> Result<u64> {
        let mut args = wanted.args();
        let known = around.write(&mut args);
        let sql = format!(
            "{known} SELECT COUNT(*) FROM ({INNER}) listed WHERE {}",
            wanted.condition()
        );
        let count = self.0.fetch_one(&sql, &args, |row| row.get::<i64>(0))?;
        Ok(count.unwrap_or(0) as u64)
    }

    /// One account as the list shows it.
    pub fn get_listed(
        &mut self,
        id: AccountId,
        around: &Surroundings,
    ) -> Result<Option<ListedAccount>> {
        let wanted = Selection {
            condition: Some(Condition {
                text: "(id = $1)".to_owned(),
                literals: vec![Literal::Text(id.to_string())],
            }),
            order: "id".to_owned(),
            limit: 1,
            offset: 0,
        };
        Ok(self.list(&wanted, around)?.pop())
    }
}

impl Surroundings {
    /// Writes the tables of what is known beside the accounts, and their arguments behind `args`.
    fn write<'a>(&'a self, args: &mut Vec<Arg<'a>>) -> String {
        let sources = self.sources.iter().map(|source| {
            vec![
                Arg::from(source.id),
                Arg::from(fold(&source.name)),
                Arg::from(source.authoritative),
                Arg::from(source.connection_type),
            ]
        });
        let sources = table(&["TEXT", "TEXT", "BIGINT", "TEXT"], sources, args);
        let states = self.states.iter().map(|state| {
            vec![
                Arg::from(state.profile),
                Arg::from(&state.technical_name),
                Arg::from(&state.identity_state),
            ]
        });
        let states = table(&["TEXT", "TEXT", "TEXT"], states, args);
        let marked = self.sources.iter().flat_map(|source| {
            source.entitlements.iter().map(|name| {
                let key = serde_json::Value::from(name.as_str()).to_string();
                vec![
                    Arg::from(source.id),
                    Arg::from(format!(",{key}:")),
                    Arg::from(format!(",{key}:[]")),
                ]
            })
        });
        let marked = table(&["TEXT", "TEXT", "TEXT"], marked, args);
        format!(
            "WITH listed_source (id, name_lower, authoritative, connection_type) AS ({sources}),
                  listed_state (profile_id, technical_name, identity_state) AS ({states}),
                  marked (source_id, filled, blank) AS ({marked})"
        )
    }
}

/// A table of these rows; PostgreSQL must be told the types.
fn table<'a>(
    types: &[&str],
    rows: impl Iterator<Item = Vec<Arg<'a>>>,
    args: &mut Vec<Arg<'a>>,
) -> String {
    let mut written = Vec::new();
    for row in rows {
        let cells: Vec<String> = row
            .into_iter()
            .zip(types)
            .map(|(cell, kind)| {
                args.push(cell);
                format!("CAST(${} AS {kind})", args.len())
            })
            .collect();
        written.push(format!("({})", cells.join(", ")));
    }
    if written.is_empty() {
        let cells: Vec<String> = types
            .iter()
            .map(|kind| format!("CAST(NULL AS {kind})"))
            .collect();
        return format!("SELECT {} WHERE 1 = 0", cells.join(", "));
    }
    format!("VALUES {}", written.join(", "))
}

fn listed(row: &Row<'_>) -> Result<ListedAccount> {
    Ok(ListedAccount {
        account: account(row)?,
        identity_name: row.get(15)?,
        lifecycle: row.get(16)?,
        identity_state: row.get(17)?,
        has_entitlements: row.get(18)?,
    })
}
