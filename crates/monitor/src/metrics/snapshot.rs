//! A snapshot: what all metrics show at one moment. Sinks and pages see nothing else.

use std::time::SystemTime;

use super::Value;
use super::kinds::{HistogramReading, MeterReading};

/// See the module.
#[derive(Debug, Clone, PartialEq)]
pub struct Snapshot {
    /// When it was taken.
    pub time: SystemTime,
    /// The metrics, ordered by name.
    pub samples: Vec<Sample>,
}

/// A metric and what it shows.
#[derive(Debug, Clone, PartialEq)]
pub struct Sample {
    /// Spark's name, in full: `<namespace>.driver.<source>.<metric>`.
    pub name: String,
    /// What it shows.
    pub reading: Reading,
    /// Its place on the OpenMetrics page; `None` if it has none there.
    pub family: Option<Family>,
}

/// What a metric shows.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Reading {
    /// Of a gauge.
    Gauge(Value),
    /// Of a counter.
    Counter(u64),
    /// Of a histogram.
    Histogram(HistogramReading),
    /// Of a meter.
    Meter(MeterReading),
    /// Of a timer; the durations are nanoseconds.
    Timer(HistogramReading, MeterReading),
}

/// A metric's name, unit and labels in the manner of Prometheus: base units, `snake_case`, labels instead of long names.
#[derive(Debug, Clone, PartialEq)]
pub struct Family {
    /// The name, without the `_total` of a counter.
    pub name: &'static str,
    /// One sentence.
    pub help: &'static str,
    /// What a value is multiplied with to be in the name's unit.
    pub scale: f64,
    /// What tells series of one family apart.
    pub labels: Vec<(&'static str, String)>,
}

impl Family {
    /// A family whose values are in its unit.
    pub fn new(name: &'static str, help: &'static str) -> Self {
        Self { name, help, scale: 1.0, labels: Vec::new() }
    }

    /// A family of seconds whose values are milliseconds.
    pub fn milliseconds(name: &'static str, help: &'static str) -> Self {
        Self { scale: 1e-3, ..Self::new(name, help) }
    }

    /// With a label.
    #[must_use]
    pub fn label(mut self, name: &'static str, value: &str) -> Self {
        self.labels.push((name, value.to_string()));
        self
    }
}

impl Snapshot {
    /// When it was taken, in seconds since 1970.
    pub fn unix_seconds(&self) -> u64 {
        self.time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default().as_secs()
    }

    /// What a metric shows, by its full name.
    pub fn get(&self, name: &str) -> Option<&Reading> {
        self.samples.iter().find(|sample| sample.name == name).map(|sample| &sample.reading)
    }
}

/// A component of a reading, for receivers that know single numbers only: its suffix and its value.
///
/// The suffixes are those of Dropwizard's reporters; a gauge's and a counter's main value has none of its own there.
pub fn components(reading: &Reading) -> Vec<(&'static str, Value)> {
    match reading {
        Reading::Gauge(value) => vec![("", *value)],
        Reading::Counter(count) => vec![("count", (*count).into())],
        Reading::Histogram(reading) => {
            let mut all = vec![("count", reading.count.into())];
            all.extend(distribution(reading, 1.0));
            all
        }
        Reading::Meter(meter) => rates(meter),
        Reading::Timer(durations, meter) => {
            let mut all = distribution(durations, NANOS_TO_MILLIS);
            all.extend(rates(meter));
            all
        }
    }
}

/// Timers are shown in milliseconds.
pub const NANOS_TO_MILLIS: f64 = 1e-6;

fn distribution(reading: &HistogramReading, scale: f64) -> Vec<(&'static str, Value)> {
    // Whole numbers stay whole where nothing is converted.
    let whole = |value: i64| {
        if scale == 1.0 { Value::Int(value) } else { Value::Float(Value::Int(value).as_f64() * scale) }
    };
    let fraction = |value: f64| Value::Float(value * scale);
    vec![
        ("max", whole(reading.max)),
        ("mean", fraction(reading.mean)),
        ("min", whole(reading.min)),
        ("stddev", fraction(reading.stddev)),
        ("p50", fraction(reading.p50)),
        ("p75", fraction(reading.p75)),
        ("p95", fraction(reading.p95)),
        ("p98", fraction(reading.p98)),
        ("p99", fraction(reading.p99)),
        ("p999", fraction(reading.p999)),
    ]
}

fn rates(meter: &MeterReading) -> Vec<(&'static str, Value)> {
    vec![
        ("count", meter.count.into()),
        ("m1_rate", meter.one_minute_rate.into()),
        ("m5_rate", meter.five_minute_rate.into()),
        ("m15_rate", meter.fifteen_minute_rate.into()),
        ("mean_rate", meter.mean_rate.into()),
    ]
}
