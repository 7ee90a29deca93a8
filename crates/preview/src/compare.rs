//! Which identities differ between two views of an org, and how.

use std::cmp::Ordering;

use muster_model::id::IdentityId;
use muster_store::{Result, Tx};

use crate::difference::Tally;
use crate::limits::COMPARED_AT_ONCE;
use crate::outcome::People;

/// Ids and versions of all identities in a view, in order. A version counts writes, so that two rows of
/// one version are the same.
pub(crate) struct Known(Vec<(IdentityId, i64)>);

impl Known {
    /// Reads them.
    pub(crate) fn read(tx: &mut Tx<'_>) -> Result<Self> {
        let mut versions = tx.identities().versions()?;
        versions.sort_unstable();
        Ok(Self(versions))
    }
}

/// What became of people between `before`, where `known` was read, and `after`.
pub(crate) fn people(
    known: &Known,
    before: &mut Tx<'_>,
    after: &mut Tx<'_>,
    limit: usize,
) -> Result<People> {
    let ids = differing(&known.0, &Known::read(after)?.0);
    let mut tally = Tally::new(limit);
    for some in ids.chunks(COMPARED_AT_ONCE) {
        let was = before.identities().get_each(some)?;
        let is = after.identities().get_each(some)?;
        for (was, is) in was.iter().zip(&is) {
            tally.add(was.as_ref(), is.as_ref());
        }
    }
    Ok(tally.end())
}

/// Ids that only one side has, or that have another version on the other.
fn differing(before: &[(IdentityId, i64)], after: &[(IdentityId, i64)]) -> Vec<IdentityId> {
    let (mut ours, mut theirs) = (before.iter().peekable(), after.iter().peekable());
    let mut ids = Vec::new();
    loop {
        let (id, version) = match (ours.peek(), theirs.peek()) {
            (None, None) => return ids,
            (Some(one), None) | (None, Some(one)) => (one.0, None),
            (Some(one), Some(other)) => match one.0.cmp(&other.0) {
                Ordering::Less => (one.0, None),
                Ordering::Greater => (other.0, None),
                Ordering::Equal => (one.0, Some((one.1, other.1))),
            },
        };
        if version.is_none_or(|(was, is)| was != is) {
            ids.push(id);
        }
        ours.next_if(|one| one.0 == id);
        theirs.next_if(|one| one.0 == id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_that_came_went_or_were_written_differ() {
        let rows = |rows: &[(u128, i64)]| -> Vec<(IdentityId, i64)> {
            rows.iter()
                .map(|(id, version)| (IdentityId(*id), *version))
                .collect()
        };
        let before = rows(&[(1, 1), (2, 1), (4, 3), (6, 1)]);
        let after = rows(&[(2, 1), (3, 1), (4, 4), (6, 1), (7, 1)]);
        let ids = [1, 3, 4, 7].map(IdentityId);
        assert_eq!(differing(&before, &after), ids);
        assert_eq!(differing(&before, &before), []);
        assert_eq!(differing(&[], &rows(&[(5, 1)])), [IdentityId(5)]);
    }
}
