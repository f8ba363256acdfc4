//! What a running task knows about itself, and how it hears that it should stop.

mod cancel;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::sync::Arc;

use bytes::Bytes;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::job::TaskMetrics;
use parking_lot::Mutex;

use crate::accumulator::TaskUpdates;
use crate::env::Env;
use crate::scheduler::BarrierTask;
use crate::shuffle::FetchFailure;

pub(crate) use cancel::CancelFlag;
pub use cancel::OnCancel;

thread_local! {
    static CURRENT: RefCell<Option<TaskContext>> = const { RefCell::new(None) };
}

/// What a running task knows about itself (Spark's `TaskContext`). Clones are the same task.
#[derive(Clone)]
pub struct TaskContext(Arc<State>);

/// The numbers of a task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct TaskIds {
    pub(crate) stage_id: usize,
    pub(crate) stage_attempt: usize,
    pub(crate) partition: usize,
    pub(crate) attempt: usize,
    pub(crate) task_id: u64,
}

struct State {
    ids: TaskIds,
    properties: Arc<BTreeMap<String, String>>,
    env: Arc<Env>,
    barrier: Option<BarrierTask>,
    cancel: CancelFlag,
    foreign_updates: Mutex<Vec<Bytes>>,
    updates: Mutex<TaskUpdates>,
    metrics: Mutex<TaskMetrics>,
    fetch_failure: Mutex<Option<FetchFailure>>,
    completion: Mutex<Vec<Box<dyn FnOnce(&TaskContext) + Send>>>,
}

impl TaskContext {
    pub(crate) fn new(
        ids: TaskIds,
        properties: Arc<BTreeMap<String, String>>,
        env: Arc<Env>,
        barrier: Option<BarrierTask>,
        cancel: CancelFlag,
    ) -> Self {
        Self(Arc::new(State {
            ids,
            properties,
            env,
            barrier,
            cancel,
            foreign_updates: Mutex::default(),
            updates: Mutex::default(),
            metrics: Mutex::default(),
            fetch_failure: Mutex::default(),
            completion: Mutex::default(),
        }))
    }

    /// The task that this thread runs, if it runs one (Spark's `TaskContext.get`).
    pub fn current() -> Option<Self> {
        CURRENT.with_borrow(Clone::clone)
    }

    /// Makes this the task of the calling thread until the guard is dropped. A thread that a task starts, and that calls
    /// the user's functions for it, does so.
    #[must_use = "the task is the thread's as long as the guard lives"]
    pub fn enter(&self) -> Entered {
        Entered { before: CURRENT.replace(Some(self.clone())) }
    }

    /// The stage of the task.
    pub fn stage_id(&self) -> usize {
        self.0.ids.stage_id
    }

    /// Which attempt of the stage, from 0.
    pub fn stage_attempt(&self) -> usize {
        self.0.ids.stage_attempt
    }

    /// The partition it computes.
    pub fn partition_id(&self) -> usize {
        self.0.ids.partition
    }

    /// How often this task was tried before.
    pub fn attempt_number(&self) -> usize {
        self.0.ids.attempt
    }

    /// A number that no other attempt of any task of this application has.
    pub fn task_attempt_id(&self) -> u64 {
        self.0.ids.task_id
    }

    /// How many processors it may use (`spark.task.cpus`).
    pub fn cpus(&self) -> usize {
        self.0.env.task_cpus
    }

    /// A local property of the job's submitter (Spark's `getLocalProperty`).
    pub fn local_property(&self, key: &str) -> Option<&str> {
        self.0.properties.get(key).map(String::as_str)
    }

    /// All local properties of the job's submitter.
    pub fn local_properties(&self) -> &BTreeMap<String, String> {
        &self.0.properties
    }

    /// The meeting point of a barrier stage's tasks; `None` in other stages.
    pub fn barrier(&self) -> Option<&BarrierTask> {
        self.0.barrier.as_ref()
    }

    /// Whether the task was told to stop (Spark's `isInterrupted`).
    pub fn is_cancelled(&self) -> bool {
        self.0.cancel.is_set()
    }

    /// An error if the task was told to stop.
    pub fn check_cancelled(&self) -> Result<()> {
        match self.0.cancel.reason() {
            Some(reason) => Err(SparkError::plain(Exception::Spark, format!("Task killed: {reason}"))),
            None => Ok(()),
        }
    }

    /// Calls `callback` when the task is told to stop (at once if it already is), unless the guard is dropped before.
    pub fn on_cancel(&self, callback: impl FnOnce() + Send + 'static) -> OnCancel {
        self.0.cancel.on_set(callback)
    }

    /// Calls `callback` when the task has ended, however it ended (Spark's `addTaskCompletionListener`).
    pub fn on_completion(&self, callback: impl FnOnce(&TaskContext) + Send + 'static) {
        self.0.completion.lock().push(Box::new(callback));
    }

    /// Adds an update of an accumulator that lives elsewhere; the job's `on_accepted` gets it once, if this attempt counts.
    pub fn add_update(&self, update: Bytes) {
        self.0.foreign_updates.lock().push(update);
    }

    /// Changes what is told of the task's use of memory, files and shuffles.
    pub fn with_metrics<R>(&self, change: impl FnOnce(&mut TaskMetrics) -> R) -> R {
        change(&mut self.0.metrics.lock())
    }

    pub(crate) fn env(&self) -> &Arc<Env> {
        &self.0.env
    }

    pub(crate) fn cancel_flag(&self) -> &CancelFlag {
        &self.0.cancel
    }

    pub(crate) fn updates(&self) -> &Mutex<TaskUpdates> {
        &self.0.updates
    }

    pub(crate) fn take_foreign_updates(&self) -> Vec<Bytes> {
        std::mem::take(&mut self.0.foreign_updates.lock())
    }

    /// Notes that a shuffle block is lost: whatever error the task's body makes of it, that is why it failed.
    pub(crate) fn set_fetch_failure(&self, failure: FetchFailure) {
        self.0.fetch_failure.lock().get_or_insert(failure);
    }

    pub(crate) fn take_fetch_failure(&self) -> Option<FetchFailure> {
        self.0.fetch_failure.lock().take()
    }

    pub(crate) fn complete(&self) {
        // Last registered, first called, as in Spark: a resource is closed before what it stands on.
        let mut callbacks = std::mem::take(&mut *self.0.completion.lock());
        while let Some(callback) = callbacks.pop() {
            callback(self);
        }
    }
}

/// While it lives, the calling thread runs a task.
pub struct Entered {
    before: Option<TaskContext>,
}

impl Drop for Entered {
    fn drop(&mut self) {
        CURRENT.set(self.before.take());
    }
}
