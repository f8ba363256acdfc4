//! Sinks: what carries snapshots away, made from the options of `metrics.properties`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;
use std::time::Duration;

use super::config::SinkConfig;
use super::sinks;
use super::snapshot::Snapshot;
use crate::traces::Collector;

/// Sends snapshots somewhere.
pub trait Sink: Send {
    /// Sends one; it may block, since each sink has a thread of its own, but not for ever.
    ///
    /// # Errors
    /// A sentence that says where it could not be sent to, and why.
    fn report(&mut self, snapshot: &Snapshot) -> Result<(), String>;
}

/// What a class of sinks is.
pub enum Made {
    /// It is told a snapshot once a period.
    Reporter(Box<dyn Sink>),
    /// It is a page of the web UI's port.
    Page(PageForm),
}

/// The form of a page that a sink asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PageForm {
    /// Spark's JSON.
    Json,
    /// Spark's names for Prometheus.
    Prometheus,
}

/// The sink that can send traces as well.
const OTLP: &str = "firesteel.metrics.OtlpSink";

/// Makes a sink of its options.
type Make = fn(&SinkOptions) -> Result<Made, String>;

/// The classes of sinks; a further one is one more line.
pub const SINKS: [(&str, Make); 9] = [
    ("org.apache.spark.metrics.sink.ConsoleSink", sinks::console::make),
    ("org.apache.spark.metrics.sink.CsvSink", sinks::csv::make),
    ("org.apache.spark.metrics.sink.GangliaSink", sinks::ganglia::make),
    ("org.apache.spark.metrics.sink.GraphiteSink", sinks::graphite::make),
    ("org.apache.spark.metrics.sink.MetricsServlet", |_| Ok(Made::Page(PageForm::Json))),
    ("org.apache.spark.metrics.sink.PrometheusServlet", |_| Ok(Made::Page(PageForm::Prometheus))),
    ("org.apache.spark.metrics.sink.Slf4jSink", sinks::slf4j::make),
    ("org.apache.spark.metrics.sink.StatsdSink", sinks::statsd::make),
    (OTLP, sinks::otlp::make),
];

/// Whose metrics are reported.
#[derive(Debug, Clone, Default)]
pub struct Application {
    /// Its id.
    pub id: String,
    /// Its name.
    pub name: String,
    /// The engine's version.
    pub version: String,
}

/// A sink's options; those that no one asks for are reported.
#[derive(Debug)]
pub struct SinkOptions {
    /// Whose metrics they are.
    pub application: Application,
    options: BTreeMap<String, String>,
    used: Mutex<BTreeSet<String>>,
}

/// A sink, ready to be told.
pub struct Configured {
    /// The user's name for it.
    pub name: String,
    /// How often it is told.
    pub period: Duration,
    /// Itself.
    pub made: Made,
    /// Where a page is.
    pub path: Option<String>,
    /// Options that mean nothing to it.
    pub unused: Vec<String>,
}

/// Where a sink's collector takes traces, if it does. What is wrong with its options is said by [`configure`].
pub fn trace_collector(config: SinkConfig, application: &Application) -> Option<Collector> {
    let is_otlp = config.options.get("class").is_some_and(|class| class == OTLP);
    let options = SinkOptions { application: application.clone(), options: config.options, used: Mutex::default() };
    is_otlp.then(|| sinks::otlp::traces(&options).ok().flatten()).flatten()
}

/// Makes a sink.
///
/// # Errors
/// A sentence that says what is wrong with which property.
pub fn configure(config: SinkConfig, application: &Application) -> Result<Configured, String> {
    let application = application.clone();
    let options = SinkOptions { application, options: config.options, used: Mutex::default() };
    let name = config.name;
    let class = options.required("class").map_err(|error| format!("The metrics sink {name}: {error}."))?;
    let (_, make) = SINKS.iter().find(|(known, _)| *known == class).ok_or_else(|| {
        let known: Vec<&str> = SINKS.iter().map(|(known, _)| known.rsplit('.').next().unwrap_or(known)).collect();
        format!(
            "The metrics sink {name} has no effect: there is no sink {class} here (there are {}).",
            known.join(", ")
        )
    })?;
    let wrong = |error| format!("The metrics sink {name} has no effect: {error}.");
    let made = make(&options).map_err(wrong)?;
    let is_page = matches!(made, Made::Page(_));
    let period = if is_page { Duration::ZERO } else { options.period().map_err(wrong)? };
    let path = if is_page { options.text("path") } else { None };
    let unused = options.unused();
    Ok(Configured { name, period, made, path, unused })
}

impl SinkOptions {
    /// An option's text.
    pub fn text(&self, name: &str) -> Option<String> {
        if let Ok(mut used) = self.used.lock() {
            used.insert(name.to_string());
        }
        self.options.get(name).filter(|text| !text.is_empty()).cloned()
    }

    /// An option's text, which must be there.
    ///
    /// # Errors
    /// A sentence that names the option.
    pub fn required(&self, name: &str) -> Result<String, String> {
        self.text(name).ok_or_else(|| format!("the property {name} is missing"))
    }

    /// An option's number.
    ///
    /// # Errors
    /// A sentence that names the option.
    pub fn number<T: std::str::FromStr>(&self, name: &str) -> Result<Option<T>, String> {
        let parse = |text: String| text.parse().map_err(|_| format!("{name}={text} is not such a number"));
        self.text(name).map(parse).transpose()
    }

    /// How often the sink is told.
    ///
    /// # Errors
    /// A sentence that says what is wrong with it.
    pub fn period(&self) -> Result<Duration, String> {
        let period: u64 = self.number("period")?.unwrap_or(10);
        let unit = self.text("unit").unwrap_or_else(|| "seconds".into());
        let length = match unit.to_ascii_uppercase().as_str() {
            "MILLISECONDS" => Duration::from_millis(period),
            "SECONDS" => Duration::from_secs(period),
            "MINUTES" => Duration::from_secs(period.saturating_mul(60)),
            "HOURS" => Duration::from_secs(period.saturating_mul(3600)),
            "DAYS" => Duration::from_secs(period.saturating_mul(86_400)),
            _ => return Err(format!("unit={unit} is none of milliseconds, seconds, minutes, hours, days")),
        };
        if length < Duration::from_secs(1) {
            return Err(format!("period={period} {unit} is below the least period, 1 second"));
        }
        Ok(length)
    }

    fn unused(&self) -> Vec<String> {
        let used = self.used.lock().map(|used| used.clone()).unwrap_or_default();
        self.options.keys().filter(|name| !used.contains(*name)).cloned().collect()
    }
}

#[cfg(test)]
pub(super) mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    pub(crate) fn options(pairs: &[(&str, &str)]) -> SinkOptions {
        let options = pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        SinkOptions { application: Application::default(), options, used: Mutex::default() }
    }

    fn problem(pairs: &[(&str, &str)]) -> String {
        let options = pairs.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect();
        match configure(SinkConfig { name: "s".into(), options }, &Application::default()) {
            Ok(_) => String::new(),
            Err(problem) => problem,
        }
    }

    #[test]
    fn a_wrong_sink_is_said_in_one_sentence() {
        let graphite = ("class", "org.apache.spark.metrics.sink.GraphiteSink");
        assert!(problem(&[("class", "org.example.Sink")]).contains("there is no sink org.example.Sink"));
        assert!(problem(&[("host", "a")]).contains("class is missing"));
        assert!(problem(&[graphite]).contains("host is missing"));
        let there = [graphite, ("host", "h"), ("port", "1")];
        let wrong_unit = [&there[..], &[("unit", "weeks")]].concat();
        assert!(problem(&wrong_unit).contains("unit=weeks"));
        let too_often = [&there[..], &[("unit", "milliseconds"), ("period", "5")]].concat();
        assert!(problem(&too_often).contains("least period"));
        assert_eq!(problem(&there), "");
    }

    #[test]
    fn options_that_mean_nothing_are_known() {
        let options = [("class", "org.apache.spark.metrics.sink.Slf4jSink"), ("colour", "red")];
        let options = options.map(|(key, value)| (key.to_string(), value.to_string())).into();
        assert_eq!(
            configure(SinkConfig { name: "s".into(), options }, &Application::default()).unwrap().unused,
            ["colour"]
        );
    }
}
