//! Runs the jobs of batches: `spark.streaming.concurrentJobs` at once, in the order of their batches.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::time::{Duration, Instant};

use firesteel_error::{Result, SparkError};
use firesteel_events::dstream::{BatchInfo, DStreamEvent, OutputOperationInfo, StreamInputInfo};
use parking_lot::{Condvar, Mutex};

use crate::clock::Clock;
use crate::graph::OutputJob;
use crate::listener::ListenerBus;
use crate::supervisor::spawn;
use crate::time::Time;

/// What the scheduler tells its owner.
pub(crate) trait Completion: Send + Sync {
    /// All jobs of a batch have ended; `ok` if none failed.
    fn batch_done(&self, time: Time, ok: bool);
    /// A job has failed.
    fn failed(&self, error: SparkError);
}

/// The scheduler of one context.
pub(crate) struct Scheduler {
    shared: Arc<SchedulerShared>,
    threads: usize,
}

struct SchedulerShared {
    clock: Arc<dyn Clock>,
    bus: Arc<ListenerBus>,
    state: Mutex<SchedulerState>,
    changed: Condvar,
}

#[derive(Default)]
struct SchedulerState {
    queue: VecDeque<(Time, OutputJob)>,
    batches: BTreeMap<Time, RunningBatch>,
    threads: usize,
    stopping: bool,
}

struct RunningBatch {
    info: BatchInfo,
    left: usize,
    ok: bool,
}

impl Scheduler {
    pub(crate) fn new(threads: usize, clock: Arc<dyn Clock>, bus: Arc<ListenerBus>) -> Self {
        let shared = SchedulerShared { clock, bus, state: Mutex::default(), changed: Condvar::new() };
        Self { shared: Arc::new(shared), threads }
    }

    pub(crate) fn start(&self, completion: &Arc<dyn Completion>) -> Result<()> {
        for n in 0..self.threads {
            let (shared, completion) = (self.shared.clone(), completion.clone());
            self.shared.state.lock().threads += 1;
            spawn(format!("streaming-job-{n}"), move || {
                while let Some((time, job)) = shared.next() {
                    shared.run(time, job, &*completion);
                }
                shared.state.lock().threads -= 1;
                shared.changed.notify_all();
            })?;
        }
        Ok(())
    }

    /// Takes the jobs of a batch, of which there is at least one.
    pub(crate) fn submit(&self, time: Time, jobs: Vec<OutputJob>, inputs: BTreeMap<i32, StreamInputInfo>) {
        let output_operations = jobs.iter().map(|job| (job.id, operation(time, job))).collect();
        let info = BatchInfo {
            batch_time_ms: time.ms(),
            inputs,
            submission_time_ms: self.shared.clock.now_ms(),
            output_operations,
            ..BatchInfo::default()
        };
        self.shared.bus.post(DStreamEvent::BatchSubmitted(info.clone()));
        let mut state = self.shared.state.lock();
        state.batches.insert(time, RunningBatch { info, left: jobs.len(), ok: true });
        state.queue.extend(jobs.into_iter().map(|job| (time, job)));
        self.shared.changed.notify_all();
    }

    /// How many batches have jobs that have not ended.
    pub(crate) fn unfinished(&self) -> usize {
        self.shared.state.lock().batches.len()
    }

    /// Waits until no job is left, or until `deadline`; whether none is.
    pub(crate) fn wait_idle(&self, deadline: Instant) -> bool {
        let mut state = self.shared.state.lock();
        while !state.batches.is_empty() {
            if self.shared.changed.wait_until(&mut state, deadline).timed_out() {
                return state.batches.is_empty();
            }
        }
        true
    }

    /// Drops the jobs that wait and gives those that run `wait` to end.
    pub(crate) fn stop(&self, wait: Duration) {
        let deadline = Instant::now() + wait;
        let mut state = self.shared.state.lock();
        state.stopping = true;
        state.queue.clear();
        self.shared.changed.notify_all();
        while state.threads > 0 {
            if self.shared.changed.wait_until(&mut state, deadline).timed_out() {
                return;
            }
        }
    }
}

impl SchedulerShared {
    fn next(&self) -> Option<(Time, OutputJob)> {
        let mut state = self.state.lock();
        loop {
            if state.stopping {
                return None;
            }
            if let Some(job) = state.queue.pop_front() {
                return Some(job);
            }
            self.changed.wait(&mut state);
        }
    }

    fn run(&self, time: Time, job: OutputJob, completion: &dyn Completion) {
        let mut info = operation(time, &job);
        info.start_time_ms = Some(self.clock.now_ms());
        let started = self.state.lock().batches.get_mut(&time).and_then(|batch| batch.started(&info));
        if let Some(batch) = started {
            self.bus.post(DStreamEvent::BatchStarted(batch));
        }
        self.bus.post(DStreamEvent::OutputOperationStarted(info.clone()));
        let name = job.name.clone();
        let result = std::panic::catch_unwind(std::panic::AssertUnwindSafe(job.run))
            .unwrap_or_else(|_| Err(SparkError::internal(format!("the output operation {name} panicked"))));
        info.end_time_ms = Some(self.clock.now_ms());
        info.failure_reason = result.as_ref().err().map(|error| error.message().to_string());
        self.bus.post(DStreamEvent::OutputOperationCompleted(info.clone()));
        if let Err(error) = result {
            tracing::error!(%time, job = name, %error, "an output operation failed");
            completion.failed(error);
        }
        let done = self.state.lock().batches.get_mut(&time).and_then(|batch| batch.ended(&info));
        if let Some((batch, ok)) = done {
            self.bus.post(DStreamEvent::BatchCompleted(batch));
            completion.batch_done(time, ok);
            self.state.lock().batches.remove(&time);
            self.changed.notify_all();
        }
    }
}

impl RunningBatch {
    /// The batch, if this is its first job.
    fn started(&mut self, operation: &OutputOperationInfo) -> Option<BatchInfo> {
        self.info.output_operations.insert(operation.id, operation.clone());
        if self.info.processing_start_time_ms.is_some() {
            return None;
        }
        self.info.processing_start_time_ms = operation.start_time_ms;
        Some(self.info.clone())
    }

    /// The batch, if this was its last job, and whether none has failed.
    fn ended(&mut self, operation: &OutputOperationInfo) -> Option<(BatchInfo, bool)> {
        self.info.output_operations.insert(operation.id, operation.clone());
        self.ok &= operation.failure_reason.is_none();
        self.left -= 1;
        if self.left > 0 {
            return None;
        }
        self.info.processing_end_time_ms = operation.end_time_ms;
        Some((self.info.clone(), self.ok))
    }
}

fn operation(time: Time, job: &OutputJob) -> OutputOperationInfo {
    OutputOperationInfo {
        batch_time_ms: time.ms(),
        id: job.id,
        name: job.name.clone(),
        description: job.description.clone(),
        ..OutputOperationInfo::default()
    }
}
