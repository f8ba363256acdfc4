//! A stage and the RDDs in it, as events tell of them.

use serde_json::{Map, Value, json};

use super::Accumulable;

/// One attempt of a stage.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct StageInfo {
    /// The stage.
    pub stage_id: usize,
    /// Which attempt, from 0.
    pub attempt: usize,
    /// What it does and where the user asked for it: `count at job.py:12`.
    pub name: String,
    /// How many tasks this attempt has.
    pub num_tasks: usize,
    /// The RDDs it computes, the last one first.
    pub rdds: Vec<RddInfo>,
    /// The stages it reads from.
    pub parent_ids: Vec<usize>,
    /// The user's call stack.
    pub details: String,
    /// When its tasks were submitted.
    pub submission_time_ms: Option<u64>,
    /// When it ended.
    pub completion_time_ms: Option<u64>,
    /// Why it failed.
    pub failure_reason: Option<String>,
    /// Its named accumulators, with their values so far.
    pub accumulables: Vec<Accumulable>,
}

/// An RDD of a stage.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct RddInfo {
    /// The RDD.
    pub id: usize,
    /// Its name, or what kind it is.
    pub name: String,
    /// The operation that made it: `map`.
    pub scope: String,
    /// The user's line.
    pub call_site: String,
    /// The RDDs it is made from.
    pub parent_ids: Vec<usize>,
    /// How it is to be kept.
    pub level: StorageLevelInfo,
    /// Whether its tasks run all at once.
    pub barrier: bool,
    /// How many partitions it has.
    pub num_partitions: usize,
    /// How many of them are cached.
    pub num_cached_partitions: usize,
    /// Bytes in memory.
    pub memory_size: u64,
    /// Bytes on disk.
    pub disk_size: u64,
}

/// How blocks are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct StorageLevelInfo {
    /// On disk.
    pub use_disk: bool,
    /// In memory.
    pub use_memory: bool,
    /// Outside the heap.
    pub use_off_heap: bool,
    /// As objects rather than bytes.
    pub deserialized: bool,
    /// How many copies.
    pub replication: u32,
}

impl StageInfo {
    /// The stage as Spark's event log has it.
    pub fn json(&self) -> Value {
        let mut json = Map::new();
        json.insert("Stage ID".into(), self.stage_id.into());
        json.insert("Stage Attempt ID".into(), self.attempt.into());
        json.insert("Stage Name".into(), self.name.clone().into());
        json.insert("Number of Tasks".into(), self.num_tasks.into());
        json.insert("RDD Info".into(), self.rdds.iter().map(RddInfo::json).collect());
        json.insert("Parent IDs".into(), self.parent_ids.clone().into());
        json.insert("Details".into(), self.details.clone().into());
        for (name, time) in [("Submission Time", self.submission_time_ms), ("Completion Time", self.completion_time_ms)]
        {
            if let Some(time) = time {
                json.insert(name.into(), time.into());
            }
        }
        if let Some(reason) = &self.failure_reason {
            json.insert("Failure Reason".into(), reason.clone().into());
        }
        json.insert("Accumulables".into(), self.accumulables.iter().map(Accumulable::json).collect());
        json.insert("Resource Profile Id".into(), 0.into());
        json.insert("Shuffle Push Enabled".into(), false.into());
        json.insert("Shuffle Push Mergers Count".into(), 0.into());
        Value::Object(json)
    }
}

impl RddInfo {
    /// The RDD as Spark's event log has it.
    pub fn json(&self) -> Value {
        json!({
            "RDD ID": self.id,
            "Name": self.name,
            "Scope": json!({"id": self.id.to_string(), "name": self.scope}).to_string(),
            "Callsite": self.call_site,
            "Parent IDs": self.parent_ids,
            "Storage Level": self.level.json(),
            "Barrier": self.barrier,
            "DeterministicLevel": "DETERMINATE",
            "Number of Partitions": self.num_partitions,
            "Number of Cached Partitions": self.num_cached_partitions,
            "Memory Size": self.memory_size,
            "Disk Size": self.disk_size,
        })
    }
}

impl StorageLevelInfo {
    /// The level as Spark's event log has it.
    pub fn json(&self) -> Value {
        json!({
            "Use Disk": self.use_disk,
            "Use Memory": self.use_memory,
            "Use Off Heap": self.use_off_heap,
            "Deserialized": self.deserialized,
            "Replication": self.replication,
        })
    }
}
