//! How long the steps of a trigger take.

use std::collections::BTreeMap;
use std::future::Future;
use std::sync::Arc;
use std::time::Instant;

use firesteel_durable::Clock;

/// The stopwatch of one trigger. Steps are named as in `durationMs`.
#[derive(Debug)]
pub(super) struct TriggerReport {
    /// When the trigger fired.
    pub triggered_ms: i64,
    /// How long each step took, in milliseconds.
    pub durations_ms: BTreeMap<&'static str, i64>,
    started: Instant,
}

impl TriggerReport {
    pub fn start(clock: &Arc<dyn Clock>) -> Self {
        Self { triggered_ms: clock.now_ms(), durations_ms: BTreeMap::new(), started: Instant::now() }
    }

    /// Times a step; a step that comes twice is added up.
    pub async fn time<T>(&mut self, step: &'static str, work: impl Future<Output = T>) -> T {
        let start = Instant::now();
        let outcome = work.await;
        *self.durations_ms.entry(step).or_default() += millis(start);
        outcome
    }

    /// Milliseconds since the trigger fired.
    pub fn elapsed_ms(&self) -> i64 {
        millis(self.started)
    }
}

fn millis(since: Instant) -> i64 {
    i64::try_from(since.elapsed().as_millis()).unwrap_or(i64::MAX)
}
