//! Console: a readable list of all metrics on standard output.

use std::fmt::Write as _;
use std::io::Write as _;

use chrono::{DateTime, Local};

use crate::metrics::sink::{Made, Sink, SinkOptions};
use crate::metrics::snapshot::{Reading, Sample, Snapshot, components};

const WIDTH: usize = 80;

#[derive(Debug)]
struct Console;

/// Makes the sink.
pub(crate) fn make(_options: &SinkOptions) -> Result<Made, String> {
    Ok(Made::Reporter(Box::new(Console)))
}

fn heading(reading: &Reading) -> &'static str {
    match reading {
        Reading::Gauge(_) => "Gauges",
        Reading::Counter(_) => "Counters",
        Reading::Histogram(_) => "Histograms",
        Reading::Meter(_) => "Meters",
        Reading::Timer(..) => "Timers",
    }
}

/// The whole report.
fn text(snapshot: &Snapshot) -> String {
    let time = DateTime::<Local>::from(snapshot.time).format("%-m/%-d/%y, %-I:%M:%S %p");
    let mut text = format!("{:=<WIDTH$}\n\n", format!("{time} "));
    for kind in ["Gauges", "Counters", "Histograms", "Meters", "Timers"] {
        let samples: Vec<&Sample> = snapshot.samples.iter().filter(|sample| heading(&sample.reading) == kind).collect();
        if samples.is_empty() {
            continue;
        }
        text.push_str(&format!("{:-<WIDTH$}\n", format!("-- {kind} ")));
        for sample in samples {
            text.push_str(&sample.name);
            text.push('\n');
            for (component, value) in components(&sample.reading) {
                let name = if component.is_empty() { "value" } else { component };
                let value = if kind == "Gauges" { value.java_text() } else { value.short_text() };
                // Writing to a text does not fail.
                let _ = writeln!(text, "{name:>18} = {value}");
            }
        }
        text.push('\n');
    }
    text.push('\n');
    text
}

impl Sink for Console {
    fn report(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        let written = std::io::stdout().lock().write_all(text(snapshot).as_bytes());
        written.map_err(|error| format!("standard output cannot be written: {error}"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::metrics::registry::Registry;

    #[test]
    fn metrics_are_listed_by_kind() {
        let registry = Registry::new("app.");
        registry.gauge("b", None).set(1.0);
        registry.counter("a", None).add(2);
        let text = text(&registry.snapshot());
        let tail: String = text.lines().skip(2).collect::<Vec<_>>().join("\n");
        let expected = format!(
            "{:-<80}\napp.b\n             value = 1.0\n\n{:-<80}\napp.a\n             count = 2\n\n",
            "-- Gauges ", "-- Counters "
        );
        assert_eq!(tail, expected.trim_end_matches('\n').to_string() + "\n\n");
    }
}
