//! Attribute synchronisation: compares accounts with the people that they belong to, and writes down
//! which attributes of which accounts differ. Writing to sources is not built yet, so the plan is all
//! that comes of it, and the run says so.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;

use muster_model::attribute_sync::{PlannedChange, PlannedSync, SyncScope, Synchronize};
use muster_model::id::{AccountId, IdentityId};
use muster_model::{AttributeSync, AttributeValue, Clock, Report, Severity, Source};
use muster_store::{Account, Identity, Result, Stage, Tx};
use muster_work::{Handler, Running, Stop};

use crate::limits::BATCH_IDENTITIES;
use crate::periodic::AwayForLong;

/// Does synchronisation jobs.
pub struct Synchronizing {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// What synchronises, of one org.
struct Rules {
    by_source: HashMap<String, AttributeSync>,
    away: AwayForLong,
}

/// What came of looking at some accounts.
struct Found {
    looked_at: Vec<AccountId>,
    /// How many of them could be compared.
    compared: i64,
    planned: Vec<PlannedSync>,
}

/// What a run counts. The report has no room for it: its counts are those of aggregations.
#[derive(Default)]
struct Counts {
    compared: i64,
    accounts: usize,
    attributes: usize,
}

impl Handler for Synchronizing {
    fn run(&self, job: &Running<'_>) -> std::result::Result<(), Stop> {
        let order: Synchronize = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        let Some(task) = job.org.read(|tx| tx.tasks().get(order.task))? else {
            return job.org.write(|tx| job.finish(tx));
        };
        // A job that is done again counts anew.
        let mut report = Report {
            name: task.report.name,
            about: task.report.about,
            started: Some(task.report.started.unwrap_or_else(|| self.clock.now())),
            ..Report::default()
        };
        let rules = job.org.read(Rules::read)?;
        let mut counts = Counts::default();
        let mut after = None;
        loop {
            // Accounts and people as of one moment: one that changes hands in between would be compared
            // with a person whose it is not.
            let found = job.org.read(|tx| {
                let accounts = accounts(tx, order.scope, after)?;
                rules.compare(tx, &order, accounts)
            })?;
            let Some(last) = found.looked_at.last().copied() else {
                break;
            };
            report.scanned += found.looked_at.len() as i64;
            report.processed = report.scanned;
            counts.add(&found);
            job.org.write(|tx| {
                job.still_mine(tx, self.clock.now())?;
                tx.tasks()
                    .save_report(order.task, &report, self.clock.now())?;
                tx.sync_plans().replace(&found.looked_at, &found.planned)?;
                Ok::<_, Stop>(())
            })?;
            after = Some(last);
            // A person has few accounts: they come at once.
            if let SyncScope::Identity(_) = order.scope {
                break;
            }
        }
        conclude(&mut report, &counts, order.scope);
        job.org.write(|tx| {
            let now = self.clock.now();
            job.still_mine(tx, now)?;
            tx.tasks().still_runs(order.task)?;
            if let SyncScope::Source(source) = order.scope {
                tx.sync_plans().forget_others(source, order.task)?;
            }
            tx.tasks().end(order.task, &report, now)?;
            job.finish(tx)
        })
    }
}

/// What a run says of itself in the end.
fn conclude(report: &mut Report, counts: &Counts, scope: SyncScope) {
    let Counts {
        compared,
        accounts,
        attributes,
    } = counts;
    if *compared == 0 {
        let text = "no account was compared: attribute-sync-config enables nothing, or nobody who is \
                    here has an account";
        report.say(Severity::Info, text);
        return;
    }
    let text = format!(
        "accounts compared: {compared}; that differ: {accounts}; attributes that differ: {attributes}"
    );
    report.say(Severity::Info, text);
    if *accounts > 0 {
        let source = match scope {
            SyncScope::Source(source) => source.to_string(),
            SyncScope::Identity(_) => "{id}".to_owned(),
        };
        let text = format!(
            "nothing was written to a source, as that is not built yet; what would be written is under \
             /muster/v1/sources/{source}/attribute-sync-plan"
        );
        report.say(Severity::Warn, text);
    }
}

/// The next accounts to be compared.
fn accounts(tx: &mut Tx<'_>, scope: SyncScope, after: Option<AccountId>) -> Result<Vec<Account>> {
    match scope {
        SyncScope::Source(source) => tx.accounts().page_of(source, after, BATCH_IDENTITIES),
        SyncScope::Identity(identity) => Ok(tx
            .accounts()
            .of_each(&[identity])?
            .pop()
            .unwrap_or_default()),
    }
}

impl Rules {
    fn read(tx: &mut Tx<'_>) -> Result<Self> {
        let sources: HashSet<String> = tx
            .typed::<Source>()
            .list()?
            .into_iter()
            .map(|one| one.id)
            .collect();
        let all = tx.typed::<AttributeSync>().list()?.into_iter();
        let all =
            all.filter(|one| one.enabled().next().is_some() && sources.contains(&one.source_id));
        Ok(Self {
            by_source: all.map(|one| (one.source_id.clone(), one)).collect(),
            away: AwayForLong::read(tx)?,
        })
    }

    /// Compares accounts with their people. Passed over are accounts of sources that nothing is
    /// synchronised to, accounts of nobody, and people who are not here or away for long
    /// (aggregation-refresh.md §4.3).
    fn compare(
        &self,
        tx: &mut Tx<'_>,
        order: &Synchronize,
        accounts: Vec<Account>,
    ) -> Result<Found> {
        let owners: Vec<IdentityId> = accounts.iter().filter_map(|one| one.identity_id).collect();
        let people = tx.identities().get_each(&owners)?;
        let people: HashMap<IdentityId, Identity> = people
            .into_iter()
            .flatten()
            .filter(|one| one.stage == Stage::Active && !self.away.is(one))
            .map(|one| (one.id, one))
            .collect();
        let mut found = Found {
            looked_at: accounts.iter().map(|account| account.id).collect(),
            compared: 0,
            planned: Vec::new(),
        };
        for account in accounts {
            let rule = self.by_source.get(&account.source_id.to_string());
            let person = account.identity_id.and_then(|id| people.get(&id));
            let (Some(rule), Some(person)) = (rule, person) else {
                continue;
            };
            found.compared += 1;
            let changes = differences(rule, person, &account);
            if !changes.is_empty() {
                found.planned.push(PlannedSync {
                    account_id: account.id,
                    source_id: account.source_id,
                    identity_id: person.id,
                    task: order.task,
                    changes,
                });
            }
        }
        Ok(found)
    }
}

impl Counts {
    fn add(&mut self, found: &Found) {
        self.compared += found.compared;
        self.accounts += found.planned.len();
        self.attributes += found
            .planned
            .iter()
            .map(|one| one.changes.len())
            .sum::<usize>();
    }
}

/// Which attributes of an account differ from those of its person. A person who has no value leaves
/// the account's as it is: nobody documents that an account is emptied.
fn differences(rule: &AttributeSync, person: &Identity, account: &Account) -> Vec<PlannedChange> {
    rule.enabled()
        .filter_map(|one| {
            let wanted = person.attributes.get(&one.name)?;
            let current = account.attributes.get(&one.target);
            let differs =
                !wanted.is_blank() && current.is_none_or(|current| !says(current, wanted));
            differs.then(|| PlannedChange {
                name: one.name.as_str().into(),
                target: one.target.as_str().into(),
                current: current.cloned(),
                wanted: wanted.clone(),
            })
        })
        .collect()
}

/// Whether both say the same, whatever the types of their schemas.
fn says(current: &AttributeValue, wanted: &AttributeValue) -> bool {
    match (current, wanted) {
        (AttributeValue::List(_), _) | (_, AttributeValue::List(_)) => {
            members(current) == members(wanted)
        }
        _ => current.to_text() == wanted.to_text(),
    }
}

fn members(value: &AttributeValue) -> HashSet<String> {
    match value {
        AttributeValue::List(items) => items.iter().cloned().collect(),
        single => HashSet::from([single.to_text()]),
    }
}
