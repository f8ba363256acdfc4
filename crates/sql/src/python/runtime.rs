//! What the engine must be given so that Python functions run: streams of rows in, streams of rows out.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch};
use arrow::datatypes::{DataType, SchemaRef};
use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use futures::stream::BoxStream;
use parking_lot::RwLock;

use super::data_source::PythonDataSources;
use super::function::{PythonFunction, PythonTableFunction};
use crate::conf::Conf;
use crate::engine::Engine;
use crate::session::Artifacts;

/// Rows.
pub type Batches = BoxStream<'static, Result<RecordBatch>>;
/// Groups: each item is all rows of one group.
pub type Groups = BoxStream<'static, Result<Vec<RecordBatch>>>;
/// Pairs of groups of one key; a side without rows has no batches.
pub type Pairs = BoxStream<'static, Result<(Vec<RecordBatch>, Vec<RecordBatch>)>>;

/// An argument of a call.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Argument {
    /// The index of the input column.
    pub column: usize,
    /// The parameter's name, if it is passed by name.
    pub keyword: Option<String>,
}

/// A call of a function, or of several that are nested: `g(f(x))` has the chain `[f, g]`.
#[derive(Debug, Clone)]
pub struct PythonCall {
    /// The functions, the innermost first.
    pub chain: Vec<Arc<PythonFunction>>,
    /// The arguments of the innermost function.
    pub arguments: Vec<Argument>,
    /// The id under which profilers report the call.
    pub result_id: i64,
}

/// A call of an aggregate over a window.
#[derive(Debug, Clone)]
pub struct WindowCall {
    /// The function and its arguments.
    pub call: PythonCall,
    /// Int32 columns with the first row of each row's frame and the row after its last; without them the frame is the whole
    /// window partition.
    pub frame: Option<(usize, usize)>,
}

/// The columns of a grouped input.
#[derive(Debug, Clone)]
pub struct GroupColumns {
    /// All columns, under the user's names.
    pub schema: SchemaRef,
    /// The keys.
    pub keys: Vec<usize>,
    /// What the function sees as the group's data.
    pub values: Vec<usize>,
}

/// A call of a table function.
#[derive(Debug, Clone)]
pub struct TableCall {
    /// The function.
    pub function: Arc<PythonTableFunction>,
    /// The columns of its result.
    pub return_schema: SchemaRef,
    /// Its arguments.
    pub arguments: Vec<Argument>,
    /// In the struct that is a TABLE argument: the fields that hold PARTITION BY expressions.
    pub partition_fields: Vec<usize>,
    /// Input columns that are TABLE arguments.
    pub table_columns: Vec<usize>,
    /// What the class answered when it was asked for its columns, if it was.
    pub analyze_result: Option<Bytes>,
}

/// An argument of a table function that is asked for its columns.
#[derive(Debug, Clone)]
pub struct AnalyzeArgument {
    /// Its type; of a TABLE argument the struct of its columns.
    pub data_type: DataType,
    /// Its value in an array of one, if it is a constant.
    pub constant: Option<ArrayRef>,
    /// Whether it is a TABLE argument.
    pub is_table: bool,
    /// The parameter's name, if it is passed by name.
    pub keyword: Option<String>,
}

/// What a table function answered.
#[derive(Debug, Clone)]
pub struct TableAnalysis {
    /// The columns of its result.
    pub schema: SchemaRef,
    /// The pickled answer, for the function's instances.
    pub result: Bytes,
    /// Whether all rows of the TABLE argument belong to one instance.
    pub single_partition: bool,
    /// Expressions by which the TABLE argument is partitioned.
    pub partition_by: Vec<String>,
    /// Expressions by which each partition is sorted: ascending or not, NULLs first or not.
    pub order_by: Vec<(String, bool, Option<bool>)>,
    /// Expressions that are selected from the TABLE argument, and their names; none for all columns.
    pub select: Vec<(String, String)>,
}

/// Which task calls: its session's settings and files, and its number.
#[derive(Debug, Clone)]
pub struct PythonTask {
    /// The session.
    pub scope: PythonScope,
    /// The number of the partition.
    pub partition: usize,
    /// The id under which profilers report the operator's function; its calls count on from here.
    pub result_id: i64,
}

/// A session as its Python functions see it.
#[derive(Debug, Clone)]
pub struct PythonScope {
    engine: Arc<Engine>,
    conf: Conf,
    artifacts: Arc<RwLock<Option<Arc<dyn Artifacts>>>>,
}

impl PythonScope {
    pub(crate) fn new(engine: Arc<Engine>, conf: Conf, artifacts: Arc<RwLock<Option<Arc<dyn Artifacts>>>>) -> Self {
        Self { engine, conf, artifacts }
    }

    /// The same session under other settings: those of a query's start.
    #[must_use]
    pub fn with_conf(&self, conf: Conf) -> Self {
        Self { conf, ..self.clone() }
    }

    /// The engine.
    pub fn engine(&self) -> &Arc<Engine> {
        &self.engine
    }

    /// The settings.
    pub fn conf(&self) -> &Conf {
        &self.conf
    }

    /// The Python files and archives that the client uploaded, in the order they came.
    pub fn python_files(&self) -> Vec<PathBuf> {
        self.artifacts.read().as_ref().map(|artifacts| artifacts.python_files()).unwrap_or_default()
    }

    /// The directory of the files that the client added, if there are any.
    pub fn files_directory(&self) -> Option<PathBuf> {
        self.artifacts.read().as_ref().and_then(|artifacts| artifacts.files_directory())
    }

    /// The session's broadcast variables: their ids, and the files with their pickled values.
    pub fn broadcasts(&self) -> Vec<(i64, PathBuf)> {
        self.artifacts.read().as_ref().map(|artifacts| artifacts.broadcasts()).unwrap_or_default()
    }

    /// Takes the updates of accumulators that a task reports at its end.
    pub fn accumulated(&self, updates: Vec<Bytes>) {
        if let Some(artifacts) = self.artifacts.read().as_ref() {
            artifacts.accumulated(updates);
        }
    }

    /// What runs the functions.
    ///
    /// # Errors
    /// `UNSUPPORTED_FEATURE` if the engine was not given anything that does.
    pub(crate) fn runtime(&self) -> Result<Arc<dyn PythonRuntime>> {
        self.engine.python_runtime().ok_or_else(|| SparkError::unsupported("Python functions in this engine"))
    }
}

/// Runs Python functions. Every stream is one task; dropping it ends the task.
pub trait PythonRuntime: Debug + Send + Sync {
    /// Scalar functions of one kind: the input's columns, then a column for each call.
    ///
    /// # Errors
    /// When the task cannot be described; errors of the functions come through the stream.
    fn scalar(&self, task: &PythonTask, calls: &[PythonCall], schema: &SchemaRef, input: Batches) -> Result<Batches>;

    /// A function from all rows to rows with other columns.
    ///
    /// # Errors
    /// As [`PythonRuntime::scalar`].
    fn map_batches(
        &self,
        task: &PythonTask,
        function: &PythonFunction,
        schema: &SchemaRef,
        input: Batches,
        output: &SchemaRef,
    ) -> Result<Batches>;

    /// A function that is called with each group.
    ///
    /// # Errors
    /// As [`PythonRuntime::scalar`].
    fn grouped(
        &self,
        task: &PythonTask,
        function: &PythonFunction,
        columns: &GroupColumns,
        groups: Groups,
        output: &SchemaRef,
    ) -> Result<Batches>;

    /// A function that is called with each pair of groups.
    ///
    /// # Errors
    /// As [`PythonRuntime::scalar`].
    fn cogrouped(
        &self,
        task: &PythonTask,
        function: &PythonFunction,
        columns: (&GroupColumns, &GroupColumns),
        pairs: Pairs,
        output: &SchemaRef,
    ) -> Result<Batches>;

    /// Aggregates of one kind: a row for each group, in order, with a column for each call.
    ///
    /// # Errors
    /// As [`PythonRuntime::scalar`].
    fn aggregate(&self, task: &PythonTask, calls: &[PythonCall], schema: &SchemaRef, groups: Groups)
    -> Result<Batches>;

    /// Aggregates over windows: a batch for each window partition, in order, with a column for each call.
    ///
    /// # Errors
    /// As [`PythonRuntime::scalar`].
    fn window(
        &self,
        task: &PythonTask,
        calls: &[WindowCall],
        schema: &SchemaRef,
        partitions: Groups,
    ) -> Result<Batches>;

    /// A table function: the columns `keep` of the row that a row was made from, then the function's own.
    ///
    /// # Errors
    /// As [`PythonRuntime::scalar`].
    fn table(
        &self,
        task: &PythonTask,
        call: &TableCall,
        schema: &SchemaRef,
        keep: Vec<usize>,
        input: Batches,
    ) -> Result<Batches>;

    /// Asks a table function for the columns of its result, and waits for the answer.
    ///
    /// # Errors
    /// `TABLE_VALUED_FUNCTION_FAILED_TO_ANALYZE_IN_PYTHON` if it raises.
    fn analyze_table(
        &self,
        scope: &PythonScope,
        function: &PythonTableFunction,
        arguments: &[AnalyzeArgument],
    ) -> Result<TableAnalysis> {
        let _ = (scope, arguments);
        Err(SparkError::unsupported(format!("The table function {}, whose method tells its columns,", function.name)))
    }

    /// What runs data sources.
    ///
    /// # Errors
    /// `UNSUPPORTED_FEATURE` if there is nothing that does.
    fn data_sources(&self) -> Result<&dyn PythonDataSources> {
        Err(SparkError::unsupported("A data source written in Python in this engine"))
    }
}
