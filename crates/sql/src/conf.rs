//! A session's settings: what was set, over what the engine was started with, over Spark's defaults.
//!
//! Names and defaults are Spark's (<https://spark.apache.org/docs/latest/configuration.html>). A setting that Spark does
//! not let a running session change raises `CANNOT_MODIFY_STATIC_CONFIG`.

use std::collections::BTreeMap;
use std::sync::Arc;

use firesteel_error::{Result, SparkError};
use parking_lot::RwLock;

/// Settings that this engine reads, with Spark's default.
const DEFAULTS: &[(&str, &str)] = &[
    ("spark.sql.ansi.enabled", "true"),
    ("spark.sql.caseSensitive", "false"),
    ("spark.sql.shuffle.partitions", "200"),
    ("spark.sql.sources.default", "parquet"),
    ("spark.sql.sources.partitionOverwriteMode", "STATIC"),
    ("spark.sql.files.maxPartitionBytes", "128MB"),
    ("spark.sql.files.ignoreCorruptFiles", "false"),
    ("spark.sql.files.ignoreMissingFiles", "false"),
    ("spark.sql.files.maxRecordsPerFile", "0"),
    ("spark.sql.parquet.compression.codec", "snappy"),
    ("spark.sql.repl.eagerEval.enabled", "false"),
    ("spark.sql.repl.eagerEval.maxNumRows", "20"),
    ("spark.sql.repl.eagerEval.truncate", "20"),
    ("spark.sql.execution.arrow.maxRecordsPerBatch", "10000"),
    ("spark.sql.execution.arrow.pyspark.enabled", "true"),
    ("spark.sql.execution.pandas.convertToArrowArraySafely", "true"),
    ("spark.sql.execution.pythonUDF.arrow.enabled", "true"),
    ("spark.sql.pyspark.inferNestedDictAsStruct.enabled", "false"),
    ("spark.sql.pyspark.legacy.inferArrayTypeFromFirstElement.enabled", "false"),
    ("spark.sql.pyspark.legacy.inferMapTypeFromFirstPair.enabled", "false"),
    ("spark.sql.timestampType", "TIMESTAMP_LTZ"),
    ("spark.sql.timeType.enabled", "false"),
    ("spark.sql.legacy.timeParserPolicy", "CORRECTED"),
    ("spark.sql.mapKeyDedupPolicy", "EXCEPTION"),
    ("spark.sql.pivotMaxValues", "10000"),
    ("spark.sql.transposeMaxValues", "500"),
    ("spark.sql.crossJoin.enabled", "true"),
    ("spark.sql.cteRecursionLevelLimit", "100"),
    ("spark.sql.cteRecursionRowLimit", "1000000"),
    ("spark.sql.groupByOrdinal", "true"),
    ("spark.sql.orderByOrdinal", "true"),
    ("spark.sql.groupByAliases", "true"),
    ("spark.sql.autoBroadcastJoinThreshold", "10485760"),
    ("spark.sql.adaptive.enabled", "true"),
    ("spark.sql.warehouse.dir", "spark-warehouse"),
    ("spark.sql.streaming.checkpointLocation", ""),
    ("spark.sql.streaming.schemaInference", "false"),
    ("spark.sql.streaming.noDataMicroBatches.enabled", "true"),
    ("spark.sql.streaming.minBatchesToRetain", "100"),
    ("spark.sql.streaming.numRecentProgressUpdates", "100"),
    ("spark.sql.streaming.multipleWatermarkPolicy", "min"),
    ("spark.sql.streaming.metricsEnabled", "false"),
    ("spark.sql.streaming.stopTimeout", "0"),
    ("spark.sql.streaming.fileSource.log.compactInterval", "10"),
    ("spark.sql.streaming.fileSink.log.compactInterval", "10"),
    ("spark.sql.streaming.statefulOperator.checkCorrectness.enabled", "true"),
    (
        "spark.sql.streaming.stateStore.providerClass",
        "org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider",
    ),
    ("spark.sql.streaming.stateStore.minDeltasForSnapshot", "10"),
    ("spark.sql.session.localRelationCacheThreshold", "1048576"),
    ("spark.sql.session.localRelationChunkSizeRows", "10000"),
    ("spark.sql.session.localRelationChunkSizeBytes", "16777216"),
    ("spark.sql.session.localRelationBatchOfChunksSizeBytes", "1073741824"),
    ("spark.sql.binaryOutputStyle", ""),
    ("spark.sql.defaultCatalog", "spark_catalog"),
    ("spark.sql.columnNameOfCorruptRecord", "_corrupt_record"),
    ("spark.sql.execution.arrow.useLargeVarTypes", "false"),
    ("spark.sql.timeTravelTimestampKey", "timestampAsOf"),
    ("spark.memory.fraction", "0.6"),
    ("spark.memory.storageFraction", "0.5"),
    ("spark.task.maxFailures", "4"),
];

/// Settings that fall back on an older one where they are not set.
const FALLBACKS: &[(&str, &str)] = &[
    ("spark.sql.execution.arrow.pyspark.enabled", "spark.sql.execution.arrow.enabled"),
    ("spark.sql.execution.arrow.pyspark.fallback.enabled", "spark.sql.execution.arrow.fallback.enabled"),
];

/// Settings outside `spark.sql.` that a running session may change.
const RUNTIME_OUTSIDE_SQL: &[&str] = &["spark.sql.", "spark.databricks.", "spark.job.", "spark.scheduler.pool"];

/// `spark.sql.` settings that are fixed once the engine runs.
const STATIC: &[&str] = &[
    "spark.sql.warehouse.dir",
    "spark.sql.catalogImplementation",
    "spark.sql.extensions",
    "spark.sql.globalTempDatabase",
    "spark.sql.streaming.streamingQueryListeners",
    "spark.sql.streaming.ui.enabled",
    "spark.sql.streaming.ui.retainedQueries",
    "spark.sql.ui.retainedExecutions",
    "spark.sql.queryExecutionListeners",
    "spark.sql.codegen.cache.maxEntries",
    "spark.sql.legacy.sessionInitWithConfigDefaults",
    "spark.sql.sources.schemaStringLengthThreshold",
    "spark.sql.filesourceTableRelationCacheSize",
];

/// A session's settings. Cloning gives another handle on the same settings; [`Conf::fork`] gives a copy.
#[derive(Debug, Clone, Default)]
pub struct Conf {
    values: Arc<RwLock<BTreeMap<String, String>>>,
}

impl Conf {
    /// Settings that start from what the engine was given (`--conf`, `spark-defaults.conf`).
    pub fn new(initial: impl IntoIterator<Item = (String, String)>) -> Self {
        Self { values: Arc::new(RwLock::new(initial.into_iter().collect())) }
    }

    /// A copy that changes on its own.
    #[must_use]
    pub fn fork(&self) -> Self {
        Self { values: Arc::new(RwLock::new(self.values.read().clone())) }
    }

    /// What `key` is set to, or Spark's default for it.
    pub fn get(&self, key: &str) -> Option<String> {
        let values = self.values.read();
        let older = || FALLBACKS.iter().find(|(name, _)| *name == key).and_then(|(_, older)| values.get(*older));
        values.get(key).or_else(older).cloned().or_else(|| self.default(key))
    }

    /// What `key` was set to; defaults do not count.
    pub fn get_explicit(&self, key: &str) -> Option<String> {
        self.values.read().get(key).cloned()
    }

    /// Spark's default for `key`, if this engine knows the setting.
    pub fn default(&self, key: &str) -> Option<String> {
        if key == "spark.sql.session.timeZone" {
            return Some(local_time_zone());
        }
        DEFAULTS.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_string())
    }

    /// Everything that was set, and with no explicit value everything this engine has a default for; by name.
    pub fn get_all(&self, prefix: Option<&str>) -> Vec<(String, String)> {
        let explicit = self.values.read();
        explicit
            .iter()
            .filter(|(key, _)| prefix.is_none_or(|p| key.starts_with(p)))
            .map(|(key, value)| (key.clone(), value.clone()))
            .collect()
    }

    /// Sets `key`.
    ///
    /// # Errors
    /// `CANNOT_MODIFY_STATIC_CONFIG` for what is fixed once the engine runs, `INVALID_CONF_VALUE` for a value that
    /// the setting cannot take.
    pub fn set(&self, key: &str, value: &str) -> Result<()> {
        self.check_modifiable(key)?;
        check_value(key, value)?;
        self.values.write().insert(key.to_string(), value.to_string());
        Ok(())
    }

    /// Sets `key` whatever it is: for the engine's own start-up.
    pub fn set_initial(&self, key: &str, value: &str) {
        self.values.write().insert(key.to_string(), value.to_string());
    }

    /// Forgets what `key` was set to.
    ///
    /// # Errors
    /// `CANNOT_MODIFY_STATIC_CONFIG` as for [`Conf::set`].
    pub fn unset(&self, key: &str) -> Result<()> {
        self.check_modifiable(key)?;
        self.values.write().remove(key);
        Ok(())
    }

    /// Whether a running session may change `key`.
    pub fn is_modifiable(&self, key: &str) -> bool {
        let runtime = RUNTIME_OUTSIDE_SQL.iter().any(|prefix| key.starts_with(prefix)) || !key.starts_with("spark.");
        runtime && !STATIC.contains(&key)
    }

    fn check_modifiable(&self, key: &str) -> Result<()> {
        if self.is_modifiable(key) {
            return Ok(());
        }
        let condition = if STATIC.contains(&key) { "CANNOT_MODIFY_STATIC_CONFIG" } else { "CANNOT_MODIFY_CONFIG" };
        Err(SparkError::new(condition)
            .param("key", format!("\"{key}\""))
            .param("docroot", "https://spark.apache.org/docs/latest"))
    }

    /// A truth value; anything but `true` counts as false.
    pub fn flag(&self, key: &str) -> bool {
        self.get(key).is_some_and(|value| value.trim().eq_ignore_ascii_case("true"))
    }

    /// A whole number.
    ///
    /// # Errors
    /// `INVALID_CONF_VALUE.TYPE_MISMATCH` if the value is not one.
    pub fn int(&self, key: &str) -> Result<i64> {
        let value = self.get(key).unwrap_or_default();
        value.trim().parse().map_err(|_| mismatch(key, &value, "int"))
    }

    /// Whether arithmetic and casts raise errors (`spark.sql.ansi.enabled`).
    pub fn ansi(&self) -> bool {
        self.flag("spark.sql.ansi.enabled")
    }

    /// The session's time zone, by its IANA name or offset (`spark.sql.session.timeZone`).
    pub fn time_zone(&self) -> String {
        self.get("spark.sql.session.timeZone").unwrap_or_else(|| "UTC".into())
    }
}

/// Settings that take one of a few words.
const CHOICES: &[(&str, &[&str])] = &[("spark.sql.execution.pandas.structHandlingMode", &["legacy", "row", "dict"])];

fn mismatch(key: &str, value: &str, kind: &str) -> SparkError {
    SparkError::new("INVALID_CONF_VALUE.TYPE_MISMATCH")
        .param("confName", key)
        .param("confValue", value)
        .param("confType", kind)
}

fn check_value(key: &str, value: &str) -> Result<()> {
    let default = DEFAULTS.iter().find(|(name, _)| *name == key).map(|(_, value)| *value);
    match default {
        Some("true" | "false") if !matches!(value.trim().to_lowercase().as_str(), "true" | "false") => {
            Err(mismatch(key, value, "boolean"))
        }
        Some(number) if !number.is_empty() && number.parse::<i64>().is_ok() && value.trim().parse::<i64>().is_err() => {
            // Sizes and times may carry a unit.
            let digits = value.trim().trim_end_matches(|c: char| c.is_ascii_alphabetic());
            digits.parse::<i64>().map(|_| ()).map_err(|_| mismatch(key, value, "int"))
        }
        _ if let Some((_, options)) = CHOICES.iter().find(|(name, _)| *name == key)
            && !options.contains(&value.to_lowercase().as_str()) =>
        {
            Err(SparkError::new("INVALID_CONF_VALUE.OUT_OF_RANGE_OF_OPTIONS")
                .param("confName", key)
                .param("confValue", value)
                .param("confOptions", options.join(", ")))
        }
        _ if key == "spark.sql.session.timeZone" && value.parse::<firesteel_formats::ZoneId>().is_err() => {
            Err(SparkError::new("INVALID_CONF_VALUE.TIME_ZONE").param("confName", key).param("confValue", value))
        }
        _ => Ok(()),
    }
}

/// The machine's time zone by name, as the JVM finds it: `TZ`, then `/etc/timezone`, then `/etc/localtime`.
fn local_time_zone() -> String {
    let known = |name: String| name.parse::<firesteel_formats::ZoneId>().ok().map(|_| name);
    std::env::var("TZ")
        .ok()
        .and_then(|name| known(name.trim_start_matches(':').to_string()))
        .or_else(|| std::fs::read_to_string("/etc/timezone").ok().and_then(|name| known(name.trim().to_string())))
        .or_else(|| {
            let target = std::fs::read_link("/etc/localtime").ok()?;
            let (_, name) = target.to_str()?.split_once("zoneinfo/")?;
            known(name.to_string())
        })
        .unwrap_or_else(|| "Etc/UTC".into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn a_value_of_the_wrong_type_is_refused() {
        let conf = Conf::new([]);
        let error = conf.set("spark.sql.shuffle.partitions", "many").unwrap_err();
        assert_eq!(error.condition(), Some("INVALID_CONF_VALUE.TYPE_MISMATCH"));
        assert_eq!(conf.get("spark.sql.shuffle.partitions").as_deref(), Some("200"));
    }

    #[test]
    fn static_settings_stay() {
        let error = Conf::new([]).set("spark.sql.warehouse.dir", "/x").unwrap_err();
        assert_eq!(error.condition(), Some("CANNOT_MODIFY_STATIC_CONFIG"));
    }
}
