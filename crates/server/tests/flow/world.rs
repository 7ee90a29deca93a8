//! An org in a few lines: a source, a profile, files, and what came of them.

use std::sync::Arc;

use muster_event::Outboxes;
use muster_model::handover::{AGGREGATE, Aggregate, REFRESH_PROFILE, RefreshProfile};
use muster_model::id::{SourceId, TaskId, time_ordered};
use muster_model::source::{CorrelationConfig, ManagerCorrelation};
use muster_model::{
    Clock, FixedClock, IdentityProfile, Reference, Report, Schema, Source, Timestamp,
};
use muster_refresh::RandomBits;
use muster_server::{Stations, handlers};
use muster_store::{Entitlement, EventRow, Identity, Kin, NewJob, Org, Selection, Task};
use muster_testkit::TestStore;
use muster_work::Workers;
use serde_json::{Value, json};

/// The HR source.
pub(crate) const HR: SourceId = SourceId(0xA1);

/// A store with a source `HR` and a profile on it.
pub(crate) struct World<'a> {
    store: &'a TestStore,
    clock: Arc<FixedClock>,
    outboxes: Outboxes,
    next_task: std::cell::Cell<u128>,
}

impl<'a> World<'a> {
    /// A source of that schema, a profile that maps its columns, the manager by employee number.
    pub(crate) fn new(store: &'a TestStore, columns: &[&str], mappings: &Value) -> Self {
        let clock = Arc::new(FixedClock::at(Timestamp::from_micros(
            1_700_000_000_000_000,
        )));
        let world = Self {
            store,
            clock,
            outboxes: Outboxes::default(),
            next_task: std::cell::Cell::new(1),
        };
        let mut source = source(HR, "HR", columns);
        source.manager_correlation_mapping = Some(ManagerCorrelation {
            account_attribute_name: "manager".into(),
            identity_attribute_name: "identificationNumber".into(),
        });
        world.put_source(&source);
        world.put_profile(&profile("p1", HR, mappings));
        world
    }

    pub(crate) fn org(&self) -> &Org {
        self.store.org()
    }

    pub(crate) fn put_source(&self, source: &Source) {
        self.org()
            .write(|tx| tx.typed::<Source>().put(source, self.clock.now()))
            .unwrap();
    }

    pub(crate) fn source(&self, id: SourceId) -> Source {
        self.org()
            .read(|tx| tx.typed::<Source>().get(&id.to_string()))
            .unwrap()
            .unwrap()
    }

    pub(crate) fn put_profile(&self, profile: &IdentityProfile) {
        self.org()
            .write(|tx| tx.typed::<IdentityProfile>().put(profile, self.clock.now()))
            .unwrap();
    }

    pub(crate) fn put<T: muster_model::Document>(&self, document: &T) {
        self.org()
            .write(|tx| tx.typed::<T>().put(document, self.clock.now()))
            .unwrap();
    }

    /// Loads a file into a source and waits until all is done.
    pub(crate) fn load_into(&self, source: SourceId, csv: &str, optimized: bool) -> Task {
        let task = self.order(source, csv.as_bytes(), optimized);
        self.run();
        self.task(task)
    }

    /// The moment that the world is at.
    pub(crate) fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Puts a run to an end, as a person does.
    pub(crate) fn stop(org: &Org, id: TaskId, now: Timestamp) {
        let stopped = org.write(|tx| {
            let mut task = tx.tasks().get(id)?.unwrap();
            task.completion_status = Some("TERMINATED".into());
            task.completed = Some(now);
            tx.tasks().stop(&task)
        });
        assert!(stopped.unwrap());
    }

    pub(crate) fn load(&self, csv: &str) -> Task {
        self.load_into(HR, csv, true)
    }

    /// Leaves a file and the job to read it.
    pub(crate) fn order(&self, source: SourceId, csv: &[u8], optimized: bool) -> TaskId {
        self.clock.advance_micros(1_000_000);
        let id = self.new_task();
        let upload = format!("upload-{id}");
        self.store_upload(&upload, csv);
        let order = Aggregate {
            task: id,
            source,
            upload: Some(upload),
            optimized,
            approved_changes: None,
        };
        self.leave(id, "CLOUD_ACCOUNT_AGGREGATION", AGGREGATE, &order);
        id
    }

    /// Stores a file; gives the upload's id.
    pub(crate) fn upload(&self, csv: &str) -> String {
        let upload = format!("file-{}", self.new_task());
        self.store_upload(&upload, csv.as_bytes());
        upload
    }

    fn store_upload(&self, upload: &str, csv: &[u8]) {
        let now = self.clock.now();
        self.org()
            .write(|tx| {
                tx.uploads().begin(upload, "a.csv", now)?;
                let pieces: Vec<Vec<u8>> = csv.chunks(1 << 20).map(<[u8]>::to_vec).collect();
                tx.uploads().append(upload, 0, &pieces)?;
                tx.uploads().complete(upload, csv.len() as i64)
            })
            .unwrap();
    }

    /// Starts a run of any kind and waits until all is done.
    pub(crate) fn start<T: serde::Serialize>(
        &self,
        kind: &str,
        job: &'static str,
        order: impl Fn(TaskId) -> T,
    ) -> Task {
        self.clock.advance_micros(1_000_000);
        let id = self.new_task();
        self.leave(id, kind, job, &order(id));
        self.run();
        self.task(id)
    }

    fn leave<T: serde::Serialize>(&self, id: TaskId, kind: &str, job: &'static str, order: &T) {
        let now = self.clock.now();
        self.org()
            .write(|tx| {
                tx.tasks().put(&task(id, kind, Some(HR), now))?;
                let job = NewJob {
                    kind: job,
                    lane: "",
                    body: serde_json::to_string(order)?,
                    due: now,
                };
                tx.jobs().add(&job, now)
            })
            .unwrap();
    }

    /// Lets time pass.
    pub(crate) fn pass_hours(&self, hours: i64) {
        self.clock.advance_micros(hours * 3_600_000_000);
    }

    /// All runs, newest first.
    pub(crate) fn tasks(&self) -> Vec<Task> {
        self.org()
            .read(|tx| tx.tasks().since(Timestamp::from_micros(0)))
            .unwrap()
    }

    /// All entitlements.
    pub(crate) fn entitlements(&self) -> Vec<Entitlement> {
        let everything = Selection {
            condition: None,
            order: "id".to_owned(),
            limit: 1_000,
            offset: 0,
        };
        self.org()
            .read(|tx| tx.entitlements().list(&everything, Kin::Everyone))
            .unwrap()
    }

    /// Refreshes everybody of a profile.
    pub(crate) fn process(&self, profile: &str) -> Task {
        let id = self.order_refresh(profile);
        self.run();
        self.task(id)
    }

    /// Leaves the job to refresh everybody of a profile.
    pub(crate) fn order_refresh(&self, profile: &str) -> TaskId {
        self.clock.advance_micros(1_000_000);
        let now = self.clock.now();
        let id = self.new_task();
        let order = RefreshProfile {
            task: id,
            profile: profile.to_owned(),
        };
        self.org()
            .write(|tx| {
                tx.tasks().put(&task(id, "IDENTITY_REFRESH", None, now))?;
                let body = serde_json::to_string(&order)?;
                tx.jobs().add(
                    &NewJob {
                        kind: REFRESH_PROFILE,
                        lane: "",
                        body,
                        due: now,
                    },
                    now,
                )
            })
            .unwrap();
        id
    }

    fn new_task(&self) -> TaskId {
        let number = self.next_task.get();
        self.next_task.set(number + 1);
        TaskId(time_ordered(self.clock.now(), number))
    }

    pub(crate) fn run(&self) {
        let clock: Arc<dyn Clock> = self.clock.clone();
        self.run_with(&clock, Box::new(|| 7));
    }

    /// The same with another clock, or with randomness that a test looks into.
    pub(crate) fn run_with(&self, clock: &Arc<dyn Clock>, random: Box<RandomBits>) {
        let stations = Stations {
            outboxes: self.outboxes.clone(),
            clock: Arc::clone(clock),
            random,
        };
        Workers::run_to_rest(self.store, clock, handlers(stations));
        let (_, dead) = self.org().read(|tx| tx.jobs().counts()).unwrap();
        assert_eq!(dead, 0, "a job was given up");
    }

    pub(crate) fn task(&self, id: TaskId) -> Task {
        self.org().read(|tx| tx.tasks().get(id)).unwrap().unwrap()
    }

    pub(crate) fn events(&self) -> Vec<EventRow> {
        self.org()
            .read(|tx| {
                let last = tx.events().last()?;
                tx.events().range(1, last)
            })
            .unwrap()
    }

    /// Bodies of the events of one trigger, in order.
    pub(crate) fn told(&self, trigger: &str) -> Vec<Value> {
        let events = self.events();
        let of_trigger = events.iter().filter(|event| event.trigger_id == trigger);
        of_trigger
            .map(|event| serde_json::from_str(&event.body).unwrap())
            .collect()
    }

    pub(crate) fn identities(&self) -> Vec<Identity> {
        self.org()
            .read(|tx| tx.identities().select("ORDER BY alias", &[]))
            .unwrap()
    }

    pub(crate) fn identity(&self, alias: &str) -> Identity {
        self.identities()
            .into_iter()
            .find(|identity| identity.alias == alias)
            .unwrap()
    }
}

fn task(id: TaskId, kind: &str, source: Option<SourceId>, now: Timestamp) -> Task {
    Task {
        source_id: source,
        ..Task::accepted(id, kind, "test", Report::default(), now)
    }
}

pub(crate) fn source(id: SourceId, name: &str, columns: &[&str]) -> Source {
    Source {
        id: id.to_string(),
        name: name.to_owned(),
        description: None,
        owner: None,
        kind: "DelimitedFile".into(),
        connector: "delimited-file-angularsc".into(),
        connector_attributes: serde_json::Map::new(),
        features: vec![],
        delete_threshold: Some(100),
        correlation: CorrelationConfig::default(),
        manager_correlation_mapping: None,
        schema_objects: vec![Schema::from_header(columns).unwrap()],
        reading_version: 1,
        status: String::new(),
        healthy: true,
        other: serde_json::Map::new(),
    }
}

/// A profile whose mappings are `{identityAttribute: accountAttribute | transform}`.
pub(crate) fn profile(name: &str, source: SourceId, mappings: &Value) -> IdentityProfile {
    let transforms: Vec<Value> = mappings
        .as_object()
        .unwrap()
        .iter()
        .map(|(identity, from)| {
            let definition = match from {
                Value::String(attribute) => json!({
                    "type": "accountAttribute",
                    "attributes": {"sourceId": source.to_string(), "sourceName": "HR", "attributeName": attribute}
                }),
                other => other.clone(),
            };
            json!({"identityAttributeName": identity, "transformDefinition": definition})
        })
        .collect();
    serde_json::from_value(json!({
        "id": format!("{:032x}", muster_model::id::derive(&[name.as_bytes()])),
        "name": name,
        "priority": 10,
        "authoritativeSource": Reference::source(source.to_string(), "HR"),
        "identityAttributeConfig": {"enabled": true, "attributeTransforms": transforms},
    }))
    .unwrap()
}
