//! A stage: tasks that do the same to each partition, up to the next shuffle.

use std::collections::{BTreeMap, HashSet};

use serde_json::Value;

use super::fields::Fields;
use super::rdd::RddInfo;
use super::task::{Accumulable, Task};
use super::task_metrics::TaskMetrics;

/// Which attempt of which stage.
pub type StageKey = (i64, i64);

/// The most accumulators that are kept of one stage.
const ACCUMULATORS_MAX: usize = 1000;

/// How a stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum StageStatus {
    /// It waits for others.
    Pending,
    /// Its tasks run.
    Active,
    /// All tasks ended well.
    Complete,
    /// A task failed too often, or it was cancelled.
    Failed,
    /// Its output was there already.
    Skipped,
}

impl StageStatus {
    /// Spark's name for it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pending => "PENDING",
            Self::Active => "ACTIVE",
            Self::Complete => "COMPLETE",
            Self::Failed => "FAILED",
            Self::Skipped => "SKIPPED",
        }
    }
}

/// How a task ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum TaskEnding {
    Success,
    Killed(String),
    Failed(String),
    /// It had ended well, but its output was lost.
    Resubmitted,
}

/// A stage.
#[derive(Debug, Clone)]
pub struct Stage {
    /// Its number.
    pub id: i64,
    /// Which attempt it is.
    pub attempt: i64,
    /// How it stands.
    pub status: StageStatus,
    /// The last step in it and where that was called.
    pub name: String,
    /// The job's description.
    pub description: Option<String>,
    /// The whole call site.
    pub details: String,
    /// The scheduling pool.
    pub pool: String,
    /// The jobs that need it.
    pub job_ids: Vec<i64>,
    /// The stages whose output it reads.
    pub parents: Vec<i64>,
    /// Its RDDs.
    pub rdds: Vec<RddInfo>,
    /// How many tasks it has.
    pub num_tasks: i64,
    /// Tasks that run.
    pub active: i64,
    /// Tasks that ended well.
    pub complete: i64,
    /// Attempts that failed.
    pub failed: i64,
    /// Attempts that were killed.
    pub killed: i64,
    /// Reasons for which tasks were killed, with how many.
    pub killed_reasons: BTreeMap<String, i64>,
    /// How many partitions a task has done.
    pub completed_indices: i64,
    /// Which; forgotten when the stage ends.
    done: HashSet<i64>,
    /// When it was submitted.
    pub submission_ms: Option<i64>,
    /// When its first task started.
    pub first_task_ms: Option<i64>,
    /// When it ended.
    pub completion_ms: Option<i64>,
    /// Why it failed.
    pub failure: Option<String>,
    /// Its tasks' measurements together.
    pub metrics: TaskMetrics,
    /// Accumulators that its tasks added to, by number.
    pub accumulators: BTreeMap<i64, Accumulable>,
    /// Its tasks that are kept, by number.
    pub tasks: BTreeMap<i64, Task>,
    /// What each executor did for it.
    pub executors: BTreeMap<String, ExecutorShare>,
}

/// What an executor did for a stage.
#[derive(Debug, Clone, Default)]
pub struct ExecutorShare {
    /// The time that its tasks took.
    pub task_time_ms: i64,
    /// Tasks that ended well.
    pub succeeded: i64,
    /// Attempts that failed.
    pub failed: i64,
    /// Attempts that were killed.
    pub killed: i64,
    /// Its tasks' measurements together.
    pub metrics: TaskMetrics,
}

impl Stage {
    /// Reads a `Stage Info`.
    pub(super) fn of(info: &Value) -> Self {
        Self {
            id: info.int("Stage ID"),
            attempt: info.int("Stage Attempt ID"),
            status: StageStatus::Pending,
            name: info.text("Stage Name"),
            description: None,
            details: info.text("Details"),
            pool: "default".into(),
            job_ids: Vec::new(),
            parents: info.ints("Parent IDs"),
            rdds: info.list("RDD Info").iter().map(RddInfo::of).collect(),
            num_tasks: info.int("Number of Tasks"),
            active: 0,
            complete: 0,
            failed: 0,
            killed: 0,
            killed_reasons: BTreeMap::new(),
            completed_indices: 0,
            done: HashSet::new(),
            submission_ms: info.time("Submission Time"),
            first_task_ms: None,
            completion_ms: info.time("Completion Time"),
            failure: info.optional_text("Failure Reason"),
            metrics: TaskMetrics::default(),
            accumulators: BTreeMap::new(),
            tasks: BTreeMap::new(),
            executors: BTreeMap::new(),
        }
    }

    /// Which attempt of which stage it is.
    pub fn key(&self) -> StageKey {
        (self.id, self.attempt)
    }

    /// Reads a `SparkListenerStageSubmitted` into it.
    pub(super) fn submit(&mut self, event: &Value) {
        let info = event.field("Stage Info");
        let properties = event.field("Properties");
        self.status = StageStatus::Active;
        self.submission_ms = info.time("Submission Time");
        self.num_tasks = info.int("Number of Tasks");
        self.rdds = info.list("RDD Info").iter().map(RddInfo::of).collect();
        self.description = properties.optional_text("spark.job.description").or_else(|| self.description.take());
        self.pool = properties.optional_text("spark.scheduler.pool").unwrap_or_else(|| "default".into());
    }

    /// Reads a `SparkListenerStageCompleted` into it.
    pub(super) fn complete(&mut self, event: &Value) {
        let info = event.field("Stage Info");
        self.submission_ms = info.time("Submission Time").or(self.submission_ms);
        self.completion_ms = info.time("Completion Time");
        self.failure = info.optional_text("Failure Reason");
        self.done = HashSet::new();
        self.status = if self.failure.is_some() { StageStatus::Failed } else { StageStatus::Complete };
        for accumulable in info.list("Accumulables").iter().filter_map(Accumulable::of) {
            self.keep_accumulator(accumulable);
        }
    }

    /// Counts a task that started.
    pub(super) fn start_task(&mut self, task: Task) {
        self.active += 1;
        self.first_task_ms = [self.first_task_ms, Some(task.launch_ms)].into_iter().flatten().min();
        self.tasks.insert(task.id, task);
    }

    /// Counts a task that ended; says whether it was the first to do its partition.
    pub(super) fn end_task(&mut self, mut task: Task, ending: &TaskEnding, accumulables: &[Value]) -> bool {
        self.active -= 1;
        let share = self.executors.entry(task.executor.clone()).or_default();
        share.task_time_ms += task.duration_ms(task.launch_ms);
        if let Some(metrics) = &task.metrics {
            self.metrics.add(metrics);
            share.metrics.add(metrics);
        }
        let mut new_index = false;
        match ending {
            TaskEnding::Success => {
                self.complete += 1;
                share.succeeded += 1;
                new_index = self.done.insert(task.index);
                self.completed_indices += i64::from(new_index);
            }
            TaskEnding::Killed(reason) => {
                self.killed += 1;
                share.killed += 1;
                super::count_reason(&mut self.killed_reasons, reason);
            }
            TaskEnding::Failed(_) => {
                self.failed += 1;
                share.failed += 1;
            }
            TaskEnding::Resubmitted => {}
        }
        task.accumulators = accumulables.iter().filter_map(Accumulable::of).take(ACCUMULATORS_MAX).collect();
        for accumulable in task.accumulators.clone() {
            self.keep_accumulator(accumulable);
        }
        self.tasks.insert(task.id, task);
        new_index
    }

    fn keep_accumulator(&mut self, accumulable: Accumulable) {
        if self.accumulators.len() < ACCUMULATORS_MAX || self.accumulators.contains_key(&accumulable.id) {
            self.accumulators.insert(accumulable.id, Accumulable { update: None, ..accumulable });
        }
    }

    /// How long it has taken, or took.
    pub fn duration_ms(&self, now_ms: i64) -> Option<i64> {
        Some(self.completion_ms.unwrap_or(now_ms) - self.first_task_ms.or(self.submission_ms)?)
    }

    /// What a person should read first.
    pub fn title(&self) -> &str {
        self.description.as_deref().unwrap_or(&self.name)
    }

    /// Whether it will not change any more.
    pub fn has_ended(&self) -> bool {
        matches!(self.status, StageStatus::Complete | StageStatus::Failed | StageStatus::Skipped)
    }
}
