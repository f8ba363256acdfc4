//! Errors under the names that Spark gives them: a condition, its SQLSTATE, its parameters, and the exception class a
//! client raises.
//!
//! A [`SparkError`] is made from a condition (`"DIVIDE_BY_ZERO"`, `"DATATYPE_MISMATCH.INVALID_JSON_SCHEMA"`) and its
//! parameters. The SQLSTATE comes from Spark's published list ([`sql_state`]); the sentence is ours and stands in
//! [`messages`]. Conditions are documented at
//! <https://spark.apache.org/docs/latest/sql-error-conditions.html>.
//!
//! ```
//! use firesteel_error::{Exception, SparkError};
//!
//! let error = SparkError::new("DIVIDE_BY_ZERO").param("config", "\"spark.sql.ansi.enabled\"");
//! assert_eq!(error.exception(), Exception::Arithmetic);
//! assert_eq!(error.sql_state(), Some("22012"));
//! assert!(error.message().starts_with("[DIVIDE_BY_ZERO] "));
//! ```
#![warn(missing_docs)]

mod exception;
mod messages;
mod sqlstates;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;

pub use exception::Exception;
pub use sqlstates::sql_state;

/// What this engine's fallible functions return.
pub type Result<T, E = SparkError> = std::result::Result<T, E>;

/// The piece of SQL text, or the DataFrame call, that an error is about.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct QueryContext {
    /// `true` for SQL text, `false` for a DataFrame call.
    pub sql: bool,
    /// The SQL text, or the call as written (`div(Column)`).
    pub fragment: String,
    /// Where in the SQL text the fragment starts (characters, from 0); -1 if not known.
    pub start_index: i32,
    /// Where in the SQL text the fragment ends (characters, inclusive); -1 if not known.
    pub stop_index: i32,
    /// For a DataFrame call: the user's `file:line`.
    pub call_site: String,
    /// What is printed for a person.
    pub summary: String,
}

/// An error with Spark's condition, SQLSTATE and parameters.
///
/// It is one pointer wide, so a `Result` stays small.
#[derive(Debug, Clone)]
pub struct SparkError(Box<Inner>);

#[derive(Debug, Clone)]
struct Inner {
    condition: Option<String>,
    exception: Exception,
    params: BTreeMap<String, String>,
    text: Option<String>,
    contexts: Vec<QueryContext>,
    cause: Option<Arc<dyn std::error::Error + Send + Sync>>,
}

impl SparkError {
    /// An error of `condition`; its exception class follows from the condition.
    pub fn new(condition: &str) -> Self {
        Self(Box::new(Inner {
            condition: Some(condition.to_string()),
            exception: Exception::of_condition(condition),
            params: BTreeMap::new(),
            text: None,
            contexts: Vec::new(),
            cause: None,
        }))
    }

    /// An error without a condition: a plain exception with a text, as the JVM raises them.
    pub fn plain(exception: Exception, text: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            condition: None,
            exception,
            params: BTreeMap::new(),
            text: Some(text.into()),
            contexts: Vec::new(),
            cause: None,
        }))
    }

    /// A fault of the engine itself (`INTERNAL_ERROR`): never the user's doing.
    pub fn internal(text: impl Into<String>) -> Self {
        Self::new("INTERNAL_ERROR").param("message", text)
    }

    /// Something that Spark has and this engine does not have (yet). `what` names it in the user's words.
    pub fn unsupported(what: impl Into<String>) -> Self {
        Self::new("UNSUPPORTED_FEATURE.FIRESTEEL").param("feature", what)
    }

    /// A file, socket or store that could not be used; `what` names the operation and its path or address.
    pub fn io(what: impl fmt::Display, error: impl std::error::Error + Send + Sync + 'static) -> Self {
        Self::plain(Exception::Spark, format!("{what}: {error}")).cause(error)
    }

    /// Adds a message parameter under Spark's name for it.
    #[must_use]
    pub fn param(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.params.insert(name.to_string(), value.into());
        self
    }

    /// Replaces the sentence that would be made from the condition and its parameters.
    #[must_use]
    pub fn text(mut self, text: impl Into<String>) -> Self {
        self.0.text = Some(text.into());
        self
    }

    /// Replaces the exception class that follows from the condition.
    #[must_use]
    pub fn with_exception(mut self, exception: Exception) -> Self {
        self.0.exception = exception;
        self
    }

    /// Adds the place in the user's query.
    #[must_use]
    pub fn context(mut self, context: QueryContext) -> Self {
        self.0.contexts.push(context);
        self
    }

    /// Adds the error that led to this one.
    #[must_use]
    pub fn cause(mut self, cause: impl std::error::Error + Send + Sync + 'static) -> Self {
        self.0.cause = Some(Arc::new(cause));
        self
    }

    /// The condition, with its sub-condition after a dot.
    pub fn condition(&self) -> Option<&str> {
        self.0.condition.as_deref()
    }

    /// The class that a client raises.
    pub fn exception(&self) -> Exception {
        self.0.exception
    }

    /// The SQLSTATE of the condition.
    pub fn sql_state(&self) -> Option<&'static str> {
        self.condition().and_then(sql_state)
    }

    /// The parameters, by Spark's names.
    pub fn params(&self) -> &BTreeMap<String, String> {
        &self.0.params
    }

    /// The places in the user's query.
    pub fn contexts(&self) -> &[QueryContext] {
        &self.0.contexts
    }

    /// The error that led to this one.
    pub fn cause_of(&self) -> Option<&(dyn std::error::Error + Send + Sync)> {
        self.0.cause.as_deref()
    }

    /// The whole sentence: `[CONDITION] text SQLSTATE: 12345`, as Spark's clients show it.
    pub fn message(&self) -> String {
        let Inner { condition, params, text, .. } = &*self.0;
        let Some(condition) = condition else {
            return text.clone().unwrap_or_default();
        };
        let text = text.clone().unwrap_or_else(|| messages::render(condition, params));
        match self.sql_state() {
            Some(state) => format!("[{condition}] {text} SQLSTATE: {state}"),
            None => format!("[{condition}] {text}"),
        }
    }
}

impl fmt::Display for SparkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message())
    }
}

impl std::error::Error for SparkError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.0.cause.as_ref().map(|c| c.as_ref() as &(dyn std::error::Error + 'static))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sub_condition_has_the_sqlstate_of_its_condition() {
        let error = SparkError::new("DATATYPE_MISMATCH.UNEXPECTED_INPUT_TYPE");
        assert_eq!(error.sql_state(), Some("42K09"));
        assert_eq!(error.exception(), Exception::Analysis);
    }

    #[test]
    fn parameters_without_a_sentence_of_ours_are_still_shown() {
        let error = SparkError::new("CANNOT_LOAD_CHECKPOINT_FILE_MANAGER").param("path", "/x");
        assert!(error.message().contains("/x"), "{}", error.message());
    }
}
