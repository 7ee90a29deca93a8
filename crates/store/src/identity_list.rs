//! Lists of identities as people ask for them: filtered, sorted, in pages; and what a page needs
//! to know of its identities beside their rows.

use std::collections::HashSet;

use muster_model::id::{IdentityId, ProfileId};
use muster_query::{CheckedFilter, Literal, Page, Sort};

use crate::args;
use crate::driver::Arg;
use crate::error::{Error, Result};
use crate::identities::{COLUMNS, Identities, Identity, Stage, identity};

/// Which part of the identities is asked for.
#[derive(Clone, Copy, Debug)]
pub struct Listed<'a> {
    /// The stages that may be seen.
    pub stages: &'a [Stage],
    /// What must hold.
    pub filter: Option<&'a CheckedFilter>,
    /// The order; ties and lists without one are in the order of ids.
    pub sort: &'a Sort,
    /// The page.
    pub page: Page,
}

impl Identities<'_, '_> {
    /// The identities of a page, and how many there are in all where the page wants to know.
    pub fn page(&mut self, listed: &Listed<'_>) -> Result<(Vec<Identity>, Option<u64>)> {
        let (condition, mut args) = condition(listed)?;
        let order = listed.sort.to_sql("id").map_err(|error| unusable(&error))?;
        let total = if listed.page.count {
            let sql = format!("SELECT COUNT(*) FROM identity WHERE {condition}");
            let count = self.0.fetch_one(&sql, &args, |row| row.get::<i64>(0))?;
            Some(count.unwrap_or(0).unsigned_abs())
        } else {
            None
        };
        let (limit, offset) = (args.len() + 1, args.len() + 2);
        let sql = format!(
            "SELECT {COLUMNS} FROM identity WHERE {condition}
              ORDER BY {order} LIMIT ${limit} OFFSET ${offset}"
        );
        args.push(Arg::from(listed.page.limit));
        args.push(Arg::Int(
            i64::try_from(listed.page.offset).unwrap_or(i64::MAX),
        ));
        Ok((self.0.fetch(&sql, &args, identity)?, total))
    }

    /// Identities at these stages after `after`, in the order of their ids.
    pub fn page_at(
        &mut self,
        stages: &[Stage],
        after: Option<IdentityId>,
        limit: u32,
    ) -> Result<Vec<Identity>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM identity WHERE {} AND id > $1 ORDER BY id LIMIT $2",
            at(stages)
        );
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.0.fetch(&sql, &args![after, limit], identity)
    }

    /// How many identities are at these stages.
    pub fn count_at(&mut self, stages: &[Stage]) -> Result<i64> {
        let sql = format!("SELECT COUNT(*) FROM identity WHERE {}", at(stages));
        let count = self.0.fetch_one(&sql, &[], |row| row.get(0))?;
        Ok(count.unwrap_or(0))
    }

    /// Which of these identities somebody reports to.
    pub fn managers_among(&mut self, ids: &[IdentityId]) -> Result<HashSet<IdentityId>> {
        let mut found = HashSet::new();
        self.0.batch(
            "SELECT 1 FROM identity WHERE manager_id = $1 LIMIT 1",
            ids.iter().map(|id| args![*id]),
            |at, _| {
                found.insert(ids[at]);
                Ok(())
            },
        )?;
        Ok(found)
    }

    /// The first `limit` of those who report to an identity: id and display name.
    pub fn reports_of(
        &mut self,
        manager: IdentityId,
        limit: u32,
    ) -> Result<Vec<(IdentityId, String)>> {
        const REPORTS: &str =
            "SELECT id, name FROM identity WHERE manager_id = $1 ORDER BY id LIMIT $2";
        self.0.fetch(REPORTS, &args![manager, limit], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// Ids of a profile's visible identities after `after` that are in none of these lifecycle states,
    /// in order.
    pub fn ids_outside(
        &mut self,
        profile: ProfileId,
        states: &[String],
        after: Option<IdentityId>,
        limit: u32,
    ) -> Result<Vec<IdentityId>> {
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        let mut args = args![profile, after, limit, Stage::Active as i64].to_vec();
        let mut outside = Vec::with_capacity(states.len());
        for state in states {
            args.push(Arg::from(state));
            let number = args.len();
            outside.push(format!(
                " AND (lifecycle IS NULL OR lifecycle <> ${number})"
            ));
        }
        let outside = outside.concat();
        let sql = format!(
            "SELECT id FROM identity WHERE profile_id = $1 AND id > $2 AND stage = $4{outside}
              ORDER BY id LIMIT $3"
        );
        self.0.fetch(&sql, &args, |row| row.get(0))
    }

    /// How many visible identities of a profile are in the lifecycle state of that technical name.
    pub fn count_in_state(&mut self, profile: ProfileId, state: &str) -> Result<i64> {
        const COUNT: &str = "
            SELECT COUNT(*) FROM identity WHERE profile_id = $1 AND lifecycle = $2 AND stage = $3";
        let args = args![profile, state, Stage::Active as i64];
        let count = self.0.fetch_one(COUNT, &args, |row| row.get(0))?;
        Ok(count.unwrap_or(0))
    }
}

/// The condition of a list, with its arguments from `$1` on.
fn condition(listed: &Listed<'_>) -> Result<(String, Vec<Arg<'static>>)> {
    let stages = at(listed.stages);
    let Some(filter) = listed.filter else {
        return Ok((stages, Vec::new()));
    };
    let filter = filter.to_sql(1).map_err(|error| unusable(&error))?;
    let args = filter.literals.into_iter().map(arg).collect();
    Ok((format!("{stages} AND {}", filter.text), args))
}

/// The condition that an identity is at one of these stages.
fn at(stages: &[Stage]) -> String {
    let numbers: Vec<String> = stages
        .iter()
        .map(|stage| (*stage as i64).to_string())
        .collect();
    format!("stage IN ({})", numbers.join(", "))
}

fn arg(literal: Literal) -> Arg<'static> {
    match literal {
        Literal::Null => Arg::Null,
        Literal::Int(number) => Arg::Int(number),
        Literal::Text(text) => Arg::from(text),
    }
}

/// A declared field without a column: a mistake of the declaration, not of the caller.
fn unusable(error: &muster_query::Error) -> Error {
    Error::Corrupt(format!("identities cannot be listed that way: {error}"))
}
