//! A job: the stages that one action needed.

use std::collections::BTreeMap;

use serde_json::Value;

use super::fields::Fields;
use super::stage::TaskEnding;

/// How a job stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JobStatus {
    /// Its tasks run or wait.
    Running,
    /// All of its stages ended well.
    Succeeded,
    /// A stage failed, or it was cancelled.
    Failed,
}

impl JobStatus {
    /// Spark's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Succeeded => "SUCCEEDED",
            Self::Failed => "FAILED",
        }
    }
}

/// A job.
#[derive(Debug, Clone)]
pub struct Job {
    /// Its number.
    pub id: i64,
    /// The name of its last stage: the action and where it was called.
    pub name: String,
    /// What the user calls it (`setJobDescription`).
    pub description: Option<String>,
    /// When it was submitted.
    pub submission_ms: Option<i64>,
    /// When it ended.
    pub completion_ms: Option<i64>,
    /// Its stages.
    pub stage_ids: Vec<i64>,
    /// Its group.
    pub group: Option<String>,
    /// Its tags.
    pub tags: Vec<String>,
    /// How it stands.
    pub status: JobStatus,
    /// What failed.
    pub error: Option<String>,
    /// The tasks of its stages, by how they stand.
    pub tasks: TaskCounts,
    /// Its stages, by how they stand.
    pub stages: StageCounts,
    /// Reasons for which tasks were killed, with how many.
    pub killed_reasons: BTreeMap<String, i64>,
    /// The SQL execution that it belongs to.
    pub execution_id: Option<i64>,
    /// The batch of a DStream program that it belongs to: its time and its output operation.
    pub batch: Option<(i64, i64)>,
}

/// Tasks by how they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct TaskCounts {
    /// How many there are to run.
    pub total: i64,
    /// Running.
    pub active: i64,
    /// Ended well.
    pub completed: i64,
    /// Partitions that a task has done.
    pub completed_indices: i64,
    /// In stages that were skipped.
    pub skipped: i64,
    /// Failed attempts.
    pub failed: i64,
    /// Killed attempts.
    pub killed: i64,
}

/// Stages by how they stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct StageCounts {
    /// Running.
    pub active: i64,
    /// Ended well.
    pub completed: i64,
    /// Not needed, because their output was there already.
    pub skipped: i64,
    /// Failed.
    pub failed: i64,
}

impl Job {
    /// Reads a `SparkListenerJobStart`.
    pub(super) fn of(event: &Value) -> Self {
        let properties = event.field("Properties");
        let infos = event.list("Stage Infos");
        let last = infos.iter().max_by_key(|info| info.int("Stage ID"));
        let property = |name: &str| properties.optional_text(name);
        let number = |name: &str| properties.optional_int(name);
        let tags = property("spark.job.tags").unwrap_or_default();
        let batch = number("spark.streaming.internal.batchTime")
            .zip(number("spark.streaming.internal.outputOpId").or(Some(-1)));
        Self {
            id: event.int("Job ID"),
            name: last.map(|info| info.text("Stage Name")).unwrap_or_default(),
            description: property("spark.job.description"),
            submission_ms: event.time("Submission Time"),
            completion_ms: None,
            stage_ids: event.ints("Stage IDs"),
            group: property("spark.jobGroup.id"),
            tags: tags.split(',').filter(|tag| !tag.is_empty()).map(str::to_string).collect(),
            status: JobStatus::Running,
            error: None,
            tasks: TaskCounts {
                total: infos.iter().filter(|info| info.time("Completion Time").is_none()).map(tasks_of).sum(),
                ..TaskCounts::default()
            },
            stages: StageCounts::default(),
            killed_reasons: BTreeMap::new(),
            execution_id: number("spark.sql.execution.id"),
            batch,
        }
    }

    /// Reads a `SparkListenerJobEnd` into it.
    pub(super) fn end(&mut self, event: &Value) {
        let result = event.field("Job Result");
        self.completion_ms = event.time("Completion Time");
        let succeeded = result.text("Result") == "JobSucceeded";
        self.status = if succeeded { JobStatus::Succeeded } else { JobStatus::Failed };
        self.error = result.field("Exception").optional_text("Message");
    }

    /// Counts a task of one of its stages that ended.
    pub(super) fn count(&mut self, ending: &TaskEnding, new_index: bool) {
        self.tasks.active -= 1;
        match ending {
            TaskEnding::Success => {
                self.tasks.completed += 1;
                self.tasks.completed_indices += i64::from(new_index);
            }
            TaskEnding::Killed(reason) => {
                self.tasks.killed += 1;
                super::count_reason(&mut self.killed_reasons, reason);
            }
            TaskEnding::Failed(_) => self.tasks.failed += 1,
            TaskEnding::Resubmitted => {}
        }
    }

    /// How long it has taken, or took.
    pub fn duration_ms(&self, now_ms: i64) -> Option<i64> {
        Some(self.completion_ms.unwrap_or(now_ms) - self.submission_ms?)
    }

    /// What a person should read first.
    pub fn title(&self) -> &str {
        self.description.as_deref().unwrap_or(&self.name)
    }
}

fn tasks_of(info: &Value) -> i64 {
    info.int("Number of Tasks")
}
