//! What durable work promises, each on both backends.
#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::collections::HashMap;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use muster_model::{Clock, SystemClock};
use muster_store::{NewJob, Org, Schedule};
use muster_testkit::both_backends;
use muster_work::{Handler, Running, Stop, Workers};
use parking_lot::Mutex;

const PATIENCE: Duration = Duration::from_secs(20);

/// Does what its body says and tells the test.
struct Script(Mutex<Sender<String>>);

impl Handler for Script {
    fn run(&self, job: &Running<'_>) -> Result<(), Stop> {
        let word = &job.claimed.body;
        self.0
            .lock()
            .send(format!("{word} {}", job.claimed.attempt))
            .unwrap();
        match (word.as_str(), job.claimed.attempt) {
            ("retry once", 1) => Err(Stop::Retry("not yet".into())),
            ("panic once", 1) => panic!("on purpose"),
            ("give up", _) => Err(Stop::GiveUp("never".into())),
            _ => job.org.write(|tx| job.finish(tx)),
        }
    }

    fn given_up(&self, _job: &Running<'_>, error: &str) {
        self.0.lock().send(format!("given up: {error}")).unwrap();
    }
}

fn script() -> (HashMap<&'static str, Arc<dyn Handler>>, Receiver<String>) {
    let (sender, receiver) = channel();
    let handler: Arc<dyn Handler> = Arc::new(Script(Mutex::new(sender)));
    (HashMap::from([("script", handler)]), receiver)
}

fn add(org: &Org, body: &str) {
    let now = SystemClock.now();
    let job = NewJob {
        kind: "script",
        lane: "",
        body: body.to_owned(),
        due: now,
    };
    org.write(|tx| tx.jobs().add(&job, now)).unwrap();
}

fn start(store: &muster_testkit::TestStore, owner: &str) -> (Workers, Receiver<String>) {
    let (handlers, told) = script();
    let clock = Arc::new(SystemClock);
    let workers = Workers::start((*store).clone(), clock, owner.into(), handlers, 2).unwrap();
    (workers, told)
}

both_backends! {
    fn a_job_added_while_workers_wait_is_done_and_removed(store: TestStore) {
        let (workers, told) = start(store, "one");
        add(store.org(), "plain");
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), "plain 1");
        workers.stop();
        assert_eq!(store.org().read(|tx| tx.jobs().counts()).unwrap(), (0, 0));
    }

    fn a_failing_job_is_tried_again_or_given_up_as_its_author_decides(store: TestStore) {
        let (workers, told) = start(store, "one");
        for body in ["retry once", "panic once", "give up"] {
            add(store.org(), body);
        }
        let mut heard: Vec<String> = (0..6).map(|_| told.recv_timeout(PATIENCE).unwrap()).collect();
        workers.stop();
        heard.sort();
        assert_eq!(heard, [
            "give up 1", "given up: never", "panic once 1", "panic once 2", "retry once 1",
            "retry once 2",
        ]);
        assert_eq!(store.org().read(|tx| tx.jobs().counts()).unwrap(), (0, 1));
    }

    fn two_pools_share_the_jobs_and_do_each_once(store: TestStore) {
        let (handlers, told) = script();
        let pool = |name: &str| {
            let clock = Arc::new(SystemClock);
            Workers::start((*store).clone(), clock, name.into(), handlers.clone(), 2).unwrap()
        };
        let pools = [pool("one"), pool("two")];
        for number in 0..100 {
            add(store.org(), &format!("{number:02}"));
        }
        let mut heard: Vec<String> = (0..100).map(|_| told.recv_timeout(PATIENCE).unwrap()).collect();
        pools.into_iter().for_each(Workers::stop);
        heard.sort();
        assert_eq!(heard, (0..100).map(|number| format!("{number:02} 1")).collect::<Vec<_>>());
        assert!(told.try_recv().is_err());
    }

    fn a_schedule_whose_time_has_come_starts_one_job(store: TestStore) {
        let now = SystemClock.now();
        let schedule = Schedule {
            name: "nightly".into(),
            kind: "script".into(),
            body: "scheduled".into(),
            cron: "0 0 2 * * ?".into(),
            zone: "UTC".into(),
            next: now.plus_millis(-86_400_000),
        };
        store.org().write(|tx| tx.schedules().put(&schedule)).unwrap();
        let (workers, told) = start(store, "one");
        assert_eq!(told.recv_timeout(PATIENCE).unwrap(), "scheduled 1");
        workers.stop();
        assert!(told.try_recv().is_err());
        let due = store.org().read(|tx| tx.schedules().any_due(SystemClock.now())).unwrap();
        assert!(!due);
    }

    fn a_job_that_was_taken_over_cannot_be_finished(store: TestStore) {
        let org = store.org();
        add(org, "plain");
        let now = SystemClock.now();
        let mine = org.write(|tx| tx.jobs().claim("one", now, now)).unwrap().unwrap();
        let later = now.plus_millis(1);
        org.write(|tx| tx.jobs().claim("two", later, later)).unwrap().unwrap();
        let running = Running { org, claimed: &mine, owner: "one" };
        let ended = org.write(|tx| {
            tx.settings().set("effect", "1")?;
            running.finish(tx)
        });
        assert!(matches!(ended, Err(Stop::Lost)));
        let effect = org.read(|tx| tx.settings().get("effect")).unwrap();
        assert_eq!(effect, None);
    }
}
