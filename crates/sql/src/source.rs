//! The columns of streaming sources, which the analyzer needs before a query starts.
//!
//! Which sources there are is the streaming engine's business; it says so through [`StreamSchemas`].

use std::fmt::Debug;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use firesteel_error::{Result, SparkError};
use firesteel_formats::Options;

use crate::session::Session;

/// What `readStream` asks for.
#[derive(Debug, Clone)]
pub struct StreamRequest {
    /// The source's name.
    pub format: String,
    /// The options.
    pub options: Options,
    /// The path, for file sources.
    pub path: Option<String>,
    /// The columns that the user gave.
    pub user_schema: Option<SchemaRef>,
}

/// Knows the columns of streams.
#[async_trait]
pub trait StreamSchemas: Debug + Send + Sync {
    /// The columns of a stream, or why it cannot be read.
    async fn schema(&self, session: &Session, request: &StreamRequest) -> Result<SchemaRef>;
}

/// The columns that `readStream` gives.
pub(crate) fn stream_schema(session: &Session, request: StreamRequest) -> Result<SchemaRef> {
    let Some(schemas) = session.engine().stream_schemas() else {
        return Err(SparkError::unsupported("Streaming, in an engine that was built without it,"));
    };
    let session = session.clone();
    crate::blocking::wait(async move { schemas.schema(&session, &request).await })
}
