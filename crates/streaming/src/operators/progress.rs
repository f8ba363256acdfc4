//! What stateful operators report of a batch: `stateOperators` and `eventTime` of the progress, with Spark's fields.

use std::collections::BTreeMap;

use serde::Serialize;

use super::watermark::WatermarkReport;

/// One entry of `stateOperators`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct StateOperatorProgress {
    /// `stateStoreSave`, `dedupe`, `dedupeWithinWatermark`, `globalLimit`.
    pub operator_name: String,
    /// Keys in the state after the batch.
    pub num_rows_total: u64,
    /// Keys that the batch wrote.
    pub num_rows_updated: u64,
    /// Time it took to read and write them.
    pub all_updates_time_ms: u64,
    /// Keys that the watermark removed.
    pub num_rows_removed: u64,
    /// Time it took to remove them.
    pub all_removals_time_ms: u64,
    /// Time it took to make the changes durable.
    pub commit_time_ms: u64,
    /// Memory that the state takes.
    pub memory_used_bytes: u64,
    /// Late rows: for an aggregate, its late groups, as in Spark.
    pub num_rows_dropped_by_watermark: u64,
    /// The setting `spark.sql.shuffle.partitions`.
    pub num_shuffle_partitions: u64,
    /// Stores that were open.
    pub num_state_store_instances: u64,
    /// More numbers, by name.
    pub custom_metrics: BTreeMap<String, i64>,
}

/// `eventTime` of the progress, and how late events were when they were processed.
#[derive(Debug, Clone, PartialEq)]
pub struct EventTimeProgress {
    /// The newest event time, in milliseconds since the epoch.
    pub max_ms: i64,
    /// The oldest.
    pub min_ms: i64,
    /// The mean.
    pub avg_ms: i64,
    /// How many rows had an event time.
    pub rows: u64,
    /// Half of the rows were processed within so many milliseconds of their event time ...
    pub latency_p50_ms: i64,
    /// ... 95 in 100 ...
    pub latency_p95_ms: i64,
    /// ... and 99 in 100.
    pub latency_p99_ms: i64,
}

/// What the stateful side of a batch reports once it is durable.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct BatchReport {
    /// `stateOperators`, the last operator of the plan first, as in Spark.
    pub operators: Vec<StateOperatorProgress>,
    /// `eventTime` without `watermark`; of the first `withWatermark` that saw rows, as in Spark.
    pub event_time: Option<EventTimeProgress>,
    /// What each `withWatermark` saw.
    pub watermarks: Vec<WatermarkReport>,
}
