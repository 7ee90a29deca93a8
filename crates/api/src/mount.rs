//! From a request on a socket to a [`Call`] and back: the only code that knows prefixes, hosts and
//! headers. All operations hang in one tree, so that 404, 405, `//` and panics are answered in one
//! place and in the API's own shape.

use std::collections::BTreeMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderName, HeaderValue, Method as HttpMethod, StatusCode, header};
use axum::response::{IntoResponse, Response};
use bytes::Bytes;
use futures_util::FutureExt;
use muster_store::Org;
use tokio_util::sync::CancellationToken;
use tower_http::compression::CompressionLayer;
use tower_http::decompression::RequestDecompressionLayer;
use tracing::Instrument;

use crate::answer::Answer;
use crate::app::App;
use crate::call::Call;
use crate::extract::{body, caller, upload};
use crate::host::org_name;
use crate::limits::{BODY_BYTES_MAX, TARGET_BYTES_MAX};
use crate::operation::{Method, Operation};
use crate::path::{Found, Tree, parameter_names};
use crate::problem::{Problem, quote};
use crate::rate::Limiter;
use crate::spelling::{Spelling, spell};

/// Marks an answer with the id under which the log speaks of it.
const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");
/// The vendor's mark of deprecated operations (api-surface.md §2).
const DEPRECATED: HeaderName = HeaderName::from_static("x-deprecated");

/// Everything that hangs at one path.
#[derive(Default)]
struct Slot {
    methods: BTreeMap<Method, (Arc<Operation>, Spelling)>,
}

struct Mounted {
    app: Arc<App>,
    catalogue: Arc<[Operation]>,
    tree: Tree<Slot>,
    limiter: Option<Limiter>,
}

/// The operations as a service, each under all its spellings.
pub fn mount(app: Arc<App>, operations: impl IntoIterator<Item = Operation>) -> Router {
    let catalogue: Arc<[Operation]> = operations.into_iter().collect();
    let mut tree = Tree::default();
    for operation in &*catalogue {
        let operation = Arc::new(*operation);
        for spelling in operation.spellings.each() {
            let slot: &mut Slot = tree
                .entry(&spell(operation.path, spelling))
                .get_or_insert_default();
            let twin = slot
                .methods
                .insert(operation.method, (Arc::clone(&operation), spelling));
            debug_assert!(
                twin.is_none(),
                "{operation:?} is declared twice as {spelling:?}"
            );
        }
    }
    let limiter = app.settings.rate.map(Limiter::new);
    let mounted = Arc::new(Mounted {
        app,
        catalogue,
        tree,
        limiter,
    });
    Router::new()
        .fallback(serve)
        .with_state(mounted)
        .layer(
            RequestDecompressionLayer::new()
                .no_br()
                .no_deflate()
                .no_zstd(),
        )
        .layer(CompressionLayer::new())
}

/// Answers one request; whatever happens, the answer has the API's shape and a tracking id.
async fn serve(State(mounted): State<Arc<Mounted>>, request: Request) -> Response {
    let tracking_id = format!("{:032x}", mounted.app.bits());
    let span = tracing::info_span!(
        "request",
        tracking_id,
        method = %request.method(),
        path = request.uri().path(),
        cause = tracing::field::Empty,
    );
    let answered = answer(&mounted, request, &tracking_id);
    let caught = std::panic::AssertUnwindSafe(answered)
        .catch_unwind()
        .instrument(span.clone());
    let answer = match caught.await {
        Ok(Ok(answer)) => answer,
        Ok(Err(problem)) => problem.answer(&tracking_id),
        Err(panic) => {
            let _entered = span.enter();
            panicked(&*panic).answer(&tracking_id)
        }
    };
    let answer = match HeaderValue::from_str(&tracking_id) {
        Ok(id) => answer.with_header(REQUEST_ID, id),
        Err(_) => answer,
    };
    answer.into_response()
}

async fn answer(
    mounted: &Arc<Mounted>,
    request: Request,
    tracking_id: &str,
) -> Result<Answer, Problem> {
    let (parts, body) = request.into_parts();
    let target_bytes = parts.uri.path().len() + parts.uri.query().map_or(0, str::len);
    if target_bytes > TARGET_BYTES_MAX {
        return Err(Problem::target_too_long(format!(
            "Path and query have more than {TARGET_BYTES_MAX} bytes; split the call."
        )));
    }
    let org = org_of(mounted, &parts)?;
    let found = mounted
        .tree
        .find(parts.uri.path())
        .ok_or_else(|| unknown_path(&parts))?;
    let (operation, spelling) = match choose(found.value, &parts) {
        Chosen::Operation(operation, spelling) => (operation, spelling),
        Chosen::Methods(answer) => return Ok(answer),
        Chosen::Nothing(problem) => return Err(problem),
    };
    let caller = {
        let (app, org) = (Arc::clone(&mounted.app), org.clone());
        let (operation, headers) = (Arc::clone(operation), parts.headers.clone());
        blocking(move || {
            let authorization = headers.get(header::AUTHORIZATION);
            let authorization = authorization.and_then(|value| value.to_str().ok());
            caller::identify(&app, &org, &operation, authorization)
        })
        .await?
    };
    if let (Some(limiter), Some(caller)) = (&mounted.limiter, &caller) {
        let key = format!("{} {} {}", org.name(), caller.subject.id(), spelling.name());
        limiter
            .take(&key, mounted.app.clock.now())
            .map_err(Problem::too_many)?;
    }
    let is_spooled = operation.request.is_some_and(|shape| shape.spooled);
    let (body, upload) = if is_spooled {
        (
            Bytes::new(),
            Some(Arc::new(
                upload::spool(&parts.headers, body, &mounted.app.settings).await?,
            )),
        )
    } else {
        (body::collect(body, BODY_BYTES_MAX).await?, None)
    };
    // Dropped with this future when the client goes away.
    let gone = CancellationToken::new();
    let _waiting = gone.clone().drop_guard();
    let call = Call {
        app: Arc::clone(&mounted.app),
        catalogue: Arc::clone(&mounted.catalogue),
        org,
        operation: **operation,
        spelling,
        caller,
        tracking_id: tracking_id.to_owned(),
        parameters: name_parameters(operation, found),
        query: query_of(&parts),
        headers: parts.headers,
        body,
        upload,
        gone,
    };
    let deprecated = call.operation.deprecated;
    let answer = blocking(move || call.operation.handle(&call)).await?;
    Ok(if deprecated {
        answer.with_header(DEPRECATED, HeaderValue::from_static("true"))
    } else {
        answer
    })
}

/// Runs `act` on a thread that may block.
async fn blocking<T: Send + 'static>(
    act: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    let span = tracing::Span::current();
    let acted = tokio::task::spawn_blocking(move || {
        let _entered = span.enter();
        act()
    });
    match acted.await {
        Ok(outcome) => outcome,
        Err(error) if error.is_panic() => Err(panicked(&*error.into_panic())),
        Err(error) => Err(Problem::hidden(&error)),
    }
}

fn org_of(mounted: &Mounted, parts: &Parts) -> Result<Org, Problem> {
    let host = parts
        .uri
        .host()
        .or_else(|| parts.headers.get(header::HOST)?.to_str().ok());
    let name = org_name(host, &mounted.app.settings.default_org);
    mounted
        .app
        .store
        .org(name)
        .ok_or_else(|| Problem::not_found(format!("There is no org \"{}\" here.", quote(name))))
}

enum Chosen<'s> {
    Operation(&'s Arc<Operation>, Spelling),
    Methods(Answer),
    Nothing(Problem),
}

fn choose<'s>(slot: &'s Slot, parts: &Parts) -> Chosen<'s> {
    let wanted = Method::named(parts.method.as_str());
    if let Some((operation, spelling)) = wanted.and_then(|method| slot.methods.get(&method)) {
        return Chosen::Operation(operation, *spelling);
    }
    let mut allowed: Vec<&str> = slot.methods.keys().map(|method| method.name()).collect();
    if slot.methods.contains_key(&Method::Get) {
        allowed.push("HEAD");
    }
    allowed.push("OPTIONS");
    let allowed = allowed.join(", ");
    if parts.method == HttpMethod::OPTIONS {
        let answer = Answer::empty(StatusCode::NO_CONTENT);
        return Chosen::Methods(match HeaderValue::from_str(&allowed) {
            Ok(allowed) => answer.with_header(header::ALLOW, allowed),
            Err(_) => answer,
        });
    }
    let text = format!(
        "{} is not known here; use one of {allowed}.",
        quote(parts.method.as_str())
    );
    Chosen::Nothing(Problem::method_not_allowed(text, &allowed))
}

fn unknown_path(parts: &Parts) -> Problem {
    Problem::not_found(format!(
        "There is nothing at {}; /docs lists what there is.",
        quote(parts.uri.path())
    ))
}

fn name_parameters<T>(operation: &Operation, found: Found<'_, T>) -> Vec<(&'static str, String)> {
    parameter_names(operation.path)
        .zip(found.parameters)
        .collect()
}

fn query_of(parts: &Parts) -> Vec<(String, String)> {
    let query = parts.uri.query().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes())
        .into_owned()
        .collect()
}

fn panicked(panic: &(dyn std::any::Any + Send)) -> Problem {
    let text = panic
        .downcast_ref::<&str>()
        .copied()
        .or_else(|| panic.downcast_ref::<String>().map(String::as_str))
        .unwrap_or("no message");
    tracing::error!(panic = text, "a handler panicked: {text}");
    Problem::internal()
}
