//! CSV: a file a metric, a line a report.
//!
//! Options: `directory` (/tmp). A file is `<metric>.csv`; it begins with a header and is appended to. At most [`FILES_MAX`] files are
//! written.

use std::collections::BTreeSet;
use std::fs::{self, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};

use crate::metrics::kinds::{HistogramReading, MeterReading};
use crate::metrics::sink::{Made, Sink, SinkOptions};
use crate::metrics::snapshot::{NANOS_TO_MILLIS, Reading, Snapshot};

/// How many files one application may make.
const FILES_MAX: usize = 2_000;

#[derive(Debug)]
struct Csv {
    directory: PathBuf,
    files: BTreeSet<String>,
}

/// Makes the sink.
pub(crate) fn make(options: &SinkOptions) -> Result<Made, String> {
    let directory = PathBuf::from(options.text("directory").unwrap_or_else(|| "/tmp/".into()));
    Ok(Made::Reporter(Box::new(Csv { directory, files: BTreeSet::new() })))
}

/// The columns of a metric, and a line of them without its time.
fn columns(reading: &Reading) -> (&'static str, String) {
    match reading {
        Reading::Gauge(value) => ("value", value.java_text()),
        Reading::Counter(count) => ("count", count.to_string()),
        Reading::Histogram(r) => (
            "count,max,mean,min,stddev,p50,p75,p95,p98,p99,p999",
            format!("{},{},{:.6},{},{}", r.count, r.max, r.mean, r.min, tail(r, 1.0)),
        ),
        Reading::Meter(meter) => (
            "count,mean_rate,m1_rate,m5_rate,m15_rate,rate_unit",
            format!("{},{},events/second", meter.count, rates(meter)),
        ),
        Reading::Timer(r, meter) => (
            "count,max,mean,min,stddev,p50,p75,p95,p98,p99,p999,mean_rate,m1_rate,m5_rate,m15_rate,rate_unit,duration_unit",
            timer(r, meter),
        ),
    }
}

#[expect(clippy::cast_precision_loss, reason = "durations are shown as fractions of milliseconds")]
fn timer(r: &HistogramReading, meter: &MeterReading) -> String {
    let millis = |value: f64| format!("{:.6}", value * NANOS_TO_MILLIS);
    let (max, mean, min) = (millis(r.max as f64), millis(r.mean), millis(r.min as f64));
    let (tail, rates) = (tail(r, NANOS_TO_MILLIS), rates(meter));
    format!("{},{max},{mean},{min},{tail},{rates},calls/second,milliseconds", r.count)
}

fn tail(r: &HistogramReading, scale: f64) -> String {
    let all = [r.stddev, r.p50, r.p75, r.p95, r.p98, r.p99, r.p999];
    all.map(|value| format!("{:.6}", value * scale)).join(",")
}

fn rates(meter: &MeterReading) -> String {
    let all = [meter.mean_rate, meter.one_minute_rate, meter.five_minute_rate, meter.fifteen_minute_rate];
    all.map(|rate| format!("{rate:.6}")).join(",")
}

impl Csv {
    fn write(&mut self, snapshot: &Snapshot) -> std::io::Result<()> {
        fs::create_dir_all(&self.directory)?;
        for sample in &snapshot.samples {
            let name = file_name(&sample.name);
            if !self.files.contains(&name) && self.files.len() >= FILES_MAX {
                return Err(std::io::Error::other(format!(
                    "{FILES_MAX} files are enough; {name} and others are not written"
                )));
            }
            append(&self.directory.join(&name), snapshot.unix_seconds(), &sample.reading)?;
            self.files.insert(name);
        }
        Ok(())
    }
}

/// The metric's name, in which nothing leads out of the directory, short enough for a file system.
fn file_name(metric: &str) -> String {
    let mut name: String = metric.trim_start_matches('/').replace(['/', '\0'], ".");
    let mut end = name.len().min(250);
    while !name.is_char_boundary(end) {
        end -= 1;
    }
    name.truncate(end);
    format!("{name}.csv")
}

fn append(file: &Path, time: u64, reading: &Reading) -> std::io::Result<()> {
    let (header, line) = columns(reading);
    let mut file = OpenOptions::new().create(true).append(true).open(file)?;
    let header = if file.metadata()?.len() == 0 { format!("t,{header}\n") } else { String::new() };
    file.write_all(format!("{header}{time},{line}\n").as_bytes())
}

impl Sink for Csv {
    fn report(&mut self, snapshot: &Snapshot) -> Result<(), String> {
        self.write(snapshot)
            .map_err(|error| format!("its files in {} cannot be written: {error}", self.directory.display()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::time::{Duration, Instant};

    use super::*;
    use crate::metrics::registry::Registry;

    #[test]
    fn a_metric_is_a_file_with_a_header_and_a_line_a_report() {
        let directory = tempfile::tempdir().unwrap();
        let registry = Registry::new("app.driver.");
        registry.gauge("spark.streaming.q.inputRate-total", None).set(0.0);
        registry.timer("took", None).update(Duration::from_millis(2), Instant::now());
        registry.gauge("../../etc/x", None).set(1);
        let mut sink = Csv { directory: directory.path().join("new"), files: BTreeSet::new() };
        sink.report(&registry.snapshot()).unwrap();
        sink.report(&registry.snapshot()).unwrap();
        let read = |name: &str| fs::read_to_string(directory.path().join("new").join(name)).unwrap();
        let text = read("app.driver.spark.streaming.q.inputRate-total.csv");
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!((lines.len(), lines[0]), (3, "t,value"));
        assert!(lines[2].ends_with(",0.0"), "{text}");
        let took = read("app.driver.took.csv");
        let columns: Vec<usize> = took.lines().map(|line| line.split(',').count()).collect();
        assert_eq!(columns, [18, 18, 18]);
        assert!(took.contains(",2.000000,") && took.contains("calls/second,milliseconds"));
        assert!(directory.path().join("new/app.driver.......etc.x.csv").exists(), "nothing leads out of the directory");
    }
}
