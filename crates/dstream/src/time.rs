//! The time that names a batch: the end of its interval.

use std::fmt;
use std::time::Duration;

use serde::{Deserialize, Serialize};

/// Milliseconds since the epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(i64);

impl Time {
    /// The time so many milliseconds after the epoch.
    pub const fn from_ms(ms: i64) -> Self {
        Self(ms)
    }

    /// Milliseconds since the epoch.
    pub const fn ms(self) -> i64 {
        self.0
    }

    /// Later by `ms`.
    pub const fn plus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }

    /// Earlier by `ms`.
    pub const fn minus_ms(self, ms: i64) -> Self {
        Self(self.0.saturating_sub(ms))
    }

    /// How long after `earlier`, in milliseconds.
    pub const fn since_ms(self, earlier: Self) -> i64 {
        self.0 - earlier.0
    }

    /// Whether it is a whole number of periods after `zero`.
    pub const fn is_multiple(self, zero: Self, period_ms: i64) -> bool {
        (self.0 - zero.0) % period_ms == 0
    }

    /// The last whole number of periods after `zero` that is not later.
    pub const fn floor(self, zero: Self, period_ms: i64) -> Self {
        Self(zero.0 + (self.0 - zero.0).div_euclid(period_ms) * period_ms)
    }
}

impl fmt::Display for Time {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ms", self.0)
    }
}

/// A duration in milliseconds.
pub(crate) fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_floored_to_the_periods_of_its_zero() {
        let zero = Time::from_ms(500);
        let floor = |ms| Time::from_ms(ms).floor(zero, 1000).ms();
        assert_eq!([floor(500), floor(1499), floor(1500), floor(400)], [500, 500, 1500, -500]);
        assert!(Time::from_ms(2500).is_multiple(zero, 1000) && !Time::from_ms(2000).is_multiple(zero, 1000));
    }
}
