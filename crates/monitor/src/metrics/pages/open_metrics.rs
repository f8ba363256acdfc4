//! The page for Prometheus: OpenMetrics 1.0, or the older text format for a client that asks for it.
//!
//! Only metrics with a [`Family`](crate::metrics::snapshot::Family) are on it; the others are on Spark's own pages.

use std::collections::BTreeMap;
use std::fmt::Write;

use crate::metrics::Value;
use crate::metrics::kinds::HistogramReading;
use crate::metrics::snapshot::{Family, Reading, Sample, Snapshot};

/// The two formats; a counter's family and the end of the page differ.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// OpenMetrics 1.0.
    OpenMetrics,
    /// Prometheus' text format 0.0.4.
    Text,
}

impl Format {
    /// The format for a request's `Accept` header: OpenMetrics unless only plain text is asked for.
    pub fn accepted(accept: Option<&str>) -> Self {
        match accept {
            Some(accept) if accept.contains("text/plain") && !accept.contains("application/openmetrics-text") => {
                Self::Text
            }
            _ => Self::OpenMetrics,
        }
    }

    /// The header `Content-Type`.
    pub fn content_type(self) -> &'static str {
        match self {
            Self::OpenMetrics => "application/openmetrics-text; version=1.0.0; charset=utf-8",
            Self::Text => "text/plain; version=0.0.4; charset=utf-8",
        }
    }
}

/// A fact about the application, as labels of a metric that is always 1.
pub type Info<'a> = [(&'static str, &'a str)];

/// Writes the page; `more` is lines to put before its end.
pub fn render(snapshot: &Snapshot, info: &Info<'_>, more: &str, format: Format) -> String {
    let mut families: BTreeMap<&str, Vec<(&Family, &Reading)>> = BTreeMap::new();
    for Sample { family, reading, .. } in &snapshot.samples {
        if let Some(family) = family {
            families.entry(family.name).or_default().push((family, reading));
        }
    }
    let mut page = String::new();
    header(&mut page, "spark_application_info", "gauge", "The application", format);
    let labels: Vec<_> = info.iter().map(|(name, value)| (*name, value.to_string())).collect();
    line(&mut page, "spark_application_info", &labels, Value::Int(1));
    for (name, members) in families {
        let Some((first, reading)) = members.first() else { continue };
        let kind = match reading {
            Reading::Gauge(_) => "gauge",
            Reading::Counter(_) | Reading::Meter(_) => "counter",
            Reading::Histogram(_) | Reading::Timer(..) => "summary",
        };
        header(&mut page, name, kind, first.help, format);
        for (family, reading) in members {
            series(&mut page, family, reading);
        }
    }
    page.push_str(more);
    if format == Format::OpenMetrics {
        page.push_str("# EOF\n");
    }
    page
}

fn header(page: &mut String, name: &str, kind: &str, help: &str, format: Format) {
    // In the older format a counter's family has the name of its samples.
    let total = if kind == "counter" && format == Format::Text { "_total" } else { "" };
    let _ = writeln!(page, "# HELP {name}{total} {}", escape(help));
    let _ = writeln!(page, "# TYPE {name}{total} {kind}");
}

fn series(page: &mut String, family: &Family, reading: &Reading) {
    let (name, labels) = (family.name, &family.labels);
    match reading {
        Reading::Gauge(value) if family.scale == 1.0 => line(page, name, labels, *value),
        Reading::Gauge(value) => line(page, name, labels, Value::Float(value.as_f64() * family.scale)),
        Reading::Counter(count) => line(page, &format!("{name}_total"), labels, (*count).into()),
        Reading::Meter(meter) => line(page, &format!("{name}_total"), labels, meter.count.into()),
        Reading::Histogram(reading) => summary(page, family, reading, family.scale),
        Reading::Timer(reading, _) => summary(page, family, reading, family.scale * 1e-9),
    }
}

#[expect(clippy::cast_precision_loss, reason = "sums are fractions on the page")]
fn summary(page: &mut String, family: &Family, reading: &HistogramReading, scale: f64) {
    let quantiles = [("0.5", reading.p50), ("0.75", reading.p75), ("0.95", reading.p95), ("0.99", reading.p99)];
    for (quantile, value) in quantiles {
        let mut labels = family.labels.clone();
        labels.push(("quantile", quantile.to_string()));
        line(page, family.name, &labels, Value::Float(value * scale));
    }
    line(page, &format!("{}_sum", family.name), &family.labels, Value::Float(reading.sum as f64 * scale));
    line(page, &format!("{}_count", family.name), &family.labels, reading.count.into());
}

fn line(page: &mut String, name: &str, labels: &[(&'static str, String)], value: Value) {
    page.push_str(name);
    if !labels.is_empty() {
        let labels: Vec<String> = labels.iter().map(|(name, value)| format!("{name}=\"{}\"", escape(value))).collect();
        let _ = write!(page, "{{{}}}", labels.join(","));
    }
    let _ = match value {
        Value::Float(value) if value.is_infinite() => writeln!(page, " {}Inf", if value > 0.0 { "+" } else { "-" }),
        Value::Float(value) => writeln!(page, " {value}"),
        Value::Int(value) => writeln!(page, " {value}"),
    };
}

fn escape(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::registry::Registry;

    fn snapshot() -> Snapshot {
        let registry = Registry::new("app.driver.");
        let rows = |query| Some(Family::new("spark_rows", "Rows").label("query", query));
        registry.counter("spark.streaming.a.rows", rows("a")).add(3);
        registry.counter("spark.streaming.b.rows", rows("b \"\\\n")).add(4);
        let delay = Family::milliseconds("spark_delay_seconds", "Delay");
        registry.gauge("delay", Some(delay)).set(1500);
        let took = Family::milliseconds("spark_took_seconds", "Took");
        registry.histogram("took", Some(took)).update(250, std::time::Instant::now());
        registry.gauge("not.on.the.page", None).set(1);
        registry.snapshot()
    }

    #[test]
    fn the_page_is_open_metrics() {
        let expected = "# HELP spark_application_info The application\n\
            # TYPE spark_application_info gauge\n\
            spark_application_info{id=\"x\"} 1\n\
            # HELP spark_delay_seconds Delay\n\
            # TYPE spark_delay_seconds gauge\n\
            spark_delay_seconds 1.5\n\
            # HELP spark_rows Rows\n\
            # TYPE spark_rows counter\n\
            spark_rows_total{query=\"a\"} 3\n\
            spark_rows_total{query=\"b \\\"\\\\\\n\"} 4\n\
            # HELP spark_took_seconds Took\n\
            # TYPE spark_took_seconds summary\n\
            spark_took_seconds{quantile=\"0.5\"} 0.25\n\
            spark_took_seconds{quantile=\"0.75\"} 0.25\n\
            spark_took_seconds{quantile=\"0.95\"} 0.25\n\
            spark_took_seconds{quantile=\"0.99\"} 0.25\n\
            spark_took_seconds_sum 0.25\n\
            spark_took_seconds_count 1\n\
            # EOF\n";
        assert_eq!(render(&snapshot(), &[("id", "x")], "", Format::OpenMetrics), expected);
    }

    #[test]
    fn the_older_format_is_there_for_who_asks() {
        let page = render(&snapshot(), &[], "", Format::accepted(Some("text/plain")));
        assert!(page.contains("# TYPE spark_rows_total counter\n") && !page.contains("# EOF"), "{page}");
        assert_eq!(Format::accepted(Some("*/*")), Format::OpenMetrics);
        let prometheus = "application/openmetrics-text;version=1.0.0,text/plain;version=0.0.4;q=0.5";
        assert_eq!(Format::accepted(Some(prometheus)), Format::OpenMetrics);
    }
}
