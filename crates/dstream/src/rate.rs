//! Backpressure: a PID controller that finds the rate at which batches end as fast as they come.
//!
//! After each batch it compares the rate that was allowed with the rate at which the batch was processed (the error), and
//! takes the records that queued up meanwhile as the error's history. The new rate is the old one corrected by both and by
//! how fast the error changes, each with its own weight.

use crate::settings::Backpressure;

/// Computes the rate, in records per second, that a receiver may have.
#[derive(Debug)]
pub struct PidEstimator {
    settings: Backpressure,
    batch_ms: f64,
    /// Of the last batch: its end, the rate found, the error.
    last: Option<(i64, f64, f64)>,
}

impl PidEstimator {
    /// An estimator for batches of `batch_ms`.
    pub fn new(settings: Backpressure, batch_ms: i64) -> Self {
        Self { settings, batch_ms: batch_ms as f64, last: None }
    }

    /// Takes a batch that ended at `end_ms` and had `records`, and was processed within `processing_ms` after having
    /// waited for `scheduling_ms`. Gives the new rate; none for a first batch, or one without records.
    pub fn update(&mut self, end_ms: i64, records: u64, processing_ms: i64, scheduling_ms: i64) -> Option<f64> {
        let last_end = self.last.map_or(-1, |(end, ..)| end);
        if end_ms <= last_end || records == 0 || processing_ms <= 0 {
            return None;
        }
        let processing_rate = records as f64 / processing_ms as f64 * 1000.0;
        let Some((_, last_rate, last_error)) = self.last else {
            self.last = Some((end_ms, processing_rate, 0.0));
            return None;
        };
        let Backpressure { proportional, integral, derivative, min_rate, .. } = self.settings;
        let seconds = (end_ms - last_end) as f64 / 1000.0;
        let error = last_rate - processing_rate;
        let history = scheduling_ms as f64 * processing_rate / self.batch_ms;
        let change = (error - last_error) / seconds;
        let corrected = last_rate - proportional * error - integral * history - derivative * change;
        let rate = corrected.max(min_rate);
        self.last = Some((end_ms, rate, error));
        Some(rate)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SETTINGS: Backpressure =
        Backpressure { initial_rate: None, proportional: 1.0, integral: 0.2, derivative: 0.0, min_rate: 10.0 };

    #[test]
    fn without_a_queue_the_rate_follows_the_processing_rate() {
        let mut estimator = PidEstimator::new(SETTINGS, 1000);
        assert_eq!(estimator.update(1000, 100, 500, 0), None);
        assert_eq!(estimator.update(2000, 100, 1000, 0), Some(100.0));
        assert_eq!(estimator.update(3000, 0, 1000, 0), None);
        assert_eq!(estimator.update(3000, 300, 1000, 0), Some(300.0));
        assert_eq!(estimator.update(3000, 300, 1000, 0), None, "no time has passed");
    }

    #[test]
    fn a_queue_lowers_the_rate_but_not_below_the_least() {
        let mut estimator = PidEstimator::new(SETTINGS, 1000);
        estimator.update(1000, 100, 1000, 0);
        assert_eq!(estimator.update(2000, 100, 1000, 1000), Some(80.0));
        assert_eq!(estimator.update(3000, 100, 1000, 100_000), Some(10.0));
    }

    #[test]
    fn it_settles_at_what_a_slow_batch_can_take() {
        // A batch of n records takes n / 200 seconds; what does not fit into a second is waited for.
        let mut estimator = PidEstimator::new(SETTINGS, 1000);
        let (mut rate, mut delay, mut now) = (1000.0f64, 0.0f64, 0i64);
        for _ in 0..200 {
            let processing = rate / 200.0 * 1000.0;
            now += 1000;
            let found = estimator.update(now, rate as u64, processing as i64, delay as i64);
            delay = (delay + processing - 1000.0).max(0.0);
            rate = found.unwrap_or(rate);
        }
        assert!((150.0..=210.0).contains(&rate) && delay < 1000.0, "{rate} {delay}");
    }
}
