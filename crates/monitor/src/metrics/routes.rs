//! The metrics' pages as routes of the web UI's port.

use std::collections::HashMap;
use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::Value as Json;

use super::MetricsSystem;
use super::pages::Page;
use crate::applications::SharedStore;
use crate::{rest, time};

/// Where Spark's `PrometheusResource` is.
const EXECUTORS_PATH: &str = "/metrics/executors/prometheus";

/// The routes: `/metrics` and what `metrics.properties` adds; with a store, `/metrics/executors/prometheus`.
pub fn router(system: &Arc<MetricsSystem>, store: Option<SharedStore>) -> Router {
    let mut router = Router::new();
    for path in system.paths() {
        router = router.route(&path, get(page).with_state(system.clone()));
    }
    if let Some(store) = store {
        let system = system.clone();
        let show = move || async move { response(system.executors_page(&executors(&store))) };
        router = router.route(EXECUTORS_PATH, get(show));
    }
    router
}

/// What the REST API lists as executors.
fn executors(store: &SharedStore) -> Vec<Json> {
    let answer = rest::answer(&store.read(), "/executors", HashMap::new(), time::now_ms());
    answer.ok().and_then(|list| list.as_array().cloned()).unwrap_or_default()
}

async fn page(State(system): State<Arc<MetricsSystem>>, uri: Uri, headers: HeaderMap) -> Response {
    let accept = headers.get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
    match system.page(uri.path(), accept) {
        Some(page) => response(page),
        None => StatusCode::NOT_FOUND.into_response(),
    }
}

fn response(page: Page) -> Response {
    let headers = [(header::CONTENT_TYPE, page.content_type), (header::CACHE_CONTROL, "no-store")];
    (headers, page.body).into_response()
}
