//! The rows of a micro-batch on their way to a sink: as streams, one per partition, or collected.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use datafusion::error::Result as DataFusionResult;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, SendableRecordBatchStream};
use firesteel_error::{Result, SparkError};
use futures::{StreamExt, TryStreamExt};
use tokio::task::JoinSet;

use crate::error::from_datafusion;

/// Collected rows under the user's column names.
#[derive(Debug, Clone)]
pub struct Batch {
    /// The columns.
    pub schema: SchemaRef,
    /// The rows.
    pub batches: Vec<RecordBatch>,
}

impl Batch {
    /// How many rows.
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }
}

/// The rows of a micro-batch, not yet computed. They can be computed once.
#[derive(Debug)]
pub struct BatchRows {
    plan: Arc<dyn ExecutionPlan>,
    context: Arc<TaskContext>,
    schema: SchemaRef,
    rows: Arc<AtomicI64>,
}

impl BatchRows {
    /// The rows of `plan`, whose columns are those of `schema` in order, by whatever names.
    pub fn new(plan: Arc<dyn ExecutionPlan>, context: Arc<TaskContext>, schema: SchemaRef) -> Self {
        Self { plan, context, schema, rows: Arc::new(AtomicI64::new(0)) }
    }

    /// The columns under the user's names.
    pub fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    /// Counts the rows that are computed.
    pub fn counter(&self) -> Arc<AtomicI64> {
        Arc::clone(&self.rows)
    }

    /// One stream per partition.
    pub fn streams(self) -> Result<Vec<SendableRecordBatchStream>> {
        let partitions = self.plan.output_partitioning().partition_count();
        (0..partitions).map(|partition| self.stream(partition)).collect()
    }

    /// All rows, partition after partition. Partitions are computed side by side.
    pub async fn collect(self) -> Result<Batch> {
        let schema = Arc::clone(&self.schema);
        let mut streams = self.streams()?;
        if streams.len() == 1 {
            // A spawned task would only add its own latency.
            let batches = non_empty(streams.remove(0)).await?;
            return Ok(Batch { schema, batches });
        }
        let mut parts: Vec<Vec<RecordBatch>> = vec![Vec::new(); streams.len()];
        let mut tasks = JoinSet::new();
        for (partition, stream) in streams.into_iter().enumerate() {
            tasks.spawn(async move { (partition, non_empty(stream).await) });
        }
        while let Some(done) = tasks.join_next().await {
            let (partition, batches) =
                done.map_err(|e| SparkError::internal(format!("a task of the batch did not end: {e}")))?;
            parts[partition] = batches?;
        }
        Ok(Batch { schema, batches: parts.into_iter().flatten().collect() })
    }

    /// Computes all rows and keeps none. Partitions are computed side by side.
    pub async fn drain(self) -> Result<()> {
        let mut tasks = JoinSet::new();
        for stream in self.streams()? {
            tasks.spawn(stream.try_for_each(|_| std::future::ready(Ok(()))));
        }
        while let Some(done) = tasks.join_next().await {
            done.map_err(|e| SparkError::internal(format!("a task of the batch did not end: {e}")))?
                .map_err(from_datafusion)?;
        }
        Ok(())
    }

    fn stream(&self, partition: usize) -> Result<SendableRecordBatchStream> {
        let input = self.plan.execute(partition, Arc::clone(&self.context)).map_err(from_datafusion)?;
        let rows = Arc::clone(&self.rows);
        let schema = Arc::clone(&self.schema);
        let output = Arc::clone(&schema);
        let renamed = input.map(move |batch| {
            let batch = renamed(batch?, &output)?;
            rows.fetch_add(i64::try_from(batch.num_rows()).unwrap_or(i64::MAX), Ordering::Relaxed);
            Ok(batch)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, renamed)))
    }
}

async fn non_empty(stream: SendableRecordBatchStream) -> Result<Vec<RecordBatch>> {
    let filled = stream.try_filter(|batch| std::future::ready(batch.num_rows() > 0));
    filled.try_collect().await.map_err(from_datafusion)
}

/// The same columns under the names of `schema`.
pub(crate) fn renamed(batch: RecordBatch, schema: &SchemaRef) -> DataFusionResult<RecordBatch> {
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    Ok(RecordBatch::try_new_with_options(Arc::clone(schema), batch.columns().to_vec(), &options)?)
}
