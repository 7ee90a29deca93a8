//! A report as a table: its columns, how many rows it has, and the rows page by page, because a
//! report may have a million of them. Each kind of report says its own rows.

use std::future::ready;

use axum::body::Body;
use bytes::Bytes;
use futures_util::StreamExt;
use futures_util::stream::{once, unfold};
use muster_store::{Org, Result, Tx};

use super::accounts::Accounts;
use super::exceptions::Exceptions;
use super::identities::Identities;
use super::wanted::Wanted;
use crate::call::Call;
use crate::problem::Problem;

/// The rows of one kind of report.
pub(super) trait Rows: Send + 'static {
    /// The names of the columns.
    fn header(&self) -> Vec<String>;

    /// How many rows there are in all.
    fn count(&self, tx: &mut Tx<'_>) -> Result<i64>;

    /// The rows after those given before, a page of them; none at the end.
    fn next(&mut self, tx: &mut Tx<'_>) -> Result<Vec<Vec<String>>>;
}

/// A report that can be counted and written.
pub(super) struct Table(Box<dyn Rows>);

impl Table {
    /// The table of what is wanted, as far as it is for the caller.
    pub(super) fn of(wanted: Wanted, tx: &mut Tx<'_>, call: &Call) -> Result<Self, Problem> {
        let rows: Box<dyn Rows> = match wanted {
            Wanted::Accounts(source) => Box::new(Accounts::of(source, tx, call)?),
            Wanted::UncorrelatedAccounts => Box::new(Accounts::of_nobody(tx, call)?),
            Wanted::Exceptions(source) => Box::new(Exceptions::of(source, tx, call)?),
            Wanted::Identities(correlated) => Box::new(Identities::names(correlated)),
            Wanted::IdentitiesDetails(correlated) => Box::new(Identities::details(correlated, tx)?),
            Wanted::OrphanIdentities => Box::new(Identities::orphans()),
        };
        Ok(Self(rows))
    }

    /// How many rows it has.
    pub(super) fn count(&self, tx: &mut Tx<'_>) -> Result<i64> {
        self.0.count(tx)
    }

    /// The table as text. A store that fails on the way breaks the answer off, so that nobody takes
    /// a part for the whole.
    pub(super) fn csv(self, org: Org) -> Body {
        let header = write([self.0.header()]);
        let rest = unfold(Some(self.0), move |rows| {
            let org = org.clone();
            async move {
                let mut rows = rows?;
                let read = org.read_async(move |tx| {
                    let page = rows.next(tx)?;
                    Ok::<_, muster_store::Error>((rows, page))
                });
                match read.await {
                    Ok((_, page)) if page.is_empty() => None,
                    Ok((rows, page)) => Some((write(page), Some(rows))),
                    Err(error) => Some((Err(std::io::Error::other(error)), None)),
                }
            }
        });
        let all = once(ready(header)).chain(rest);
        // Compression asks on after the end, which a stream need not bear.
        Body::from_stream(all.fuse())
    }
}

fn write(lines: impl IntoIterator<Item = Vec<String>>) -> std::io::Result<Bytes> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    for line in lines {
        writer.write_record(&line)?;
    }
    let bytes = writer
        .into_inner()
        .map_err(csv::IntoInnerError::into_error)?;
    Ok(Bytes::from(bytes))
}
