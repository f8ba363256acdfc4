//! The HTTP server: pages, REST, changes as server-sent events, what a person may stop.

use std::collections::HashMap;
use std::convert::Infallible;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::{HeaderValue, Method, StatusCode, Uri, header};
use axum::middleware::{self, Next};
use axum::response::sse::{Event, KeepAlive, Sse};
use axum::response::{IntoResponse, Redirect, Response};
use firesteel_error::{Result, SparkError};
use futures::stream;
use tokio::net::TcpListener;
use tokio::task::JoinHandle;

use crate::applications::{Applications, Control, SharedStore};
use crate::config::UiConfig;
use crate::log_files::LogFiles;
use crate::{guard, rest, time, ui};

/// How often a page is told of changes at most.
const CHANGES: Duration = Duration::from_secs(1);

/// What the pages show and may do.
#[derive(Clone)]
pub struct Site {
    /// The applications.
    pub applications: Arc<dyn Applications>,
    /// What a person may stop.
    pub control: Option<Arc<dyn Control>>,
    /// The logs that may be read.
    pub logs: Option<LogFiles>,
    /// The server's settings.
    pub config: UiConfig,
}

/// A running server; it ends with [`UiServer::stop`] or its Tokio runtime.
#[derive(Debug)]
pub struct UiServer {
    address: SocketAddr,
    task: JoinHandle<()>,
}

impl UiServer {
    /// Listens on the first free port and serves `site`, and `more` beside it.
    ///
    /// # Errors
    /// If no port is free.
    pub async fn start(site: Site, more: Router) -> Result<Self> {
        let listener = bind(&site.config).await?;
        let address =
            listener.local_addr().map_err(|error| SparkError::io("The web UI's socket has no address", error))?;
        let router = router(site, more);
        let task = tokio::spawn(async move {
            if let Err(error) = axum::serve(listener, router).await {
                tracing::error!("the web UI has ended: {error}");
            }
        });
        Ok(Self { address, task })
    }

    /// Where it listens.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// The address for a browser.
    pub fn url(&self) -> String {
        let ip = self.address.ip();
        if ip.is_loopback() || ip.is_unspecified() {
            return format!("http://localhost:{}", self.address.port());
        }
        format!("http://{}", self.address)
    }

    /// Ends it; pages that are loading are cut off.
    pub fn stop(self) {
        self.task.abort();
    }
}

async fn bind(config: &UiConfig) -> Result<TcpListener> {
    let mut port = config.port;
    let mut tried = 0;
    loop {
        match TcpListener::bind((config.address, port)).await {
            Ok(listener) => return Ok(listener),
            // A port of 0 is any free one: there is no next.
            Err(error) if error.kind() == std::io::ErrorKind::AddrInUse && tried < config.retries && port != 0 => {
                tracing::info!("Port {port} is in use; the web UI tries the next");
                tried += 1;
                port = port.checked_add(1).unwrap_or(1024);
            }
            Err(error) => {
                let which = format!("The web UI cannot listen at {}:{port} (spark.ui.port)", config.address);
                return Err(SparkError::io(which, error));
            }
        }
    }
}

/// The pages and REST of `site`, and `more`, behind the same guard.
pub fn router(site: Site, more: Router) -> Router {
    let guard = middleware::from_fn_with_state(site.config.clone(), guarded);
    more.fallback_service(Router::new().fallback(serve).with_state(site)).layer(guard)
}

async fn guarded(State(config): State<UiConfig>, request: Request, next: Next) -> Response {
    let uri = request.uri().clone();
    if let Err(refused) = guard::check(&config, request.method(), &uri, request.headers()) {
        let mut response = (refused.status, refused.message).into_response();
        if let Some(challenge) = refused.challenge {
            response.headers_mut().insert(header::WWW_AUTHENTICATE, HeaderValue::from_static(challenge));
        }
        return response;
    }
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ] {
        headers.insert(name, HeaderValue::from_static(value));
    }
    if let Some(cookie) = guard::cookie(&config, &uri) {
        headers.extend(HeaderValue::from_str(&cookie).map(|value| (header::SET_COOKIE, value)));
    }
    response
}

/// Nothing is loaded from anywhere else, and no script or style stands in a page.
const POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; \
                      form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

async fn serve(State(site): State<Site>, method: Method, uri: Uri) -> Response {
    let path = uri.path().to_string();
    let query = parameters(uri.query().unwrap_or_default());
    match method {
        Method::GET | Method::HEAD => {}
        Method::POST => return stop(&site, &path, &query),
        _ => return (StatusCode::METHOD_NOT_ALLOWED, "GET or POST\n").into_response(),
    }
    if let Some(asset) = ui::asset(&path) {
        let cached = [(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, "no-cache")];
        return (cached, asset.text).into_response();
    }
    if path == "/changes" {
        return changes(&site);
    }
    if let Some(call) = path.strip_prefix("/api/v1") {
        let (site, call) = (site.clone(), call.to_string());
        return blocking(move || api(&site, &call, query)).await;
    }
    blocking(move || page(&site, &path, &query)).await
}

/// Reading a log of history or writing a large page takes time that connections should not wait for.
async fn blocking(work: impl FnOnce() -> Response + Send + 'static) -> Response {
    let failed =
        |_| (StatusCode::INTERNAL_SERVER_ERROR, "The page could not be made; the log says why.\n").into_response();
    tokio::task::spawn_blocking(work).await.unwrap_or_else(failed)
}

fn parameters(query: &str) -> HashMap<String, String> {
    let mut all: HashMap<String, String> = HashMap::new();
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
        let known = all.entry(crate::percent::decode(name)).or_default();
        if !known.is_empty() {
            known.push(',');
        }
        known.push_str(&crate::percent::decode(value));
    }
    all
}

fn changes(site: &Site) -> Response {
    let Some(changes) = site.applications.changes() else { return StatusCode::NO_CONTENT.into_response() };
    let events = stream::unfold(changes, |mut changes| async move {
        changes.changed().await.ok()?;
        let event = Event::default().data(changes.borrow_and_update().to_string());
        tokio::time::sleep(CHANGES).await;
        Some((Ok::<_, Infallible>(event), changes))
    });
    Sse::new(events).keep_alive(KeepAlive::default()).into_response()
}

fn api(site: &Site, call: &str, query: HashMap<String, String>) -> Response {
    let now_ms = time::now_ms();
    let answer = match call.trim_end_matches('/') {
        "/version" => Ok(rest::version()),
        "/openapi.json" => Ok(rest::document()),
        "/applications" => Ok(applications(site, &query, now_ms)),
        other => match other.strip_prefix("/applications/") {
            Some(rest_of) => {
                let (id, path) = rest_of.split_at(rest_of.find('/').unwrap_or(rest_of.len()));
                let id = crate::percent::decode(id);
                match site.applications.open(&id) {
                    Some(store) => {
                        let store = store.read();
                        let now_ms = store.stands_at.unwrap_or(now_ms);
                        rest::answer(&store, &crate::percent::decode(path), query, now_ms)
                    }
                    None => Err(rest::Refusal::not_found(format!("no such app: {id}"))),
                }
            }
            None => Err(rest::Refusal::not_found("There is no such call; /api/v1/openapi.json lists what there is.")),
        },
    };
    match answer {
        Ok(json) => {
            let text = serde_json::to_string_pretty(&json).unwrap_or_default();
            ([(header::CONTENT_TYPE, "application/json")], text).into_response()
        }
        Err(refusal) => {
            let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::NOT_FOUND);
            (status, [(header::CONTENT_TYPE, "text/plain; charset=utf-8")], refusal.message).into_response()
        }
    }
}

fn applications(site: &Site, query: &HashMap<String, String>, now_ms: i64) -> serde_json::Value {
    let wanted = query.get("status").map(|status| status.eq_ignore_ascii_case("completed"));
    let limit = query.get("limit").and_then(|limit| limit.parse().ok()).unwrap_or(usize::MAX);
    let all = site.applications.list(now_ms).into_iter();
    all.filter(|app| wanted.is_none_or(|wanted| app["attempts"][0]["completed"] == wanted)).take(limit).collect()
}

fn page(site: &Site, path: &str, query: &HashMap<String, String>) -> Response {
    let running = site.applications.running();
    let (store, base, path): (SharedStore, String, String) = match (running, path.strip_prefix("/history/")) {
        (Some(store), _) => (store, String::new(), path.to_string()),
        (None, Some(rest_of)) => {
            let (id, path) = rest_of.split_at(rest_of.find('/').unwrap_or(rest_of.len()));
            let id = crate::percent::decode(id);
            let Some(store) = site.applications.open(&id) else { return not_found(&format!("no such app: {id}")) };
            (store, format!("/history/{}", crate::percent::encode(&id)), path.to_string())
        }
        (None, None) if path == "/" => return html(ui::history(&site.applications.list(time::now_ms()))),
        (None, None) => return not_found("There is no such page."),
    };
    let store = store.read();
    let view = ui::View {
        store: &store,
        base: &base,
        query,
        now_ms: store.stands_at.unwrap_or_else(time::now_ms),
        is_live: site.applications.changes().is_some() && store.application.end_ms.is_none(),
        can_kill: site.config.kill_enabled && site.control.is_some(),
        logs: site.logs.as_ref(),
    };
    match ui::page(&view, &path) {
        ui::Shown::Page(markup) => html(markup),
        ui::Shown::Text(text) => ([(header::CONTENT_TYPE, "text/plain; charset=utf-8")], text).into_response(),
        ui::Shown::Elsewhere(path) => Redirect::to(&format!("{base}{path}")).into_response(),
        ui::Shown::Nothing(message) => not_found(&message),
    }
}

fn html(markup: maud::Markup) -> Response {
    ([(header::CONTENT_TYPE, "text/html; charset=utf-8")], markup.into_string()).into_response()
}

fn not_found(message: &str) -> Response {
    let mut response = html(ui::message("Not found", message));
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// Stops what a person asked to stop, and shows the page again.
fn stop(site: &Site, path: &str, query: &HashMap<String, String>) -> Response {
    let Some(control) = site.control.as_ref().filter(|_| site.config.kill_enabled) else {
        return (StatusCode::FORBIDDEN, "spark.ui.killEnabled is not set to true.\n").into_response();
    };
    let id = query.get("id").map_or("", String::as_str);
    let number = id.parse::<i64>().unwrap_or(-1);
    let (done, back) = match path.trim_end_matches('/') {
        "/jobs/job/kill" => (control.cancel_job(number), "/jobs/"),
        "/stages/stage/kill" => (control.cancel_stage(number), "/stages/"),
        "/SQL/execution/kill" => (control.cancel_execution(number), "/SQL/"),
        "/StreamingQuery/stop" => (control.stop_query(id), "/StreamingQuery/"),
        _ => return (StatusCode::NOT_FOUND, Body::empty()).into_response(),
    };
    if !done {
        return not_found(&format!("{id} does not run any more."));
    }
    Redirect::to(back).into_response()
}
