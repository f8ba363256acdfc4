//! The sink that keeps rows in memory, where a query reads them under the stream's name.

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::{Session, TableProvider};
use datafusion::common::Result as DataFusionResult;
use datafusion::datasource::MemTable;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_plan::ExecutionPlan;
use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;

use super::{CheckpointRule, Sink, SinkFactory, SinkRequest};
use crate::batch::BatchRows;
use crate::start::OutputMode;

#[derive(Debug)]
pub(super) struct MemoryFactory;

#[async_trait]
impl SinkFactory for MemoryFactory {
    fn checkpoint_rule(&self, mode: OutputMode) -> CheckpointRule {
        match mode {
            // The next batch brings all rows back.
            OutputMode::Complete => CheckpointRule::Temporary,
            _ => CheckpointRule::TemporaryNoRecovery,
        }
    }

    async fn create(&self, request: SinkRequest) -> Result<Arc<dyn Sink>> {
        let Some(name) = &request.query_name else {
            let text = "queryName must be specified for memory sink.";
            return Err(SparkError::new("_LEGACY_ERROR_TEMP_1194").text(text));
        };
        request.spec.options.report_unknown("memory", &[]);
        let sink = Arc::new(MemorySink {
            schema: Arc::clone(&request.schema),
            replaces: request.output_mode == OutputMode::Complete,
            content: Mutex::default(),
        });
        let table = Arc::new(MemorySinkTable(Arc::clone(&sink)));
        request.session.register_temp_view(name, table)?;
        Ok(sink)
    }
}

/// The rows of a memory sink.
#[derive(Debug)]
pub struct MemorySink {
    schema: SchemaRef,
    replaces: bool,
    content: Mutex<Content>,
}

#[derive(Debug, Default)]
struct Content {
    last_batch: Option<i64>,
    batches: Vec<RecordBatch>,
}

impl MemorySink {
    /// The rows so far.
    pub fn rows(&self) -> Vec<RecordBatch> {
        self.content.lock().batches.clone()
    }
}

#[async_trait]
impl Sink for MemorySink {
    fn description(&self) -> String {
        "MemorySink".to_string()
    }

    async fn add_batch(&self, batch_id: i64, rows: BatchRows) -> Result<()> {
        let batch = rows.collect().await?;
        let mut content = self.content.lock();
        if content.last_batch >= Some(batch_id) {
            return Ok(());
        }
        content.last_batch = Some(batch_id);
        if self.replaces {
            content.batches = batch.batches;
        } else {
            content.batches.extend(batch.batches);
        }
        Ok(())
    }
}

/// The rows of a memory sink as a table: what it has when a query is planned.
#[derive(Debug)]
struct MemorySinkTable(Arc<MemorySink>);

#[async_trait]
impl TableProvider for MemorySinkTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.0.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let table = MemTable::try_new(self.schema(), vec![self.0.rows()])?;
        table.scan(state, projection, filters, limit).await
    }
}
