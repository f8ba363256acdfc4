//! The threads that run tasks: as many as `local[N]` says, divided by `spark.task.cpus`.

use std::collections::VecDeque;
use std::sync::Arc;
use std::thread;

use firesteel_events::job::{JobEvent, TaskInfo};
use parking_lot::{Condvar, Mutex};

use super::JobMessage;
use super::barrier::BarrierTask;
use super::queue::Queue;
use super::task::{PendingTask, TaskReport, TaskSet, now_ms};
use crate::env::Env;
use crate::task_context::{CancelFlag, TaskContext, TaskIds};

/// The threads and what waits for them.
pub(crate) struct Workers {
    shared: Arc<Shared>,
    slots: usize,
}

struct Shared {
    env: Arc<Env>,
    state: Mutex<State>,
    work: Condvar,
}

struct State {
    queue: Queue,
    /// Tasks of a barrier stage whose other tasks have started: they come before all others.
    together: VecDeque<(Arc<TaskSet>, PendingTask)>,
    running: Vec<Running>,
    threads: usize,
    free: usize,
    stopped: bool,
}

struct Running {
    task_id: u64,
    set: Arc<TaskSet>,
    cancel: CancelFlag,
}

impl Workers {
    pub(crate) fn new(env: Arc<Env>, slots: usize, queue: Queue) -> Self {
        let state =
            State { queue, together: VecDeque::new(), running: Vec::new(), threads: 0, free: slots, stopped: false };
        let shared = Shared { env, state: Mutex::new(state), work: Condvar::new() };
        Self { shared: Arc::new(shared), slots }
    }

    /// How many tasks run at the same time.
    pub(crate) fn slots(&self) -> usize {
        self.slots
    }

    /// Lets tasks wait for a thread.
    pub(crate) fn submit(&self, set: &Arc<TaskSet>, tasks: impl IntoIterator<Item = PendingTask>) {
        let mut state = self.shared.state.lock();
        state.queue.add(set, tasks);
        while state.threads < self.slots && !state.stopped {
            state.threads += 1;
            let shared = self.shared.clone();
            let name = format!("task-{}", state.threads);
            if let Err(error) = thread::Builder::new().name(name).spawn(move || shared.work()) {
                state.threads -= 1;
                tracing::error!(%error, "a thread for tasks could not be started");
                break;
            }
        }
        drop(state);
        self.shared.work.notify_all();
    }

    /// Forgets the waiting tasks of the chosen sets and tells their running ones to stop.
    pub(crate) fn cancel(&self, reason: &str, chosen: impl Fn(&TaskSet) -> bool) {
        let flags: Vec<CancelFlag> = {
            let mut state = self.shared.state.lock();
            state.queue.drop_pending(&chosen);
            state.together.retain(|(set, _)| !chosen(set));
            state.running.iter().filter(|running| chosen(&running.set)).map(|running| running.cancel.clone()).collect()
        };
        // Outside the lock: a callback may do anything.
        for flag in flags {
            flag.set(reason);
        }
    }

    /// Tells a running task to stop (Spark's `killTaskAttempt`); whether there was one.
    pub(crate) fn kill(&self, task_id: u64, reason: &str) -> bool {
        let state = self.shared.state.lock();
        let flag =
            state.running.iter().find(|running| running.task_id == task_id).map(|running| running.cancel.clone());
        drop(state);
        flag.is_some_and(|flag| {
            flag.set(reason);
            true
        })
    }

    /// Lets the threads end.
    pub(crate) fn stop(&self) {
        self.shared.state.lock().stopped = true;
        self.shared.work.notify_all();
    }
}

impl Drop for Workers {
    fn drop(&mut self) {
        self.stop();
    }
}

impl Shared {
    /// What each thread does.
    fn work(self: Arc<Self>) {
        while let Some((set, task, cancel, task_id)) = self.next() {
            self.run(set, task, cancel, task_id);
        }
    }

    fn next(&self) -> Option<(Arc<TaskSet>, PendingTask, CancelFlag, u64)> {
        let mut state = self.state.lock();
        loop {
            if state.stopped {
                return None;
            }
            if let Some((set, task)) = state.take() {
                let (cancel, task_id) = (CancelFlag::default(), self.env.bus.ids().task());
                state.free -= 1;
                state.running.push(Running { task_id, set: set.clone(), cancel: cancel.clone() });
                if !state.together.is_empty() {
                    self.work.notify_all();
                }
                return Some((set, task, cancel, task_id));
            }
            self.work.wait(&mut state);
        }
    }

    fn run(&self, set: Arc<TaskSet>, task: PendingTask, cancel: CancelFlag, task_id: u64) {
        let info = TaskInfo {
            task_id,
            index: task.index,
            attempt: task.attempt,
            partition_id: task.partition,
            launch_time_ms: now_ms(),
            ..TaskInfo::default()
        };
        let (stage_id, stage_attempt) = (set.stage_id, set.stage_attempt);
        self.env.bus.post(JobEvent::TaskStart { stage_id, stage_attempt, task: info.clone() });
        let barrier = set.barrier.clone().map(|stage| BarrierTask::new(stage, task.index, cancel.clone()));
        let ids = TaskIds { stage_id, stage_attempt, partition: task.partition, attempt: task.attempt, task_id };
        let context = TaskContext::new(ids, set.properties.clone(), self.env.clone(), barrier, cancel);
        let (report, end) = set.run(task, info, &context);
        drop(context);
        // From here on the report alone holds the task set, so that nothing of the job outlives it on this thread.
        drop(set);
        let (to_job, barrier) = (report.set.to_job.clone(), report.set.barrier.is_some());
        {
            let mut state = self.state.lock();
            state.free += 1;
            state.running.retain(|running| running.task_id != task_id);
            state.queue.ended(&report.set);
        }
        if barrier {
            self.work.notify_all();
        }
        if let Err(unheard) = to_job.send(JobMessage::TaskEnded(Box::new(report), end))
            && let JobMessage::TaskEnded(report, _) = unheard.0
        {
            self.post_end_of_orphan(*report);
        }
    }

    /// The job is over, so it does not tell of this task's end.
    fn post_end_of_orphan(&self, report: TaskReport) {
        self.env.bus.post(report.end_event(Vec::new()));
    }
}

impl State {
    fn take(&mut self) -> Option<(Arc<TaskSet>, PendingTask)> {
        if let Some(taken) = self.together.pop_front() {
            return Some(taken);
        }
        let (set, task) = self.queue.next(self.free)?;
        if set.barrier.is_some() {
            let rest = self.queue.take_rest(&set);
            self.together.extend(rest.into_iter().map(|task| (set.clone(), task)));
        }
        Some((set, task))
    }
}
