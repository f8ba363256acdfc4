//! One attempt of a task, as events tell of it.

use serde_json::{Value, json};

/// One attempt of a task.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct TaskInfo {
    /// Unique in the application.
    pub task_id: u64,
    /// Its place in the stage's tasks.
    pub index: usize,
    /// Which attempt, from 0.
    pub attempt: usize,
    /// The partition it computes.
    pub partition_id: usize,
    /// When it was started.
    pub launch_time_ms: u64,
    /// When it ended; 0 while it runs.
    pub finish_time_ms: u64,
    /// Whether it failed.
    pub failed: bool,
    /// Whether it was told to stop.
    pub killed: bool,
    /// What it added to named accumulators.
    pub accumulables: Vec<Accumulable>,
}

/// A named accumulator, as one task or one stage sees it.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Accumulable {
    /// The accumulator.
    pub id: u64,
    /// Its name.
    pub name: Option<String>,
    /// What the task added, as text.
    pub update: Option<String>,
    /// The value after that, as text.
    pub value: Option<String>,
}

impl TaskInfo {
    /// The task as Spark's event log has it.
    pub fn json(&self) -> Value {
        json!({
            "Task ID": self.task_id,
            "Index": self.index,
            "Attempt": self.attempt,
            "Partition ID": self.partition_id,
            "Launch Time": self.launch_time_ms,
            "Executor ID": "driver",
            "Host": "localhost",
            "Locality": "PROCESS_LOCAL",
            "Speculative": false,
            "Getting Result Time": 0,
            "Finish Time": self.finish_time_ms,
            "Failed": self.failed,
            "Killed": self.killed,
            "Accumulables": self.accumulables.iter().map(Accumulable::json).collect::<Vec<_>>(),
        })
    }
}

impl Accumulable {
    /// The accumulator as Spark's event log has it.
    pub fn json(&self) -> Value {
        let mut json = json!({"ID": self.id, "Internal": false, "Count Failed Values": false});
        for (key, value) in [("Name", &self.name), ("Update", &self.update), ("Value", &self.value)] {
            if let Some(value) = value {
                json[key] = Value::String(value.clone());
            }
        }
        json
    }
}
