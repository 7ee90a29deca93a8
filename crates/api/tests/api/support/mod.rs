//! A service over a fresh store, a client for it, and the vendor's public description, against
//! which every answer that the client sees is checked.

pub(crate) mod description;
pub(crate) mod people;

use std::sync::Arc;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Request, StatusCode, header};
use http_body_util::BodyExt;
use muster_api::{App, Keyring, Operation, Problem, Settings, Tokens};
use muster_auth::{
    Caller, LevelSet, MasterKey, ScopeSet, SeededRandom, SigningAlgorithm, Subject, UserContext,
};
use muster_event::Outboxes;
use muster_model::id::IdentityId;
use muster_model::{FixedClock, Timestamp};
use muster_store::{Error, Org, Store, Tx};
use muster_testkit::{Backend, TestStore};
use serde_json::Value;
use tokio::runtime::RuntimeFlavor;
use tower::ServiceExt;

use self::description::Description;

/// The moment at which the tests take place.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_780_000_000_000_000);

/// The operations under test, on a fresh store with the orgs `acme` (the default) and `globex`.
pub(crate) struct Server {
    pub(crate) service: Router,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) store: TestStore,
    pub(crate) keyring: Arc<Keyring>,
    pub(crate) outboxes: Outboxes,
    pub(crate) closing: tokio_util::sync::CancellationToken,
}

/// Starts a service with every operation.
pub(crate) fn start() -> Server {
    start_with(muster_api::resources::all(), |_| {})
}

/// Starts a service with other operations or settings.
pub(crate) fn start_with(operations: Vec<Operation>, set: impl FnOnce(&mut Settings)) -> Server {
    start_on(Backend::Sqlite, operations, set)
}

/// Runs `act` where it may block.
pub(crate) fn apart<T: Send>(act: impl FnOnce() -> T + Send) -> T {
    std::thread::scope(|scope| scope.spawn(act).join().unwrap())
}

/// The same on either backend.
pub(crate) fn start_on(
    backend: Backend,
    operations: Vec<Operation>,
    set: impl FnOnce(&mut Settings),
) -> Server {
    let store = muster_testkit::start(backend);
    store.create_org("globex", NOW).unwrap();
    for org in store.orgs() {
        org.write(|tx| muster_api::resources::identity_attributes::seed(tx, NOW))
            .unwrap();
    }
    let clock = Arc::new(FixedClock::at(NOW));
    let mut settings = Settings {
        default_org: "acme".to_owned(),
        signing: SigningAlgorithm::EdDsa,
        ..Settings::default()
    };
    set(&mut settings);
    let keyring = Arc::new(keyring(&settings));
    let mut app = App::new(store.clone(), Arc::clone(&keyring), settings)
        .with(muster_inbox::Inboxes::default())
        .with(people::previews(clock.clone()));
    app.clock = clock.clone();
    app.tokens = Arc::new(PlainTokens(Arc::clone(&keyring)));
    let outboxes = app.outboxes.clone();
    let closing = app.closing.clone();
    Server {
        service: muster_api::mount(Arc::new(app), operations),
        clock,
        store,
        keyring,
        outboxes,
        closing,
    }
}

/// Runs a test on a backend. PostgreSQL is waited for by blocking, which only a thread outside of the
/// runtime may do, so the server is started and dropped out here.
pub(crate) fn run_on(backend: Backend, test: impl AsyncFnOnce(&Server)) {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let server = start_on(backend, muster_api::resources::all(), |_| {});
    runtime.block_on(test(&server));
}

/// Makes two tests of each of these functions that call a service: one on SQLite, one on PostgreSQL.
macro_rules! on_both {
    ($($test:ident)+) => {$(
        mod $test {
            #[test]
            fn on_sqlite() {
                crate::support::run_on(muster_testkit::Backend::Sqlite, super::$test);
            }

            #[test]
            fn on_postgres() {
                crate::support::run_on(muster_testkit::Backend::Postgres, super::$test);
            }
        }
    )+};
}
pub(crate) use on_both;

/// Tokens that say in plain text what they are worth: `org|levels|scopes|person or client`. Those
/// that do not look like it are real ones.
struct PlainTokens(Arc<Keyring>);

/// An administrator's token that may do everything in `acme`.
pub(crate) const ADMIN: &str = "acme|ORG_ADMIN|sp:scopes:all|person";

impl Tokens for PlainTokens {
    fn caller(
        &self,
        store: &Store,
        org: &Org,
        token: &str,
        now: Timestamp,
    ) -> Result<Caller, Problem> {
        let parts: Vec<&str> = token.split('|').collect();
        let [home, levels, scopes, who] = parts[..] else {
            return self.0.caller(store, org, token, now);
        };
        if home != org.name() {
            return Err(Problem::not_found("There is nothing here for this token."));
        }
        Ok(Caller {
            org: home.to_owned(),
            subject: Subject::Client("client".to_owned()),
            person: (who == "person").then(|| UserContext {
                identity_id: IdentityId(7),
                user_name: "ada".to_owned(),
            }),
            levels: levels
                .split(',')
                .filter_map(|level| level.parse().ok())
                .collect::<LevelSet>(),
            scopes: ScopeSet::parse(scopes).unwrap(),
            token_id: "token".to_owned(),
        })
    }
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) bytes: Vec<u8>,
}

impl Reply {
    /// The body as JSON; null where there is none.
    pub(crate) fn json(&self) -> Value {
        if self.bytes.is_empty() {
            return Value::Null;
        }
        serde_json::from_slice(&self.bytes)
            .unwrap_or_else(|_| panic!("no JSON: {}", String::from_utf8_lossy(&self.bytes)))
    }

    /// The body, after asserting the status.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Value {
        assert_eq!(
            self.status.as_u16(),
            status,
            "{}",
            String::from_utf8_lossy(&self.bytes)
        );
        self.json()
    }

    /// The detail code and the text of an error in the vendor's shape.
    #[track_caller]
    pub(crate) fn problem(self, status: u16) -> (String, String) {
        let body = self.expect(status);
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        assert_eq!(text(&body["trackingId"]).len(), 32, "{body}");
        (
            text(&body["detailCode"]),
            text(&body["messages"][0]["text"]),
        )
    }

    /// One header.
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }
}

/// A ring that knows nothing yet but the master key, as after a start.
pub(crate) fn keyring(settings: &Settings) -> Keyring {
    let random = Arc::new(SeededRandom::from_seed(1));
    Keyring::new(MasterKey::generate(&*random), settings, random)
}

impl Server {
    /// Blocks, wherever a test is.
    #[expect(
        clippy::unused_self,
        reason = "it is the server's store that is waited for"
    )]
    pub(crate) fn in_place<R>(&self, act: impl FnOnce() -> R) -> R {
        let flavor = tokio::runtime::Handle::try_current().map(|runtime| runtime.runtime_flavor());
        match flavor {
            Ok(RuntimeFlavor::MultiThread) => tokio::task::block_in_place(act),
            _ => act(),
        }
    }

    /// The plain tokens of these tests, for a service of a test's own.
    pub(crate) fn tokens(&self) -> Arc<dyn Tokens> {
        Arc::new(PlainTokens(Arc::clone(&self.keyring)))
    }

    /// Changes the org's store directly.
    pub(crate) fn write<R>(&self, act: impl FnOnce(&mut Tx<'_>) -> Result<R, Error>) -> R {
        let org = self.store.org();
        self.in_place(|| org.write(act)).unwrap()
    }

    /// Reads the org's store directly.
    pub(crate) fn read<R>(&self, act: impl FnOnce(&mut Tx<'_>) -> Result<R, Error>) -> R {
        let org = self.store.org();
        self.in_place(|| org.read(act)).unwrap()
    }

    /// GET as the administrator.
    pub(crate) async fn get(&self, path: &str) -> Reply {
        self.send("GET", path, None).await
    }

    /// POST as the administrator.
    pub(crate) async fn post(&self, path: &str, body: Value) -> Reply {
        self.send("POST", path, Some(body)).await
    }

    /// PUT as the administrator.
    pub(crate) async fn put(&self, path: &str, body: Value) -> Reply {
        self.send("PUT", path, Some(body)).await
    }

    /// PATCH as the administrator.
    pub(crate) async fn patch(&self, path: &str, body: Value) -> Reply {
        self.send("PATCH", path, Some(body)).await
    }

    /// DELETE as the administrator.
    pub(crate) async fn delete(&self, path: &str) -> Reply {
        self.send("DELETE", path, None).await
    }

    async fn send(&self, method: &str, path: &str, body: Option<Value>) -> Reply {
        self.send_as(ADMIN, method, path, body).await
    }

    /// A call with a token of one's own, such as `acme|SOURCE_SUBADMIN|sp:scopes:all|person`.
    pub(crate) async fn send_as(
        &self,
        token: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
    ) -> Reply {
        let content_type = match method {
            "PATCH" => "application/json-patch+json",
            _ => "application/json",
        };
        let request = Request::builder()
            .method(method)
            .uri(path)
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, content_type)
            .body(body.map_or_else(Body::empty, |body| Body::from(body.to_string())))
            .unwrap();
        self.request(request).await
    }

    /// Any request; its answer is checked against the vendor's description where that knows it.
    pub(crate) async fn request(&self, request: Request<Body>) -> Reply {
        let method = request.method().as_str().to_lowercase();
        let path = request.uri().path().to_owned();
        let response = self.service.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = body.collect().await.unwrap().to_bytes().to_vec();
        let reply = Reply {
            status: parts.status,
            headers: parts.headers,
            bytes,
        };
        Description::get().check(&method, &path, &reply);
        reply
    }
}
