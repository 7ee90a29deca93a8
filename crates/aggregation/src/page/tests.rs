//! Somebody changes an account between the look at it and its write.

use muster_connector::Step;
use muster_connector::account::Digester;
use muster_connector::flat_file::{Options, Reader};
use muster_event::Outbox;
use muster_model::id::SourceId;
use muster_model::source::CorrelationConfig;
use muster_model::{FixedClock, Schema, Source};
use muster_store::{Claimed, Identity, NewJob, Org, Task};
use muster_testkit::both_backends;
use muster_work::Running;

use super::*;
use muster_model::id::TaskId;

const NOW: Timestamp = Timestamp::from_micros(1_000_000);
const TASK: TaskId = TaskId(3);
const PERSON: IdentityId = IdentityId(7);
const WORKER: &str = "worker";

fn source() -> Source {
    Source {
        id: SourceId(5).to_string(),
        name: "AD".to_owned(),
        description: None,
        owner: None,
        kind: "DelimitedFile".to_owned(),
        connector: String::new(),
        connector_attributes: serde_json::Map::new(),
        features: Vec::new(),
        delete_threshold: None,
        correlation: CorrelationConfig::default(),
        manager_correlation_mapping: None,
        schema_objects: vec![Schema::from_header(&["id", "name", "town"]).unwrap()],
        reading_version: 1,
        status: String::new(),
        healthy: true,
        other: serde_json::Map::new(),
    }
}

/// A run with its job and task, and a person whom no account's name matches.
fn begin(org: &Org) -> Claimed {
    let task = Task {
        source_id: Some(SourceId(5)),
        ..Task::accepted(
            TASK,
            "CLOUD_ACCOUNT_AGGREGATION",
            "test",
            Report::default(),
            NOW,
        )
    };
    let person = Identity {
        name: "Ada".to_owned(),
        alias: "ada".to_owned(),
        ..muster_testkit::identity(PERSON.0, NOW)
    };
    let job = NewJob {
        kind: "some",
        lane: "",
        body: "{}".to_owned(),
        due: NOW,
    };
    org.write(|tx| {
        tx.tasks().put(&task)?;
        tx.identities().insert(&[person])?;
        tx.jobs().add(&job, NOW)?;
        tx.jobs().claim(WORKER, NOW, NOW.plus_millis(60_000))
    })
    .unwrap()
    .unwrap()
}

/// The accounts of a file, as a run takes them.
fn page(run: &Run<'_>, csv: &str, is_known: bool) -> Vec<Incoming> {
    let mut reader = Reader::open(csv.as_bytes(), &Options::default(), run.schema).unwrap();
    let mut page = Vec::new();
    while let Some(step) = reader.next_account().unwrap() {
        let Step::Account(account) = step else {
            panic!("a row cannot be read");
        };
        let digest = Digester::new(1).digest(account);
        let ordinal = page.len() as u32 + 1;
        let mut incoming = run.incoming(ordinal, account, digest, &mut Report::default());
        incoming.is_known = is_known;
        page.push(incoming);
    }
    page
}

both_backends! {
    fn what_a_person_decides_meanwhile_is_kept(store: TestStore) {
        let org = store.org();
        let claimed = begin(org);
        let (source, outbox, clock) = (source(), Outbox::default(), FixedClock::at(NOW));
        let job = Running { org, claimed: &claimed, owner: WORKER };
        let run = Run {
            job: &job,
            outbox: &outbox,
            clock: &clock,
            task: TASK,
            accepted: NOW,
            source: &source,
            schema: source.account_schema().unwrap(),
            authoritative: false,
            optimized: true,
            is_read_anew: false,
            promoted: Promoted::default(),
        };
        let mut report = Report::default();
        let first = page(&run, "id,name,town\n1,x,Oslo\n2,y,Oslo\n", false);
        run.store_page(first, &mut report).unwrap();
        let stored = || org.read(|tx| tx.accounts().find_each(SourceId(5), &["1", "2"]))
            .unwrap().into_iter().flatten().collect::<Vec<_>>();

        let second = page(&run, "id,name,town\n1,x,Rome\n2,y,Rome\n", true);
        let prepared = org.read(|tx| run.prepare(tx, second, NOW)).unwrap();
        // The clock stands still: it is not by the time alone that a change is noticed.
        let decided = Account {
            identity_id: Some(PERSON),
            manually_correlated: true,
            ..stored().remove(0)
        };
        org.write(|tx| tx.accounts().save([&decided])).unwrap();
        let events = org.read(|tx| tx.events().last()).unwrap();
        let outdated = run.store(prepared, &mut report, NOW).unwrap().unwrap();
        assert_eq!(stored()[0], decided);
        assert_eq!(stored()[1].attributes.get("town").unwrap().to_text(), "Oslo");
        assert_eq!(report.processed, 2, "what was not stored is not counted");
        assert_eq!(org.read(|tx| tx.events().last()).unwrap(), events);

        run.store_page(run.again(outdated), &mut report).unwrap();
        let now = stored();
        assert_eq!((now[0].identity_id, now[0].manually_correlated), (Some(PERSON), true));
        assert_eq!((now[1].identity_id, now[1].manually_correlated), (None, false));
        for (one, id) in now.iter().zip([decided.id, now[1].id]) {
            assert_eq!(one.id, id);
            assert_eq!(one.attributes.get("town").unwrap().to_text(), "Rome");
        }
        assert_eq!(report.processed, 4);
        let told = org.read(|tx| tx.events().range(events + 1, events + 9)).unwrap();
        let triggers: Vec<&str> = told.iter().map(|one| one.trigger_id.as_str()).collect();
        assert_eq!(triggers, [muster_event::ACCOUNT_ATTRIBUTES_CHANGED]);
    }
}
