//! Two runs at once that bring somebody of the same user name.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use muster_model::id::IdentityId;
use muster_model::{AttributeMap, Clock, FixedClock};
use muster_store::{Identity, Org, Stage};
use muster_testkit::both_backends;
use serde_json::json;

use crate::world::{HR, World};

const COLUMNS: [&str; 4] = ["id", "name", "familyName", "e-mail"];
const OTHER: IdentityId = IdentityId(0xBEEF);

/// What another run writes.
fn store_namesake(world: &World<'_>) -> impl Fn(&Org) + Send + Sync + 'static {
    let mut attributes = AttributeMap::default();
    attributes.set("uid", "Jo.Doe".into());
    let namesake = Identity {
        stage: Stage::Active,
        alias: "Jo.Doe".to_owned(),
        attributes,
        ..muster_testkit::identity(OTHER.0, world.now())
    };
    move |org| {
        org.write(|tx| {
            tx.identities().insert(std::slice::from_ref(&namesake))?;
            tx.identity_keys()
                .add(&[("uid", "Jo.Doe".to_owned(), OTHER)])
        })
        .unwrap();
    }
}

both_backends! {
    fn whoever_comes_second_is_faulty_though_both_looked_while_the_name_was_free(store: TestStore) {
        // What a transform draws is drawn between the look for the name and the write.
        let world = World::new(store, &COLUMNS, &json!({
            "uid": "name", "email": "e-mail", "lastname": "familyName",
            "initials": { "type": "randomAlphaNumeric", "attributes": { "length": 4 } },
        }));
        let task = world.order(HR, b"id,name,familyName,e-mail\n1,jo.doe,Doe,jo@x.org\n", true);
        let (org, write, is_done) = (world.org().clone(), store_namesake(&world), AtomicBool::new(false));
        let clock: Arc<dyn Clock> = Arc::new(FixedClock::at(world.now()));
        world.run_with(&clock, Box::new(move || {
            if !is_done.swap(true, Ordering::SeqCst) {
                write(&org);
            }
            7
        }));
        assert_eq!(world.task(task).refreshed.created, 0);
        let owners = world.org().read(|tx| tx.identity_keys().find("uid", "jo.doe", 9)).unwrap();
        assert_eq!(owners, [OTHER]);
        let people = world.identities();
        let newcomer = people.iter().find(|one| one.id != OTHER).unwrap();
        assert_eq!((newcomer.stage, newcomer.alias.as_str()), (Stage::Faulty, "jo.doe"));
        let problems = newcomer.problems.as_ref().unwrap().to_string();
        assert!(problems.contains("the user name jo.doe belongs to another identity"), "{problems}");
        assert!(world.told("idn:identity-created").is_empty());
    }
}
