//! foreach: the rows of each partition go to the user's function in a worker of the pool, as Spark does it.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use bytes::Bytes;
use datafusion::execution::SendableRecordBatchStream;
use firesteel_error::{Result, SparkError};
use firesteel_python::{RowFrames, TaskContext, TaskSpec, WorkerEnvironment, WorkerPool};
use firesteel_sql::error::from_datafusion;
use firesteel_streaming::RowFunction;
use futures::StreamExt;
use tokio::sync::mpsc;

/// The local property in which the function finds the batch's id.
const BATCH_ID: &str = "streaming.sql.batchId";

/// Frames that may wait for the worker.
const FRAMES_AHEAD: usize = 4;

/// A pickled function of an iterator of rows.
#[derive(Debug)]
pub struct PythonRowFunction {
    pool: WorkerPool,
    command: Bytes,
    python_version: String,
    environment: WorkerEnvironment,
    frames: Arc<RowFrames>,
}

impl PythonRowFunction {
    /// A function of rows with the columns of `schema`.
    ///
    /// # Errors
    /// If a column has a type that Python does not get.
    pub fn new(
        pool: WorkerPool,
        environment: WorkerEnvironment,
        python_version: String,
        command: Bytes,
        schema: &SchemaRef,
        binary_as_bytes: bool,
    ) -> Result<Self> {
        let frames = Arc::new(RowFrames::new(schema, binary_as_bytes, pool.config().pickled_rows)?);
        Ok(Self { pool, command, python_version, environment, frames })
    }
}

#[async_trait]
impl RowFunction for PythonRowFunction {
    async fn process(&self, batch_id: i64, partition: usize, mut rows: SendableRecordBatchStream) -> Result<()> {
        let Some(first) = first_rows(&mut rows).await? else {
            // How many partitions a batch has follows the cores; those without rows are no one's business.
            return Ok(());
        };
        let partition_id = i32::try_from(partition).unwrap_or(i32::MAX);
        let context = TaskContext {
            partition_id,
            local_properties: BTreeMap::from([(BATCH_ID.to_string(), batch_id.to_string())]),
            ..TaskContext::default()
        };
        let spec = TaskSpec {
            command: self.command.clone(),
            python_version: self.python_version.clone(),
            context,
            environment: self.environment.clone(),
            broadcasts: Vec::new(),
        };
        let (frames, mut waiting) = mpsc::channel::<Result<Bytes>>(FRAMES_AHEAD);
        let pool = self.pool.clone();
        let task = tokio::task::spawn_blocking(move || {
            let input = std::iter::from_fn(move || waiting.blocking_recv());
            // What a function gives back is nothing, or nothing that anyone wants.
            pool.run_task(&spec, input)?.try_for_each(|frame| frame.map(drop))
        });
        let pickler = Arc::clone(&self.frames);
        let feed = async move {
            let mut rows = futures::stream::iter([Ok(first)]).chain(rows);
            while let Some(batch) = rows.next().await {
                let batch = match batch {
                    Ok(batch) => batch,
                    // The task fails with the error of its input.
                    Err(error) => return drop(frames.send(Err(from_datafusion(error))).await),
                };
                for frame in pickler.frames(&batch) {
                    if frames.send(frame).await.is_err() {
                        // The task has ended, and says why.
                        return;
                    }
                }
            }
        };
        let ((), done) = tokio::join!(feed, task);
        done.unwrap_or_else(|e| Err(SparkError::internal(format!("a task of foreach did not end: {e}"))))
    }
}

/// The first batch that has rows.
async fn first_rows(rows: &mut SendableRecordBatchStream) -> Result<Option<RecordBatch>> {
    while let Some(batch) = rows.next().await {
        let batch = batch.map_err(from_datafusion)?;
        if batch.num_rows() > 0 {
            return Ok(Some(batch));
        }
    }
    Ok(None)
}
