//! Barrier stages: all tasks run at once and can wait for each other.

use std::sync::Arc;
use std::time::{Duration, Instant};

use firesteel_error::{Exception, Result, SparkError};
use parking_lot::{Condvar, Mutex};

use crate::task_context::CancelFlag;

/// How long a waiting task goes without looking whether it was told to stop.
const LOOK_INTERVAL: Duration = Duration::from_millis(20);

/// The meeting point of the tasks of one attempt of a barrier stage.
pub(crate) struct BarrierStage {
    tasks: usize,
    timeout: Duration,
    state: Mutex<Round>,
    complete: Condvar,
}

#[derive(Default)]
struct Round {
    number: u64,
    messages: Vec<Option<String>>,
    arrived: usize,
    last: Arc<Vec<String>>,
}

/// A task's place at the meeting point of its barrier stage (Spark's `BarrierTaskContext`).
#[derive(Clone)]
pub struct BarrierTask {
    stage: Arc<BarrierStage>,
    index: usize,
    cancel: CancelFlag,
}

impl BarrierStage {
    pub(crate) fn new(tasks: usize, timeout: Duration) -> Self {
        Self { tasks, timeout, state: Mutex::default(), complete: Condvar::new() }
    }
}

impl BarrierTask {
    pub(crate) fn new(stage: Arc<BarrierStage>, index: usize, cancel: CancelFlag) -> Self {
        Self { stage, index, cancel }
    }

    /// How many tasks the stage has.
    pub fn tasks(&self) -> usize {
        self.stage.tasks
    }

    /// Waits until every task of the stage has come here (Spark's `barrier`).
    pub fn barrier(&self) -> Result<()> {
        self.all_gather(String::new()).map(drop)
    }

    /// Waits until every task of the stage has come here with a message; all messages, by partition (`allGather`).
    pub fn all_gather(&self, message: impl Into<String>) -> Result<Arc<Vec<String>>> {
        let mut round = self.stage.state.lock();
        round.messages.resize(self.stage.tasks, None);
        round.messages[self.index] = Some(message.into());
        round.arrived += 1;
        if round.arrived == self.stage.tasks {
            let messages = std::mem::take(&mut round.messages);
            round.last = Arc::new(messages.into_iter().flatten().collect());
            round.arrived = 0;
            round.number += 1;
            self.stage.complete.notify_all();
            return Ok(round.last.clone());
        }
        let (number, deadline) = (round.number, Instant::now() + self.stage.timeout);
        while round.number == number {
            self.stage.complete.wait_for(&mut round, LOOK_INTERVAL);
            if let Some(reason) = self.cancel.reason() {
                return Err(SparkError::plain(Exception::Spark, format!("Task killed at a barrier: {reason}")));
            }
            if round.number == number && Instant::now() >= deadline {
                return Err(self.timed_out(round.arrived));
            }
        }
        Ok(round.last.clone())
    }

    fn timed_out(&self, arrived: usize) -> SparkError {
        let (tasks, seconds) = (self.stage.tasks, self.stage.timeout.as_secs());
        SparkError::plain(
            Exception::Spark,
            format!(
                "The coordinator waited {seconds} s (spark.barrier.sync.timeout) at a barrier for {tasks} tasks, of which \
                 {arrived} came"
            ),
        )
    }
}
