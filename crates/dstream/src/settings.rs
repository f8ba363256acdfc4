//! The settings `spark.streaming.*` that the engine obeys.

use std::time::Duration;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_settings::{AUTO, AUTO_MAX, AUTO_MIN, MILLISECOND, SECOND, micros};

/// What the engine takes from the application's settings; the defaults are Spark's.
#[derive(Debug, Clone, PartialEq)]
pub struct Settings {
    /// `spark.streaming.concurrentJobs`: jobs that run at once.
    pub concurrent_jobs: usize,
    /// `spark.streaming.blockInterval`: how long a receiver's records gather into one block.
    pub block_interval: Duration,
    /// `spark.streaming.receiver.writeAheadLog.enable`: whether blocks are on disk before they are known.
    pub write_ahead_log: bool,
    /// `spark.streaming.receiver.writeAheadLog.rollingIntervalSecs`: after how long the log goes on in a new file.
    pub log_rolling_interval: Duration,
    /// `spark.streaming.receiver.maxRate`: records per second that a receiver may store; 0 is no limit.
    pub receiver_max_rate: f64,
    /// `spark.streaming.receiverRestartDelay` in milliseconds.
    pub receiver_restart_delay: Duration,
    /// `spark.streaming.backpressure.*`, if it is enabled.
    pub backpressure: Option<Backpressure>,
    /// `spark.streaming.stopGracefullyOnShutdown`.
    pub stop_gracefully_on_shutdown: bool,
    /// `spark.streaming.gracefulStopTimeout`; without it, ten batch intervals.
    pub graceful_stop_timeout: Option<Duration>,
    /// `spark.streaming.unpersist`: whether RDDs that are forgotten are unpersisted as well.
    pub unpersist: bool,
    /// `spark.streaming.fileStream.minRememberDuration`: how old a file may be that is taken for new.
    pub file_min_remember: Duration,
    /// `spark.streaming.ui.retainedBatches`.
    pub retained_batches: usize,
}

/// The PID controller's settings.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Backpressure {
    /// `initialRate`, in records per second, until the first batch has ended.
    pub initial_rate: Option<f64>,
    /// `pid.proportional`.
    pub proportional: f64,
    /// `pid.integral`.
    pub integral: f64,
    /// `pid.derived`.
    pub derivative: f64,
    /// `pid.minRate`.
    pub min_rate: f64,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            concurrent_jobs: 1,
            block_interval: Duration::from_millis(200),
            write_ahead_log: false,
            log_rolling_interval: Duration::from_secs(60),
            receiver_max_rate: 0.0,
            receiver_restart_delay: Duration::from_secs(2),
            backpressure: None,
            stop_gracefully_on_shutdown: false,
            graceful_stop_timeout: None,
            unpersist: true,
            file_min_remember: Duration::from_secs(60),
            retained_batches: 1000,
        }
    }
}

/// The settings that [`Settings::read`] reads.
const KNOWN: [&str; 17] = [
    "spark.streaming.backpressure.enabled",
    "spark.streaming.backpressure.initialRate",
    "spark.streaming.backpressure.pid.derived",
    "spark.streaming.backpressure.pid.integral",
    "spark.streaming.backpressure.pid.minRate",
    "spark.streaming.backpressure.pid.proportional",
    "spark.streaming.blockInterval",
    "spark.streaming.concurrentJobs",
    "spark.streaming.fileStream.minRememberDuration",
    "spark.streaming.gracefulStopTimeout",
    "spark.streaming.receiver.maxRate",
    "spark.streaming.receiver.writeAheadLog.enable",
    "spark.streaming.receiver.writeAheadLog.rollingIntervalSecs",
    "spark.streaming.receiverRestartDelay",
    "spark.streaming.stopGracefullyOnShutdown",
    "spark.streaming.ui.retainedBatches",
    "spark.streaming.unpersist",
];

impl Settings {
    /// Those of an application's settings that belong to DStreams and have no effect here.
    ///
    /// ```
    /// use firesteel_dstream::Settings;
    ///
    /// let set = ["spark.streaming.blockInterval", "spark.streaming.driver.writeAheadLog.class", "spark.master"];
    /// assert_eq!(Settings::without_effect(set), ["spark.streaming.driver.writeAheadLog.class"]);
    /// ```
    pub fn without_effect<'a>(set: impl IntoIterator<Item = &'a str>) -> Vec<&'a str> {
        let of_streaming = set.into_iter().filter(|key| key.starts_with("spark.streaming."));
        let of_interval = [AUTO, AUTO_MIN, AUTO_MAX];
        of_streaming.filter(|key| !KNOWN.contains(key) && !of_interval.contains(key)).collect()
    }

    /// Reads the settings through `get`, which gives the value of a key that is set.
    ///
    /// # Errors
    /// If a value is not of its setting's kind.
    pub fn read(get: impl Fn(&str) -> Option<String>) -> Result<Self> {
        let from = Reader { get: &get };
        let default = Self::default();
        let concurrent_jobs = from.number("spark.streaming.concurrentJobs", 1.0)?;
        if concurrent_jobs < 1.0 {
            return Err(invalid("spark.streaming.concurrentJobs", &concurrent_jobs.to_string(), "a number from 1"));
        }
        let block_interval = from.duration("spark.streaming.blockInterval", default.block_interval, MILLISECOND)?;
        if block_interval.is_zero() {
            return Err(invalid("spark.streaming.blockInterval", "0", "a duration above zero"));
        }
        let seconds = |key: &str, default: Duration| from.duration(key, default, SECOND);
        let timeout = match get("spark.streaming.gracefulStopTimeout") {
            Some(text) => Some(parse_duration("spark.streaming.gracefulStopTimeout", &text, MILLISECOND)?),
            None => None,
        };
        Ok(Self {
            concurrent_jobs: concurrent_jobs as usize,
            block_interval,
            write_ahead_log: from.flag("spark.streaming.receiver.writeAheadLog.enable", false)?,
            log_rolling_interval: seconds(
                "spark.streaming.receiver.writeAheadLog.rollingIntervalSecs",
                default.log_rolling_interval,
            )?,
            receiver_max_rate: from.number("spark.streaming.receiver.maxRate", 0.0)?,
            receiver_restart_delay: from.duration(
                "spark.streaming.receiverRestartDelay",
                default.receiver_restart_delay,
                MILLISECOND,
            )?,
            backpressure: from.backpressure()?,
            stop_gracefully_on_shutdown: from.flag("spark.streaming.stopGracefullyOnShutdown", false)?,
            graceful_stop_timeout: timeout,
            unpersist: from.flag("spark.streaming.unpersist", true)?,
            file_min_remember: seconds("spark.streaming.fileStream.minRememberDuration", default.file_min_remember)?,
            retained_batches: from.number("spark.streaming.ui.retainedBatches", 1000.0)?.max(0.0) as usize,
        })
    }
}

struct Reader<'a, F> {
    get: &'a F,
}

impl<F: Fn(&str) -> Option<String>> Reader<'_, F> {
    fn number(&self, key: &str, default: f64) -> Result<f64> {
        let Some(text) = (self.get)(key) else { return Ok(default) };
        text.trim().parse().map_err(|_| invalid(key, &text, "a number"))
    }

    fn flag(&self, key: &str, default: bool) -> Result<bool> {
        let Some(text) = (self.get)(key) else { return Ok(default) };
        text.trim().to_ascii_lowercase().parse().map_err(|_| invalid(key, &text, "true or false"))
    }

    fn duration(&self, key: &str, default: Duration, unit: i64) -> Result<Duration> {
        match (self.get)(key) {
            Some(text) => parse_duration(key, &text, unit),
            None => Ok(default),
        }
    }

    fn backpressure(&self) -> Result<Option<Backpressure>> {
        if !self.flag("spark.streaming.backpressure.enabled", false)? {
            return Ok(None);
        }
        let part = |name: &str, default| self.number(&format!("spark.streaming.backpressure.{name}"), default);
        let initial_rate = part("initialRate", 0.0)?;
        Ok(Some(Backpressure {
            initial_rate: (initial_rate > 0.0).then_some(initial_rate),
            proportional: part("pid.proportional", 1.0)?,
            integral: part("pid.integral", 0.2)?,
            derivative: part("pid.derived", 0.0)?,
            min_rate: part("pid.minRate", 100.0)?,
        }))
    }
}

/// A time; without a unit it is in `unit`.
fn parse_duration(key: &str, text: &str, unit: i64) -> Result<Duration> {
    micros(text, unit)
        .and_then(|time| u64::try_from(time).ok())
        .map(Duration::from_micros)
        .ok_or_else(|| invalid(key, text, "a time such as 200ms, 5s or 1min"))
}

fn invalid(key: &str, value: &str, expected: &str) -> SparkError {
    SparkError::plain(Exception::IllegalArgument, format!("The setting {key} is {value:?}; it must be {expected}."))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Settings> {
        Settings::read(|key| pairs.iter().find(|(name, _)| *name == key).map(|(_, value)| (*value).to_string()))
    }

    #[test]
    fn settings_are_read_under_sparks_names() {
        assert_eq!(read(&[]).unwrap(), Settings::default());
        let settings = read(&[
            ("spark.streaming.blockInterval", "50"),
            ("spark.streaming.concurrentJobs", "3"),
            ("spark.streaming.backpressure.enabled", "true"),
            ("spark.streaming.backpressure.pid.minRate", "7"),
            ("spark.streaming.gracefulStopTimeout", "2s"),
        ])
        .unwrap();
        assert_eq!(settings.block_interval, Duration::from_millis(50));
        assert_eq!(settings.concurrent_jobs, 3);
        assert_eq!(settings.backpressure.unwrap().min_rate, 7.0);
        assert_eq!(settings.graceful_stop_timeout, Some(Duration::from_secs(2)));
    }

    #[test]
    fn each_setting_that_is_read_is_known() {
        let asked = std::cell::RefCell::new(std::collections::BTreeSet::new());
        let get = |key: &str| {
            asked.borrow_mut().insert(key.to_string());
            (key == "spark.streaming.backpressure.enabled").then(|| "true".to_string())
        };
        Settings::read(get).unwrap();
        assert_eq!(asked.into_inner().into_iter().collect::<Vec<_>>(), KNOWN);
    }

    #[test]
    fn a_value_of_the_wrong_kind_names_its_setting() {
        for (key, value) in [
            ("spark.streaming.blockInterval", "soon"),
            ("spark.streaming.concurrentJobs", "0"),
            ("spark.streaming.receiver.writeAheadLog.enable", "perhaps"),
            ("spark.streaming.gracefulStopTimeout", "5 parsecs"),
        ] {
            assert!(read(&[(key, value)]).unwrap_err().message().contains(key));
        }
    }
}
