//! A company with a generated HR file, which is loaded, previewed and edited.

use std::collections::BTreeSet;

use muster_sample::{Layout, Version, write_csv};
use muster_store::EventRow;
use serde_json::{Value, json};

use super::CHANGED;
use super::foretold::{normal, told_to};
use crate::support::{Reply, Server};

const SEED: u64 = 7;

/// A company whose HR file is generated.
pub(super) struct Company<'s> {
    server: &'s Server,
    pub(super) source: String,
    pub(super) profile: String,
}

impl<'s> Company<'s> {
    pub(super) async fn found(server: &'s Server, people: u64) -> Self {
        let source = server.source("HR").await;
        let columns = file(people, Version::First)
            .lines()
            .next()
            .unwrap()
            .to_owned();
        let schema = format!("/v2026/sources/{source}/schemas/accounts");
        server
            .upload(&schema, &[], Some(&format!("{columns}\n")))
            .await
            .expect(200);
        let manager = json!([
            { "op": "add", "path": "/managerCorrelationMapping", "value": {
                "accountAttributeName": "manager", "identityAttributeName": "identificationNumber" } },
            { "op": "replace", "path": "/deleteThreshold", "value": 40 },
        ]);
        let path = format!("/v2026/sources/{source}");
        server.patch(&path, manager).await.expect(200);
        let mapped: Vec<Value> = [
            ("uid", "name"),
            ("email", "e-mail"),
            ("firstname", "givenName"),
            ("lastname", "familyName"),
            ("identificationNumber", "id"),
            ("department", "department"),
            ("phone", "phone"),
            ("cloudLifecycleState", "status"),
        ]
        .into_iter()
        .map(|(name, column)| {
            json!({ "identityAttributeName": name, "transformDefinition": account(column) })
        })
        .collect();
        let body = json!({
            "name": "People",
            "authoritativeSource": { "type": "SOURCE", "id": source },
            "identityAttributeConfig": { "enabled": true, "attributeTransforms": mapped },
        });
        let profile = server
            .post("/v2026/identity-profiles", body)
            .await
            .expect(201);
        // Identities are indexed for the manager's rule.
        server.work();
        Self {
            server,
            source,
            profile: profile["id"].as_str().unwrap().to_owned(),
        }
    }

    pub(super) async fn subscribe(&self, name: &str, mut body: Value) {
        body["type"] = json!("INLINE");
        body["inlineConfig"] = json!({});
        let path = "/beta/trigger-subscriptions";
        let made = self.server.post(path, body).await.expect(201);
        assert_eq!(made["name"], name);
    }

    pub(super) async fn preview(&self, file: &str, query: &str) -> Value {
        let path = format!("/muster/v1/sources/{}/preview?{query}", self.source);
        self.server.upload(&path, &[], Some(file)).await.expect(200)
    }

    pub(super) async fn load(&self, file: &str) -> muster_store::Task {
        let path = format!("/v2026/sources/{}/load-accounts", self.source);
        let started = self.server.upload(&path, &[], Some(file)).await.expect(202);
        self.server.work();
        let id = started["task"]["id"].as_str().unwrap().parse().unwrap();
        self.server.read(|tx| tx.tasks().get(id)).unwrap()
    }

    pub(super) fn last_event(&self) -> i64 {
        self.server.read(|tx| tx.events().last())
    }

    pub(super) fn events_since(&self, mark: i64) -> Vec<EventRow> {
        let all = |tx: &mut muster_store::Tx<'_>| {
            let last = tx.events().last()?;
            tx.events().range(mark + 1, last)
        };
        self.server.read(all)
    }

    /// Ids that mean the same before and after.
    pub(super) fn known_ids(&self) -> BTreeSet<String> {
        self.server.read(|tx| {
            let of = |tx: &mut muster_store::Tx<'_>, table: &str| {
                let sql = format!("SELECT id FROM {table}");
                tx.fetch(&sql, &[], |row| row.get::<String>(0))
            };
            let mut ids: BTreeSet<String> = of(tx, "identity")?.into_iter().collect();
            ids.extend(of(tx, "account")?);
            ids.insert(self.source.clone());
            Ok(ids)
        })
    }

    /// Carries an edit out that was previewed, refreshes everybody, and compares what is told with what was
    /// foretold. Says how many were told of.
    pub(super) async fn does_what_was_said(
        &self,
        told: &Value,
        edit: impl Future<Output = Reply>,
    ) -> usize {
        let (known, mark) = (self.known_ids(), self.last_event());
        edit.await.expect(200);
        let everybody = format!(
            "/v2026/identity-profiles/{}/process-identities",
            self.profile
        );
        self.server.post(&everybody, json!({})).await.expect(202);
        self.server.work();
        let events = self.events_since(mark);
        assert!(!events.is_empty());
        let foretold = told_to(told, CHANGED);
        assert_eq!(
            normal(foretold.iter().map(String::as_str), &known),
            normal(events.iter().map(|event| event.body.as_str()), &known)
        );
        events.len()
    }

    pub(super) fn hold(&self) -> muster_model::Hold {
        let holds = self
            .server
            .read(|tx| tx.typed::<muster_model::Hold>().list());
        holds.into_iter().next().unwrap()
    }

    pub(super) fn stage(&self, id: &Value) -> muster_store::Stage {
        let id = id.as_str().unwrap().parse().unwrap();
        self.server
            .read(|tx| tx.identities().get(id))
            .unwrap()
            .stage
    }
}

pub(super) fn account(column: &str) -> Value {
    json!({ "type": "accountAttribute", "attributes": { "sourceName": "HR", "attributeName": column } })
}

pub(super) fn file(people: u64, version: Version) -> String {
    let mut bytes = Vec::new();
    write_csv(Layout::Template, people, SEED, version, &mut bytes).unwrap();
    String::from_utf8(bytes).unwrap()
}
