//! What a user asks for: a plan over streams, where its rows go, how often.

use std::str::FromStr;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::logical_expr::LogicalPlan;
use datafusion::physical_plan::SendableRecordBatchStream;
use firesteel_error::{Exception, Result, SparkError};

use crate::Options;
use crate::batch::Batch;
use crate::trigger::Trigger;

/// Which rows of the result a batch writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OutputMode {
    /// Rows that are new and will not change.
    Append,
    /// Rows that are new or changed.
    Update,
    /// All rows, each time.
    Complete,
}

impl OutputMode {
    /// As Spark's messages write it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Append => "append",
            Self::Update => "update",
            Self::Complete => "complete",
        }
    }
}

impl FromStr for OutputMode {
    type Err = SparkError;

    fn from_str(text: &str) -> Result<Self> {
        match text.to_lowercase().as_str() {
            "append" => Ok(Self::Append),
            "update" => Ok(Self::Update),
            "complete" => Ok(Self::Complete),
            _ => Err(SparkError::new("STREAMING_OUTPUT_MODE.INVALID")
                .param("outputMode", text)
                .with_exception(Exception::IllegalArgument)),
        }
    }
}

/// The user's function of `foreachBatch`.
#[async_trait]
pub trait BatchFunction: std::fmt::Debug + Send + Sync {
    /// Called once per batch; again with the same rows and id if the batch is run again after a crash.
    async fn call(&self, batch_id: i64, batch: Batch) -> Result<()>;
}

/// The user's writer of `foreach`.
#[async_trait]
pub trait RowFunction: std::fmt::Debug + Send + Sync {
    /// Called for each partition of a batch, side by side.
    async fn process(&self, batch_id: i64, partition: usize, rows: SendableRecordBatchStream) -> Result<()>;
}

/// Where the rows go.
#[derive(Debug, Clone, Default)]
pub struct SinkSpec {
    /// The sink's name: `console`, `memory`, `parquet` ...; not looked at if there is a function.
    pub format: String,
    /// The options of `writeStream`, `path` and `checkpointLocation` among them.
    pub options: Options,
    /// Columns that become directories.
    pub partition_by: Vec<String>,
    /// The table of `toTable`.
    pub table: Option<String>,
    /// The function of `foreachBatch`.
    pub batch_function: Option<Arc<dyn BatchFunction>>,
    /// The writer of `foreach`.
    pub row_function: Option<Arc<dyn RowFunction>>,
}

/// A query to start.
#[derive(Debug, Clone)]
pub struct StartQuery {
    /// The user's name for it.
    pub name: Option<String>,
    /// What it computes; its columns in the order of `schema`.
    pub plan: LogicalPlan,
    /// The columns under the user's names.
    pub schema: SchemaRef,
    /// Which rows a batch writes.
    pub output_mode: OutputMode,
    /// When batches run.
    pub trigger: Trigger,
    /// Where the rows go.
    pub sink: SinkSpec,
}
