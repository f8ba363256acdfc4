//! From DataFusion's errors to ours, and the error that ends a query.

use datafusion::error::DataFusionError;
use firesteel_error::{Exception, SparkError};

/// The Spark error inside a DataFusion error, or a plain one with its text.
pub fn from_datafusion(error: DataFusionError) -> SparkError {
    if let Some(inner) = inner_error(&error) {
        return inner;
    }
    let text = error.strip_backtrace();
    SparkError::plain(Exception::Spark, text).cause(error)
}

/// A Spark error as one that travels through a DataFusion plan.
pub fn to_datafusion(error: SparkError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

fn inner_error(error: &DataFusionError) -> Option<SparkError> {
    let mut next: Option<&(dyn std::error::Error + 'static)> = Some(error);
    while let Some(current) = next {
        if let Some(found) = current.downcast_ref::<SparkError>() {
            return Some(found.clone());
        }
        next = match current.downcast_ref::<DataFusionError>() {
            Some(DataFusionError::External(inner)) => Some(inner.as_ref()),
            Some(DataFusionError::Shared(inner)) => Some(inner.as_ref()),
            Some(DataFusionError::ArrowError(inner, _)) => Some(inner.as_ref()),
            _ => match current.downcast_ref::<arrow::error::ArrowError>() {
                Some(arrow::error::ArrowError::ExternalError(inner)) => Some(inner.as_ref()),
                _ => current.source(),
            },
        };
    }
    None
}

/// What an error leaves of a query: who it was, how far it came, and the plan.
#[derive(Debug, Clone)]
pub(crate) struct QueryPicture {
    pub id: String,
    pub run_id: String,
    pub name: Option<String>,
    pub committed: String,
    pub available: String,
    pub initialized: bool,
    pub plan: String,
}

/// `STREAM_FAILED`: the query ended because of `cause`.
pub(crate) fn stream_failed(cause: SparkError, picture: &QueryPicture) -> SparkError {
    let QueryPicture { id, run_id, .. } = picture;
    let name = picture.name.as_ref().map_or_else(String::new, |name| format!("{name} "));
    let state = if picture.initialized { "ACTIVE" } else { "INITIALIZING" };
    let mut text = format!(
        "Query [id = {id}, runId = {run_id}] terminated with exception: {}\n\
         === Streaming Query ===\n\
         Identifier: {name}[id = {id}, runId = {run_id}]\n\
         Current Committed Offsets: {}\n\
         Current Available Offsets: {}\n\n\
         Current State: {state}",
        cause.message(),
        picture.committed,
        picture.available,
    );
    if picture.initialized {
        text.push_str(&format!("\n\nLogical Plan:\n{}", picture.plan));
    }
    SparkError::new("STREAM_FAILED")
        .with_exception(Exception::StreamingQuery)
        .param("id", id)
        .param("runId", run_id)
        .param("message", cause.message())
        .text(text)
        .cause(cause)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_spark_error_comes_out_of_the_plan_as_it_went_in() {
        let error = to_datafusion(SparkError::new("DIVIDE_BY_ZERO"));
        let wrapped = DataFusionError::Context("outer".into(), Box::new(DataFusionError::Shared(error.into())));
        assert_eq!(from_datafusion(wrapped).condition(), Some("DIVIDE_BY_ZERO"));
        assert_eq!(from_datafusion(DataFusionError::Plan("x".into())).exception(), Exception::Spark);
    }
}
