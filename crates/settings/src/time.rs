//! Times in microseconds.

use crate::split;

/// A millisecond in microseconds.
pub const MILLISECOND: i64 = 1_000;
/// A second in microseconds.
pub const SECOND: i64 = 1_000 * MILLISECOND;
/// A minute in microseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// An hour in microseconds.
pub const HOUR: i64 = 60 * MINUTE;

/// A time in microseconds: `50s`, `100ms`, `250us`, `5m`, `5min`, `1h`, `7d`. A number without a unit counts in `unit`
/// microseconds: most of Spark's settings of time are in milliseconds or seconds.
///
/// ```
/// use firesteel_settings::{MILLISECOND, SECOND, micros};
/// assert_eq!(micros("2s", MILLISECOND), Some(2 * SECOND));
/// assert_eq!(micros("200", MILLISECOND), Some(200 * MILLISECOND));
/// assert_eq!(micros("soon", SECOND), None);
/// ```
pub fn micros(text: &str, unit: i64) -> Option<i64> {
    let (number, suffix) = split(text);
    let unit = match suffix.as_str() {
        "" => unit,
        "us" => 1,
        "ms" => MILLISECOND,
        "s" => SECOND,
        "m" | "min" => MINUTE,
        "h" => HOUR,
        "d" => 24 * HOUR,
        _ => return None,
    };
    number.parse::<i64>().ok()?.checked_mul(unit)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_read_as_spark_reads_them() {
        let read = [("10ms", 10_000), ("7d", 604_800_000_000), ("1000", 1_000_000), ("5min", 300_000_000)];
        for (text, time) in read.into_iter().chain([("2 s", 2_000_000), ("-1s", -1_000_000), ("3US", 3)]) {
            assert_eq!(micros(text, MILLISECOND), Some(time), "{text}");
        }
        for text in ["", "s", "1.5s", "3 weeks", "9223372036854775807d"] {
            assert_eq!(micros(text, MILLISECOND), None, "{text}");
        }
    }
}
