//! The OpenAPI document of `/api/v1`, made from the table of calls.

use serde_json::{Map, Value, json};

use super::routes::{Parameter, ROUTES, Route};
use super::{application, shape};

/// The document.
pub(crate) fn document() -> Value {
    let mut paths = Map::new();
    let text =
        |schema: Value| json!({"200": {"description": "OK", "content": {"application/json": {"schema": schema}}}});
    let version = shape::object("spark:str firesteel:str");
    paths.insert("/version".into(), json!({"get": {"summary": "The versions", "responses": text(version)}}));
    let status = Parameter("status", "string", &["completed", "running"]);
    let all = json!({
        "summary": "The applications that are known",
        "parameters": [query_parameter(&status)],
        "responses": text(shape::list(application::SHAPE)),
    });
    paths.insert("/applications".into(), json!({"get": all}));
    for route in &ROUTES {
        paths.insert(format!("/applications/{{appId}}{}", route.path), json!({"get": operation(route)}));
    }
    json!({
        "openapi": "3.1.0",
        "info": {
            "title": "Firesteel's monitoring REST",
            "description": "Spark's /api/v1 with Spark's field names, and streaming queries beside it.",
            "version": env!("CARGO_PKG_VERSION"),
        },
        "servers": [{"url": "/api/v1"}],
        "paths": paths,
    })
}

fn operation(route: &Route) -> Value {
    let content = |schema: Value| json!({"application/json": {"schema": schema}});
    let schema = schema(route);
    let in_path = std::iter::once("appId").chain(names_in(route.path)).map(|name| {
        let kind = if matches!(name, "appId" | "runId") { "string" } else { "integer" };
        json!({"name": name, "in": "path", "required": true, "schema": {"type": kind}})
    });
    let parameters: Vec<Value> = in_path.chain(route.query.iter().map(query_parameter)).collect();
    let sentence = json!({"text/plain": {"schema": {"type": "string"}}});
    json!({
        "summary": route.summary,
        "parameters": parameters,
        "responses": {
            "200": {"description": "OK", "content": content(schema)},
            "400": {"description": "A parameter cannot be read", "content": sentence},
            "404": {"description": "There is no such thing", "content": sentence},
        },
    })
}

/// The schema of what a call answers.
pub(crate) fn schema(route: &Route) -> Value {
    match (route.shape, route.is_list) {
        ("", _) => json!({"type": "array", "items": {"type": "object"}}),
        (of, true) => shape::list(of),
        (of, false) => shape::object(of),
    }
}

fn query_parameter(Parameter(name, kind, values): &Parameter) -> Value {
    let schema = match *kind {
        "quantiles" => json!({"type": "string", "pattern": r"^(0(\.\d+)?|1(\.0+)?)(,(0(\.\d+)?|1(\.0+)?))*$"}),
        "integer" => json!({"type": "integer", "minimum": 0}),
        "string" if !values.is_empty() => json!({"type": "string", "enum": values}),
        kind => json!({"type": kind}),
    };
    json!({"name": name, "in": "query", "required": false, "schema": schema})
}

fn names_in(path: &'static str) -> impl Iterator<Item = &'static str> {
    path.split('/').filter_map(|part| part.strip_prefix('{')?.strip_suffix('}'))
}
