//! A console over a fresh org, and a browser that keeps its cookie.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::body::{Body, to_bytes};
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, StatusCode, header};
use muster_api::{App, Keyring, Settings, mount, resources};
use muster_auth::{MasterKey, SeededRandom, SigningAlgorithm};
use muster_console::Console;
use muster_model::{FixedClock, OrgSettings, Timestamp};
use muster_server::orgs;
use muster_testkit::{Backend, TestStore};
use tower::ServiceExt;

/// The moment at which the tests take place.
pub(crate) const NOW: Timestamp = Timestamp::from_micros(1_780_000_000_000_000);

/// A console, and the credentials of its org's administrator.
pub(crate) struct World {
    pub(crate) console: Arc<Console>,
    pub(crate) store: TestStore,
    pub(crate) clock: Arc<FixedClock>,
    pub(crate) client_id: String,
    pub(crate) client_secret: String,
    routes: Router,
}

/// Someone with a cookie jar.
#[derive(Default)]
pub(crate) struct Browser {
    pub(crate) cookie: Option<String>,
}

/// What came back.
pub(crate) struct Page {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) text: String,
}

impl World {
    pub(crate) fn new() -> Self {
        let store = muster_testkit::start(Backend::Sqlite);
        let settings = Settings {
            default_org: "demo".to_owned(),
            signing: SigningAlgorithm::EdDsa,
            ..Settings::default()
        };
        let random = Arc::new(SeededRandom::from_seed(1));
        let master = MasterKey::generate(&*random);
        let keyring = Arc::new(Keyring::new(master, &settings, random));
        let (_, credentials) =
            orgs::create(&store, &keyring, "demo", &OrgSettings::default(), NOW).unwrap();
        let clock = Arc::new(FixedClock::at(NOW));
        let mut app =
            App::new(store.clone(), keyring, settings).with(muster_inbox::Inboxes::default());
        app.clock = clock.clone();
        let app = Arc::new(app);
        let api = mount(Arc::clone(&app), resources::all());
        let console = Console::new(app, api);
        Self {
            routes: console.routes(),
            console,
            store,
            clock,
            client_id: credentials.client_id,
            client_secret: credentials.client_secret.expose().clone(),
        }
    }

    /// A request with these headers, from an address of this machine unless `peer` says otherwise.
    pub(crate) async fn send(&self, mut request: Request<Body>, peer: &str) -> Page {
        let peer: SocketAddr = peer.parse().unwrap();
        request
            .headers_mut()
            .insert(header::HOST, "localhost:8080".parse().unwrap());
        request.extensions_mut().insert(ConnectInfo(peer));
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        let bytes = to_bytes(body, 16 * 1024 * 1024).await.unwrap();
        Page {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8(bytes.to_vec()).unwrap(),
        }
    }

    /// A browser that is signed in.
    pub(crate) async fn signed_in(&self) -> Browser {
        let mut browser = Browser::default();
        let page = browser.sign_in(self, &self.client_secret).await;
        assert_eq!(page.status, StatusCode::SEE_OTHER, "{}", page.text);
        browser
    }
}

impl Browser {
    pub(crate) async fn sign_in(&mut self, world: &World, secret: &str) -> Page {
        let fields = [
            ("client_id", world.client_id.as_str()),
            ("client_secret", secret),
            ("next", "/console/triggers"),
        ];
        let page = self.post_raw(world, "/console/sign-in", &fields).await;
        self.keep_cookie(&page);
        page
    }

    pub(crate) fn keep_cookie(&mut self, page: &Page) {
        if let Some(cookie) = page.header("set-cookie") {
            self.cookie = cookie.split(';').next().map(str::to_owned);
        }
    }

    pub(crate) async fn get(&self, world: &World, path: &str) -> Page {
        let request = self.with_cookie(Request::get(path));
        world
            .send(request.body(Body::empty()).unwrap(), "127.0.0.1:5000")
            .await
    }

    /// Sends a form with the token that the page at `from` gave.
    pub(crate) async fn post(
        &self,
        world: &World,
        from: &str,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Page {
        let token = self.get(world, from).await.token();
        let mut fields = fields.to_vec();
        fields.push(("csrf", &token));
        self.post_raw(world, path, &fields).await
    }

    pub(crate) async fn post_raw(
        &self,
        world: &World,
        path: &str,
        fields: &[(&str, &str)],
    ) -> Page {
        let form = form_urlencoded::Serializer::new(String::new())
            .extend_pairs(fields)
            .finish();
        let request = self.with_cookie(Request::post(path));
        let request = request.header("origin", "http://localhost:8080");
        world
            .send(request.body(Body::from(form)).unwrap(), "127.0.0.1:5000")
            .await
    }

    pub(crate) fn with_cookie(
        &self,
        request: axum::http::request::Builder,
    ) -> axum::http::request::Builder {
        match &self.cookie {
            Some(cookie) => request.header(header::COOKIE, cookie),
            None => request,
        }
    }
}

impl Page {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The token that its forms bring back.
    pub(crate) fn token(&self) -> String {
        let after = self.text.split("name=\"csrf\" value=\"").nth(1);
        let token = after.unwrap_or_else(|| panic!("no form: {} {}", self.status, self.text));
        token.split('"').next().unwrap().to_owned()
    }
}
