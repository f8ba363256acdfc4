//! A meter: how often something happens, over its whole life and over the last 1, 5 and 15 minutes.
//!
//! The minute rates are exponentially weighted moving averages like a Unix load average: every 5 seconds the rate since the
//! last tick is mixed in.

use std::sync::Arc;
use std::time::{Duration, Instant};

use parking_lot::Mutex;

const TICK: Duration = Duration::from_secs(5);
const WINDOWS_MINUTES: [f64; 3] = [1.0, 5.0, 15.0];

/// See the module.
#[derive(Debug, Clone)]
pub struct Meter {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    started: Instant,
    ticked: Instant,
    count: u64,
    since_tick: u64,
    rates: Option<[f64; 3]>,
}

/// What a meter shows. Rates are events a second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct MeterReading {
    /// All events.
    pub count: u64,
    /// Over its whole life.
    pub mean_rate: f64,
    /// Over the last minute.
    pub one_minute_rate: f64,
    /// Over the last five minutes.
    pub five_minute_rate: f64,
    /// Over the last fifteen minutes.
    pub fifteen_minute_rate: f64,
}

impl Meter {
    /// A meter that starts at `now`.
    pub fn new(now: Instant) -> Self {
        let state = State { started: now, ticked: now, count: 0, since_tick: 0, rates: None };
        Self { state: Arc::new(Mutex::new(state)) }
    }

    /// Something happened `count` times.
    pub fn mark(&self, count: u64, now: Instant) {
        let mut state = self.state.lock();
        state.tick(now);
        state.count += count;
        state.since_tick += count;
    }

    /// What it shows at `now`.
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    pub fn reading(&self, now: Instant) -> MeterReading {
        let mut state = self.state.lock();
        state.tick(now);
        let lived = now.saturating_duration_since(state.started).as_secs_f64();
        let mean_rate = if state.count == 0 || lived <= 0.0 { 0.0 } else { state.count as f64 / lived };
        let [one_minute_rate, five_minute_rate, fifteen_minute_rate] = state.rates.unwrap_or_default();
        MeterReading { count: state.count, mean_rate, one_minute_rate, five_minute_rate, fifteen_minute_rate }
    }
}

impl State {
    /// Does the ticks that are due.
    #[expect(clippy::cast_precision_loss, reason = "a rate")]
    fn tick(&mut self, now: Instant) {
        // After an hour without events the rates are as good as zero.
        let limit = self.ticked + TICK * 720;
        if now > limit {
            self.ticked = now;
            self.since_tick = 0;
            self.rates = self.rates.map(|_| [0.0; 3]);
        }
        while now.saturating_duration_since(self.ticked) >= TICK {
            self.ticked += TICK;
            let rate = self.since_tick as f64 / TICK.as_secs_f64();
            self.since_tick = 0;
            self.rates = Some(match self.rates {
                None => [rate; 3],
                Some(mut rates) => {
                    for (mean, minutes) in rates.iter_mut().zip(WINDOWS_MINUTES) {
                        let weight = 1.0 - (-TICK.as_secs_f64() / 60.0 / minutes).exp();
                        *mean += weight * (rate - *mean);
                    }
                    rates
                }
            });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rates_decay_like_a_load_average() {
        let start = Instant::now();
        let meter = Meter::new(start);
        meter.mark(10, start);
        let at = |seconds| meter.reading(start + Duration::from_secs(seconds));
        assert_eq!((at(4).one_minute_rate, at(4).mean_rate), (0.0, 2.5));
        assert_eq!(at(5).one_minute_rate, 2.0);
        let expected = 2.0 * (-1.0_f64).exp();
        assert!((at(65).one_minute_rate - expected).abs() < 1e-9, "{:?}", at(65));
        assert_eq!(at(65).count, 10);
    }
}
