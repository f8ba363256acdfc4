//! What a REST call asks for, and how it is refused.

use std::collections::HashMap;
use std::str::FromStr;

use serde_json::Value;

use crate::store::Store;

/// A call about an application.
pub(crate) struct Request<'a> {
    /// What is known of the application.
    pub store: &'a Store,
    /// The values of the path's parameters, by name.
    pub path: HashMap<&'static str, String>,
    /// The query's parameters. Of one that is given twice, all values, by commas.
    pub query: HashMap<String, String>,
    /// Now, in milliseconds since 1970.
    pub now_ms: i64,
}

/// The JSON of an answer, or why there is none.
pub(crate) type Answer = Result<Value, Refusal>;

/// Why there is no answer.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// HTTP's status.
    pub status: u16,
    /// A sentence.
    pub message: String,
}

impl Refusal {
    pub fn not_found(message: impl Into<String>) -> Self {
        Self { status: 404, message: message.into() }
    }

    pub fn bad_request(message: impl Into<String>) -> Self {
        Self { status: 400, message: message.into() }
    }
}

impl Request<'_> {
    /// A number in the path. Spark answers 404 if it is none.
    pub fn number(&self, name: &str) -> Result<i64, Refusal> {
        let text = self.path.get(name).map_or("", String::as_str);
        text.parse().map_err(|_| Refusal::not_found(format!("{name} must be a number: {text}")))
    }

    /// A text in the path.
    pub fn text(&self, name: &str) -> &str {
        self.path.get(name).map_or("", String::as_str)
    }

    /// A parameter of the query, or `otherwise`.
    pub fn parameter<T: FromStr>(&self, name: &str, otherwise: T) -> Result<T, Refusal> {
        match self.query.get(name).filter(|text| !text.is_empty()) {
            None => Ok(otherwise),
            Some(text) => text.parse().map_err(|_| Refusal::bad_request(format!("{name} cannot be read: {text}"))),
        }
    }

    /// Whether something with this status is asked for: `status=running&status=failed`, all without.
    pub fn wants_status(&self, parameter: &str, status: &str) -> bool {
        let wanted = self.query.get(parameter).map_or("", String::as_str);
        wanted.is_empty() || wanted.split(',').any(|wanted| wanted.trim().eq_ignore_ascii_case(status))
    }

    /// `offset` and `length`, applied to a list.
    pub fn page<T>(&self, all: impl Iterator<Item = T>, length: usize) -> Result<Vec<T>, Refusal> {
        let offset = self.parameter("offset", 0_usize)?;
        let length = self.parameter("length", length)?;
        Ok(all.skip(offset).take(length).collect())
    }
}

/// An object without its null fields, as Spark's REST writes it.
pub(crate) fn without_nulls(mut value: Value) -> Value {
    if let Value::Object(fields) = &mut value {
        fields.retain(|_, value| !value.is_null());
    }
    value
}
