//! Python functions of SQL plans, run by the pool of workers.
//!
//! The pool is made when the first function is called: an engine without Python functions never starts a worker.

use std::path::PathBuf;
use std::sync::{Arc, OnceLock};

use arrow::datatypes::SchemaRef;
use firesteel_error::{Result, SparkError};
use firesteel_python::{self as py, EvalKind, PoolConfig, PythonRunner, PythonSession, WorkerEnvironment, WorkerPool};
use firesteel_sql::python::{
    AnalyzeArgument, Argument, Batches, GroupColumns, Groups, Pairs, PythonCall, PythonDataSources, PythonFunction,
    PythonRuntime, PythonScope, PythonTableFunction, PythonTask, TableAnalysis, TableCall, WindowCall,
};
use firesteel_sql::{Conf, Engine, types};

/// The workers of an engine.
#[derive(Debug, Default)]
pub struct PythonWorkers {
    runner: OnceLock<PythonRunner>,
}

impl PythonWorkers {
    /// Workers that are not started yet.
    pub fn new() -> Arc<Self> {
        Arc::new(Self::default())
    }

    /// The pool, made now if there is none.
    ///
    /// # Errors
    /// When a setting of the pool cannot be read, or no worker can be started.
    pub fn pool(&self, engine: &Engine) -> Result<WorkerPool> {
        self.runner(engine).map(|runner| runner.pool().clone())
    }

    pub(crate) fn runner(&self, engine: &Engine) -> Result<PythonRunner> {
        if let Some(runner) = self.runner.get() {
            return Ok(runner.clone());
        }
        let conf = engine.conf();
        let config = PoolConfig::from_settings(interpreter(conf), engine.cores(), |key| conf.get(key))?;
        let made = PythonRunner::new(config)?;
        Ok(self.runner.get_or_init(|| made).clone())
    }

    /// What workers must have for the functions of a session.
    ///
    /// # Errors
    /// If a setting cannot be read.
    pub fn session(scope: &PythonScope) -> Result<PythonSession> {
        PythonSession::from_settings(environment(scope), |key| scope.conf().get(key))
    }

    fn begin(&self, task: &PythonTask) -> Result<(PythonRunner, py::PythonTask)> {
        let session = Self::session(&task.scope)?;
        let partition = i32::try_from(task.partition).unwrap_or(i32::MAX);
        let mut begun = py::PythonTask::new(Arc::new(session), partition);
        begun.broadcasts =
            task.scope.broadcasts().into_iter().map(|(id, path)| py::BroadcastFile { id, path }).collect();
        let scope = task.scope.clone();
        begun.result_id = task.result_id;
        begun.on_report = Some(Arc::new(move |report: py::TaskReport| {
            if !report.accumulators.is_empty() {
                scope.accumulated(report.accumulators);
            }
        }));
        Ok((self.runner(task.scope.engine())?, begun))
    }
}

/// The interpreter for functions: what the user names, or `python3`.
pub(crate) fn interpreter(conf: &Conf) -> String {
    let set = conf.get("spark.pyspark.python").filter(|text| !text.is_empty());
    set.or_else(|| std::env::var("PYSPARK_PYTHON").ok().filter(|text| !text.is_empty()))
        .unwrap_or_else(|| "python3".into())
}

/// The files that a worker must have for the functions of a session.
pub(crate) fn environment(scope: &PythonScope) -> WorkerEnvironment {
    let files_directory = scope.files_directory().map(|path| path.to_string_lossy().into_owned());
    WorkerEnvironment {
        files_directory: files_directory.unwrap_or_default(),
        includes: import_paths(&scope.python_files()),
        ..WorkerEnvironment::default()
    }
}

/// What goes on a worker's path: archives themselves, and the directories of modules.
pub(crate) fn import_paths(files: &[PathBuf]) -> Vec<String> {
    let mut paths: Vec<String> = Vec::new();
    for file in files {
        let is_module = file.extension().is_some_and(|extension| extension == "py");
        let path = if is_module { file.parent().unwrap_or(file) } else { file };
        let path = path.to_string_lossy().into_owned();
        if !paths.contains(&path) {
            paths.push(path);
        }
    }
    paths
}

fn kind(number: i32) -> Result<EvalKind> {
    EvalKind::from_number(number)
        .ok_or_else(|| SparkError::unsupported(format!("Python functions of the kind {number}")))
}

fn function(function: &PythonFunction) -> Result<py::PythonFunction> {
    Ok(py::PythonFunction {
        name: function.name.clone(),
        command: function.command.clone(),
        python_version: function.python_version.clone(),
        eval_kind: kind(function.eval_type)?,
        return_type: function.return_type.clone(),
    })
}

fn arguments(arguments: &[Argument]) -> Vec<py::Argument> {
    arguments.iter().map(|a| py::Argument { column: a.column, keyword: a.keyword.clone() }).collect()
}

fn call(call: &PythonCall) -> Result<py::UdfCall> {
    let chain = call.chain.iter().map(|f| function(f)).collect::<Result<_>>()?;
    Ok(py::UdfCall { chain, arguments: arguments(&call.arguments), result_id: call.result_id })
}

fn calls(all: &[PythonCall]) -> Result<Vec<py::UdfCall>> {
    all.iter().map(call).collect()
}

fn columns(columns: &GroupColumns) -> py::GroupColumns {
    py::GroupColumns { schema: columns.schema.clone(), keys: columns.keys.clone(), values: columns.values.clone() }
}

impl PythonRuntime for PythonWorkers {
    fn scalar(&self, task: &PythonTask, all: &[PythonCall], schema: &SchemaRef, input: Batches) -> Result<Batches> {
        let (runner, task) = self.begin(task)?;
        runner.scalar(&task, calls(all)?, schema, input)
    }

    fn map_batches(
        &self,
        task: &PythonTask,
        mapped: &PythonFunction,
        schema: &SchemaRef,
        input: Batches,
        output: &SchemaRef,
    ) -> Result<Batches> {
        let (runner, task) = self.begin(task)?;
        runner.map_batches(&task, function(mapped)?, schema, input, output.clone())
    }

    fn grouped(
        &self,
        task: &PythonTask,
        applied: &PythonFunction,
        grouped: &GroupColumns,
        groups: Groups,
        output: &SchemaRef,
    ) -> Result<Batches> {
        let (runner, task) = self.begin(task)?;
        runner.apply(&task, function(applied)?, &columns(grouped), groups, output.clone())
    }

    fn cogrouped(
        &self,
        task: &PythonTask,
        applied: &PythonFunction,
        (left, right): (&GroupColumns, &GroupColumns),
        pairs: Pairs,
        output: &SchemaRef,
    ) -> Result<Batches> {
        let (runner, task) = self.begin(task)?;
        runner.apply_cogrouped(&task, function(applied)?, &columns(left), &columns(right), pairs, output.clone())
    }

    fn aggregate(&self, task: &PythonTask, all: &[PythonCall], schema: &SchemaRef, groups: Groups) -> Result<Batches> {
        let (runner, task) = self.begin(task)?;
        runner.aggregate(&task, calls(all)?, schema, groups)
    }

    fn window(&self, task: &PythonTask, all: &[WindowCall], schema: &SchemaRef, partitions: Groups) -> Result<Batches> {
        let (runner, task) = self.begin(task)?;
        let all = all
            .iter()
            .map(|window| Ok(py::WindowCall { call: call(&window.call)?, frame: window.frame }))
            .collect::<Result<Vec<_>>>()?;
        runner.window(&task, all, schema, partitions)
    }

    fn table(
        &self,
        task: &PythonTask,
        called: &TableCall,
        schema: &SchemaRef,
        keep: Vec<usize>,
        input: Batches,
    ) -> Result<Batches> {
        let (runner, task) = self.begin(task)?;
        let call = py::TableCall {
            name: called.function.name.clone(),
            command: called.function.command.clone(),
            python_version: called.function.python_version.clone(),
            eval_kind: kind(called.function.eval_type)?,
            return_schema: called.return_schema.clone(),
            arguments: arguments(&called.arguments),
            partition_fields: called.partition_fields.clone(),
            table_columns: called.table_columns.clone(),
            analyze_result: called.analyze_result.clone(),
        };
        runner.table(&task, call, schema, keep, input)
    }

    fn analyze_table(
        &self,
        scope: &PythonScope,
        function: &PythonTableFunction,
        arguments: &[AnalyzeArgument],
    ) -> Result<TableAnalysis> {
        let asked: Vec<py::AnalyzeArgument> = arguments
            .iter()
            .map(|argument| py::AnalyzeArgument {
                data_type: argument.data_type.clone(),
                constant: argument.constant.clone(),
                is_table: argument.is_table,
                keyword: argument.keyword.clone(),
            })
            .collect();
        let answer = self.runner(scope.engine())?.analyze_table(
            &Self::session(scope)?,
            &function.name,
            &function.command,
            &function.python_version,
            &asked,
        )?;
        Ok(TableAnalysis {
            schema: types::schema_from_json(&answer.schema_json)?,
            result: answer.result,
            single_partition: answer.single_partition,
            partition_by: answer.partition_by,
            order_by: answer.order_by,
            select: answer.select,
        })
    }

    fn data_sources(&self) -> Result<&dyn PythonDataSources> {
        Ok(self)
    }
}
