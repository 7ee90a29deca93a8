//! Notices: what the administrators of an org should know because Muster did it without being asked.
//! The newest are kept.

use muster_model::Timestamp;

use crate::args;
use crate::error::Result;
use crate::limits::NOTICES_KEPT;
use crate::tx::Tx;

/// A notice to be written.
#[derive(Clone, Copy, Debug)]
pub struct NewNotice<'a> {
    /// What happened, in one word with dashes.
    pub kind: &'a str,
    /// The kind of the object it is about.
    pub object: &'a str,
    /// The object's id.
    pub object_id: &'a str,
    /// What happened, why, and what to do.
    pub text: &'a str,
}

/// A notice as it is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// Its number.
    pub seq: i64,
    /// When it was written.
    pub at: Timestamp,
    /// What happened, in one word with dashes.
    pub kind: String,
    /// The kind of the object it is about.
    pub object: String,
    /// The object's id.
    pub object_id: String,
    /// What happened, why, and what to do.
    pub text: String,
}

/// Notices.
pub struct Notices<'t, 'c>(pub(crate) &'t mut Tx<'c>);

impl Notices<'_, '_> {
    /// Writes a notice.
    pub fn add(&mut self, notice: &NewNotice<'_>, now: Timestamp) -> Result<()> {
        const ADD: &str = "
            INSERT INTO notice (seq, at, kind, object, object_id, text)
            VALUES ($1, $2, $3, $4, $5, $6)";
        let seq = self.0.next_numbers("notice", 1)?;
        self.0.execute(
            ADD,
            &args![
                seq,
                now,
                notice.kind,
                notice.object,
                notice.object_id,
                notice.text
            ],
        )?;
        let old = "DELETE FROM notice WHERE seq <= $1";
        self.0.execute(old, &args![seq - NOTICES_KEPT])?;
        Ok(())
    }

    /// All that are kept, newest first.
    pub fn newest(&mut self) -> Result<Vec<Notice>> {
        const NEWEST: &str = "
            SELECT seq, at, kind, object, object_id, text FROM notice ORDER BY seq DESC";
        self.0.fetch(NEWEST, &[], |row| {
            Ok(Notice {
                seq: row.get(0)?,
                at: row.get(1)?,
                kind: row.get(2)?,
                object: row.get(3)?,
                object_id: row.get(4)?,
                text: row.get(5)?,
            })
        })
    }
}
