//! One call: who calls which operation of which org, with which parameters and body.
//!
//! It knows nothing of sockets, so the console calls operations in process with the same type.

use std::future::Future;
use std::str::FromStr;
use std::sync::Arc;

use axum::http::{HeaderMap, HeaderName};
use bytes::Bytes;
use muster_auth::Caller;
use muster_model::Timestamp;
use muster_model::id::{dashed, time_ordered};
use muster_query::Page;
use muster_store::{AuditChange, Org, Tx};
use serde_json::Value;
use tokio_util::sync::CancellationToken;

use crate::app::App;
use crate::extract::upload::Upload;
use crate::keyring::OrgKeys;
use crate::listing::View;
use crate::operation::Operation;
use crate::problem::{Problem, quote};
use crate::spelling::Spelling;

/// One call of one operation.
pub struct Call {
    pub(crate) app: Arc<App>,
    pub(crate) catalogue: Arc<[Operation]>,
    pub(crate) org: Org,
    pub(crate) operation: Operation,
    pub(crate) spelling: Spelling,
    pub(crate) caller: Option<Caller>,
    pub(crate) tracking_id: String,
    pub(crate) parameters: Vec<(&'static str, String)>,
    pub(crate) query: Vec<(String, String)>,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
    pub(crate) upload: Option<Arc<Upload>>,
    /// Cancelled when nobody waits for the answer any more.
    pub(crate) gone: CancellationToken,
}

impl Call {
    /// What all calls share.
    pub fn app(&self) -> &Arc<App> {
        &self.app
    }

    /// Everything that is served.
    pub fn catalogue(&self) -> &[Operation] {
        &self.catalogue
    }

    /// The org it is in.
    pub fn org(&self) -> &Org {
        &self.org
    }

    /// The keys of the org.
    pub fn keys(&self) -> Result<Arc<OrgKeys>, Problem> {
        Ok(self.app.keyring.of(&self.org)?)
    }

    /// The operation that is called.
    pub fn operation(&self) -> &Operation {
        &self.operation
    }

    /// The prefix it was called under.
    pub fn spelling(&self) -> Spelling {
        self.spelling
    }

    /// Who calls; a 401 where the operation lets anybody in and nobody came.
    pub fn caller(&self) -> Result<&Caller, Problem> {
        self.caller
            .as_ref()
            .ok_or_else(|| Problem::unauthorized("This call needs an access token."))
    }

    /// Who calls, as the audit log and the tasks name it: a person's user name, or the id of a client.
    pub fn actor(&self) -> String {
        match &self.caller {
            None => "anonymous".to_owned(),
            Some(caller) => match caller.user_context() {
                Some(person) => person.user_name.clone(),
                None => caller.subject.id().to_owned(),
            },
        }
    }

    /// The 32 hex digits that mark this call in logs and errors.
    pub fn tracking_id(&self) -> &str {
        &self.tracking_id
    }

    /// What time it is.
    pub fn now(&self) -> Timestamp {
        self.app.clock.now()
    }

    /// A fresh id in the form of governance objects: 32 hex digits.
    pub fn new_id(&self) -> String {
        format!("{:032x}", self.new_bits())
    }

    /// A fresh id in the form of subscriptions and clients: a UUID.
    pub fn new_uuid(&self) -> String {
        dashed(self.new_bits())
    }

    fn new_bits(&self) -> u128 {
        time_ordered(self.now(), self.app.bits())
    }

    /// A parameter of the path. Asking for one that the operation does not declare gives "".
    pub fn parameter(&self, name: &str) -> &str {
        self.parameters
            .iter()
            .find(|(known, _)| *known == name)
            .map_or("", |(_, value)| value)
    }

    /// The last parameter of the path: the id of the object itself.
    pub fn id(&self) -> &str {
        self.parameters.last().map_or("", |(_, value)| value)
    }

    /// A query parameter, where it is there and not empty.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query
            .iter()
            .find(|(known, value)| known == name && !value.is_empty())
            .map(|(_, value)| value.as_str())
    }

    /// All query parameters, in the order they came.
    pub fn queries(&self) -> &[(String, String)] {
        &self.query
    }

    /// A query parameter of another type than text.
    pub fn query_as<T: FromStr>(&self, name: &str) -> Result<Option<T>, Problem> {
        let Some(text) = self.query(name) else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            Problem::illegal_value(format!(
                "{name}: \"{}\" is not a value it can take.",
                quote(text)
            ))
        })
    }

    /// A header, where it is text.
    pub fn header(&self, name: &HeaderName) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body, whole; empty where it was spooled.
    pub fn body(&self) -> &Bytes {
        &self.body
    }

    /// The multipart body, where there is one.
    pub fn upload(&self) -> Option<&Upload> {
        self.upload.as_deref()
    }

    /// Which part of the list is wanted, as the operation's listing allows.
    pub fn view(&self) -> Result<View, Problem> {
        match self.operation.listing {
            Some(listing) => View::read(self, listing),
            None => Ok(View::all()),
        }
    }

    /// Only paging, for lists that are neither filtered nor sorted.
    pub fn page(&self) -> Result<Page, Problem> {
        self.view().map(|view| view.page)
    }

    /// Whether nobody waits for the answer any more: the client is gone, or the server is about to stop.
    pub fn given_up(&self) -> impl Fn() -> bool + Send + Sync + 'static {
        let (gone, closing) = (self.gone.clone(), self.app.closing.clone());
        move || gone.is_cancelled() || closing.is_cancelled()
    }

    /// The same call in a copy of its org.
    pub(crate) fn inside(&self, org: &Org) -> Self {
        Self {
            app: Arc::clone(&self.app),
            catalogue: Arc::clone(&self.catalogue),
            org: org.clone(),
            operation: self.operation,
            spelling: self.spelling,
            caller: self.caller.clone(),
            tracking_id: self.tracking_id.clone(),
            parameters: self.parameters.clone(),
            query: self.query.clone(),
            headers: self.headers.clone(),
            body: self.body.clone(),
            upload: self.upload.clone(),
            gone: self.gone.clone(),
        }
    }

    /// Leaves a line in the org's audit log, in the transaction of the change itself.
    pub fn audit(&self, tx: &mut Tx<'_>, trace: Trace<'_>) -> Result<(), Problem> {
        let change = AuditChange {
            actor: &self.actor(),
            action: trace.action,
            kind: trace.kind,
            object_id: trace.id,
            correlation: &self.tracking_id,
            before: trace.before,
            after: trace.after,
        };
        Ok(tx.audit().append(&change, self.now())?)
    }

    /// Waits for something asynchronous. Handlers run on a thread that may block.
    pub fn wait_for<F: Future>(&self, future: F) -> F::Output {
        tokio::runtime::Handle::current().block_on(future)
    }
}

/// What the audit log keeps of one change.
#[derive(Clone, Copy, Debug)]
pub struct Trace<'a> {
    /// What was done: `create`, `update`, `delete`, or the operation's own word.
    pub action: &'a str,
    /// The kind of the object.
    pub kind: &'a str,
    /// Its id.
    pub id: &'a str,
    /// The object before, without secrets.
    pub before: Option<&'a Value>,
    /// The object after, without secrets.
    pub after: Option<&'a Value>,
}
