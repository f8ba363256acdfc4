//! The settings of a session that decide how SQL functions are evaluated.

use std::sync::Arc;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_settings::byte_size;

use crate::config::{flag, idle_limit, seconds};
use crate::conform::Shown;
use crate::pool::IdleLimit;
use crate::task::{BroadcastFile, OnReport, TaskContext, WorkerEnvironment};

/// Settings that a worker reads, with Spark's defaults. Those without a default are sent only if they are set.
const FORWARDED: [(&str, Option<&str>); 12] = [
    ("spark.sql.legacy.execution.pandas.groupedMap.assignColumnsByName", Some("true")),
    ("spark.sql.execution.arrow.useLargeVarTypes", Some("false")),
    ("spark.sql.legacy.execution.pythonUDF.pandas.conversion.enabled", Some("false")),
    ("spark.sql.legacy.execution.pythonUDTF.pandas.conversion.enabled", Some("false")),
    ("spark.sql.execution.pyspark.binaryAsBytes", Some("true")),
    ("spark.sql.execution.pandas.convertToArrowArraySafely", Some("true")),
    ("spark.sql.execution.pythonUDF.pandas.intToDecimalCoercionEnabled", Some("false")),
    ("spark.sql.execution.pythonUDF.pandas.preferIntExtensionDtype", Some("false")),
    ("spark.sql.execution.arrow.maxRecordsPerBatch", Some("10000")),
    ("spark.sql.execution.pythonUDF.arrow.concurrency.level", None),
    ("spark.sql.pyspark.udf.profiler", None),
    ("spark.sql.pyspark.dataSource.profiler", None),
];

const ROWS_MAX: usize = 10_000;
const BATCH_BYTES_MAX: usize = 64 << 20;

/// Settings of a session for its Python functions.
#[derive(Debug, Clone)]
pub struct PythonSession {
    /// `spark.sql.session.timeZone`.
    pub time_zone: String,
    /// Rows in a batch for a worker (`spark.sql.execution.arrow.maxRecordsPerBatch`).
    pub rows_max: usize,
    /// Bytes in a batch for a worker (`spark.sql.execution.arrow.maxBytesPerBatch`).
    pub bytes_max: usize,
    /// Whether text and binary have 64-bit offsets (`spark.sql.execution.arrow.useLargeVarTypes`).
    pub large_var_types: bool,
    /// Variables and files that its workers must have.
    pub environment: WorkerEnvironment,
    /// How long a task waits for a worker (`spark.sql.execution.pyspark.udf.idleTimeoutSeconds`, `.killOnIdleTimeout`);
    /// the pool's limit, if not set.
    pub idle_limit: Option<IdleLimit>,
    /// What the worker reads.
    pub(crate) conf: Vec<(String, String)>,
}

impl PythonSession {
    /// The settings that `get` gives by Spark's names; `environment` holds the session's files.
    pub fn from_settings(mut environment: WorkerEnvironment, get: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let time_zone = get("spark.sql.session.timeZone").unwrap_or_else(|| "UTC".into());
        let rows_max = number(&get, "spark.sql.execution.arrow.maxRecordsPerBatch", ROWS_MAX)?;
        let bytes_max = number(&get, "spark.sql.execution.arrow.maxBytesPerBatch", BATCH_BYTES_MAX)?;
        let mut conf: Vec<(String, String)> = FORWARDED
            .iter()
            .filter_map(|(key, default)| Some(((*key).to_string(), get(key).or_else(|| default.map(str::to_string))?)))
            .collect();
        conf.push(("spark.sql.session.timeZone".into(), time_zone.clone()));
        conf.push(("spark.sql.execution.arrow.maxBytesPerBatch".into(), bytes_max.to_string()));
        let mut variable = |setting: &str, default: &str, name: &str| {
            if get(setting).unwrap_or_else(|| default.into()).eq_ignore_ascii_case("true") {
                environment.variables.insert(name.into(), "1".into());
            }
        };
        variable("spark.sql.execution.pyspark.udf.simplifiedTraceback.enabled", "true", "SPARK_SIMPLIFIED_TRACEBACK");
        variable("spark.sql.execution.pyspark.udf.hideTraceback.enabled", "false", "SPARK_HIDE_TRACEBACK");
        environment.faulthandler |= flag(&get, "spark.sql.execution.pyspark.udf.faulthandler.enabled", false)?;
        if let Some(every) = seconds(&get, "spark.sql.execution.pyspark.udf.tracebackDumpIntervalSeconds")? {
            environment.variables.insert("PYTHON_TRACEBACK_DUMP_INTERVAL_SECONDS".into(), every.to_string());
        }
        let idle_limit = idle_limit(&get, "spark.sql.execution.pyspark.udf")?;
        let large_var_types = flag(&get, "spark.sql.execution.arrow.useLargeVarTypes", false)?;
        Ok(Self { time_zone, rows_max, bytes_max, large_var_types, environment, idle_limit, conf })
    }

    /// How Arrow data are shown to the functions.
    pub(crate) fn arrow(&self, named: bool) -> Shown<'_> {
        Shown { zone: &self.time_zone, large: self.large_var_types, named }
    }

    /// How data that travel as pickled rows are shown to the functions.
    pub(crate) fn rows(&self) -> Shown<'_> {
        Shown { zone: &self.time_zone, large: false, named: false }
    }
}

/// A number, or a size in bytes; zero and less mean that there is no limit.
fn number(get: &impl Fn(&str) -> Option<String>, name: &str, default: usize) -> Result<usize> {
    let Some(text) = get(name) else { return Ok(default) };
    if text.trim().parse::<i64>().is_ok_and(|number| number <= 0) {
        return Ok(usize::MAX);
    }
    let number = byte_size(&text, 1).ok_or_else(|| {
        SparkError::plain(Exception::IllegalArgument, format!("{name} should be a number, but was {text}"))
    })?;
    Ok(usize::try_from(number).ok().filter(|number| *number > 0).unwrap_or(usize::MAX))
}

/// One task's evaluation of Python functions.
#[derive(Clone)]
pub struct PythonTask {
    /// The session's settings.
    pub session: Arc<PythonSession>,
    /// Which task it is.
    pub context: TaskContext,
    /// Broadcast variables that its functions refer to.
    pub broadcasts: Vec<BroadcastFile>,
    /// Takes accumulator updates and timings.
    pub on_report: Option<OnReport>,
    /// The id under which profilers report a function that is not called by expressions.
    pub result_id: i64,
}

impl PythonTask {
    /// A task of that session and partition, without broadcasts or accumulators.
    pub fn new(session: Arc<PythonSession>, partition: i32) -> Self {
        let context = TaskContext { partition_id: partition, ..TaskContext::default() };
        Self { session, context, broadcasts: Vec::new(), on_report: None, result_id: 0 }
    }
}
