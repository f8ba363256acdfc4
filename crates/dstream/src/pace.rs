//! Which ticks of the batch clock have a batch, if `spark.streaming.interval.auto` is on.
//!
//! The batch interval of a program cannot change: windows and slides are multiples of it. So the clock goes on ticking, and a tick
//! whose turn has not come has no batch; what has come in goes to the next one that has. A tick at which a slower stream is due
//! always has its batch, so windows come when they should.

use std::sync::Arc;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::dstream::BatchInfo;
use firesteel_settings::AutoInterval;
use parking_lot::Mutex;

use crate::engine::Parts;
use crate::listener::StreamingListener;
use crate::time::Time;

/// See the module.
#[derive(Debug)]
pub(crate) struct Pace {
    interval: Arc<Mutex<AutoInterval>>,
    /// How often the slower streams have an RDD.
    slides_ms: Vec<i64>,
}

impl Pace {
    /// What the settings ask for; `None` if each tick has a batch.
    ///
    /// # Errors
    /// If a setting cannot be read.
    pub(crate) fn of(parts: &Parts, slides_ms: Vec<i64>) -> Result<Option<Self>> {
        let interval = AutoInterval::read(|name| parts.app_settings.get(name).cloned(), parts.batch_ms)
            .map_err(|text| SparkError::plain(Exception::IllegalArgument, text))?;
        let slides_ms = slides_ms.into_iter().filter(|slide| *slide > parts.batch_ms).collect();
        Ok(interval.map(|interval| Self { interval: Arc::new(Mutex::new(interval)), slides_ms }))
    }

    /// Follows the load by what this listener is told.
    pub(crate) fn listener(&self) -> Arc<dyn StreamingListener> {
        Arc::new(Follower(self.interval.clone()))
    }

    /// Whether the tick at `time` has a batch, when the last one with a batch was `last`.
    pub(crate) fn has_batch(&self, time: Time, last: Time, zero: Time) -> bool {
        let is_due = self.slides_ms.iter().any(|slide| time.is_multiple(zero, *slide));
        is_due || time.ms() - last.ms() >= self.interval.lock().ms()
    }
}

struct Follower(Arc<Mutex<AutoInterval>>);

impl StreamingListener for Follower {
    fn on_batch_completed(&self, batch: &BatchInfo) {
        let Some(took_ms) = batch.processing_delay_ms() else { return };
        if let Some(changed_ms) = self.0.lock().observe(took_ms) {
            tracing::info!("Batches come every [{changed_ms}ms] or at the first tick after it from now on");
        }
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn it_follows_what_batches_take() {
        let on = |name: &str| (name == firesteel_settings::AUTO).then(|| "true".to_string());
        let interval = AutoInterval::read(on, 100).unwrap().unwrap();
        let pace = Pace { interval: Arc::new(Mutex::new(interval)), slides_ms: Vec::new() };
        let [zero, next, third] = [0, 100, 300].map(Time::from_ms);
        assert!(pace.has_batch(next, zero, zero));
        let took = |took_ms: i64| BatchInfo {
            processing_start_time_ms: Some(1_000),
            processing_end_time_ms: Some(1_000 + took_ms),
            ..BatchInfo::default()
        };
        let listener = pace.listener();
        for _ in 0..3 {
            listener.on_batch_completed(&took(250));
        }
        assert!(!pace.has_batch(next, zero, zero));
        assert!(pace.has_batch(third, zero, zero), "250 ms and a fifth are 300 ms");
        for _ in 0..60 {
            listener.on_batch_completed(&took(20));
        }
        assert!(pace.has_batch(next, zero, zero));
    }
}
