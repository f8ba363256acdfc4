//! The face of the crate for the SQL engine: functions in, streams of batches out.
//!
//! Each evaluation is one task on one worker. Nothing starts before the first poll; dropping the stream kills the worker.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions, StructArray};
use arrow::datatypes::{Schema, SchemaRef};
use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use futures::stream::BoxStream;
use futures::{Stream, StreamExt, TryStreamExt};

use crate::config::PoolConfig;
use crate::conversation::{Answer, Conversation};
use crate::eval_kind::{EvalKind, Preload};
use crate::pool::WorkerPool;
use crate::session::PythonTask;
use crate::task::{TaskHeader, WorkerEnvironment};

/// A stream of batches, as DataFusion operators pass them on.
pub type BatchStream = BoxStream<'static, Result<RecordBatch>>;

/// A stream of groups: each item is all rows of one group, in one batch or several.
pub type GroupStream = BoxStream<'static, Result<Vec<RecordBatch>>>;

/// A stream of pairs of groups, for cogrouped functions.
pub type PairStream = BoxStream<'static, Result<(Vec<RecordBatch>, Vec<RecordBatch>)>>;

/// Evaluates Python functions; clones share the pool.
#[derive(Debug, Clone)]
pub struct PythonRunner {
    pool: WorkerPool,
}

/// Everything about a task that a worker must know before the data.
pub(crate) struct Order {
    pub(crate) eval_kind: EvalKind,
    pub(crate) python_version: String,
    pub(crate) runner_conf: Vec<(String, String)>,
    pub(crate) eval_conf: Vec<(String, String)>,
    pub(crate) command: Vec<u8>,
}

impl PythonRunner {
    /// A runner with a pool of its own.
    pub fn new(config: PoolConfig) -> Result<Self> {
        Ok(Self { pool: WorkerPool::new(config)? })
    }

    /// A runner on a pool that RDD tasks use too.
    pub fn on_pool(pool: WorkerPool) -> Self {
        Self { pool }
    }

    /// The pool.
    pub fn pool(&self) -> &WorkerPool {
        &self.pool
    }

    /// Starts workers before they are needed; does not wait for them.
    pub fn prewarm(&self, environment: &WorkerEnvironment, level: Preload) -> Result<()> {
        self.pool.prewarm(environment, level)
    }

    /// Begins a task.
    pub(crate) fn converse<S>(&self, task: &PythonTask, order: &Order, input: S) -> Result<Conversation<S>>
    where
        S: Stream<Item = Result<Bytes>>,
    {
        let environment = &task.session.environment;
        let mut lease = self.pool.acquire(environment, order.eval_kind.preload())?;
        let mut runner_conf = task.session.conf.clone();
        runner_conf.extend_from_slice(&order.runner_conf);
        let header = TaskHeader {
            context: &task.context,
            python_version: &order.python_version,
            environment,
            broadcasts: &task.broadcasts,
            eval_kind: order.eval_kind,
            runner_conf: &runner_conf,
            eval_conf: &order.eval_conf,
        };
        let mut head = header.encode(&mut lease.worker()?.broadcasts, &self.pool.forgotten());
        head.extend_from_slice(&order.command);
        let limit = task.session.idle_limit.or(self.pool.config().idle_limit);
        Conversation::start(lease, head, input, limit, task.on_report.clone())
    }
}

/// The batches of a conversation whose answers are Arrow.
pub(crate) fn arrow_answers<S>(conversation: Conversation<S>) -> impl Stream<Item = Result<RecordBatch>>
where
    S: Stream<Item = Result<Bytes>>,
{
    conversation.map(|answer| match answer? {
        Answer::Batch(batch) => Ok(batch),
        Answer::Frame(_) => Err(SparkError::internal("a Python worker answered with pickled data")),
    })
}

/// A stream that is made at its first poll, unless `input` is empty: then nothing is started.
pub(crate) fn unless_empty<T, F, S>(input: BoxStream<'static, Result<T>>, make: F) -> BatchStream
where
    T: Send + 'static,
    F: FnOnce(BoxStream<'static, Result<T>>) -> Result<S> + Send + 'static,
    S: Stream<Item = Result<RecordBatch>> + Send + 'static,
{
    let started = async move {
        let mut input = Box::pin(input.peekable());
        let is_empty = input.as_mut().peek().await.is_none();
        if is_empty {
            return Ok(futures::stream::empty().boxed());
        }
        make(input.boxed()).map(StreamExt::boxed)
    };
    futures::stream::once(started).try_flatten().boxed()
}

/// A stream that is made at its first poll.
pub(crate) fn at_first_poll<F, S>(make: F) -> BatchStream
where
    F: FnOnce() -> Result<S> + Send + 'static,
    S: Stream<Item = Result<RecordBatch>> + Send + 'static,
{
    futures::stream::once(async move { make() }).try_flatten().boxed()
}

/// `batch` with its columns as `schema` declares them.
pub(crate) fn conform_batch(batch: &RecordBatch, schema: &SchemaRef, operation: &str) -> Result<RecordBatch> {
    // No rows, no types: an empty pandas frame says nothing of its columns.
    if batch.num_rows() == 0 {
        return Ok(RecordBatch::new_empty(schema.clone()));
    }
    if batch.num_columns() != schema.fields().len() {
        return Err(SparkError::new("ARROW_TYPE_MISMATCH")
            .param("operation", operation)
            .param("outputTypes", type_names(schema))
            .param("actualDataTypes", type_names(&batch.schema()))
            .with_exception(firesteel_error::Exception::Spark));
    }
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field)| crate::conform::incoming(column, field.data_type(), operation))
        .collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(nullable_where_needed(schema, &columns), columns, &options)
        .map_err(crate::conform::internal)
}

/// The fields of the struct that a function's result travels in.
pub(crate) fn unwrap_struct(batch: &RecordBatch) -> Result<RecordBatch> {
    let column = batch.columns().first().and_then(|column| column.as_any().downcast_ref::<StructArray>());
    let Some(column) = column else {
        return Err(SparkError::internal("a Python worker answered without a struct"));
    };
    let options = RecordBatchOptions::new().with_row_count(Some(column.len()));
    let schema = Arc::new(Schema::new(column.fields().clone()));
    RecordBatch::try_new_with_options(schema, column.columns().to_vec(), &options).map_err(crate::conform::internal)
}

fn type_names(schema: &Schema) -> String {
    schema.fields().iter().map(|field| field.data_type().to_string()).collect::<Vec<_>>().join(", ")
}

/// `schema`, made nullable in the columns that have nulls: a function may return None wherever it likes.
fn nullable_where_needed(schema: &SchemaRef, columns: &[ArrayRef]) -> SchemaRef {
    let wrong =
        |(field, column): (&Arc<arrow::datatypes::Field>, &ArrayRef)| !field.is_nullable() && column.null_count() > 0;
    if !schema.fields().iter().zip(columns).any(wrong) {
        return schema.clone();
    }
    let fields: Vec<_> = schema.fields().iter().map(|field| field.as_ref().clone().with_nullable(true)).collect();
    Arc::new(Schema::new(fields))
}
