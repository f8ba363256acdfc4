//! Data sources written in Python, as tables that are read and as targets that are written.
//!
//! The class itself runs behind [`PythonDataSources`]. It gives two pickled functions from batches to batches: one makes
//! the rows of a partition from the partition's pickled value, the other makes a pickled message from the rows of a
//! partition. Both run in an operator like that of `mapInArrow`.

use std::fmt::Debug;
use std::sync::Arc;

use arrow::array::{Array, AsArray, BinaryArray, RecordBatch};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use bytes::Bytes;
use datafusion::catalog::{Session as DfSession, TableProvider};
use datafusion::common::Result as DfResult;
use datafusion::datasource::memory::MemorySourceConfig;
use datafusion::logical_expr::{Expr, TableType};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::projection::{ProjectionExec, ProjectionExpr};
use datafusion::physical_plan::{ExecutionPlan, execute_stream};
use firesteel_error::{Result, SparkError};
use futures::TryStreamExt;

use super::exec::PythonExec;
use super::function::PythonFunction;
use super::node::PythonOp;
use super::runtime::PythonScope;
use super::to_datafusion;
use crate::error::{from_arrow, from_datafusion};
use crate::session::Session;

/// Pyspark's number for functions from Arrow batches to Arrow batches.
const MAP_ARROW: i32 = 207;

/// A data source's class, as it was registered.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PythonDataSource {
    /// Its name.
    pub name: String,
    /// The pickled class.
    pub command: Bytes,
    /// The client's Python version.
    pub python_version: String,
}

/// A pickled function with what it needs at the end (a writer), or what it is called with (partitions).
#[derive(Debug, Clone)]
pub struct Planned<T> {
    /// The pickled function with its return type.
    pub command: Bytes,
    /// See above.
    pub rest: T,
}

/// Runs the classes of data sources. Every call waits for a process.
///
/// # Errors
/// All of them: `PYTHON_DATA_SOURCE_ERROR` if the user's class raises.
#[allow(clippy::missing_errors_doc)]
pub trait PythonDataSources: Debug + Send + Sync {
    /// A pickled instance and its columns, which are the user's `schema` if there is one.
    fn create(
        &self,
        scope: &PythonScope,
        source: &PythonDataSource,
        options: &[(String, String)],
        schema: Option<&SchemaRef>,
    ) -> Result<(Bytes, SchemaRef)>;

    /// How an instance is read: the partitions.
    fn plan_read(
        &self,
        scope: &PythonScope,
        source: &PythonDataSource,
        instance: &Bytes,
        schema: &SchemaRef,
    ) -> Result<Planned<Vec<Bytes>>>;

    /// How rows are written: the pickled writer.
    fn plan_write(
        &self,
        scope: &PythonScope,
        source: &PythonDataSource,
        options: &[(String, String)],
        schema: &SchemaRef,
        overwrite: bool,
    ) -> Result<Planned<Bytes>>;

    /// Gives the writer the messages of the partitions that were written, to commit or to abort.
    fn end_write(
        &self,
        scope: &PythonScope,
        source: &PythonDataSource,
        writer: &Bytes,
        messages: &[Bytes],
        abort: bool,
    ) -> Result<()>;
}

fn blob_schema() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("value", DataType::Binary, true)]))
}

fn mapping(source: &PythonDataSource, command: Bytes, output: &SchemaRef, names: Vec<String>) -> Arc<PythonOp> {
    let function = PythonFunction {
        name: source.name.clone(),
        command,
        python_version: source.python_version.clone(),
        eval_type: MAP_ARROW,
        return_type: DataType::Struct(output.fields().clone()),
        return_udt: None,
        deterministic: true,
    };
    Arc::new(PythonOp::Map { function: Arc::new(function), names })
}

/// A data source as a table: its partitions are asked for when the query is planned.
#[derive(Debug)]
pub(crate) struct PythonSourceTable {
    source: Arc<PythonDataSource>,
    instance: Bytes,
    schema: SchemaRef,
    scope: PythonScope,
}

impl PythonSourceTable {
    /// The table of an instance that is made now. It waits for a process.
    ///
    /// # Errors
    /// What the class raises.
    pub(crate) fn open(
        session: &Session,
        source: Arc<PythonDataSource>,
        options: &[(String, String)],
        schema: Option<&SchemaRef>,
    ) -> Result<Self> {
        let scope = session.python();
        let (instance, schema) = scope.runtime()?.data_sources()?.create(&scope, &source, options, schema)?;
        Ok(Self { source, instance, schema, scope })
    }

    async fn reading(&self) -> Result<Arc<dyn ExecutionPlan>> {
        let (source, instance) = (self.source.clone(), self.instance.clone());
        let (schema, scope) = (self.schema.clone(), self.scope.clone());
        let planned = waiting(move || scope.runtime()?.data_sources()?.plan_read(&scope, &source, &instance, &schema));
        let planned = planned.await?;
        let one = |blob: &Bytes| {
            let column = BinaryArray::from_vec(vec![blob.as_ref()]);
            RecordBatch::try_new(blob_schema(), vec![Arc::new(column)]).map(|batch| vec![batch])
        };
        let partitions =
            planned.rest.iter().map(one).collect::<Result<Vec<_>, _>>().map_err(|error| from_arrow(&error))?;
        let input = MemorySourceConfig::try_new_exec(&partitions, blob_schema(), None).map_err(from_datafusion)?;
        let op = mapping(&self.source, planned.command, &self.schema, vec!["value".to_string()]);
        Ok(Arc::new(PythonExec::new(op, vec![input], vec![0], self.schema.clone(), self.scope.clone())))
    }
}

#[async_trait]
impl TableProvider for PythonSourceTable {
    fn schema(&self) -> SchemaRef {
        self.schema.clone()
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    async fn scan(
        &self,
        _: &dyn DfSession,
        projection: Option<&Vec<usize>>,
        _: &[Expr],
        _: Option<usize>,
    ) -> DfResult<Arc<dyn ExecutionPlan>> {
        let rows = self.reading().await.map_err(to_datafusion)?;
        let Some(columns) = projection else { return Ok(rows) };
        let kept = columns.iter().map(|index| {
            let name = self.schema.field(*index).name();
            ProjectionExpr { expr: Arc::new(Column::new(name, *index)), alias: name.clone() }
        });
        Ok(Arc::new(ProjectionExec::try_new(kept.collect::<Vec<_>>(), rows)?))
    }
}

/// Writes the rows of `plan`, whose columns have the user's names: each partition gives a message, and the writer commits
/// all of them.
///
/// # Errors
/// What the class and the plan raise; then the writer has aborted.
pub(crate) async fn write(
    session: &Session,
    source: Arc<PythonDataSource>,
    plan: Arc<dyn ExecutionPlan>,
    options: Vec<(String, String)>,
    overwrite: bool,
) -> Result<()> {
    let (scope, schema) = (session.python(), plan.schema());
    let planned = {
        let (scope, source, schema) = (scope.clone(), source.clone(), schema.clone());
        let plan = move || scope.runtime()?.data_sources()?.plan_write(&scope, &source, &options, &schema, overwrite);
        waiting(plan).await?
    };
    let names = schema.fields().iter().map(|field| field.name().clone()).collect();
    let op = mapping(&source, planned.command, &blob_schema(), names);
    let columns = (0..schema.fields().len()).collect();
    let writing: Arc<dyn ExecutionPlan> =
        Arc::new(PythonExec::new(op, vec![plan], columns, blob_schema(), scope.clone()));
    let mut messages = Vec::new();
    let written = collect(session, writing, &mut messages).await;
    let abort = written.is_err();
    let writer = planned.rest;
    let ended = move || scope.runtime()?.data_sources()?.end_write(&scope, &source, &writer, &messages, abort);
    let ended = waiting(ended).await;
    written?;
    ended
}

async fn collect(session: &Session, plan: Arc<dyn ExecutionPlan>, messages: &mut Vec<Bytes>) -> Result<()> {
    let ordered = crate::session::in_order(plan);
    let mut rows = execute_stream(ordered, session.datafusion().task_ctx()).map_err(from_datafusion)?;
    while let Some(batch) = rows.try_next().await.map_err(from_datafusion)? {
        let column = batch.column(0).as_binary::<i32>();
        messages.extend((0..column.len()).map(|row| Bytes::copy_from_slice(column.value(row))));
    }
    Ok(())
}

async fn waiting<T: Send + 'static>(work: impl FnOnce() -> Result<T> + Send + 'static) -> Result<T> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| SparkError::internal(format!("a Python data source's process was not waited for: {error}")))?
}
