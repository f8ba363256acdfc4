//! Spark's `PrometheusServlet`: all metrics, with the names and the labels that dashboards made for Spark ask for.

use std::fmt::Write;

use crate::metrics::kinds::{HistogramReading, MeterReading};
use crate::metrics::snapshot::{NANOS_TO_MILLIS, Reading, Snapshot};

/// The page.
pub fn render(snapshot: &Snapshot) -> String {
    let mut page = String::new();
    for sample in &snapshot.samples {
        let mut key: String = sample.name.chars().map(|c| if c.is_ascii_alphanumeric() { c } else { '_' }).collect();
        key = format!("metrics_{key}_");
        match &sample.reading {
            Reading::Gauge(value) => {
                for suffix in ["Number", "Value"] {
                    let _ = writeln!(page, "{key}{suffix}{{type=\"gauges\"}} {}", prometheus(value.as_f64()));
                }
            }
            Reading::Counter(count) => {
                let _ = writeln!(page, "{key}Count{{type=\"counters\"}} {count}");
            }
            Reading::Histogram(reading) => {
                let _ = writeln!(page, "{key}Count{{type=\"histograms\"}} {}", reading.count);
                distribution(&mut page, &key, "histograms", reading, 1.0);
            }
            Reading::Meter(meter) => rates(&mut page, &key, "meters", meter),
            Reading::Timer(reading, meter) => {
                rates(&mut page, &key, "timers", meter);
                distribution(&mut page, &key, "timers", reading, NANOS_TO_MILLIS);
            }
        }
    }
    page
}

#[expect(clippy::cast_precision_loss, reason = "the page has fractions")]
fn distribution(page: &mut String, key: &str, kind: &str, reading: &HistogramReading, scale: f64) {
    let all = [
        ("Max", reading.max as f64),
        ("Mean", reading.mean),
        ("Min", reading.min as f64),
        ("50thPercentile", reading.p50),
        ("75thPercentile", reading.p75),
        ("95thPercentile", reading.p95),
        ("98thPercentile", reading.p98),
        ("99thPercentile", reading.p99),
        ("999thPercentile", reading.p999),
        ("StdDev", reading.stddev),
    ];
    for (suffix, value) in all {
        let _ = writeln!(page, "{key}{suffix}{{type=\"{kind}\"}} {}", prometheus(value * scale));
    }
}

fn rates(page: &mut String, key: &str, kind: &str, meter: &MeterReading) {
    let _ = writeln!(page, "{key}Count{{type=\"{kind}\"}} {}", meter.count);
    let all = [
        ("FifteenMinuteRate", meter.fifteen_minute_rate),
        ("FiveMinuteRate", meter.five_minute_rate),
        ("OneMinuteRate", meter.one_minute_rate),
        ("MeanRate", meter.mean_rate),
    ];
    for (suffix, value) in all {
        let _ = writeln!(page, "{key}{suffix}{{type=\"{kind}\"}} {}", prometheus(value));
    }
}

fn prometheus(value: f64) -> String {
    if value.is_infinite() { if value > 0.0 { "+Inf" } else { "-Inf" }.into() } else { value.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::registry::Registry;

    #[test]
    fn names_are_those_of_sparks_servlet() {
        let registry = Registry::new("local-1.driver.");
        registry.gauge("spark.streaming.my q.inputRate-total", None).set(1.5);
        registry.counter("c", None).add(2);
        registry.meter("m", None);
        let page = render(&registry.snapshot());
        for line in [
            "metrics_local_1_driver_spark_streaming_my_q_inputRate_total_Number{type=\"gauges\"} 1.5",
            "metrics_local_1_driver_spark_streaming_my_q_inputRate_total_Value{type=\"gauges\"} 1.5",
            "metrics_local_1_driver_c_Count{type=\"counters\"} 2",
            "metrics_local_1_driver_m_MeanRate{type=\"meters\"} 0",
        ] {
            assert!(page.lines().any(|there| there == line), "{line}\n{page}");
        }
    }
}
