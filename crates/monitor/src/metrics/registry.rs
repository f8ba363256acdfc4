//! The registry: metrics by name, each made once, and never more than a bound.

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Instant, SystemTime};

use parking_lot::RwLock;

use super::Value;
use super::kinds::{Counter, Gauge, Histogram, Meter, Timer};
use super::snapshot::{Family, Reading, Sample, Snapshot};

/// How many metrics there may be. A program that makes up names (of queries, of accumulators) cannot fill the memory, nor
/// the receivers, with them.
pub const SERIES_MAX: usize = 5_000;

/// See the module.
#[derive(Debug)]
pub struct Registry {
    prefix: String,
    metrics: RwLock<BTreeMap<String, Entry>>,
    refused: AtomicU64,
}

#[derive(Debug)]
struct Entry {
    metric: Metric,
    family: Option<Family>,
}

#[derive(Debug, Clone)]
enum Metric {
    Gauge(Gauge),
    Counter(Counter),
    Histogram(Histogram),
    Meter(Meter),
    Timer(Timer),
}

impl Registry {
    /// A registry whose metrics' full names begin with `prefix`, which ends with a dot or is empty.
    pub fn new(prefix: impl Into<String>) -> Self {
        Self { prefix: prefix.into(), metrics: RwLock::default(), refused: AtomicU64::new(0) }
    }

    /// The gauge of this name, made if there is none.
    ///
    /// ```
    /// use firesteel_monitor::metrics::registry::Registry;
    ///
    /// let registry = Registry::new("app.driver.");
    /// registry.gauge("jvm.heap.used", None).set(5);
    /// let snapshot = registry.snapshot();
    /// assert_eq!(snapshot.samples[0].name, "app.driver.jvm.heap.used");
    /// ```
    pub fn gauge(&self, name: &str, family: Option<Family>) -> Gauge {
        let made = self.metric(name, family, || Metric::Gauge(Gauge::new(Value::Int(0))));
        if let Metric::Gauge(gauge) = made { gauge } else { Gauge::new(Value::Int(0)) }
    }

    /// The counter of this name, made if there is none.
    pub fn counter(&self, name: &str, family: Option<Family>) -> Counter {
        let made = self.metric(name, family, || Metric::Counter(Counter::default()));
        if let Metric::Counter(counter) = made { counter } else { Counter::default() }
    }

    /// The histogram of this name, made if there is none.
    pub fn histogram(&self, name: &str, family: Option<Family>) -> Histogram {
        let now = Instant::now();
        let made = self.metric(name, family, || Metric::Histogram(Histogram::new(now)));
        if let Metric::Histogram(histogram) = made { histogram } else { Histogram::new(now) }
    }

    /// The meter of this name, made if there is none.
    pub fn meter(&self, name: &str, family: Option<Family>) -> Meter {
        let now = Instant::now();
        let made = self.metric(name, family, || Metric::Meter(Meter::new(now)));
        if let Metric::Meter(meter) = made { meter } else { Meter::new(now) }
    }

    /// The timer of this name, made if there is none.
    pub fn timer(&self, name: &str, family: Option<Family>) -> Timer {
        let now = Instant::now();
        let made = self.metric(name, family, || Metric::Timer(Timer::new(now)));
        if let Metric::Timer(timer) = made { timer } else { Timer::new(now) }
    }

    /// Forgets the metrics whose names begin with `prefix`, as Spark does when a query ends.
    pub fn remove(&self, prefix: &str) {
        self.metrics.write().retain(|name, _| !name.starts_with(prefix));
    }

    /// How many metrics did not fit.
    pub fn refused(&self) -> u64 {
        self.refused.load(Ordering::Relaxed)
    }

    /// What all metrics show now.
    pub fn snapshot(&self) -> Snapshot {
        let now = Instant::now();
        let metrics = self.metrics.read();
        let samples = metrics.iter().map(|(name, entry)| Sample {
            name: format!("{}{name}", self.prefix),
            reading: entry.metric.reading(now),
            family: entry.family.clone(),
        });
        Snapshot { time: SystemTime::now(), samples: samples.collect() }
    }

    /// The metric of this name. One that does not fit, like one whose name is taken by another kind, is not shown.
    fn metric(&self, name: &str, family: Option<Family>, make: impl FnOnce() -> Metric) -> Metric {
        if let Some(entry) = self.metrics.read().get(name) {
            return entry.metric.clone();
        }
        let mut metrics = self.metrics.write();
        if metrics.len() >= SERIES_MAX && !metrics.contains_key(name) {
            if self.refused.fetch_add(1, Ordering::Relaxed) == 0 {
                tracing::warn!(
                    target: "firesteel::MetricsSystem",
                    "there are {SERIES_MAX} metrics, which is the most there can be; {name} and further ones are not reported"
                );
            }
            return make();
        }
        metrics.entry(name.to_string()).or_insert_with(|| Entry { metric: make(), family }).metric.clone()
    }
}

impl Metric {
    fn reading(&self, now: Instant) -> Reading {
        match self {
            Self::Gauge(gauge) => Reading::Gauge(gauge.value()),
            Self::Counter(counter) => Reading::Counter(counter.count()),
            Self::Histogram(histogram) => Reading::Histogram(histogram.reading()),
            Self::Meter(meter) => Reading::Meter(meter.reading(now)),
            Self::Timer(timer) => {
                let (durations, calls) = timer.reading(now);
                Reading::Timer(durations, calls)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_one_metric() {
        let registry = Registry::new("");
        registry.counter("a", None).add(1);
        registry.counter("a", None).add(2);
        assert_eq!(registry.snapshot().get("a"), Some(&Reading::Counter(3)));
    }

    #[test]
    fn names_without_end_do_not_fill_the_memory() {
        let registry = Registry::new("");
        for n in 0..SERIES_MAX + 10 {
            registry.gauge(&format!("made.up.{n}"), None).set(1);
        }
        assert_eq!((registry.snapshot().samples.len(), registry.refused()), (SERIES_MAX, 10));
        registry.remove("made.");
        registry.gauge("again", None).set(1);
        assert_eq!(registry.snapshot().samples.len(), 1);
    }
}
