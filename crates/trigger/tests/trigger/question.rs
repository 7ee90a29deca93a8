//! Questions: asked in a flow's transaction, answered by a subscriber, handed over as a job
//! (event-triggers.md §1.8, §1.9, §6). Numbers are those of the cases.

use std::sync::Arc;

use crate::invocation::{all, listed};
use crate::world::{PUBLIC_URL, World};
use muster_event::object;
use muster_model::handover::{Answered, Ending};
use muster_model::{Clock, FixedClock, SystemClock, Timestamp};
use muster_store::{InvocationRow, InvocationState};
use muster_testkit::{Answer, Endpoint, Received, both_backends};
use muster_trigger::invocation::{Completion, Given, Question, Reply, ask, complete};
use muster_trigger::{Error, Result, Service, subscription};
use serde_json::{Value, json};

const TRIGGER: &str = "test:request-response";
const REPLY: &str = "test-answer";
const YES: &str = r#"{"approved":true}"#;

fn at(micros: i64) -> Arc<FixedClock> {
    Arc::new(FixedClock::at(Timestamp::from_micros(micros)))
}

/// A world with one subscriber and a clock that stands.
struct Flow {
    world: World,
    clock: Arc<FixedClock>,
    subscription: String,
}

impl Flow {
    fn with(store: &muster_testkit::TestStore, config: &Value) -> Self {
        let world = World::new(store.org());
        let mut body = json!({ "name": "asked", "triggerId": TRIGGER, "type": "HTTP" });
        for (name, value) in config.as_object().unwrap() {
            body[name] = value.clone();
        }
        let subscription = world.create(&body).unwrap().id;
        let clock = at(SystemClock.now().as_micros());
        Self {
            world,
            clock,
            subscription,
        }
    }

    fn http(store: &muster_testkit::TestStore, endpoint: &Endpoint, mode: &str) -> Self {
        let http = json!({ "url": endpoint.url("/ask"), "httpDispatchMode": mode });
        Self::with(store, &json!({ "httpConfig": http }))
    }

    fn start(&self) -> Service {
        self.world.start_with("one", self.clock.clone())
    }

    fn ask(&self) -> Option<String> {
        let question = Question {
            trigger_id: TRIGGER,
            input: &object([("identityId", "ann".into())]),
            reply: Reply {
                kind: REPLY.into(),
                lane: "flow:1".into(),
                context: json!({ "request": 7 }),
            },
        };
        let desk = self.world.asking(self.clock.now());
        self.world
            .org
            .write(|tx| ask(tx, &desk, &question))
            .unwrap()
    }

    fn row(&self, id: &str) -> InvocationRow {
        let row = self.world.org.read(|tx| tx.invocations().get(id));
        row.unwrap().unwrap()
    }

    /// Takes the job that hands an answer over.
    fn handed_over(&self) -> Option<Answered> {
        let now = self.clock.now();
        let claim = |tx: &mut muster_store::Tx<'_>| {
            let claimed = tx.jobs().claim("flow", now, now.plus_millis(1_000))?;
            if let Some(job) = &claimed {
                tx.jobs().finish(job.id, "flow")?;
            }
            Ok::<_, muster_store::Error>(claimed)
        };
        let job = self.world.org.write(claim).unwrap()?;
        assert_eq!((job.kind.as_str(), job.lane.as_str()), (REPLY, "flow:1"));
        let answered: Answered = serde_json::from_str(&job.body).unwrap();
        assert_eq!(answered.context, json!({ "request": 7 }));
        Some(answered)
    }

    fn complete(&self, id: &str, given: Given) -> Result<Completion> {
        let now = self.clock.now();
        self.world.org.write(|tx| complete(tx, id, given, now))
    }

    fn listed(&self) -> Vec<Value> {
        listed(&self.world, &all(), self.clock.now()).items
    }
}

fn given(secret: &str, output: Value) -> Given {
    Given {
        secret: Some(secret.to_owned()),
        output: Some(output),
        error: None,
    }
}

fn metadata(received: &Received) -> Value {
    let body: Value = serde_json::from_slice(&received.body).unwrap();
    body["_metadata"].clone()
}

fn secret(received: &Received) -> String {
    metadata(received)["secret"].as_str().unwrap().to_owned()
}

fn answering(status: u16, body: &'static str) -> Endpoint {
    Endpoint::answering(move |_, _| Answer::Body(status, body.into()))
}

both_backends! {
    fn case_47_a_sync_answer_is_the_output_and_goes_to_the_flow_that_asked(store: TestStore) {
        let endpoint = answering(200, r#"{"approved":true,"comment":"ok"}"#);
        let flow = Flow::http(store, &endpoint, "SYNC");
        let service = flow.start();
        let id = flow.ask().unwrap();
        let asked = endpoint.wait_for(1).remove(0);
        flow.world.rest(&service);
        assert_eq!(asked.body, r#"{"identityId":"ann"}"#);
        assert_eq!((asked.header("webhook-id"), asked.header("muster-sequence")), (id.as_str(), ""));
        assert!(asked.header("webhook-signature").starts_with("v1,"));
        let output = json!({ "approved": true, "comment": "ok" });
        let answered = flow.handed_over().unwrap();
        assert_eq!((answered.invocation, answered.ending), (id.clone(), Ending::Completed { output: output.clone() }));
        assert_eq!(flow.handed_over(), None);
        let listed = flow.listed();
        assert_eq!((listed.len(), &listed[0]["id"], &listed[0]["type"]), (1, &json!(id), &json!("REAL_TIME")));
        assert_eq!(listed[0]["completeInvocationInput"], json!({ "localizedError": null, "output": output }));
        assert!(flow.row(&id).secret.is_none());
    }

    fn case_50_an_async_subscriber_calls_back_with_the_secret_it_was_sent(store: TestStore) {
        let endpoint = answering(200, "{}");
        let flow = Flow::http(store, &endpoint, "ASYNC");
        let service = flow.start();
        let id = flow.ask().unwrap();
        let asked = endpoint.wait_for(1).remove(0);
        flow.world.rest(&service);
        let told = metadata(&asked);
        assert_eq!(told["callbackURL"], format!("{PUBLIC_URL}/beta/trigger-invocations/{id}/complete"));
        assert_eq!((&told["responseMode"], &told["triggerType"]), (&json!("async"), &json!("requestResponse")));
        assert_eq!(flow.row(&id).head.state, InvocationState::Waiting);
        assert_eq!((flow.handed_over(), flow.listed()[0].get("completed")), (None, None));
        assert_eq!(flow.complete(&id, given(&secret(&asked), json!({ "approved": false }))).unwrap(), Completion::Done);
        assert_eq!(flow.handed_over().unwrap().ending, Ending::Completed { output: json!({ "approved": false }) });
        // A second answer never changes the first.
        assert_eq!(flow.complete(&id, given(&secret(&asked), json!({ "approved": true }))).unwrap(), Completion::Over);
        assert_eq!(flow.listed()[0]["completeInvocationInput"]["output"], json!({ "approved": false }));
        assert_eq!(flow.handed_over(), None);
    }

    fn case_52_a_dynamic_subscriber_chooses_each_time(store: TestStore) {
        let endpoint = Endpoint::scripted(vec![Answer::Body(202, "{}".into()), Answer::Body(200, YES.into())]);
        let flow = Flow::http(store, &endpoint, "DYNAMIC");
        let service = flow.start();
        let later = flow.ask().unwrap();
        let asked = endpoint.wait_for(1).remove(0);
        flow.world.rest(&service);
        let at_once = flow.ask().unwrap();
        flow.world.rest(&service);
        assert_eq!(flow.handed_over().unwrap().invocation, at_once);
        assert_eq!(metadata(&asked)["responseMode"], "async");
        assert_eq!(flow.complete(&later, given(&secret(&asked), json!({ "approved": true }))).unwrap(), Completion::Done);
        assert_eq!(flow.handed_over().unwrap().invocation, later);
    }

    fn case_53_a_wrong_secret_and_an_unknown_invocation_look_the_same(store: TestStore) {
        let endpoint = answering(200, "{}");
        let flow = Flow::http(store, &endpoint, "ASYNC");
        let service = flow.start();
        let id = flow.ask().unwrap();
        let secret = secret(&endpoint.wait_for(1)[0]);
        flow.world.rest(&service);
        let unknown = "0f11f2a4-7c94-4bf3-a2bd-742580fe3bde";
        for (id, secret) in [(id.as_str(), "wrong"), (unknown, &secret), ("", &secret)] {
            let refused = flow.complete(id, given(secret, json!({ "approved": true })));
            assert_eq!(refused.unwrap(), Completion::Refused);
        }
        assert_eq!(flow.row(&id).head.state, InvocationState::Waiting);
        let silent = Given { secret: None, ..given("", json!({})) };
        assert!(matches!(flow.complete(&id, silent), Err(Error::RequiredMissing { field: "secret" })));
    }

    fn case_55_a_question_expires_at_its_deadline_and_cannot_be_answered_after(store: TestStore) {
        let endpoint = answering(200, "{}");
        let http = json!({ "url": endpoint.url("/"), "httpDispatchMode": "ASYNC" });
        let flow = Flow::with(store, &json!({ "httpConfig": http, "responseDeadline": "PT2S" }));
        let service = flow.start();
        let [first, second] = [flow.ask().unwrap(), flow.ask().unwrap()];
        let asked = endpoint.wait_for(2);
        flow.world.rest(&service);
        drop(service);
        flow.clock.advance_micros(3_000_000);
        let of = |id: &str| asked.iter().find(|one| one.header("webhook-id") == id).unwrap();
        let late = flow.complete(&first, given(&secret(of(&first)), json!({ "approved": true })));
        assert_eq!(late.unwrap(), Completion::Late);
        let Ending::Expired { error } = flow.handed_over().unwrap().ending else { panic!("not expired") };
        assert!(error.starts_with("no answer came until "), "{error}");
        // The other one ends by itself, after a restart.
        let _service = flow.start();
        while flow.row(&second).head.state != InvocationState::Expired {
            std::thread::yield_now();
        }
        assert_eq!(flow.handed_over().unwrap().invocation, second);
        let listed = flow.listed();
        assert!(listed.iter().all(|one| one["completed"].is_string()));
        assert!(listed[0]["completeInvocationInput"]["localizedError"]["message"].is_string());
        let late = flow.complete(&second, given(&secret(of(&second)), json!({ "approved": true })));
        assert_eq!(late.unwrap(), Completion::Late);
    }

    fn an_answer_that_does_not_fit_leaves_the_question_open_and_an_error_ends_it(store: TestStore) {
        let endpoint = answering(200, "{}");
        let flow = Flow::http(store, &endpoint, "ASYNC");
        let service = flow.start();
        let id = flow.ask().unwrap();
        let secret = secret(&endpoint.wait_for(1)[0]);
        flow.world.rest(&service);
        for output in [json!({}), json!(null), json!({ "approved": "yes" })] {
            let wrong = flow.complete(&id, given(&secret, output));
            assert!(matches!(wrong, Err(Error::IllegalValue { field: "output", .. })), "{wrong:?}");
        }
        let none = Given { output: None, ..given(&secret, json!(null)) };
        assert!(matches!(flow.complete(&id, none), Err(Error::RequiredMissing { field: "output" })));
        assert_eq!(flow.row(&id).head.state, InvocationState::Waiting);
        let error = Given { error: Some("no\0pe".into()), ..given(&secret, json!({ "approved": true })) };
        assert_eq!(flow.complete(&id, error).unwrap(), Completion::Done);
        assert_eq!(flow.handed_over().unwrap().ending, Ending::Failed { error: "no\u{fffd}pe".into() });
        let told = &flow.listed()[0]["completeInvocationInput"];
        assert_eq!(told, &json!({ "localizedError": { "locale": "en-US", "message": "no\u{fffd}pe" }, "output": null }));
    }

    fn an_endpoint_that_does_not_answer_as_documented_fails_the_question(store: TestStore) {
        let elsewhere = Endpoint::start();
        let target = elsewhere.url("/stolen");
        let long = "x".repeat(70_000);
        let script = vec![
            Answer::Body(500, YES.into()),
            Answer::Body(200, "yes".into()),
            Answer::Body(200, r#"{"approved":1}"#.into()),
            Answer::Body(200, long),
            Answer::Full(302, "location", target, 0),
        ];
        let reasons = ["500 Internal Server Error", "no JSON", "outputSchema", "65536 bytes", "302 Found"];
        let endpoint = Endpoint::scripted(script);
        let flow = Flow::http(store, &endpoint, "SYNC");
        let service = flow.start();
        for reason in reasons {
            flow.ask().unwrap();
            flow.world.rest(&service);
            let Ending::Failed { error } = flow.handed_over().unwrap().ending else { panic!("{reason}") };
            assert!(error.contains(reason), "{error}");
        }
        assert_eq!((endpoint.received().len(), elsewhere.received().len()), (reasons.len(), 0));
    }

    fn a_question_of_a_node_that_died_is_asked_again_with_its_id_and_secret(store: TestStore) {
        let endpoint = Endpoint::scripted(vec![Answer::Hang, Answer::Body(200, "{}".into())]);
        let flow = Flow::http(store, &endpoint, "ASYNC");
        let service = flow.start();
        let id = flow.ask().unwrap();
        endpoint.wait_for(1);
        drop(service);
        assert_eq!(flow.row(&id).head.state, InvocationState::Asking);
        // Where several nodes share the store, the claim runs out first.
        flow.clock.advance_micros(12_000_000);
        let service = flow.world.start_with("two", flow.clock.clone());
        let asked = endpoint.wait_for(2);
        flow.world.rest(&service);
        assert_eq!(asked[0].body, asked[1].body);
        assert_eq!((asked[0].header("webhook-id"), asked[1].header("muster-attempt")), (id.as_str(), "2"));
        assert_eq!(flow.complete(&id, given(&secret(&asked[1]), json!({ "approved": true }))).unwrap(), Completion::Done);
    }

    fn a_call_back_that_overtakes_the_http_answer_counts(store: TestStore) {
        let endpoint = Endpoint::answering(|_, _| Answer::Hang);
        let flow = Flow::http(store, &endpoint, "ASYNC");
        let _service = flow.start();
        let id = flow.ask().unwrap();
        let secret = secret(&endpoint.wait_for(1)[0]);
        assert_eq!(flow.complete(&id, given(&secret, json!({ "approved": true }))).unwrap(), Completion::Done);
        assert_eq!(flow.handed_over().unwrap().ending, Ending::Completed { output: json!({ "approved": true }) });
    }

    fn an_inline_subscription_answers_in_the_same_transaction(store: TestStore) {
        let inline = |config: Value| json!({ "type": "INLINE", "inlineConfig": config });
        let flow = Flow::with(store, &inline(json!({ "output": { "approved": true } })));
        let id = flow.ask().unwrap();
        assert_eq!(flow.row(&id).head.state, InvocationState::Completed);
        assert_eq!(flow.handed_over().unwrap().ending, Ending::Completed { output: json!({ "approved": true }) });
        let change = |config: Value| flow.world.org.write(|tx| {
            subscription::replace(tx, &flow.world.desk(), &flow.subscription, &inline(config))
        }).unwrap();
        change(json!({ "error": "out to lunch" }));
        flow.ask().unwrap();
        assert_eq!(flow.handed_over().unwrap().ending, Ending::Failed { error: "out to lunch".into() });
        change(json!({ "output": { "approved": 1 } }));
        flow.ask().unwrap();
        assert!(matches!(flow.handed_over().unwrap().ending, Ending::Failed { error } if error.contains("outputSchema")));
    }

    fn deleting_a_subscription_fails_what_it_was_asked(store: TestStore) {
        let endpoint = answering(200, "{}");
        let flow = Flow::http(store, &endpoint, "ASYNC");
        let service = flow.start();
        let id = flow.ask().unwrap();
        endpoint.wait_for(1);
        flow.world.rest(&service);
        let now = flow.clock.now();
        flow.world.org.write(|tx| subscription::delete(tx, &flow.subscription, now)).unwrap();
        assert_eq!(flow.row(&id).head.state, InvocationState::Failed);
        assert!(matches!(flow.handed_over().unwrap().ending, Ending::Failed { error } if error.contains("deleted")));
        assert_eq!(flow.listed()[0]["subscriptionName"], "asked");
    }

    fn nobody_is_asked_where_nobody_wants_to_hear(store: TestStore) {
        let http = json!({ "url": "http://127.0.0.1:1/" });
        let flow = Flow::with(store, &json!({ "httpConfig": http, "filter": "$[?(@.identityId == 'bob')]" }));
        assert_eq!(flow.ask(), None);
        let change = |body: Value| flow.world.org.write(|tx| {
            subscription::replace(tx, &flow.world.desk(), &flow.subscription, &body)
        });
        change(json!({ "httpConfig": http, "enabled": false })).unwrap();
        assert_eq!(flow.ask(), None);
        change(json!({ "httpConfig": http })).unwrap();
        assert!(flow.ask().is_some());
        let bus = json!({ "awsAccount": "123456789012", "awsRegion": "eu-west-1" });
        let refused = change(json!({ "type": "EVENTBRIDGE", "eventBridgeConfig": bus }));
        assert!(matches!(refused, Err(Error::IllegalValue { field: "type", .. })), "{refused:?}");
        let now = flow.clock.now();
        flow.world.org.write(|tx| subscription::delete(tx, &flow.subscription, now)).unwrap();
        assert_eq!((flow.ask(), flow.handed_over().is_some()), (None, true));
    }

    fn a_test_of_a_question_reaches_a_disabled_subscriber_and_moves_no_flow(store: TestStore) {
        let endpoint = answering(200, YES);
        let http = json!({ "url": endpoint.url("/"), "httpDispatchMode": "DYNAMIC" });
        let flow = Flow::with(store, &json!({ "httpConfig": http, "enabled": false }));
        let service = flow.start();
        let body = json!({ "triggerId": TRIGGER, "contentJson": { "a": 1 } });
        let started = flow.world.test(&body, flow.clock.now()).unwrap().unwrap();
        let asked = endpoint.wait_for(1);
        flow.world.rest(&service);
        assert_eq!(started[0]["secret"], secret(&asked[0]));
        assert_eq!(started[0]["contentJson"], json!({ "a": 1 }));
        let listed = flow.listed();
        assert_eq!((&listed[0]["id"], &listed[0]["type"]), (&started[0]["id"], &json!("TEST")));
        assert_eq!(listed[0]["startInvocationInput"]["contentJson"], json!({ "a": 1 }));
        assert_eq!(listed[0]["completeInvocationInput"]["output"], json!({ "approved": true }));
        assert_eq!(flow.handed_over(), None);
    }
}
