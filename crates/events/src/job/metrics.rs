//! What a task used: times, bytes and records, under Spark's names.

use serde_json::{Value, json};

/// What a task used. Times are milliseconds unless the name says otherwise.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TaskMetrics {
    /// Wall-clock time of the task's body.
    pub executor_run_time_ms: u64,
    /// Processor time of the task's body, in nanoseconds.
    pub executor_cpu_time_ns: u64,
    /// Bytes of the result sent to the driver.
    pub result_size: u64,
    /// The most memory that its shuffles and sorts held.
    pub peak_execution_memory: u64,
    /// In-memory bytes of what was spilled.
    pub memory_bytes_spilled: u64,
    /// Bytes written to disk by spilling.
    pub disk_bytes_spilled: u64,
    /// What it read from files.
    pub input: InputMetrics,
    /// What it wrote to files.
    pub output: OutputMetrics,
    /// What it read from shuffles.
    pub shuffle_read: ShuffleReadMetrics,
    /// What it wrote for a shuffle.
    pub shuffle_write: ShuffleWriteMetrics,
}

/// What a task read from files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct InputMetrics {
    /// Bytes read.
    pub bytes_read: u64,
    /// Records read.
    pub records_read: u64,
}

/// What a task wrote to files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct OutputMetrics {
    /// Bytes written.
    pub bytes_written: u64,
    /// Records written.
    pub records_written: u64,
}

/// What a task read from shuffles.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShuffleReadMetrics {
    /// Blocks read.
    pub local_blocks_fetched: u64,
    /// Bytes read.
    pub local_bytes_read: u64,
    /// Records read.
    pub records_read: u64,
}

/// What a task wrote for a shuffle.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct ShuffleWriteMetrics {
    /// Bytes written.
    pub bytes_written: u64,
    /// Records written.
    pub records_written: u64,
    /// Time spent writing, in nanoseconds.
    pub write_time_ns: u64,
}

impl TaskMetrics {
    /// The metrics as Spark's event log has them.
    pub fn json(&self) -> Value {
        json!({
            "Executor Deserialize Time": 0,
            "Executor Deserialize CPU Time": 0,
            "Executor Run Time": self.executor_run_time_ms,
            "Executor CPU Time": self.executor_cpu_time_ns,
            "Peak Execution Memory": self.peak_execution_memory,
            "Result Size": self.result_size,
            "JVM GC Time": 0,
            "Result Serialization Time": 0,
            "Memory Bytes Spilled": self.memory_bytes_spilled,
            "Disk Bytes Spilled": self.disk_bytes_spilled,
            "Shuffle Read Metrics": {
                "Remote Blocks Fetched": 0,
                "Local Blocks Fetched": self.shuffle_read.local_blocks_fetched,
                "Fetch Wait Time": 0,
                "Remote Bytes Read": 0,
                "Remote Bytes Read To Disk": 0,
                "Local Bytes Read": self.shuffle_read.local_bytes_read,
                "Total Records Read": self.shuffle_read.records_read,
                "Remote Requests Duration": 0,
            },
            "Shuffle Write Metrics": {
                "Shuffle Bytes Written": self.shuffle_write.bytes_written,
                "Shuffle Write Time": self.shuffle_write.write_time_ns,
                "Shuffle Records Written": self.shuffle_write.records_written,
            },
            "Input Metrics": {"Bytes Read": self.input.bytes_read, "Records Read": self.input.records_read},
            "Output Metrics": {
                "Bytes Written": self.output.bytes_written,
                "Records Written": self.output.records_written,
            },
            "Updated Blocks": [],
        })
    }
}
