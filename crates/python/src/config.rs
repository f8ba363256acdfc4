//! The pool's settings, from Spark's.

use std::path::PathBuf;
use std::time::Duration;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_settings::{MIB, byte_size};

use crate::pool::{IdleLimit, Variables};

/// Settings of a [`WorkerPool`](crate::WorkerPool).
#[derive(Debug, Clone)]
pub struct PoolConfig {
    /// The Python executable.
    pub python: PathBuf,
    /// Idle workers kept, normally one for each core.
    pub idle_max: usize,
    /// How long an idle worker is kept.
    pub idle_for: Duration,
    /// Whether a worker serves more than one task (`spark.python.worker.reuse`).
    pub reuse: bool,
    /// Each worker's share of `spark.executor.pyspark.memory`, in mebibytes.
    pub memory_mib: Option<u64>,
    /// Whether a crash prints where Python was (`spark.python.worker.faulthandler.enabled`).
    pub faulthandler: bool,
    /// Every how many seconds a worker prints where it is (`spark.python.worker.tracebackDumpIntervalSeconds`).
    pub traceback_dump_s: Option<u64>,
    /// How long a task waits for a worker (`spark.python.worker.idleTimeoutSeconds`, `.killOnIdleTimeout`).
    pub idle_limit: Option<IdleLimit>,
    /// The size of a worker's buffers (`spark.buffer.size`).
    pub buffer_bytes: usize,
    /// Rows in a pickled batch (`spark.sql.execution.python.udf.maxRecordsPerBatch`).
    pub pickled_rows: usize,
    /// More variables for all workers.
    pub variables: Variables,
}

impl PoolConfig {
    /// Spark's defaults, for so many cores.
    pub fn new(python: impl Into<PathBuf>, cores: usize) -> Self {
        Self {
            python: python.into(),
            idle_max: cores.max(1),
            idle_for: Duration::from_secs(60),
            reuse: true,
            memory_mib: None,
            faulthandler: false,
            traceback_dump_s: None,
            idle_limit: None,
            buffer_bytes: 65536,
            pickled_rows: 100,
            variables: Variables::new(),
        }
    }

    /// The settings that `get` gives by Spark's names.
    pub fn from_settings(
        python: impl Into<PathBuf>,
        cores: usize,
        get: impl Fn(&str) -> Option<String>,
    ) -> Result<Self> {
        let mut config = Self::new(python, cores);
        config.reuse = flag(&get, "spark.python.worker.reuse", true)?;
        config.faulthandler = flag(&get, "spark.python.worker.faulthandler.enabled", false)?;
        if let Some(text) = get("spark.executor.pyspark.memory") {
            // Spark divides it by `spark.executor.cores`, which a local master does not have.
            config.memory_mib = Some(mebibytes("spark.executor.pyspark.memory", &text)?.max(1));
        }
        config.traceback_dump_s = seconds(&get, "spark.python.worker.tracebackDumpIntervalSeconds")?;
        config.idle_limit = idle_limit(&get, "spark.python.worker")?;
        Ok(config)
    }

    /// The variables that pyspark's worker reads.
    pub(crate) fn variables(&self) -> Variables {
        let mut variables = self.variables.clone();
        let mut set = |name: &str, value: String| {
            variables.entry(name.to_string()).or_insert(value);
        };
        set("PYTHONUNBUFFERED", "YES".into());
        set("SPARK_PYTHON_RUNTIME", "PYTHON_WORKER".into());
        set("SPARK_BUFFER_SIZE", self.buffer_bytes.to_string());
        set("PYTHON_UDF_BATCH_SIZE", self.pickled_rows.to_string());
        // Keys must have the same hash in every worker, and in the driver if it has a seed.
        set("PYTHONHASHSEED", hash_seed(std::env::var("PYTHONHASHSEED").ok()));
        // One task, one core: numeric libraries that start a thread for each core would fight over them.
        for library in ["OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"] {
            set(library, "1".into());
        }
        if self.reuse {
            set("SPARK_REUSE_WORKER", "1".into());
        }
        if let Some(mib) = self.memory_mib {
            set("PYSPARK_EXECUTOR_MEMORY_MB", mib.to_string());
        }
        if let Some(seconds) = self.traceback_dump_s {
            set("PYTHON_TRACEBACK_DUMP_INTERVAL_SECONDS", seconds.to_string());
        }
        variables
    }
}

/// The limit that `prefix.idleTimeoutSeconds` and `prefix.killOnIdleTimeout` set.
pub(crate) fn idle_limit(get: &impl Fn(&str) -> Option<String>, prefix: &str) -> Result<Option<IdleLimit>> {
    let kill = flag(get, &format!("{prefix}.killOnIdleTimeout"), false)?;
    let after = seconds(get, &format!("{prefix}.idleTimeoutSeconds"))?;
    Ok(after.map(|after| IdleLimit { after: Duration::from_secs(after), kill }))
}

pub(crate) fn flag(get: &impl Fn(&str) -> Option<String>, name: &str, default: bool) -> Result<bool> {
    match get(name) {
        None => Ok(default),
        Some(text) => text.trim().to_ascii_lowercase().parse().map_err(|_| wrong(name, &text, "true or false")),
    }
}

pub(crate) fn seconds(get: &impl Fn(&str) -> Option<String>, name: &str) -> Result<Option<u64>> {
    let Some(text) = get(name) else { return Ok(None) };
    let number = text.trim().trim_end_matches('s').parse::<u64>().map_err(|_| wrong(name, &text, "seconds"))?;
    Ok((number > 0).then_some(number))
}

/// A size in MiB: `2g`, `512m`; a number alone is MiB.
fn mebibytes(name: &str, text: &str) -> Result<u64> {
    byte_size(text, MIB).map(|bytes| bytes / MIB).ok_or_else(|| wrong(name, text, "a size such as 512m"))
}

fn wrong(name: &str, value: &str, expected: &str) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, format!("{name} should be {expected}, but was {value}"))
}

/// The seed of Python's hashes: the one that the driver was started with, or 0.
fn hash_seed(inherited: Option<String>) -> String {
    inherited.filter(|seed| seed.parse::<u32>().is_ok()).unwrap_or_else(|| "0".into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn settings(pairs: &'static [(&'static str, &'static str)]) -> Result<PoolConfig> {
        PoolConfig::from_settings("python3", 2, move |name| {
            pairs.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_string())
        })
    }

    #[test]
    fn each_worker_of_a_local_master_may_use_the_memory_of_the_executor() {
        let config = settings(&[("spark.executor.pyspark.memory", "2g")]).unwrap();
        assert_eq!(config.variables().get("PYSPARK_EXECUTOR_MEMORY_MB").map(String::as_str), Some("2048"));
    }

    #[test]
    fn a_wrong_setting_is_named() {
        let error = settings(&[("spark.python.worker.reuse", "perhaps")]).unwrap_err();
        assert!(error.message().contains("spark.python.worker.reuse"), "{error}");
    }

    #[test]
    fn all_workers_hash_alike() {
        assert_eq!(hash_seed(None), "0");
        assert_eq!(hash_seed(Some("random".into())), "0");
        assert_eq!(hash_seed(Some("123".into())), "123");
    }
}
