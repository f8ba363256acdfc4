//! A task: one attempt at one partition of a stage.

use serde_json::Value;

use super::fields::{Fields, cut};
use super::stage::TaskEnding;
use super::task_metrics::TaskMetrics;

/// A task.
#[derive(Debug, Clone)]
pub struct Task {
    /// Its number.
    pub id: i64,
    /// Its place in the stage.
    pub index: i64,
    /// Which attempt it is.
    pub attempt: i64,
    /// The partition it computes.
    pub partition: i64,
    /// When it started.
    pub launch_ms: i64,
    /// When it ended.
    pub finish_ms: Option<i64>,
    /// Spark's name of how it stands.
    pub status: &'static str,
    /// How near the data was.
    pub locality: String,
    /// Whether it runs beside another attempt.
    pub speculative: bool,
    /// The executor.
    pub executor: String,
    /// The executor's machine.
    pub host: String,
    /// What failed.
    pub error: Option<String>,
    /// What it measured; `None` while it runs.
    pub metrics: Option<Box<TaskMetrics>>,
    /// The accumulators that it added to.
    pub accumulators: Vec<Accumulable>,
}

/// An accumulator's value, as the UI shows it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Accumulable {
    /// Its number.
    pub id: i64,
    /// The user's name for it.
    pub name: String,
    /// What a task added.
    pub update: Option<String>,
    /// The value after that.
    pub value: String,
}

impl Accumulable {
    /// Reads an accumulator of the user's; those of the engine itself and of SQL operators are not shown.
    pub(super) fn of(json: &Value) -> Option<Self> {
        if json.flag("Internal") || json.text("Metadata") == "sql" {
            return None;
        }
        let name = json.optional_text("Name")?;
        let show = |field: &str| match json.field(field) {
            Value::Null => None,
            Value::String(text) => Some(cut(text)),
            other => Some(cut(&other.to_string())),
        };
        Some(Self { id: json.int("ID"), name, update: show("Update"), value: show("Value").unwrap_or_default() })
    }
}

impl Task {
    /// Reads a `SparkListenerTaskStart` or `SparkListenerTaskEnd`.
    pub(super) fn of(event: &Value, ending: Option<&TaskEnding>) -> Self {
        let info = event.field("Task Info");
        let status = match ending {
            None => "RUNNING",
            Some(TaskEnding::Success | TaskEnding::Resubmitted) => "SUCCESS",
            Some(TaskEnding::Failed(_)) => "FAILED",
            Some(TaskEnding::Killed(_)) => "KILLED",
        };
        let error = match ending {
            Some(TaskEnding::Failed(error) | TaskEnding::Killed(error)) => Some(error.clone()),
            _ => None,
        };
        Self {
            id: info.int("Task ID"),
            index: info.int("Index"),
            attempt: info.int("Attempt"),
            partition: info.optional_int("Partition ID").unwrap_or_else(|| info.int("Index")),
            launch_ms: info.int("Launch Time"),
            finish_ms: ending.and_then(|_| info.time("Finish Time")),
            status,
            locality: info.text("Locality"),
            speculative: info.flag("Speculative"),
            executor: info.text("Executor ID"),
            host: info.text("Host"),
            error,
            metrics: TaskMetrics::of(event).map(Box::new),
            accumulators: Vec::new(),
        }
    }

    /// How long it has taken, or took.
    pub fn duration_ms(&self, now_ms: i64) -> i64 {
        (self.finish_ms.unwrap_or(now_ms) - self.launch_ms).max(0)
    }

    /// The time in which it neither computed nor prepared to.
    pub fn scheduler_delay_ms(&self) -> i64 {
        let Some((metrics, finish)) = self.metrics.as_ref().zip(self.finish_ms) else { return 0 };
        let busy = ["executorRunTime", "executorDeserializeTime", "resultSerializationTime"];
        let busy: i64 = busy.iter().map(|name| metrics.stage(name)).sum();
        (finish - self.launch_ms - busy).max(0)
    }
}

/// How the task of a `SparkListenerTaskEnd` ended.
pub(super) fn ending(event: &Value) -> TaskEnding {
    let reason = event.field("Task End Reason");
    match reason.text("Reason").as_str() {
        "Success" => TaskEnding::Success,
        "Resubmitted" => TaskEnding::Resubmitted,
        "TaskKilled" => TaskEnding::Killed(reason.text("Kill Reason")),
        "TaskCommitDenied" => TaskEnding::Killed("another attempt may commit".into()),
        "ExceptionFailure" => TaskEnding::Failed(
            reason
                .optional_text("Full Stack Trace")
                .unwrap_or_else(|| format!("{}: {}", reason.text("Class Name"), reason.text("Description"))),
        ),
        "FetchFailed" => TaskEnding::Failed(reason.text("Message")),
        "ExecutorLostFailure" => TaskEnding::Failed(reason.text("Loss Reason")),
        other => TaskEnding::Failed(cut(other)),
    }
}
