//! A task: one attempt to compute one partition of a stage, and how it ends.

use std::any::Any;
use std::collections::BTreeMap;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::mpsc::Sender;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

use bytes::Bytes;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::job::{Accumulable, JobEvent, TaskEndReason, TaskInfo, TaskMetrics};

use super::JobMessage;
use super::barrier::BarrierStage;
use crate::accumulator::TaskUpdates;
use crate::shuffle::{FetchFailure, MapOutput};
use crate::task_context::TaskContext;

/// What a task makes.
pub(crate) enum TaskOutput {
    /// A value for whoever asked for the job.
    Result(Box<dyn Any + Send>),
    /// Blocks for the next stage.
    Blocks(MapOutput),
}

/// How an attempt of a task ended.
pub(crate) enum TaskEnd {
    Success(TaskOutput),
    FetchFailed(FetchFailure),
    ExceptionFailure(SparkError),
    Killed(String),
}

/// Computes a partition.
pub(crate) type TaskBody = Arc<dyn Fn(usize, &TaskContext) -> Result<TaskOutput> + Send + Sync>;

/// The tasks of one attempt of a stage have this in common.
pub(crate) struct TaskSet {
    pub(crate) job_id: usize,
    pub(crate) stage_id: usize,
    pub(crate) stage_attempt: usize,
    pub(crate) task_type: &'static str,
    pub(crate) pool: String,
    pub(crate) body: TaskBody,
    pub(crate) properties: Arc<BTreeMap<String, String>>,
    pub(crate) barrier: Option<Arc<BarrierStage>>,
    pub(crate) to_job: Sender<JobMessage>,
}

/// A task that waits to be run.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PendingTask {
    /// Its place in the stage.
    pub(crate) index: usize,
    pub(crate) partition: usize,
    /// How often it was tried before.
    pub(crate) attempt: usize,
}

/// What the job hears of an attempt that has ended.
pub(crate) struct TaskReport {
    pub(crate) set: Arc<TaskSet>,
    pub(crate) task: PendingTask,
    pub(crate) info: TaskInfo,
    pub(crate) reason: TaskEndReason,
    pub(crate) updates: TaskUpdates,
    pub(crate) foreign_updates: Vec<Bytes>,
    pub(crate) metrics: TaskMetrics,
}

impl TaskSet {
    /// Runs one attempt on this thread.
    pub(crate) fn run(
        self: &Arc<Self>,
        task: PendingTask,
        mut info: TaskInfo,
        context: &TaskContext,
    ) -> (TaskReport, TaskEnd) {
        let start = Instant::now();
        let outcome = {
            let _entered = context.enter();
            let outcome = catch_unwind(AssertUnwindSafe(|| (self.body)(task.partition, context)));
            if catch_unwind(AssertUnwindSafe(|| context.complete())).is_err() {
                tracing::error!(
                    stage = self.stage_id,
                    partition = task.partition,
                    "a task's completion callback panicked"
                );
            }
            outcome
        };
        let end = self.judge(context, outcome);
        context.with_metrics(|metrics| metrics.executor_run_time_ms = start.elapsed().as_millis() as u64);
        info.finish_time_ms = now_ms();
        info.failed = matches!(end, TaskEnd::FetchFailed(_) | TaskEnd::ExceptionFailure(_));
        info.killed = matches!(end, TaskEnd::Killed(_));
        let report = TaskReport {
            set: self.clone(),
            task,
            info,
            reason: end.reason(),
            updates: std::mem::take(&mut context.updates().lock()),
            foreign_updates: context.take_foreign_updates(),
            metrics: context.with_metrics(std::mem::take),
        };
        (report, end)
    }

    fn judge(&self, context: &TaskContext, outcome: std::thread::Result<Result<TaskOutput>>) -> TaskEnd {
        if let Ok(Ok(output)) = outcome {
            return TaskEnd::Success(output);
        }
        if let Some(reason) = context.cancel_flag().reason() {
            return TaskEnd::Killed(reason);
        }
        if let Some(failure) = context.take_fetch_failure() {
            return TaskEnd::FetchFailed(failure);
        }
        match outcome {
            Ok(Err(error)) => TaskEnd::ExceptionFailure(error),
            Err(payload) => TaskEnd::ExceptionFailure(panicked(payload.as_ref())),
            Ok(Ok(output)) => TaskEnd::Success(output),
        }
    }
}

fn panicked(payload: &(dyn Any + Send)) -> SparkError {
    let text = payload
        .downcast_ref::<&str>()
        .map(|text| (*text).to_string())
        .or_else(|| payload.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a value that is not a text".to_string());
    SparkError::plain(Exception::Spark, format!("the task's function panicked: {text}"))
}

impl TaskReport {
    /// The end as an event.
    pub(crate) fn end_event(mut self, accumulables: Vec<Accumulable>) -> JobEvent {
        self.info.accumulables = accumulables;
        JobEvent::TaskEnd {
            stage_id: self.set.stage_id,
            stage_attempt: self.set.stage_attempt,
            task_type: self.set.task_type,
            reason: self.reason,
            task: self.info,
            metrics: self.metrics,
        }
    }
}

impl TaskEnd {
    /// The end as events tell of it.
    pub(crate) fn reason(&self) -> TaskEndReason {
        match self {
            Self::Success(_) => TaskEndReason::Success,
            Self::FetchFailed(failure) => TaskEndReason::FetchFailed {
                shuffle_id: failure.shuffle_id,
                map_index: failure.map_index,
                reduce_id: failure.reduce_id,
                message: failure.message.clone(),
            },
            Self::ExceptionFailure(error) => TaskEndReason::ExceptionFailure {
                class_name: error.exception().hierarchy().first().copied().unwrap_or_default().to_string(),
                description: error.message(),
                full_stack_trace: error.message(),
            },
            Self::Killed(reason) => TaskEndReason::TaskKilled { reason: reason.clone() },
        }
    }
}

/// Milliseconds since 1970.
pub(crate) fn now_ms() -> u64 {
    SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_millis() as u64)
}
