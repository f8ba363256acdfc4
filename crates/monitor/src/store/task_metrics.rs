//! The measurements of a task, as one table: where the event log has each, and what REST calls it for a task, a stage and a
//! distribution over tasks. Another measurement is one more row.

use serde_json::Value;

use super::fields::Fields;

/// A measurement and its names. Names with a slash are nested in an object.
#[derive(Debug)]
pub struct Measurement {
    /// In the event log, below `Task Metrics`.
    pub event: &'static str,
    /// In REST's `taskMetrics`.
    pub task: &'static str,
    /// In REST's stage.
    pub stage: &'static str,
    /// In REST's `taskSummary`.
    pub summary: &'static str,
}

const fn row(event: &'static str, task: &'static str, stage: &'static str, summary: &'static str) -> Measurement {
    Measurement { event, task, stage, summary }
}

const fn same(event: &'static str, name: &'static str) -> Measurement {
    row(event, name, name, name)
}

/// How many measurements there are.
pub const COUNT: usize = 25;

/// All measurements.
#[rustfmt::skip]
pub static MEASUREMENTS: [Measurement; COUNT] = [
    same("Executor Deserialize Time", "executorDeserializeTime"),
    same("Executor Deserialize CPU Time", "executorDeserializeCpuTime"),
    same("Executor Run Time", "executorRunTime"),
    same("Executor CPU Time", "executorCpuTime"),
    same("Result Size", "resultSize"),
    same("JVM GC Time", "jvmGcTime"),
    same("Result Serialization Time", "resultSerializationTime"),
    same("Memory Bytes Spilled", "memoryBytesSpilled"),
    same("Disk Bytes Spilled", "diskBytesSpilled"),
    same("Peak Execution Memory", "peakExecutionMemory"),
    row("Input Metrics/Bytes Read", "inputMetrics/bytesRead", "inputBytes", "inputMetrics/bytesRead"),
    row("Input Metrics/Records Read", "inputMetrics/recordsRead", "inputRecords", "inputMetrics/recordsRead"),
    row("Output Metrics/Bytes Written", "outputMetrics/bytesWritten", "outputBytes", "outputMetrics/bytesWritten"),
    row("Output Metrics/Records Written", "outputMetrics/recordsWritten", "outputRecords", "outputMetrics/recordsWritten"),
    row("Shuffle Read Metrics/Remote Blocks Fetched", "shuffleReadMetrics/remoteBlocksFetched", "shuffleRemoteBlocksFetched", "shuffleReadMetrics/remoteBlocksFetched"),
    row("Shuffle Read Metrics/Local Blocks Fetched", "shuffleReadMetrics/localBlocksFetched", "shuffleLocalBlocksFetched", "shuffleReadMetrics/localBlocksFetched"),
    row("Shuffle Read Metrics/Fetch Wait Time", "shuffleReadMetrics/fetchWaitTime", "shuffleFetchWaitTime", "shuffleReadMetrics/fetchWaitTime"),
    row("Shuffle Read Metrics/Remote Bytes Read", "shuffleReadMetrics/remoteBytesRead", "shuffleRemoteBytesRead", "shuffleReadMetrics/remoteBytesRead"),
    row("Shuffle Read Metrics/Remote Bytes Read To Disk", "shuffleReadMetrics/remoteBytesReadToDisk", "shuffleRemoteBytesReadToDisk", "shuffleReadMetrics/remoteBytesReadToDisk"),
    row("Shuffle Read Metrics/Local Bytes Read", "shuffleReadMetrics/localBytesRead", "shuffleLocalBytesRead", "shuffleReadMetrics/readBytes"),
    row("Shuffle Read Metrics/Total Records Read", "shuffleReadMetrics/recordsRead", "shuffleReadRecords", "shuffleReadMetrics/readRecords"),
    row("Shuffle Read Metrics/Remote Requests Duration", "shuffleReadMetrics/remoteReqsDuration", "shuffleRemoteReqsDuration", "shuffleReadMetrics/remoteReqsDuration"),
    row("Shuffle Write Metrics/Shuffle Bytes Written", "shuffleWriteMetrics/bytesWritten", "shuffleWriteBytes", "shuffleWriteMetrics/writeBytes"),
    row("Shuffle Write Metrics/Shuffle Write Time", "shuffleWriteMetrics/writeTime", "shuffleWriteTime", "shuffleWriteMetrics/writeTime"),
    row("Shuffle Write Metrics/Shuffle Records Written", "shuffleWriteMetrics/recordsWritten", "shuffleWriteRecords", "shuffleWriteMetrics/writeRecords"),
];

/// A task's, or all of a stage's, values in the order of [`MEASUREMENTS`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct TaskMetrics(pub [i64; COUNT]);

impl TaskMetrics {
    /// Reads an event's `Task Metrics`; `None` if it has none.
    pub fn of(event: &Value) -> Option<Self> {
        let metrics = event.get("Task Metrics").filter(|metrics| metrics.is_object())?;
        let mut values = [0; COUNT];
        for (value, row) in values.iter_mut().zip(&MEASUREMENTS) {
            *value = match row.event.split_once('/') {
                Some((group, name)) => metrics.field(group).int(name),
                None => metrics.int(row.event),
            };
        }
        Some(Self(values))
    }

    /// Adds another task's values; of peaks the larger one stays.
    pub fn add(&mut self, other: &Self) {
        for ((sum, value), row) in self.0.iter_mut().zip(other.0).zip(&MEASUREMENTS) {
            *sum = if row.event.starts_with("Peak") { (*sum).max(value) } else { sum.saturating_add(value) };
        }
    }

    /// The value that REST's stage has under `name`; 0 if there is none.
    pub fn stage(&self, name: &str) -> i64 {
        MEASUREMENTS.iter().position(|row| row.stage == name).map_or(0, |at| self.0[at])
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use serde_json::json;

    #[test]
    fn values_are_found_in_nested_objects_and_peaks_are_not_added() {
        let event = json!({"Task Metrics": {
            "Executor Run Time": 5, "Peak Execution Memory": 7, "Shuffle Write Metrics": {"Shuffle Bytes Written": 3},
        }});
        let one = TaskMetrics::of(&event).unwrap();
        let mut all = one.clone();
        all.add(&one);
        let values = ["executorRunTime", "peakExecutionMemory", "shuffleWriteBytes"].map(|name| all.stage(name));
        assert_eq!(values, [10, 7, 6]);
        assert!(TaskMetrics::of(&json!({"Task Metrics": null})).is_none());
    }
}
