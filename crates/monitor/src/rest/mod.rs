//! REST: Spark's `/api/v1` with Spark's field names, and streaming queries, which Spark's lacks.
//!
//! A call is a row of [`routes::ROUTES`]: a path, what it takes, the shape of what it answers, a function of the
//! [`Store`]. HTTP is not known here.

mod advice;
mod application;
mod executor;
mod job;
mod openapi;
mod query;
mod request;
mod routes;
mod shape;
mod sql;
mod stage;
mod storage;
mod streaming;
mod task;

use std::collections::HashMap;

use serde_json::{Value, json};

use crate::store::Store;
pub(crate) use application::json as application_json;
pub(crate) use executor::stored;
pub(crate) use openapi::document;
use request::Request;
pub(crate) use request::{Answer, Refusal};
use routes::ROUTES;
pub(crate) use streaming::rate;

/// The version of Spark whose behaviour is followed.
pub const SPARK_VERSION: &str = "4.2.0";

/// Answers a call about an application: `path` is what follows the application's id, such as `/jobs/3`.
pub(crate) fn answer(store: &Store, path: &str, query: HashMap<String, String>, now_ms: i64) -> Answer {
    // Spark takes the number of the attempt after the application's id, where there can be more than one.
    let path = path.strip_prefix("/1").filter(|rest| rest.is_empty() || rest.starts_with('/')).unwrap_or(path);
    let path = path.trim_end_matches('/');
    for route in &ROUTES {
        if let Some(found) = matched(route.path, path) {
            return (route.answer)(&Request { store, path: found, query, now_ms });
        }
    }
    Err(Refusal::not_found(format!("There is no {path} of an application; /api/v1/openapi.json lists what there is.")))
}

/// The versions.
pub(crate) fn version() -> Value {
    json!({"spark": SPARK_VERSION, "firesteel": env!("CARGO_PKG_VERSION")})
}

/// The values of the pattern's parameters, if the path is of its kind.
fn matched(pattern: &'static str, path: &str) -> Option<HashMap<&'static str, String>> {
    let (mut pattern, mut path) = (pattern.split('/'), path.split('/'));
    let mut found = HashMap::new();
    loop {
        match (pattern.next(), path.next()) {
            (None, None) => return Some(found),
            (Some(expected), Some(part)) => match expected.strip_prefix('{').and_then(|name| name.strip_suffix('}')) {
                Some(name) => drop(found.insert(name, part.to_string())),
                None if expected == part => {}
                None => return None,
            },
            _ => return None,
        }
    }
}
