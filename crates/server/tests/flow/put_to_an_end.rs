//! A run that a person puts to an end stops at its next batch; what it had stored by then is brought
//! to its end, and nothing is held afterwards.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::channel;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use muster_model::id::TaskId;
use muster_model::{Clock, FixedClock, IdentityProfile, Timestamp};
use muster_store::Org;
use muster_testkit::both_backends;
use serde_json::json;

use crate::world::{HR, World, profile};

const COLUMNS: [&str; 4] = ["id", "name", "familyName", "e-mail"];
/// Three pages, or batches, and a half.
const PEOPLE: u32 = 3_500;
/// Accounts of one page.
const PAGE: i64 = 1_000;

fn people() -> String {
    let row = |number| format!("{number},user{number},Name{number},u{number}@x.org\n");
    let rows: String = (0..PEOPLE).map(row).collect();
    format!("id,name,familyName,e-mail\n{rows}")
}

/// Puts a run to an end once its first page is stored.
struct StopAfterOnePage {
    org: Org,
    task: TaskId,
    now: Timestamp,
    is_done: AtomicBool,
}

impl Clock for StopAfterOnePage {
    fn now(&self) -> Timestamp {
        let stored = self.org.read(|tx| tx.accounts().count(HR)).unwrap();
        if stored >= PAGE && !self.is_done.swap(true, Ordering::SeqCst) {
            let (org, task, now) = (self.org.clone(), self.task, self.now);
            let (tell, told) = channel();
            std::thread::spawn(move || {
                World::stop(&org, task, now);
                let _ = tell.send(());
            });
            // Whoever asks for the time inside of a transaction must not wait for its end.
            let _ = told.recv_timeout(Duration::from_secs(2));
        }
        self.now
    }
}

both_backends! {
    fn an_aggregation_stops_at_its_next_page(store: TestStore) {
        let world = World::new(store, &COLUMNS, &json!({
            "uid": "name", "email": "e-mail", "lastname": "familyName",
        }));
        let task = world.order(HR, people().as_bytes(), true);
        let clock = StopAfterOnePage {
            org: world.org().clone(),
            task,
            now: world.now(),
            is_done: AtomicBool::new(false),
        };
        let clock: Arc<dyn Clock> = Arc::new(clock);
        world.run_with(&clock, Box::new(|| 7));
        let stored = world.org().read(|tx| tx.accounts().count(HR)).unwrap();
        assert!((PAGE..i64::from(PEOPLE)).contains(&stored), "{stored}");
        assert_eq!(world.task(task).completion_status.as_deref(), Some("TERMINATED"));
        // Those who were stored are people, and everybody was told.
        assert_eq!(world.told("idn:identity-created").len() as i64, stored);
        // Collecting had ended well before.
        assert_eq!(world.told("idn:account-aggregation-completed")[0]["status"], "Success");

        let again = world.load(&people());
        assert_eq!(again.completion_status.as_deref(), Some("SUCCESS"));
        assert_eq!(world.told("idn:identity-created").len(), PEOPLE as usize);
    }

    fn a_refresh_of_a_profile_stops_at_its_next_batch(store: TestStore) {
        let world = World::new(store, &COLUMNS, &json!({
            "uid": "name", "email": "e-mail", "lastname": "familyName",
        }));
        world.load(&people());
        let mut next = profile("p1", HR, &json!({
            "uid": "name", "email": "e-mail", "lastname": "familyName",
            "pin": {"type": "randomNumeric", "attributes": {"length": "4"}},
        }));
        next.identity_refresh_required = true;
        world.put_profile(&next);
        let task = world.order_refresh(&next.id);
        // The first who is given a number sees the run put to an end.
        let stopping = Mutex::new(Some((world.org().clone(), world.now())));
        let random = move || {
            if let Some((org, now)) = stopping.lock().unwrap().take() {
                World::stop(&org, task, now);
            }
            7
        };
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(world.now()));
        world.run_with(&clock, Box::new(random));
        let with_pin = world.identities().iter()
            .filter(|identity| identity.attributes.get("pin").is_some()).count();
        assert_eq!(with_pin, 0);
        assert!(world.told("idn:identity-attributes-changed").is_empty());
        let stored = world.org().read(|tx| tx.typed::<IdentityProfile>().get(&next.id)).unwrap();
        assert!(stored.unwrap().identity_refresh_required, "it is still to be done");

        world.process(&next.id);
        assert_eq!(world.told("idn:identity-attributes-changed").len(), PEOPLE as usize);
    }
}
