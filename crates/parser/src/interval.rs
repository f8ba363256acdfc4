//! Intervals: months, days and microseconds.

/// A span of time whose three parts are not convertible into each other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CalendarInterval {
    /// Months; a year is 12.
    pub months: i32,
    /// Days; a week is 7.
    pub days: i32,
    /// Everything from hours down, in microseconds.
    pub microseconds: i64,
}
