//! When the next batch runs.

use firesteel_error::{Exception, Result, SparkError};
use firesteel_settings::AutoInterval;

use crate::session::Settings;

/// See the module.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Trigger {
    /// As soon as the last one has ended.
    #[default]
    Default,
    /// At multiples of an interval.
    ProcessingTime {
        /// The interval in milliseconds, more than 0.
        interval_ms: i64,
    },
    /// One batch with all there is, then the query ends.
    Once,
    /// Batches until all there is at the start has been read, then the query ends.
    AvailableNow,
}

impl Trigger {
    /// `processingTime="10 seconds"`.
    pub fn processing_time(interval: &str) -> Result<Self> {
        Self::processing_time_ms(parse_interval_ms(interval)?)
    }

    /// An interval in milliseconds; 0 is [`Trigger::Default`].
    pub fn processing_time_ms(interval_ms: i64) -> Result<Self> {
        match interval_ms {
            0 => Ok(Self::Default),
            1.. => Ok(Self::ProcessingTime { interval_ms }),
            _ => Err(SparkError::plain(
                Exception::IllegalArgument,
                "requirement failed: the interval of trigger should not be negative",
            )),
        }
    }

    /// `continuous="1 second"`: refused.
    pub fn continuous(_interval: &str) -> Result<Self> {
        Err(SparkError::unsupported("The continuous trigger"))
    }

    /// `realTime="5 minutes"`: refused.
    pub fn real_time(_interval: &str) -> Result<Self> {
        Err(SparkError::unsupported("The realTime trigger"))
    }

    /// Whether the query ends by itself.
    pub fn ends(self) -> bool {
        matches!(self, Self::Once | Self::AvailableNow)
    }

    /// The interval that follows the load, if the settings ask for it and there is an interval at all.
    ///
    /// # Errors
    /// If a setting of it cannot be read.
    pub(crate) fn auto_interval(self, settings: &Settings) -> Result<Option<AutoInterval>> {
        let Self::ProcessingTime { interval_ms } = self else { return Ok(None) };
        AutoInterval::read(|name| settings.text(name), interval_ms)
            .map_err(|text| SparkError::plain(Exception::IllegalArgument, text))
    }

    /// When the trigger after one that fired at `now_ms` is due: the next multiple of the interval.
    pub fn next_ms(self, now_ms: i64) -> i64 {
        match self {
            Self::ProcessingTime { interval_ms } => (now_ms.div_euclid(interval_ms) + 1) * interval_ms,
            _ => now_ms,
        }
    }
}

/// Milliseconds in an interval such as `10 seconds`, `1 minute 30 seconds`, `500 milliseconds`.
pub fn parse_interval_ms(text: &str) -> Result<i64> {
    let lower = text.trim().to_lowercase();
    let words: Vec<&str> = lower.strip_prefix("interval ").unwrap_or(&lower).split_whitespace().collect();
    if words.is_empty() {
        return Err(bad_interval("INPUT_IS_EMPTY", text));
    }
    let mut total_us: i64 = 0;
    for pair in words.chunks(2) {
        let number: f64 =
            pair[0].parse().map_err(|_| bad_interval("UNRECOGNIZED_NUMBER", text).param("number", pair[0]))?;
        let unit = pair.get(1).ok_or_else(|| bad_interval("MISSING_UNIT", text).param("word", pair[0]))?;
        let unit_us: i64 = match unit.strip_suffix('s').unwrap_or(unit) {
            "microsecond" => 1,
            "millisecond" => 1_000,
            "second" => 1_000_000,
            "minute" => 60_000_000,
            "hour" => 3_600_000_000,
            "day" => 86_400_000_000,
            "week" => 7 * 86_400_000_000,
            "month" | "year" => {
                return Err(SparkError::new("_LEGACY_ERROR_TEMP_3262")
                    .with_exception(Exception::IllegalArgument)
                    .param("interval", text)
                    .text(format!("Doesn't support month or year interval: {text}")));
            }
            _ => return Err(bad_interval("INVALID_UNIT", text).param("unit", *unit)),
        };
        total_us = total_us.saturating_add((number * unit_us as f64) as i64);
    }
    Ok(total_us.div_euclid(1_000))
}

fn bad_interval(kind: &str, text: &str) -> SparkError {
    SparkError::new(&format!("INVALID_INTERVAL_FORMAT.{kind}"))
        .with_exception(Exception::IllegalArgument)
        .param("input", text)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn intervals_are_read_as_spark_writes_them() {
        assert_eq!(parse_interval_ms("10 seconds").unwrap(), 10_000);
        assert_eq!(parse_interval_ms("interval 1 minute 30 second").unwrap(), 90_000);
        assert_eq!(parse_interval_ms("500 milliseconds").unwrap(), 500);
        let error = parse_interval_ms("abc").unwrap_err();
        assert_eq!(error.condition(), Some("INVALID_INTERVAL_FORMAT.UNRECOGNIZED_NUMBER"));
        assert_eq!(error.params()["number"], "abc");
        assert!(Trigger::processing_time("-1 second").is_err());
        assert_eq!(Trigger::processing_time("0 seconds").unwrap(), Trigger::Default);
    }

    #[test]
    fn processing_time_fires_at_multiples_of_the_interval() {
        let trigger = Trigger::ProcessingTime { interval_ms: 1_000 };
        assert_eq!(trigger.next_ms(1_234), 2_000);
        assert_eq!(trigger.next_ms(2_000), 3_000);
    }
}
