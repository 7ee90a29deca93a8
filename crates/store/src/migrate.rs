//! Schema changes, in order, once each, checked.
//!
//! A rule for many nodes: old and new code run side by side during an upgrade, so a schema first
//! expands, then data moves, then it contracts, over separate releases.

use crate::args;
use crate::driver::dialect::{Backend, speak};
use crate::error::{Error, Result};
use crate::org::Org;

struct Migration {
    name: &'static str,
    sql: &'static str,
}

const CONTROL: [Migration; 1] = [Migration {
    name: "control_0001",
    sql: include_str!("../migrations/control_0001.sql"),
}];

const ORG: [Migration; 1] = [Migration {
    name: "org_0001",
    sql: include_str!("../migrations/org_0001.sql"),
}];

/// Brings the control database up to date.
pub(crate) fn control(org: &Org) -> Result<()> {
    apply(org, &CONTROL)
}

/// Brings one org up to date.
pub(crate) fn org(org: &Org) -> Result<()> {
    apply(org, &ORG)
}

/// The statements that make the tables of an org, and those that make their indexes.
pub(crate) fn statements(backend: Backend) -> (Vec<String>, Vec<String>) {
    let text: Vec<String> = ORG
        .iter()
        .flat_map(|migration| migration.sql.lines())
        .map(|line| line.split("--").next().unwrap_or_default().to_owned())
        .collect();
    let text = text.join("\n");
    text.split(';')
        .map(str::trim)
        .filter(|statement| !statement.is_empty())
        .map(|statement| speak(statement, backend).into_owned())
        .partition(|statement| statement.starts_with("CREATE TABLE"))
}

fn apply(org: &Org, migrations: &[Migration]) -> Result<()> {
    org.write(|tx| {
        // Two nodes may start at once: the first in goes through, the other then finds it done.
        tx.take_schema()?;
        tx.migration_script(
            "CREATE TABLE IF NOT EXISTS migration (name TEXT PRIMARY KEY, text TEXT NOT NULL)",
        )?;
        let applied: Vec<(String, String)> = tx.fetch(
            "SELECT name, text FROM migration ORDER BY name",
            &[],
            |row| Ok((row.get(0)?, row.get(1)?)),
        )?;
        if let Some((name, _)) = applied
            .iter()
            .find(|(name, _)| migrations.iter().all(|known| known.name != name))
        {
            return Err(Error::Newer(format!("{} ({name})", org.name())));
        }
        for migration in migrations {
            match applied.iter().find(|(name, _)| name == migration.name) {
                Some((_, text)) if text == migration.sql => {}
                Some(_) => return Err(Error::ChangedMigration(migration.name.to_owned())),
                None => {
                    tx.migration_script(&speak(migration.sql, org.backend()))?;
                    tx.execute(
                        "INSERT INTO migration (name, text) VALUES ($1, $2)",
                        &args![migration.name, migration.sql],
                    )?;
                }
            }
        }
        Ok(())
    })
}
