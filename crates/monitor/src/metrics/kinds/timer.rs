//! A timer: how long something takes, and how often it happens.

use std::time::{Duration, Instant};

use super::{Histogram, HistogramReading, Meter, MeterReading};

/// A histogram of nanoseconds and a meter.
#[derive(Debug, Clone)]
pub struct Timer {
    durations: Histogram,
    calls: Meter,
}

impl Timer {
    /// A timer that starts at `now`.
    pub fn new(now: Instant) -> Self {
        Self { durations: Histogram::new(now), calls: Meter::new(now) }
    }

    /// Something took so long and ended at `now`.
    pub fn update(&self, took: Duration, now: Instant) {
        self.durations.update(i64::try_from(took.as_nanos()).unwrap_or(i64::MAX), now);
        self.calls.mark(1, now);
    }

    /// The durations in nanoseconds, and the rates.
    pub fn reading(&self, now: Instant) -> (HistogramReading, MeterReading) {
        (self.durations.reading(), self.calls.reading(now))
    }
}
