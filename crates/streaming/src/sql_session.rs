//! Streaming queries of a SQL session, and the columns of streams for its analyzer.

use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::datasource::TableProvider;
use datafusion::execution::SessionState;
use datafusion::physical_planner::ExtensionPlanner;
use firesteel_error::Result;
use firesteel_formats::FormatContext;
use firesteel_sql::display::zone;
use firesteel_sql::display::{Show, show};
use firesteel_sql::source::{StreamRequest, StreamSchemas};
use firesteel_sql::{Conf, Session};

use crate::batch::Batch;
use crate::session::StreamSession;
use crate::sources::{SourceRequest, Sources};

/// A SQL session as a streaming query sees it.
#[derive(Debug, Clone)]
pub struct SqlSession {
    session: Session,
    conf: Conf,
}

impl SqlSession {
    /// The queries of `session`.
    pub fn new(session: Session) -> Arc<Self> {
        let conf = session.conf().clone();
        Arc::new(Self { session, conf })
    }
}

impl StreamSession for SqlSession {
    fn with_settings_of_now(self: Arc<Self>) -> Arc<dyn StreamSession> {
        Arc::new(Self { session: self.session.clone(), conf: self.conf.fork() })
    }

    fn state(&self) -> SessionState {
        self.session.datafusion().clone()
    }

    fn setting(&self, name: &str) -> Option<String> {
        self.conf.get(name)
    }

    fn extension_planners(&self) -> Vec<Arc<dyn ExtensionPlanner + Send + Sync>> {
        let python = firesteel_sql::python::planner(self.session.python().with_conf(self.conf.clone()));
        vec![
            python,
            Arc::new(firesteel_sql::shuffle::ShufflePlanner),
            Arc::new(firesteel_sql::observe::ObservePlanner),
            Arc::new(firesteel_sql::per_partition::PerPartitionPlanner),
        ]
    }

    fn format_context(&self) -> Result<FormatContext> {
        let runtime = Arc::clone(self.session.engine().runtime());
        let mut context = FormatContext::from_settings(runtime, |name| self.conf.get(name))?;
        if self.conf.get_explicit("spark.default.parallelism").is_none() {
            context.parallelism = self.session.cores();
        }
        Ok(context)
    }

    fn show(&self, batch: &Batch, rows: usize, truncate: usize) -> Result<String> {
        let names: Vec<String> = batch.schema.fields().iter().map(|field| field.name().clone()).collect();
        let options = Show { rows, truncate, vertical: false, zone: zone(&self.conf) };
        let mut text = show(&names, &batch.batches, options);
        if batch.rows() > rows {
            // The line that says that there are more is the last one.
            text.truncate(text.trim_end_matches('\n').len());
        }
        Ok(text)
    }

    fn register_temp_view(&self, name: &str, table: Arc<dyn TableProvider>) -> Result<()> {
        self.session.set_view(name, self.session.relation_of(table)?);
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
