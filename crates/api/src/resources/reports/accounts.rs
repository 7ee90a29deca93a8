//! Reports on accounts: those of a source, with what the source says of them, and those that are
//! nobody's, with the reason.

use muster_model::id::{AccountId, SourceId};
use muster_model::{AttributeValue, Source};
use muster_store::{Account, Result, Tx};

use super::table::Rows;
use crate::call::Call;
use crate::limits::REPORT_ROWS;
use crate::problem::Problem;
use crate::resources::sources::own;

const HEADER: [&str; 7] = [
    "Source",
    "Account ID",
    "Account Name",
    "Disabled",
    "Locked",
    "Created",
    "Modified",
];

/// Accounts of some sources, one source after the other.
pub(super) struct Accounts {
    which: Which,
    sources: Vec<Source>,
    /// The source that is read, and the last of its accounts that were.
    at: (usize, Option<AccountId>),
}

/// Which accounts, and with that which columns behind those that all have.
enum Which {
    /// All, with whose they are and these attributes.
    All(Vec<String>),
    /// Those that are nobody's, with the reason.
    OfNobody,
}

impl Accounts {
    /// All of one source, with the attributes of its schema.
    pub(super) fn of(source: SourceId, tx: &mut Tx<'_>, call: &Call) -> Result<Self, Problem> {
        own::check_source(Some(source), tx, call)?;
        let found = tx.typed::<Source>().get(&source.to_string())?;
        let source = found.ok_or_else(|| {
            Problem::referenced_not_found(format!(
                "arguments.application: there is no source with the id {source}; GET sources lists \
                 them."
            ))
        })?;
        let schema = source.account_schema();
        let attributes = schema.map_or_else(Vec::new, |schema| {
            let attributes = schema.attributes.iter();
            attributes.map(|attribute| attribute.name.clone()).collect()
        });
        Ok(Self {
            which: Which::All(attributes),
            sources: vec![source],
            at: (0, None),
        })
    }

    /// Those that are nobody's, of all sources that the caller reaches.
    pub(super) fn of_nobody(tx: &mut Tx<'_>, call: &Call) -> Result<Self, Problem> {
        let own = own::listed(tx, call)?;
        let mut sources = tx.typed::<Source>().list()?;
        sources.retain(|source| own.as_ref().is_none_or(|own| own.contains(&source.id)));
        Ok(Self {
            which: Which::OfNobody,
            sources,
            at: (0, None),
        })
    }

    /// The next accounts of the source that is read.
    fn page(&self, source: SourceId, tx: &mut Tx<'_>) -> Result<Vec<Account>> {
        let after = self.at.1;
        match self.which {
            Which::All(_) => tx.accounts().page_of(source, after, REPORT_ROWS),
            Which::OfNobody => tx.accounts().uncorrelated(source, after, REPORT_ROWS),
        }
    }

    /// A line for each account.
    fn lines(
        &self,
        source: &Source,
        page: &[Account],
        tx: &mut Tx<'_>,
    ) -> Result<Vec<Vec<String>>> {
        let Which::All(attributes) = &self.which else {
            let reason = |account: &Account| account.uncorrelated_reason.clone();
            let line = |account| with(source, account, [reason(account).unwrap_or_default()]);
            return Ok(page.iter().map(line).collect());
        };
        let owners: Vec<_> = page.iter().filter_map(|one| one.identity_id).collect();
        let mut names = tx.identities().names(&owners)?.into_iter();
        let line = |account: &Account| {
            let owner = account.identity_id;
            let name = owner.and_then(|_| names.next()).flatten();
            let values = attributes.iter().map(|attribute| {
                let value = account.attributes.get(attribute.as_str());
                value.map(AttributeValue::to_text).unwrap_or_default()
            });
            let whose = [
                owner.map(|id| id.to_string()).unwrap_or_default(),
                name.map(|(name, _)| name).unwrap_or_default(),
            ];
            with(source, account, whose.into_iter().chain(values))
        };
        Ok(page.iter().map(line).collect())
    }
}

impl Rows for Accounts {
    fn header(&self) -> Vec<String> {
        let mut header = HEADER.map(str::to_owned).to_vec();
        match &self.which {
            Which::OfNobody => header.push("Reason".to_owned()),
            Which::All(attributes) => {
                header.extend(["Identity ID", "Display Name"].map(str::to_owned));
                header.extend(attributes.iter().cloned());
            }
        }
        header
    }

    fn count(&self, tx: &mut Tx<'_>) -> Result<i64> {
        let mut count = 0;
        for source in &self.sources {
            count += match self.which {
                Which::All(_) => tx.accounts().count(source.source_id())?,
                Which::OfNobody => tx.accounts().count_uncorrelated(source.source_id())?,
            };
        }
        Ok(count)
    }

    fn next(&mut self, tx: &mut Tx<'_>) -> Result<Vec<Vec<String>>> {
        while let Some(source) = self.sources.get(self.at.0) {
            let page = self.page(source.source_id(), tx)?;
            let Some(last) = page.last() else {
                self.at = (self.at.0 + 1, None);
                continue;
            };
            let lines = self.lines(source, &page, tx)?;
            self.at.1 = Some(last.id);
            return Ok(lines);
        }
        Ok(Vec::new())
    }
}

/// The columns that all have, and those behind them.
fn with(source: &Source, account: &Account, more: impl IntoIterator<Item = String>) -> Vec<String> {
    let mut line = vec![
        source.name.clone(),
        account.native_identity.clone(),
        account.name.clone(),
        account.disabled.to_string(),
        account.locked.to_string(),
        account.created.to_string(),
        account.modified.to_string(),
    ];
    line.extend(more);
    line
}
