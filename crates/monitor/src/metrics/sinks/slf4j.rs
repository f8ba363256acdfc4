//! Slf4j: a log line a metric, at INFO, from the logger `metrics`.

use crate::metrics::sink::{Made, Sink, SinkOptions};
use crate::metrics::snapshot::{Reading, Snapshot, components};

#[derive(Debug)]
struct Slf4j;

/// Makes the sink.
pub(crate) fn make(_options: &SinkOptions) -> Result<Made, String> {
    Ok(Made::Reporter(Box::new(Slf4j)))
}

fn line(name: &str, reading: &Reading) -> String {
    let kind = match reading {
        Reading::Gauge(_) => "GAUGE",
        Reading::Counter(_) => "COUNTER",
        Reading::Histogram(_) => "HISTOGRAM",
        Reading::Meter(_) => "METER",
        Reading::Timer(..) => "TIMER",
    };
    let mut line = format!("type={kind}, name={name}");
    for (component, value) in components(reading) {
        let component = if component.is_empty() { "value" } else { component };
        line.push_str(&format!(", {component}={}", value.java_text()));
    }
    line
}

impl Sink for Slf4j {
    fn report(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        for sample in &snapshot.samples {
            tracing::info!(target: "firesteel::metrics", "{}", line(&sample.name, &sample.reading));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::Value;

    #[test]
    fn a_metric_is_a_line() {
        assert_eq!(line("a.b", &Reading::Gauge(Value::Float(1.0))), "type=GAUGE, name=a.b, value=1.0");
        assert_eq!(line("a.c", &Reading::Counter(2)), "type=COUNTER, name=a.c, count=2");
    }
}
