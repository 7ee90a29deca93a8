//! Events that the filter of a subscription kept away: how many, and the numbers of the last of
//! them. One row per subscription, so that a filter which wants little costs little.

use crate::args;
use crate::error::{Error, Result};
use crate::limits::REJECTIONS_KEPT;
use crate::tx::Tx;

/// What a filter kept away.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Rejected {
    /// How many events.
    pub count: i64,
    /// The numbers of the last of them, oldest first.
    pub recent: Vec<i64>,
}

/// Rejections.
pub struct Rejections<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Rejections<'_, '_> {
    /// Adds events that a subscription's filter kept away, in order: how many, and the last of them.
    pub fn add(&mut self, subscription: i64, count: i64, last: &[i64]) -> Result<()> {
        const ADD: &str = "
            INSERT INTO rejection (subscription, count, recent) VALUES ($1, $2, $3)
            ON CONFLICT (subscription) DO UPDATE
               SET count = rejection.count + excluded.count, recent = excluded.recent";
        let mut recent = if last.len() < REJECTIONS_KEPT {
            self.of(subscription)?.recent
        } else {
            Vec::new()
        };
        recent.extend_from_slice(last);
        let kept = &recent[recent.len().saturating_sub(REJECTIONS_KEPT)..];
        let text: Vec<String> = kept.iter().map(i64::to_string).collect();
        self.0
            .execute(ADD, &args![subscription, count, text.join(" ")])?;
        Ok(())
    }

    /// What the filter of a subscription kept away.
    pub fn of(&mut self, subscription: i64) -> Result<Rejected> {
        let sql = "SELECT count, recent FROM rejection WHERE subscription = $1";
        let found = self.0.fetch_one(sql, &args![subscription], |row| {
            let text: String = row.get(1)?;
            let numbers = text.split_ascii_whitespace().map(|word| {
                word.parse()
                    .map_err(|_| Error::Corrupt(format!("a rejection lists `{word}`")))
            });
            Ok(Rejected {
                count: row.get(0)?,
                recent: numbers.collect::<Result<_>>()?,
            })
        })?;
        Ok(found.unwrap_or_default())
    }

    /// Forgets what a subscription that is gone rejected.
    pub fn forget(&mut self, subscription: i64) -> Result<()> {
        let sql = "DELETE FROM rejection WHERE subscription = $1";
        self.0.execute(sql, &args![subscription])?;
        Ok(())
    }
}
