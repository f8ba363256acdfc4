//! The settings that are fixed with a checkpoint: logged with each batch, and taken from the log on a restart.

use serde_json::{Map, Value};

use crate::session::Settings;

/// Name and Spark's default, in the order in which Spark 4.2 writes them.
const FIXED: &[(&str, &str)] = &[
    (
        "spark.sql.streaming.stateStore.providerClass",
        "org.apache.spark.sql.execution.streaming.state.HDFSBackedStateStoreProvider",
    ),
    ("spark.sql.streaming.stateStore.rocksdb.mergeOperatorVersion", "2"),
    ("spark.sql.streaming.stateStore.rocksdb.formatVersion", "5"),
    ("spark.sql.streaming.queryEvolution.enableSourceEvolution", "false"),
    ("spark.sql.streaming.stateStore.encodingFormat", "unsaferow"),
    ("spark.sql.streaming.statefulOperator.useStrictDistribution", "true"),
    ("spark.sql.streaming.flatMapGroupsWithState.stateFormatVersion", "2"),
    ("spark.sql.streaming.multipleWatermarkPolicy", "min"),
    ("spark.sql.streaming.stateStore.rowChecksum.enabled", "false"),
    ("spark.sql.streaming.aggregation.stateFormatVersion", "2"),
    ("spark.sql.function.protobufExtensions.enabled", "false"),
    ("spark.sql.shuffle.partitions", "200"),
    ("spark.sql.streaming.join.stateFormatVersion", "2"),
    ("spark.sql.streaming.stateStore.compression.codec", "lz4"),
    ("spark.sql.optimizer.pruneFiltersCanPruneStreamingSubplan", "false"),
];

/// The settings as the session has them.
pub(super) fn of_session(settings: &Settings) -> Map<String, Value> {
    let value = |name: &str, default: &str| Value::String(settings.text(name).unwrap_or_else(|| default.to_string()));
    FIXED.iter().map(|(name, default)| ((*name).to_string(), value(name, default))).collect()
}

/// The settings of a log entry, with the session's for those that the entry does not have.
pub(super) fn of_log(logged: &Map<String, Value>, settings: &Settings) -> Map<String, Value> {
    let mut conf = of_session(settings);
    for (name, value) in logged {
        conf.insert(name.clone(), value.clone());
    }
    conf
}
