//! A session's recent errors, whole, for `FetchErrorDetails`.
//!
//! A gRPC status has room for little; it carries an id, under which the client asks for the error with its causes and query
//! contexts. The table is bounded: the oldest error goes first.

use std::collections::VecDeque;
use std::error::Error as _;

use firesteel_error::{QueryContext, SparkError};
use parking_lot::Mutex;
use spark_connect_proto::fetch_error_details_response::query_context::ContextType;
use spark_connect_proto::fetch_error_details_response::{Error, QueryContext as ContextMessage, SparkThrowable};
use uuid::Uuid;

/// Errors that a session remembers.
const ERRORS_MAX: usize = 64;

/// Causes that are told of one error.
const CAUSES_MAX: usize = 5;

/// The errors that a client may still ask about.
#[derive(Debug, Default)]
pub struct ErrorTable {
    recent: Mutex<VecDeque<(String, SparkError)>>,
}

impl ErrorTable {
    /// Remembers `error`; the client asks for it by the id that is returned.
    pub fn remember(&self, error: &SparkError) -> String {
        let id = Uuid::new_v4().to_string();
        let mut recent = self.recent.lock();
        if recent.len() == ERRORS_MAX {
            recent.pop_front();
        }
        recent.push_back((id.clone(), error.clone()));
        id
    }

    /// The error with its causes, each naming the next one's place; empty for an id that is not known (any more).
    pub fn details(&self, id: &str) -> Vec<Error> {
        let recent = self.recent.lock();
        recent.iter().find(|(known, _)| known == id).map_or_else(Vec::new, |(_, error)| chain(error))
    }
}

fn chain(error: &SparkError) -> Vec<Error> {
    let mut errors = vec![message(error)];
    let mut cause = error.source();
    while let Some(error) = cause.filter(|_| errors.len() < CAUSES_MAX) {
        let next = errors.len() as i32;
        if let Some(last) = errors.last_mut() {
            last.cause_idx = Some(next);
        }
        errors.push(match error.downcast_ref::<SparkError>() {
            Some(error) => message(error),
            None => Error {
                error_type_hierarchy: hierarchy(&["java.lang.RuntimeException", "java.lang.Exception"]),
                message: error.to_string(),
                ..Default::default()
            },
        });
        cause = error.source();
    }
    errors
}

fn message(error: &SparkError) -> Error {
    Error {
        error_type_hierarchy: hierarchy(error.exception().hierarchy()),
        message: error.message(),
        stack_trace: Vec::new(),
        cause_idx: None,
        spark_throwable: error.condition().map(|condition| SparkThrowable {
            error_class: Some(condition.to_string()),
            message_parameters: error.params().iter().map(|(name, value)| (name.clone(), value.clone())).collect(),
            query_contexts: error.contexts().iter().map(context).collect(),
            sql_state: error.sql_state().map(str::to_string),
            breaking_change_info: None,
        }),
    }
}

/// The classes of an exception, up to the one that all have.
pub fn hierarchy(classes: &[&str]) -> Vec<String> {
    let mut names: Vec<String> = classes.iter().map(|class| (*class).to_string()).collect();
    for class in ["java.lang.Exception", "java.lang.Throwable", "java.lang.Object"] {
        if !names.iter().any(|name| name == class) {
            names.push(class.to_string());
        }
    }
    names
}

fn context(context: &QueryContext) -> ContextMessage {
    ContextMessage {
        context_type: if context.sql { ContextType::Sql } else { ContextType::Dataframe }.into(),
        object_type: String::new(),
        object_name: String::new(),
        start_index: context.start_index,
        stop_index: context.stop_index,
        fragment: context.fragment.clone(),
        call_site: context.call_site.clone(),
        summary: context.summary.clone(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_comes_with_its_causes_and_contexts() {
        let cause = SparkError::new("DIVIDE_BY_ZERO");
        let place = QueryContext { sql: true, fragment: "1/0".into(), ..QueryContext::default() };
        let error = SparkError::new("STREAM_FAILED").param("id", "7").context(place).cause(cause);
        let table = ErrorTable::default();
        let details = table.details(&table.remember(&error));
        assert_eq!(details.len(), 2);
        assert_eq!(details[0].cause_idx, Some(1));
        let throwable = details[0].spark_throwable.clone().unwrap_or_default();
        assert_eq!(throwable.message_parameters["id"], "7");
        assert_eq!(throwable.query_contexts[0].fragment, "1/0");
        assert_eq!(details[1].spark_throwable.clone().unwrap_or_default().error_class(), "DIVIDE_BY_ZERO");
    }

    #[test]
    fn the_oldest_error_is_forgotten_first() {
        let table = ErrorTable::default();
        let ids: Vec<String> = (0..=ERRORS_MAX).map(|_| table.remember(&SparkError::internal("x"))).collect();
        assert!(table.details(&ids[0]).is_empty());
        assert!(!table.details(&ids[1]).is_empty());
    }
}
