//! Entitlements from files of their own: names, descriptions and what contains what
//! (aggregation-refresh.md §1.8). Accounts may bring the same entitlements; see [`crate::promote`].
//!
//! The file is read once, a page a transaction. How far a run has come stands in its task, so a run
//! after a crash passes over what is stored.

use std::collections::HashSet;
use std::sync::Arc;

use muster_connector::Step;
use muster_connector::account::RawAccount;
use muster_connector::flat_file::{Options, Reader};
use muster_model::handover::AggregateEntitlements;
use muster_model::id::EntitlementId;
use muster_model::{
    AttributeMap, AttributeValue, Clock, Reading, Report, Schema, Severity, Source, Timestamp,
};
use muster_store::{ChunkReader, Entitlement, Tx};
use muster_work::{Handler, Running, Stop};
use serde_json::{Map, Value};

use crate::error::Failure;
use crate::kept;
use crate::limits::{DELETE_THRESHOLD_DEFAULT, PAGE_ACCOUNTS};
use crate::promote::kind_of;

/// The schema that files of entitlements are read by, and the prefix of its connector attributes.
pub const GROUP: &str = "group";

/// Reads entitlements.
pub struct EntitlementAggregation {
    /// What time it is.
    pub clock: Arc<dyn Clock>,
}

/// Reading one file of entitlements.
struct Run<'a> {
    job: &'a Running<'a>,
    clock: &'a dyn Clock,
    order: &'a AggregateEntitlements,
    source: &'a Source,
    schema: &'a Schema,
    /// The account attribute whose values these are.
    attribute: String,
}

impl Handler for EntitlementAggregation {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        let order: AggregateEntitlements = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        let Some(task) = job.org.read(|tx| tx.tasks().get(order.task))? else {
            return job.org.write(|tx| job.finish(tx));
        };
        if task.completed.is_some() {
            return Err(Stop::Ended);
        }
        let mut report = task.report;
        report.started.get_or_insert_with(|| self.clock.now());
        let read = self.aggregate(job, &order, &mut report);
        let source = match read {
            Ok(source) => Some(source),
            Err(Failure::Stop(stop)) => return Err(stop),
            Err(Failure::Input(reason)) => {
                report.say(Severity::Error, reason);
                None
            }
        };
        let now = self.clock.now();
        job.org.write(|tx| {
            match (&source, &order.upload) {
                (Some(source), upload) => kept::entitlements(tx, source, upload.as_deref(), now)?,
                (None, Some(upload)) => tx.uploads().remove(upload)?,
                (None, None) => {}
            }
            tx.tasks().end(order.task, &report, now)?;
            job.finish(tx)
        })
    }

    /// What was stored stays; the file goes.
    fn ended(&self, job: &Running<'_>, tx: &mut Tx<'_>) -> Result<(), Stop> {
        let order: AggregateEntitlements = serde_json::from_str(&job.claimed.body)
            .map_err(|error| Stop::GiveUp(Box::new(error)))?;
        if let Some(upload) = &order.upload {
            tx.uploads().remove(upload)?;
        }
        Ok(())
    }
}

impl EntitlementAggregation {
    fn aggregate(
        &self,
        job: &Running<'_>,
        order: &AggregateEntitlements,
        report: &mut Report,
    ) -> Result<Source, Failure> {
        let (source, reading) = job.org.read(|tx| {
            let source = tx.typed::<Source>().get(&order.source.to_string())?;
            let reading = tx.typed::<Reading>().get(&order.source.to_string())?;
            Ok::<_, Failure>((source, reading.unwrap_or_default()))
        })?;
        let source = source.ok_or_else(|| Failure::Input("the source was deleted".to_owned()))?;
        let kept = reading.entitlements.map(|kept| kept.upload);
        let upload = order.upload.clone().or(kept).ok_or_else(|| {
            Failure::Input(
                "a delimited source is read from an uploaded file; send one as the part `file`"
                    .to_owned(),
            )
        })?;
        let schema = schema_of(&source);
        let attribute = attribute_of(&source).map_err(Failure::Input)?;
        let options = Options::from_attributes(&group_options(&source.connector_attributes))?;
        let run = Run {
            job,
            clock: self.clock.as_ref(),
            order,
            source: &source,
            schema: &schema,
            attribute,
        };
        let chunks = ChunkReader::new(job.org.clone(), &upload);
        run.read(Reader::open(chunks, &options, &schema)?, report)?;
        Ok(source)
    }
}

impl Run<'_> {
    fn read<R: std::io::Read>(
        &self,
        mut reader: Reader<R>,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let before = self
            .job
            .org
            .read(|tx| tx.entitlements().count_listed(self.order.source, GROUP))?;
        let done = report.scanned;
        let rejected_before = report.rejected;
        let (mut seen, mut someone_unreadable, mut place) = (HashSet::new(), false, 0);
        report.rejected = 0;
        let mut page = Vec::with_capacity(PAGE_ACCOUNTS);
        while let Some(step) = reader.next_account()? {
            match step {
                Step::Account(raw) => {
                    let id =
                        EntitlementId::of(&self.source.id, &self.attribute, raw.native_identity());
                    if !seen.insert(id) {
                        continue;
                    }
                    place += 1;
                    if place > done && !raw.is_incomplete() {
                        page.push(raw.clone());
                    }
                }
                Step::Rejected(rejected) => {
                    report.rejected += 1;
                    someone_unreadable |= rejected.native_identity.is_none();
                    if report.rejected > rejected_before {
                        report.say(
                            Severity::Warn,
                            format!(
                                "line {}: {}; the row was left out",
                                rejected.line, rejected.reason
                            ),
                        );
                    }
                    if let Some(native) = rejected.native_identity {
                        seen.insert(EntitlementId::of(&self.source.id, &self.attribute, native));
                    }
                }
            }
            if page.len() == PAGE_ACCOUNTS {
                self.store(&std::mem::take(&mut page), place, report)?;
            }
        }
        self.store(&page, place, report)?;
        if place == 0 || someone_unreadable {
            if before > 0 {
                let text =
                    "the file has no rows, or rows that may be anyone's; nothing was deleted";
                report.say(Severity::Warn, text);
            }
            return Ok(());
        }
        self.drop_missing(&seen, before, report)
    }

    /// Stores one page; what is equal to what is known is not written.
    fn store(&self, page: &[RawAccount], scanned: i64, report: &mut Report) -> Result<(), Failure> {
        let now = self.clock.now();
        let read: Vec<(Entitlement, Vec<EntitlementId>)> =
            page.iter().map(|raw| self.entitlement(raw, now)).collect();
        report.scanned = report.scanned.max(scanned);
        self.job.org.write(|tx| {
            self.job.still_mine(tx, now)?;
            let ids: Vec<EntitlementId> = read.iter().map(|(one, _)| one.id).collect();
            let known = tx.entitlements().get_each(&ids)?;
            let (mut changed, mut kin) = (Vec::new(), Vec::new());
            for ((next, parents), known) in read.into_iter().zip(known) {
                let is_new = known.is_none();
                let Some(next) = merge(next, known) else {
                    report.unchanged += 1;
                    continue;
                };
                if is_new {
                    report.added += 1;
                } else {
                    report.changed += 1;
                }
                kin.push((next.id, parents));
                changed.push(next);
            }
            report.processed += changed.len() as i64;
            tx.entitlements().save(&changed)?;
            tx.entitlements().set_parents(&kin)?;
            tx.tasks().save_report(self.order.task, report, now)?;
            Ok::<_, Failure>(())
        })
    }

    fn entitlement(&self, raw: &RawAccount, now: Timestamp) -> (Entitlement, Vec<EntitlementId>) {
        let (attributes, _) = raw.to_attributes();
        let native = raw.native_identity();
        let text = |name: &str| attributes.get(name).map(AttributeValue::to_text);
        // The template has both; a file of the usual kind says the readable name in the second.
        let name = text("displayName").unwrap_or_else(|| raw.display_name().to_owned());
        let parents = self
            .schema
            .hierarchy_attribute
            .as_deref()
            .and_then(|hierarchy| attributes.get(hierarchy))
            .map(values)
            .unwrap_or_default()
            .iter()
            .map(|parent| EntitlementId::of(&self.source.id, &self.attribute, parent))
            .collect();
        let entitlement = Entitlement {
            kind: GROUP.to_owned(),
            name,
            description: text("description"),
            is_listed: true,
            attributes: members(&attributes),
            ..Entitlement::new(self.order.source, &self.attribute, native, now)
        };
        (entitlement, parents)
    }

    /// Entitlements that the file lacks: those that accounts have stay, the others go, unless they are
    /// too many.
    fn drop_missing(
        &self,
        seen: &HashSet<EntitlementId>,
        before: i64,
        report: &mut Report,
    ) -> Result<(), Failure> {
        let mut missing = Vec::new();
        let mut after = None;
        loop {
            let page = self.job.org.read(|tx| {
                tx.entitlements()
                    .listed_of(self.order.source, GROUP, after, PAGE_ACCOUNTS as u32)
            })?;
            let Some(last) = page.last() else { break };
            after = Some(last.id);
            missing.extend(page.into_iter().filter(|one| !seen.contains(&one.id)));
        }
        report.removed = missing.len() as i64;
        let threshold = self
            .source
            .delete_threshold
            .unwrap_or(DELETE_THRESHOLD_DEFAULT)
            .clamp(0, 100);
        if report.removed * 100 > threshold * before {
            let text = format!(
                "{} of {before} entitlements are missing, more than the delete threshold of \
                 {threshold} %; nothing was deleted. Raise the source's deleteThreshold and load \
                 the file again if this is right",
                report.removed
            );
            report.say(Severity::Warn, text);
            return Ok(());
        }
        for page in missing.chunks(PAGE_ACCOUNTS) {
            let now = self.clock.now();
            let (had, gone): (Vec<_>, Vec<_>) = page.iter().cloned().partition(|one| one.is_met);
            let kept: Vec<Entitlement> = had
                .into_iter()
                .map(|one| Entitlement {
                    is_listed: false,
                    modified: now,
                    ..one
                })
                .collect();
            let gone: Vec<EntitlementId> = gone.into_iter().map(|one| one.id).collect();
            report.deleted += gone.len() as i64;
            self.job.org.write(|tx| {
                self.job.still_mine(tx, now)?;
                tx.entitlements().save(&kept)?;
                tx.entitlements().delete(&gone)?;
                tx.tasks().save_report(self.order.task, report, now)?;
                Ok::<_, Failure>(())
            })?;
        }
        Ok(())
    }
}

/// The schema of a source's entitlement files; the template's where the source has none.
pub fn schema_of(source: &Source) -> Schema {
    let own = source
        .schema_objects
        .iter()
        .find(|schema| schema.name == GROUP);
    own.cloned().unwrap_or_else(Schema::default_group)
}

/// The account attribute whose values a file of entitlements describes.
pub fn attribute_of(source: &Source) -> Result<String, String> {
    let attributes = source
        .account_schema()
        .into_iter()
        .flat_map(|schema| &schema.attributes);
    let mut marked =
        attributes.filter(|attribute| attribute.is_entitlement && kind_of(attribute) == GROUP);
    match (marked.next(), marked.next()) {
        (Some(only), None) => Ok(only.name.clone()),
        (None, _) => Err(
            "no attribute of the account schema is marked isEntitlement for the schema \"group\"; \
             mark the one whose values the file describes"
                .to_owned(),
        ),
        (Some(one), Some(other)) => Err(format!(
            "the attributes \"{}\" and \"{}\" of the account schema both hold entitlements of the \
             schema \"group\"; give one of them a schema of its own",
            one.name, other.name
        )),
    }
}

/// The connector attributes of entitlement files: those that begin with `group.`, the encoding of the
/// source besides (aggregation-refresh.md §1.3).
fn group_options(attributes: &Map<String, Value>) -> Map<String, Value> {
    let own = attributes.iter().filter_map(|(name, value)| {
        let name = name.strip_prefix("group.")?;
        Some((name.to_owned(), value.clone()))
    });
    let shared = attributes.get_key_value("encoding");
    shared
        .map(|(name, value)| (name.clone(), value.clone()))
        .into_iter()
        .chain(own)
        .collect()
}

/// What is to be stored, or nothing where the file says what is known. What people have set is theirs.
fn merge(next: Entitlement, known: Option<Entitlement>) -> Option<Entitlement> {
    let Some(known) = known else {
        return Some(next);
    };
    let set_by_hand = |field: &str| {
        known
            .other
            .get("manuallyUpdatedFields")
            .is_some_and(|fields| fields[field] == true)
    };
    let (keeps_name, keeps_description) = (set_by_hand("DISPLAY_NAME"), set_by_hand("DESCRIPTION"));
    let merged = Entitlement {
        kind: next.kind,
        name: if keeps_name {
            known.name.clone()
        } else {
            next.name
        },
        description: if keeps_description {
            known.description.clone()
        } else {
            next.description
        },
        is_listed: true,
        attributes: next.attributes,
        modified: known.modified,
        ..known.clone()
    };
    (merged != known).then_some(Entitlement {
        modified: next.modified,
        ..merged
    })
}

fn values(value: &AttributeValue) -> Vec<String> {
    match value {
        AttributeValue::List(values) => values.clone(),
        single => vec![single.to_text()],
    }
}

fn members(attributes: &AttributeMap) -> Map<String, Value> {
    let member = |value: &AttributeValue| serde_json::to_value(value).unwrap_or_default();
    attributes
        .iter()
        .map(|(name, value)| (name.to_string(), member(value)))
        .collect()
}
