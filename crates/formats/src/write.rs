//! Writing a plan's rows as files: one part file per task, partition directories, and a commit that shows all or nothing.
//!
//! [`Commit::Job`] writes below `_temporary` in the target directory and renames on success, then writes `_SUCCESS`;
//! what it replaces is deleted only then. [`Commit::Direct`] writes the final names at once, fsynced, for callers
//! (streaming sinks) whose own log says which files count.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::SchemaRef;
use datafusion::common::ScalarValue;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, SendableRecordBatchStream};
use firesteel_error::{Result, SparkError};

mod commit;
mod sink;
mod sorted;
mod task;

use crate::context::FormatContext;
use crate::file_status::FileUrl;
use crate::format::FileFormat;
use crate::options::Options;

/// What a write does when its target exists.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SaveMode {
    /// Adds files.
    Append,
    /// Replaces what is there (with dynamic partition overwrite: only the partitions that get rows).
    Overwrite,
    /// Fails with `PATH_ALREADY_EXISTS`.
    ErrorIfExists,
    /// Writes nothing.
    Ignore,
}

/// How files become visible.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Commit {
    /// All at once at the end, with a `_SUCCESS` file.
    Job,
    /// Each under its final name and fsynced before [`write_files`] returns; no `_SUCCESS`. The caller keeps a log of
    /// the files that count.
    Direct,
}

/// A write: where, as what, and how.
#[derive(Debug, Clone)]
pub struct WriteSpec {
    /// The target directory.
    pub dir: FileUrl,
    /// The format.
    pub format: Arc<dyn FileFormat>,
    /// The columns of the input, under the names that the files get.
    pub schema: SchemaRef,
    /// Names of the columns that become directories; they are left out of the files.
    pub partition_by: Vec<String>,
    /// The user's options.
    pub options: Options,
    /// What happens to files that are there.
    pub mode: SaveMode,
    /// How files become visible.
    pub commit: Commit,
    /// The session's settings.
    pub context: FormatContext,
}

/// A file that was written.
#[derive(Debug, Clone, PartialEq)]
pub struct WrittenFile {
    /// Where it is now.
    pub path: FileUrl,
    /// Bytes.
    pub size: u64,
    /// Rows.
    pub rows: u64,
    /// Milliseconds since the epoch.
    pub modification_ms: i64,
    /// One value for each of [`WriteSpec::partition_by`].
    pub partition_values: Vec<ScalarValue>,
}

/// Makes encoders of one format for one write.
pub trait EncoderFactory: Debug + Send + Sync {
    /// What follows a file's name: `.csv.gz`, `.snappy.parquet`.
    fn extension(&self) -> String;

    /// An encoder for one file.
    fn encoder(&self) -> Result<Box<dyn Encoder>>;
}

/// Turns batches into the bytes of one file.
pub trait Encoder: Send {
    /// Encodes a batch. Bytes that are ready are appended to `out`.
    fn encode(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()>;

    /// The memory that holds what is not ready yet.
    fn held_bytes(&self) -> usize {
        0
    }

    /// Makes ready what can be made ready before the file's end.
    fn flush(&mut self, _out: &mut Vec<u8>) -> Result<()> {
        Ok(())
    }

    /// Ends the file.
    fn finish(self: Box<Self>, out: &mut Vec<u8>) -> Result<()>;
}

/// Runs `plan` and writes its rows, one task (and so at least one part file) per partition.
///
/// Whether the target may be written is decided before the plan runs.
pub async fn write_files(
    plan: Arc<dyn ExecutionPlan>,
    task_context: Arc<TaskContext>,
    spec: &WriteSpec,
) -> Result<Vec<WrittenFile>> {
    let Some(job) = commit::Job::begin(spec).await? else { return Ok(Vec::new()) };
    let streams = (0..plan.output_partitioning().partition_count())
        .map(|partition| plan.execute(partition, Arc::clone(&task_context)))
        .collect::<Result<Vec<_>, _>>()
        .map_err(crate::scan::spark_error)?;
    run(streams, job).await
}

/// Writes rows that are already streams; stream `n` becomes the files `part-0000n`.
pub async fn write_streams(streams: Vec<SendableRecordBatchStream>, spec: &WriteSpec) -> Result<Vec<WrittenFile>> {
    match commit::Job::begin(spec).await? {
        Some(job) => run(streams, job).await,
        None => Ok(Vec::new()),
    }
}

async fn run(streams: Vec<SendableRecordBatchStream>, job: commit::Job) -> Result<Vec<WrittenFile>> {
    let job = Arc::new(job);
    let mut tasks = tokio::task::JoinSet::new();
    for (number, stream) in streams.into_iter().enumerate() {
        let job = Arc::clone(&job);
        tasks.spawn(async move { (number, task::write(&job, number, stream).await) });
    }
    let mut pending = Vec::new();
    while let Some(done) = tasks.join_next().await {
        match done {
            Ok((number, Ok(files))) => pending.push((number, files)),
            Ok((_, Err(error))) => {
                tasks.shutdown().await;
                return Err(job.failed(error));
            }
            Err(error) => return Err(job.failed(SparkError::internal(error.to_string()))),
        }
    }
    pending.sort_by_key(|(number, _)| *number);
    job.commit(pending.into_iter().flat_map(|(_, files)| files).collect()).await
}
