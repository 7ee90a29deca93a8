//! What every collection does with patches, secrets, parents and keys, shown with resources of the
//! test's own: boxes, and the gadgets inside them.

use muster_api::{
    Call, Collection, IdForm, Object, Offer, Operation, Parent, Problem, Resource, Shared,
};
use muster_auth::{Guard, LevelSet};
use muster_model::Document;
use muster_query::PatchRules;
use muster_store::{RawDocument, Tx};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use crate::support::{Server, start_with};

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Gadget {
    id: String,
    name: String,
    #[serde(rename = "boxId", default)]
    box_id: String,
    slot: String,
    secret: Option<String>,
    note: Option<String>,
}

impl Document for Gadget {
    const KIND: &'static str = "gadget";
    fn id(&self) -> &str {
        &self.id
    }
    fn name(&self) -> &str {
        &self.name
    }
}

impl Resource for Gadget {
    fn before_save(&mut self, was: Option<&Self>, _: &mut Tx<'_>, _: &Call) -> Result<(), Problem> {
        if self.secret.is_none() {
            self.secret = was.and_then(|was| was.secret.clone());
        }
        Ok(())
    }

    fn present(
        wire: &mut Object,
        stored: &RawDocument,
        _: &mut Tx<'_>,
        _: &Call,
    ) -> Result<(), Problem> {
        wire.insert("secret".to_owned(), Value::Null);
        wire.insert("label".to_owned(), json!(format!("<{}>", stored.name)));
        Ok(())
    }
}

#[derive(Clone, Serialize, Deserialize, JsonSchema)]
struct Crate {
    id: String,
    name: String,
}

impl Document for Crate {
    const KIND: &'static str = "crate";
    fn id(&self) -> &str {
        &self.id
    }
    fn name(&self) -> &str {
        &self.name
    }
}

impl Resource for Crate {}

const ANYONE: Guard = Guard::PUBLIC;
const ADMIN: Guard = Guard::changing(LevelSet::ORG_ADMIN, &["idn:boxes:manage"]);

static BOXES: Collection = Collection::of::<Crate>("/boxes", "/boxes/{id}")
    .title("Boxes", "box")
    .guard(ANYONE, ADMIN)
    .ids(IdForm::Uuid)
    .timed()
    .offers(Shared::Create, Offer::new("createBox", "").answers(200))
    .offers(Shared::Delete, Offer::new("deleteBox", "").answers(202));

static GADGETS: Collection =
    Collection::of::<Gadget>("/boxes/{box}/gadgets", "/boxes/{box}/gadgets/{slot}")
        .title("Boxes", "gadget")
        .guard(ANYONE, ADMIN)
        .under(Parent {
            parameter: "box",
            kind: "crate",
            noun: "box",
            field: "boxId",
        })
        .keyed_by("slot")
        .fixed(&["slot"])
        .read_only(&["label"])
        .nullable(&["secret"])
        .patchable(PatchRules::new(&["name", "note", "secret"]))
        .unique_names()
        .offers(Shared::List, Offer::new("listGadgets", ""))
        .offers(Shared::Create, Offer::new("createGadget", ""))
        .offers(Shared::Get, Offer::new("getGadget", ""))
        .offers(Shared::Replace, Offer::new("putGadget", ""))
        .offers(Shared::Patch, Offer::new("patchGadget", ""))
        .offers(Shared::Delete, Offer::new("deleteGadget", ""));

fn start() -> Server {
    let operations: Vec<Operation> = BOXES.operations().chain(GADGETS.operations()).collect();
    start_with(operations, |_| {})
}

async fn a_box(server: &Server) -> String {
    let made = server
        .post("/boxes", json!({ "name": "B" }))
        .await
        .expect(200);
    let id = made["id"].as_str().unwrap();
    assert_eq!((id.len(), made["created"].is_string()), (36, true));
    format!("/boxes/{id}/gadgets")
}

fn gadget(slot: &str) -> Value {
    json!({ "name": format!("G{slot}"), "slot": slot, "secret": "s3cret", "label": "mine" })
}

fn stored(server: &Server) -> Vec<Value> {
    server
        .store
        .org()
        .read(|tx| {
            Ok(tx
                .documents("gadget")
                .list()?
                .iter()
                .map(|each| each.body.clone())
                .collect())
        })
        .unwrap_or_else(|error: muster_store::Error| panic!("{error}"))
}

#[tokio::test]
async fn secrets_stay_inside_whatever_a_patch_tries() {
    let server = start();
    let path = a_box(&server).await;
    let made = server.post(&path, gadget("1")).await.expect(201);
    assert_eq!(
        (&made["secret"], &made["label"]),
        (&Value::Null, &json!("<G1>"))
    );
    let one = format!("{path}/1");
    let copy = json!([{ "op": "copy", "from": "/secret", "path": "/note" }]);
    let copied = server.patch(&one, copy).await.expect(200);
    assert_eq!(copied.get("note"), None);
    let guess = json!([{ "op": "test", "path": "/secret", "value": "s3cret" }]);
    server.patch(&one, guess).await.problem(400);
    assert_eq!(stored(&server)[0]["secret"], "s3cret");
    let change = json!([{ "op": "replace", "path": "/secret", "value": "other" }]);
    assert_eq!(
        server.patch(&one, change).await.expect(200)["secret"],
        Value::Null
    );
    assert_eq!(stored(&server)[0]["secret"], "other");
}

#[tokio::test]
async fn what_was_read_can_be_sent_back_and_nothing_is_lost() {
    let server = start();
    let path = a_box(&server).await;
    server.post(&path, gadget("1")).await.expect(201);
    let one = format!("{path}/1");
    let read = server.get(&one).await.expect(200);
    let before = stored(&server);
    assert_eq!(server.put(&one, read.clone()).await.expect(200), read);
    assert_eq!(stored(&server), before);
    let mut moved = read;
    moved["slot"] = json!("2");
    let (code, _) = server.put(&one, moved).await.problem(400);
    assert_eq!(code, "400.1.1 Illegal update attempt");
}

#[tokio::test]
async fn a_patch_replaces_what_was_never_set_and_names_what_it_may_not_touch() {
    let server = start();
    let path = a_box(&server).await;
    server.post(&path, gadget("1")).await.expect(201);
    let one = format!("{path}/1");
    let note = json!([{ "op": "replace", "path": "/note", "value": "hello" }]);
    assert_eq!(server.patch(&one, note).await.expect(200)["note"], "hello");
    let slot = json!([{ "op": "replace", "path": "/slot", "value": "2" }]);
    let (code, text) = server.patch(&one, slot).await.problem(400);
    assert_eq!(code, "400.1.1 Illegal update attempt");
    assert!(text.contains("/slot") && text.contains("/name"), "{text}");
    let name = json!([{ "op": "replace", "path": "/name", "value": 7 }]);
    let (code, text) = server.patch(&one, name).await.problem(400);
    assert_eq!(
        (code.as_str(), text.starts_with("name: ")),
        ("400.1 Bad request content", true)
    );
}

#[tokio::test]
async fn objects_below_another_one_are_seen_only_there() {
    let server = start();
    let (here, there) = (a_box(&server).await, a_box(&server).await);
    for path in [&here, &there] {
        let made = server.post(path, gadget("1")).await.expect(201);
        assert_eq!(made.get("boxId"), None);
    }
    server.delete(&format!("{here}/1")).await.expect(204);
    server.get(&format!("{here}/1")).await.problem(404);
    assert_eq!(server.get(&here).await.expect(200), json!([]));
    server.get(&format!("{there}/1")).await.expect(200);
    let (_, text) = server.get("/boxes/none/gadgets").await.problem(404);
    assert_eq!(text, "There is no box with the id \"none\".");
}

#[tokio::test]
async fn a_deletion_may_answer_202() {
    let server = start();
    let path = a_box(&server).await;
    server
        .delete(path.trim_end_matches("/gadgets"))
        .await
        .expect(202);
}
