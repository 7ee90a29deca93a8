//! Sources, files and the workers that read them, for tests that need people.

use std::collections::HashMap;
use std::sync::Arc;

use axum::body::Body;
use axum::http::{Request, header};
use muster_api::bootstrap::{Newcomer, let_in};
use muster_auth::LevelSet;
use muster_event::Outboxes;
use muster_model::id::IdentityId;
use muster_model::{Clock, IdentityProfile};
use muster_preview::Previews;
use muster_server::{Stations, handlers};
use muster_work::{Handler, Workers};
use serde_json::{Value, json};

use super::{ADMIN, Reply, Server, apart};

/// The boundary of multipart bodies.
const BOUNDARY: &str = "the-boundary";

/// The columns of the account template that tests fill.
pub(crate) const HEADER: &str =
    "id,name,givenName,familyName,e-mail,location,manager,groups,startDate,endDate";

impl Server {
    /// Sends a multipart form: its file under the name `file`, then its fields.
    pub(crate) async fn upload(
        &self,
        path: &str,
        fields: &[(&str, &str)],
        file: Option<&str>,
    ) -> Reply {
        self.upload_as(ADMIN, path, fields, file).await
    }

    /// The same with a token of one's own.
    pub(crate) async fn upload_as(
        &self,
        token: &str,
        path: &str,
        fields: &[(&str, &str)],
        file: Option<&str>,
    ) -> Reply {
        let mut parts = Vec::new();
        if let Some(content) = file {
            parts.push(format!(
                "Content-Disposition: form-data; name=\"file\"; filename=\"blob\"\r\n\
                 Content-Type: application/octet-stream\r\n\r\n{content}\r\n"
            ));
        }
        for (name, value) in fields {
            parts.push(format!(
                "Content-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n"
            ));
        }
        let parts: Vec<String> = parts
            .iter()
            .map(|part| format!("--{BOUNDARY}\r\n{part}"))
            .collect();
        let body = format!("{}--{BOUNDARY}--\r\n", parts.concat());
        let request = Request::builder()
            .method("POST")
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(
                header::CONTENT_TYPE,
                format!("multipart/form-data; boundary={BOUNDARY}"),
            )
            .body(Body::from(body))
            .unwrap();
        self.request(request).await
    }

    /// Creates a delimited source and gives its id.
    pub(crate) async fn source(&self, name: &str) -> String {
        let created = self
            .post("/sources/v1?provisionAsCsv=true", source_body(self, name))
            .await
            .expect(201);
        created["id"].as_str().unwrap().to_owned()
    }

    /// Makes identities of the accounts of a source.
    pub(crate) fn profile(&self, source: &str) {
        let attribute = |name: &str, from: &str| {
            json!({
                "identityAttributeName": name,
                "transformDefinition": {
                    "type": "accountAttribute",
                    "attributes": { "sourceName": "HR", "attributeName": from },
                },
            })
        };
        let profile: IdentityProfile = serde_json::from_value(json!({
            "id": format!("{:032x}", 0xB1),
            "name": "People",
            "priority": 10,
            "authoritativeSource": { "type": "SOURCE", "id": source, "name": "HR" },
            "identityAttributeConfig": {
                "enabled": true,
                "attributeTransforms": [
                    attribute("uid", "name"),
                    attribute("email", "e-mail"),
                    attribute("firstname", "givenName"),
                    attribute("lastname", "familyName"),
                ],
            },
        }))
        .unwrap();
        apart(|| {
            let org = self.store.org();
            org.write(|tx| {
                tx.typed::<IdentityProfile>()
                    .put(&profile, self.clock.now())
            })
        })
        .unwrap();
    }

    /// Loads rows below the usual header and waits until all is done; gives the id of the run.
    pub(crate) async fn load(&self, source: &str, rows: &str) -> String {
        let started = self
            .upload(
                &format!("/sources/v1/{source}/load-accounts"),
                &[],
                Some(&format!("{HEADER}\n{rows}")),
            )
            .await
            .expect(202);
        self.work();
        started["task"]["id"].as_str().unwrap().to_owned()
    }

    /// Does all jobs that wait.
    pub(crate) fn work(&self) {
        self.clock.advance_micros(1_000_000);
        let clock: Arc<dyn Clock> = self.clock.clone();
        let handlers = stations(self.outboxes.clone(), Arc::clone(&clock));
        apart(|| Workers::run_to_rest(&self.store, &clock, handlers));
        self.clock.advance_micros(1_000_000);
    }

    /// The events of one trigger, oldest first.
    pub(crate) fn told(&self, trigger: &str) -> Vec<Value> {
        let events = apart(|| {
            self.store.org().read(|tx| {
                let last = tx.events().last()?;
                tx.events().range(1, last)
            })
        });
        events
            .unwrap()
            .iter()
            .filter(|event| event.trigger_id == trigger)
            .map(|event| serde_json::from_str(&event.body).unwrap())
            .collect()
    }
}

/// The code for each kind of job.
fn stations(outboxes: Outboxes, clock: Arc<dyn Clock>) -> HashMap<&'static str, Arc<dyn Handler>> {
    handlers(Stations {
        outboxes,
        clock,
        random: Box::new(|| 7),
    })
}

/// Previews by the same stations.
pub(super) fn previews(clock: Arc<dyn Clock>) -> Previews {
    Previews::new(clock, Arc::new(stations))
}

/// The body that creates a source, owned by somebody who is let in for it.
pub(crate) fn source_body(server: &Server, name: &str) -> Value {
    let owner = IdentityId(7).to_string();
    let newcomer = Newcomer {
        id: owner.clone(),
        uid: "ada".to_owned(),
        levels: LevelSet::ORG_ADMIN,
    };
    apart(|| {
        let org = server.store.org();
        org.write(|tx| let_in(tx, &newcomer, server.clock.now()))
    })
    .unwrap_or_else(|problem| panic!("{}", problem.text()));
    json!({
        "name": name,
        "connector": "delimited-file-angularsc",
        "owner": { "type": "IDENTITY", "id": owner },
    })
}

/// Rows of two people, the second managed by the first.
pub(crate) const PEOPLE: &str = "1,ada,Ada,Lovelace,ada@example.com,London,,Admins,,\n\
                                 2,bob,Bob,Builder,bob@example.com,Paris,1,Users,,\n";
