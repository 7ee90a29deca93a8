//! When there is no preview, and why.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use muster_model::handover::INDEX_KEYS;
use muster_model::id::TaskId;
use muster_model::{Clock, FixedClock, Report, Timestamp};
use muster_preview::{Error, Previews};
use muster_store::{Org, Task};
use muster_testkit::both_backends;
use muster_work::{Handler, Running, Stop};

const NOW: Timestamp = Timestamp::from_micros(1_000_000);

/// What the only kind of job does.
#[derive(Clone)]
enum Does {
    Ends,
    AsksForAnotherTry,
    IsGivenUp(Arc<AtomicBool>),
}

impl Handler for Does {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        match self {
            Self::Ends => {}
            Self::AsksForAnotherTry => return Err(Stop::Retry("the moon is wrong".into())),
            Self::IsGivenUp(flag) => flag.store(true, Ordering::SeqCst),
        }
        job.org.write(|tx| {
            tx.tasks().end(TaskId(1), &Report::default(), NOW)?;
            job.finish(tx)
        })
    }
}

fn previews(does: Does) -> Previews {
    let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(NOW));
    Previews::new(
        clock,
        Arc::new(move |_, _| {
            let handler: Arc<dyn Handler> = Arc::new(does.clone());
            HashMap::from([("some", handler)])
        }),
    )
}

fn start(org: &Org) {
    let task = Task::accepted(
        TaskId(1),
        "IDENTITY_REFRESH",
        "test",
        Report::default(),
        NOW,
    );
    org.write(|tx| {
        tx.tasks().put(&task)?;
        tx.jobs().leave("some", "", &(), NOW)
    })
    .unwrap();
}

both_backends! {
    fn a_run_that_would_not_end_is_told_with_its_reason(store: TestStore) {
        let preview = previews(Does::Ends).begin(store, store.org(), || false).unwrap();
        start(preview.org());
        let outcome = preview.run(1).unwrap();
        assert_eq!(outcome.task.unwrap().completion_status.as_deref(), Some("SUCCESS"));

        let preview = previews(Does::AsksForAnotherTry).begin(store, store.org(), || false).unwrap();
        start(preview.org());
        let refused = preview.run(1).unwrap_err();
        assert!(matches!(&refused, Error::Unfinished(why) if why == "the moon is wrong"), "{refused}");
    }

    fn a_preview_stops_when_nobody_waits_any_more(store: TestStore) {
        let given_up = Arc::<AtomicBool>::default();
        let asked = Arc::clone(&given_up);
        let previews = previews(Does::IsGivenUp(given_up));
        let preview = previews
            .begin(store, store.org(), move || asked.load(Ordering::SeqCst))
            .unwrap();
        start(preview.org());
        assert!(matches!(preview.run(1), Err(Error::GivenUp)));
    }

    fn only_a_few_are_made_at_once(store: TestStore) {
        let orgs = ["b", "c"].map(|name| store.create_org(name, NOW).unwrap());
        let previews = previews(Does::Ends);
        let first = previews.begin(store, store.org(), || false).unwrap();
        assert!(matches!(previews.begin(store, store.org(), || false), Err(Error::Taken)));
        let second = previews.begin(store, &orgs[0], || false).unwrap();
        assert!(matches!(previews.begin(store, &orgs[1], || false), Err(Error::TooMany(2))));
        drop(first);
        previews.begin(store, &orgs[1], || false).unwrap();
        drop(second);
    }

    fn what_a_run_would_wait_for_is_not_guessed(store: TestStore) {
        let org = store.org();
        let previews = previews(Does::Ends);
        org.write(|tx| tx.jobs().leave("some", "", &(), NOW)).unwrap();
        assert_eq!(previews.begin(store, org, || false).unwrap().run(1).unwrap().jobs_waiting, 1);
        org.write(|tx| tx.jobs().leave(INDEX_KEYS, INDEX_KEYS, &(), NOW)).unwrap();
        assert!(matches!(previews.begin(store, org, || false), Err(Error::Indexing)));
    }
}
