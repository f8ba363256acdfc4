//! Streaming queries of a SQL session, and the columns of streams for its analyzer.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::datasource::TableProvider;
use datafusion::execution::SessionState;
use firesteel_error::Result;
use firesteel_formats::FormatContext;
use firesteel_sql::Session;
use firesteel_sql::display::{Show, show};
use firesteel_sql::display::zone;
use firesteel_sql::source::{StreamRequest, StreamSchemas};

use crate::batch::Batch;
use crate::session::StreamSession;
use crate::sources::{SourceRequest, Sources};

/// A SQL session as a streaming query sees it.
#[derive(Debug, Clone)]
pub struct SqlSession(Session);

impl SqlSession {
    /// The queries of `session`.
    pub fn new(session: Session) -> Arc<Self> {
        Arc::new(Self(session))
    }
}

impl StreamSession for SqlSession {
    fn state(&self) -> SessionState {
        self.0.datafusion().clone()
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.0.conf().get(name)
    }

    fn format_context(&self) -> Result<FormatContext> {
        self.0.format_context()
    }

    fn show(&self, batch: &Batch, rows: usize, truncate: usize) -> Result<String> {
        let names: Vec<String> = batch.schema.fields().iter().map(|field| field.name().clone()).collect();
        let options = Show { rows, truncate, vertical: false, zone: zone(self.0.conf()) };
        let mut text = show(&names, &batch.batches, options);
        if batch.rows() > rows {
            // The line that says that there are more is the last one.
            text.truncate(text.trim_end_matches('\n').len());
        }
        Ok(text)
    }

    fn register_temp_view(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<()> {
        self.0.set_view(name, self.0.relation_of(table)?);
        Ok(())
    }
}

/// Answers the analyzer's question for the columns of a stream. Give it to the engine once.
#[derive(Debug, Clone)]
pub struct SourceSchemas(Arc<Sources>);

impl SourceSchemas {
    /// The columns of `sources`.
    pub fn new(sources: Sources) -> Arc<Self> {
        Arc::new(Self(Arc::new(sources)))
    }
}

#[async_trait]
impl StreamSchemas for SourceSchemas {
    async fn schema(&self, session: &Session, request: &StreamRequest) -> Result<SchemaRef> {
        let factory = self.0.get(&request.format)?;
        let request = SourceRequest {
            format: request.format.clone(),
            options: request.options.clone(),
            path: request.path.clone(),
            user_schema: request.user_schema.clone(),
            session: SqlSession::new(session.clone()),
        };
        factory.schema(&request).await
    }
}
