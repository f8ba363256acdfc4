//! Times: how events write them, how REST writes them, how a person reads them.

use std::time::{SystemTime, UNIX_EPOCH};

use chrono::{DateTime, Utc};
use serde_json::Value;

/// Now, in milliseconds since 1970.
pub fn now_ms() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_millis()).unwrap_or(i64::MAX)
}

/// Reads `2026-11-23T14:19:43.956Z`.
pub(crate) fn parse(text: &Value) -> Option<i64> {
    DateTime::parse_from_rfc3339(text.as_str()?).ok().map(|time| time.timestamp_millis())
}

/// As Spark's REST writes it: `2026-11-23T14:19:43.956GMT`.
pub(crate) fn rest(ms: i64) -> String {
    utc(ms).format("%Y-%m-%dT%H:%M:%S%.3fGMT").to_string()
}

/// For people, in UTC: `2026-11-23 14:19:43`.
pub(crate) fn shown(ms: i64) -> String {
    utc(ms).format("%Y-%m-%d %H:%M:%S").to_string()
}

/// Only the time of the day, for the axis of a chart.
pub(crate) fn of_day(ms: i64) -> String {
    utc(ms).format("%H:%M:%S").to_string()
}

fn utc(ms: i64) -> DateTime<Utc> {
    DateTime::from_timestamp_millis(ms).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_written_as_spark_writes_them() {
        assert_eq!(rest(-1), "1969-12-31T23:59:59.999GMT");
        assert_eq!(
            parse(&Value::from("2026-11-23T14:19:43.956Z")).map(rest).as_deref(),
            Some("2026-11-23T14:19:43.956GMT")
        );
        assert_eq!(parse(&Value::Null), None);
    }
}
