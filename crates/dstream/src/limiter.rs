//! Holds a receiver to a rate of records per second.

use std::time::{Duration, Instant};

use parking_lot::Mutex;

/// Lets through so many records per second; the rate can change while it runs.
#[derive(Debug)]
pub(crate) struct RateLimiter {
    /// The rate that backpressure may not exceed; 0 is no limit.
    max_rate: f64,
    state: Mutex<LimiterState>,
}

#[derive(Debug)]
struct LimiterState {
    /// 0 is no limit.
    rate: f64,
    next_free: Instant,
}

impl RateLimiter {
    /// Starts with `initial`, if it is given, and never exceeds `max_rate`, if that is above zero.
    pub(crate) fn new(max_rate: f64, initial: Option<f64>) -> Self {
        let rate = bounded(initial.unwrap_or(max_rate), max_rate);
        Self { max_rate, state: Mutex::new(LimiterState { rate, next_free: Instant::now() }) }
    }

    /// Sets the rate that backpressure found.
    pub(crate) fn set_rate(&self, rate: f64) {
        self.state.lock().rate = bounded(rate, self.max_rate);
    }

    /// The rate now; `None` without a limit.
    #[cfg(test)]
    pub(crate) fn rate(&self) -> Option<f64> {
        Some(self.state.lock().rate).filter(|rate| *rate > 0.0)
    }

    /// Claims room for some of `records`, at most a tenth of a second's worth: how many it is, and for how long to wait
    /// before they are stored.
    pub(crate) fn claim(&self, records: usize) -> (usize, Duration) {
        let mut state = self.state.lock();
        if state.rate <= 0.0 {
            return (records, Duration::ZERO);
        }
        let claimed = records.min((state.rate / 10.0).ceil().max(1.0) as usize);
        let now = Instant::now();
        let start = state.next_free.max(now);
        state.next_free = start + Duration::from_secs_f64(claimed as f64 / state.rate);
        (claimed, start - now)
    }
}

fn bounded(rate: f64, max_rate: f64) -> f64 {
    match (rate > 0.0, max_rate > 0.0) {
        (true, true) => rate.min(max_rate),
        (false, true) => max_rate,
        _ => rate.max(0.0),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn records_wait_for_those_before_them() {
        let limiter = RateLimiter::new(100.0, None);
        assert_eq!(limiter.claim(5), (5, Duration::ZERO));
        let (claimed, wait) = limiter.claim(1000);
        assert_eq!(claimed, 10);
        assert!(wait <= Duration::from_millis(50) && wait > Duration::from_millis(20), "{wait:?}");
    }

    #[test]
    fn backpressure_does_not_exceed_the_maximum() {
        let limiter = RateLimiter::new(100.0, Some(10.0));
        assert_eq!(limiter.rate(), Some(10.0));
        limiter.set_rate(500.0);
        assert_eq!(limiter.rate(), Some(100.0));
        assert_eq!(RateLimiter::new(0.0, None).claim(7), (7, Duration::ZERO));
    }
}
