//! From DataFusion's errors to ours, and the error that ends a query.

use datafusion::error::DataFusionError;
use firesteel_error::{Exception, SparkError};

pub use firesteel_sql::error::from_datafusion;

/// A Spark error as one that travels through a DataFusion plan.
pub fn to_datafusion(error: SparkError) -> DataFusionError {
    DataFusionError::External(Box::new(error))
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
    }
}
