//! Entitlements: what accounts may have, such as groups.
//!
//! They are met on accounts or listed in files of their own. Their id is made of source, attribute and
//! value, so both ways lead to the same row and meeting one again costs no look-up.

use muster_model::Timestamp;
use muster_model::id::{EntitlementId, SourceId};
use muster_query::fold;
use serde_json::{Map, Value};

use crate::args;
use crate::driver::{Arg, Row};
use crate::error::Result;
use crate::selection::Selection;
use crate::tx::Tx;

/// An entitlement.
#[derive(Clone, Debug, PartialEq)]
pub struct Entitlement {
    /// Its id.
    pub id: EntitlementId,
    /// The source it is on.
    pub source_id: SourceId,
    /// The account attribute whose value it is.
    pub attribute: String,
    /// The value.
    pub value: String,
    /// The schema that it is an object of, such as `group`.
    pub kind: String,
    /// Its display name.
    pub name: String,
    /// What people say of it.
    pub description: Option<String>,
    /// Whether an account ever had it.
    pub is_met: bool,
    /// Whether the last file of entitlements had it.
    pub is_listed: bool,
    /// Whether people may ask for it.
    pub requestable: bool,
    /// The identity that answers for it.
    pub owner_id: Option<String>,
    /// How much it allows: HIGH, MEDIUM, LOW or NONE.
    pub privilege: Option<String>,
    /// When it was first seen.
    pub created: Timestamp,
    /// When it last changed.
    pub modified: Timestamp,
    /// What the file of entitlements says of it.
    pub attributes: Map<String, Value>,
    /// What people set besides: owner, segments, fields that files must not change.
    pub other: Map<String, Value>,
}

impl Entitlement {
    /// An entitlement that nobody has said anything of yet: it is called by its value.
    pub fn new(source: SourceId, attribute: &str, value: &str, now: Timestamp) -> Self {
        Self {
            id: EntitlementId::of(&source.to_string(), attribute, value),
            source_id: source,
            attribute: attribute.to_owned(),
            value: value.to_owned(),
            kind: "group".to_owned(),
            name: value.to_owned(),
            description: None,
            is_met: false,
            is_listed: false,
            requestable: false,
            owner_id: None,
            privilege: None,
            created: now,
            modified: now,
            attributes: Map::new(),
            other: Map::new(),
        }
    }
}

/// Which entitlements a list is about, besides what its filter says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kin {
    /// All.
    Everyone,
    /// Those that contain this one.
    ParentsOf(EntitlementId),
    /// Those that this one contains.
    ChildrenOf(EntitlementId),
}

const COLUMNS: &str = "id, source_id, attribute, value, type, name, description, met, listed,
    requestable, owner_id, privilege, created, modified, attributes, other";

/// Entitlements.
pub struct Entitlements<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Entitlements<'_, '_> {
    /// Notes that accounts have these: unknown ones are stored, known ones are marked.
    pub fn meet(&mut self, entitlements: &[Entitlement]) -> Result<()> {
        self.store(
            entitlements,
            "ON CONFLICT (id) DO UPDATE SET met = 1 WHERE entitlement.met = 0",
        )
    }

    /// Stores entitlements, new or changed.
    pub fn save(&mut self, entitlements: &[Entitlement]) -> Result<()> {
        self.store(
            entitlements,
            "ON CONFLICT (id) DO UPDATE
                SET type = excluded.type, name = excluded.name, name_lower = excluded.name_lower,
                    description = excluded.description, met = excluded.met,
                    listed = excluded.listed, requestable = excluded.requestable,
                    owner_id = excluded.owner_id, privilege = excluded.privilege,
                    modified = excluded.modified, attributes = excluded.attributes,
                    other = excluded.other",
        )
    }

    fn store(&mut self, entitlements: &[Entitlement], on_conflict: &str) -> Result<()> {
        let sql = format!(
            "INSERT INTO entitlement (id, source_id, attribute, value, value_lower, type, name,
                                      name_lower, description, met, listed, requestable, owner_id,
                                      privilege, created, modified, attributes, other)
             VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)
             {on_conflict}"
        );
        let bodies = entitlements
            .iter()
            .map(|one| {
                Ok((
                    serde_json::to_string(&one.attributes)?,
                    serde_json::to_string(&one.other)?,
                ))
            })
            .collect::<Result<Vec<_>>>()?;
        self.0.run(
            &sql,
            entitlements
                .iter()
                .zip(bodies)
                .map(|(one, (attributes, other))| {
                    args![
                        one.id,
                        one.source_id,
                        &one.attribute,
                        &one.value,
                        fold(&one.value),
                        &one.kind,
                        &one.name,
                        fold(&one.name),
                        one.description.as_deref(),
                        one.is_met,
                        one.is_listed,
                        one.requestable,
                        one.owner_id.as_deref(),
                        one.privilege.as_deref(),
                        one.created,
                        one.modified,
                        attributes,
                        other
                    ]
                }),
        )
    }

    /// One entitlement.
    pub fn get(&mut self, id: EntitlementId) -> Result<Option<Entitlement>> {
        Ok(self.get_each(&[id])?.pop().flatten())
    }

    /// The entitlements with these ids, each at the place of its id.
    pub fn get_each(&mut self, ids: &[EntitlementId]) -> Result<Vec<Option<Entitlement>>> {
        let sql = format!("SELECT {COLUMNS} FROM entitlement WHERE id = $1");
        let mut found = vec![None; ids.len()];
        self.0
            .batch(&sql, ids.iter().map(|id| args![*id]), |at, row| {
                found[at] = Some(entitlement(row)?);
                Ok(())
            })?;
        Ok(found)
    }

    /// The entitlements that the selection wants.
    pub fn list(&mut self, wanted: &Selection, kin: Kin) -> Result<Vec<Entitlement>> {
        let mut args = wanted.args();
        let kin = kin.condition(&mut args);
        let sql = format!(
            "SELECT {COLUMNS} FROM entitlement WHERE {} AND {kin} ORDER BY {} {}",
            wanted.condition(),
            wanted.order,
            wanted.page(),
        );
        self.0.fetch(&sql, &args, entitlement)
    }

    /// How many satisfy the selection in all.
    pub fn count(&mut self, wanted: &Selection, kin: Kin) -> Result<u64> {
        let mut args = wanted.args();
        let kin = kin.condition(&mut args);
        let sql = format!(
            "SELECT COUNT(*) FROM entitlement WHERE {} AND {kin}",
            wanted.condition()
        );
        let count = self.0.fetch_one(&sql, &args, |row| row.get::<i64>(0))?;
        Ok(count.unwrap_or(0).unsigned_abs())
    }

    /// Entitlements of a source and schema after `after` that a file has listed, in the order of
    /// their ids.
    pub fn listed_of(
        &mut self,
        source: SourceId,
        kind: &str,
        after: Option<EntitlementId>,
        limit: u32,
    ) -> Result<Vec<Entitlement>> {
        let sql = format!(
            "SELECT {COLUMNS} FROM entitlement
              WHERE source_id = $1 AND id > $2 AND type = $3 AND listed = 1 ORDER BY id LIMIT $4"
        );
        let after = after.map(|id| id.to_string()).unwrap_or_default();
        self.0
            .fetch(&sql, &args![source, after, kind, limit], entitlement)
    }

    /// How many entitlements of a source and schema files have listed.
    pub fn count_listed(&mut self, source: SourceId, kind: &str) -> Result<i64> {
        let sql = "SELECT COUNT(*) FROM entitlement
                    WHERE source_id = $1 AND type = $2 AND listed = 1";
        let count = self
            .0
            .fetch_one(sql, &args![source, kind], |row| row.get(0))?;
        Ok(count.unwrap_or(0))
    }

    /// Removes entitlements, with what they contain and are contained in.
    pub fn delete(&mut self, ids: &[EntitlementId]) -> Result<()> {
        for sql in [
            "DELETE FROM entitlement WHERE id = $1",
            "DELETE FROM entitlement_parent WHERE child_id = $1",
            "DELETE FROM entitlement_parent WHERE parent_id = $1",
        ] {
            self.0.run(sql, ids.iter().map(|id| args![*id]))?;
        }
        Ok(())
    }

    /// The first `limit` entitlements that an identity answers for, by name: id and name.
    pub fn owned_by(&mut self, owner: &str, limit: u32) -> Result<Vec<(EntitlementId, String)>> {
        let sql = "SELECT id, name FROM entitlement WHERE owner_id = $1
                    ORDER BY name_lower, id LIMIT $2";
        self.0.fetch(sql, &args![owner, limit], |row| {
            Ok((row.get(0)?, row.get(1)?))
        })
    }

    /// The first `limit` entitlements of a source, in the order of their ids.
    pub fn first_of(&mut self, source: SourceId, limit: u32) -> Result<Vec<EntitlementId>> {
        let sql = "SELECT id FROM entitlement WHERE source_id = $1 ORDER BY id LIMIT $2";
        self.0.fetch(sql, &args![source, limit], |row| row.get(0))
    }

    /// Says what contains each of these; what was said before is forgotten.
    pub fn set_parents(&mut self, kin: &[(EntitlementId, Vec<EntitlementId>)]) -> Result<()> {
        self.0.run(
            "DELETE FROM entitlement_parent WHERE child_id = $1",
            kin.iter().map(|(child, _)| args![*child]),
        )?;
        let pairs = kin
            .iter()
            .flat_map(|(child, parents)| parents.iter().map(|parent| (*child, *parent)));
        self.0.run(
            "INSERT INTO entitlement_parent (child_id, parent_id) VALUES ($1, $2)
             ON CONFLICT DO NOTHING",
            pairs.map(|(child, parent)| args![child, parent]),
        )
    }
}

impl Kin {
    /// The condition, its argument behind `args`.
    fn condition(self, args: &mut Vec<Arg<'_>>) -> String {
        let (of, select) = match self {
            Self::Everyone => return "1 = 1".to_owned(),
            Self::ParentsOf(child) => (
                child,
                "SELECT parent_id FROM entitlement_parent WHERE child_id",
            ),
            Self::ChildrenOf(parent) => (
                parent,
                "SELECT child_id FROM entitlement_parent WHERE parent_id",
            ),
        };
        args.push(Arg::from(of));
        format!("id IN ({select} = ${})", args.len())
    }
}

fn entitlement(row: &Row<'_>) -> Result<Entitlement> {
    Ok(Entitlement {
        id: row.get(0)?,
        source_id: row.get(1)?,
        attribute: row.get(2)?,
        value: row.get(3)?,
        kind: row.get(4)?,
        name: row.get(5)?,
        description: row.get(6)?,
        is_met: row.get(7)?,
        is_listed: row.get(8)?,
        requestable: row.get(9)?,
        owner_id: row.get(10)?,
        privilege: row.get(11)?,
        created: row.get(12)?,
        modified: row.get(13)?,
        attributes: serde_json::from_str(&row.get::<String>(14)?)?,
        other: serde_json::from_str(&row.get::<String>(15)?)?,
    })
}
