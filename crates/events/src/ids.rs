//! Numbers of jobs, stages, tasks, RDDs, SQL executions and accumulators: each is given once in an engine.
//!
//! The web UI and Spark's REST name a job by its number alone, whether an RDD action, a query or a stream's batch made it. So
//! whoever makes one takes the number here ([`EventBus::ids`](crate::EventBus::ids)).

use std::sync::atomic::{AtomicU64, Ordering};

/// The counters of an engine; each starts at 0, as Spark's do.
#[derive(Debug, Default)]
pub struct Ids {
    jobs: AtomicU64,
    stages: AtomicU64,
    tasks: AtomicU64,
    rdds: AtomicU64,
    executions: AtomicU64,
    accumulators: AtomicU64,
}

impl Ids {
    /// A job's number.
    ///
    /// ```
    /// let bus = firesteel_events::EventBus::new();
    /// assert_eq!((bus.ids().job(), bus.ids().job()), (0, 1));
    /// ```
    pub fn job(&self) -> u64 {
        next(&self.jobs)
    }

    /// A stage's number.
    pub fn stage(&self) -> u64 {
        next(&self.stages)
    }

    /// A task attempt's number.
    pub fn task(&self) -> u64 {
        next(&self.tasks)
    }

    /// An RDD's number; operators of SQL and cached tables have one too, as in Spark.
    pub fn rdd(&self) -> u64 {
        next(&self.rdds)
    }

    /// A SQL execution's number.
    pub fn execution(&self) -> u64 {
        next(&self.executions)
    }

    /// An accumulator's number.
    pub fn accumulator(&self) -> u64 {
        next(&self.accumulators)
    }
}

fn next(counter: &AtomicU64) -> u64 {
    counter.fetch_add(1, Ordering::Relaxed)
}
