//! The metrics system of an application: its registry, fed from the bus; its sinks; its pages.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;

use firesteel_events::{EventBus, Received};
use parking_lot::Mutex;
use serde_json::Value as Json;
use tokio::sync::oneshot;

use super::config::MetricsConfig;
use super::pages::{self, Page, executors, open_metrics, spark_json, spark_prometheus};
use super::registry::Registry;
use super::reporter::Reporter;
use super::sink::{Application, Configured, Made, PageForm, configure, trace_collector};
use super::source::{self, Source, SourceContext};
use crate::traces::Collector;

const LOGGER: &str = "firesteel::MetricsSystem";
/// Spark's `PrometheusResource`, which is always there as well.
const EXECUTORS_PATH: &str = "/metrics/executors/prometheus";
const PROMETHEUS_PATH: &str = "/metrics/prometheus";
const JSON_PATH: &str = "/metrics/json";
/// The page that is always there.
const OPEN_METRICS_PATH: &str = "/metrics";

/// Whose metrics they are, and what was set.
#[derive(Debug, Clone, Default)]
pub struct MetricsOptions {
    /// The application's id.
    pub app_id: String,
    /// The application's name.
    pub app_name: String,
    /// The engine's version.
    pub version: String,
    /// Spark's settings.
    pub settings: BTreeMap<String, String>,
    /// Where `metrics.properties` is looked for: `$SPARK_CONF_DIR`, or `$SPARK_HOME/conf`.
    pub conf_dir: Option<PathBuf>,
    /// Whether no one can see the pages, so that nothing is counted unless a sink is told.
    pub is_without_pages: bool,
}

/// See the module.
#[derive(Debug)]
pub struct MetricsSystem {
    application: Application,
    config: MetricsConfig,
    registry: Arc<Registry>,
    pages: Vec<(String, PageForm)>,
    running: Mutex<Option<Running>>,
}

#[derive(Debug)]
struct Running {
    reporters: Vec<Reporter>,
    /// Dropped, it ends the feeding.
    stop_feeding: oneshot::Sender<()>,
    fed: tokio::task::JoinHandle<()>,
}

impl MetricsSystem {
    /// Starts it: from now on, what is posted on the bus is counted. Needs a Tokio runtime. Whatever is wrong with the
    /// configuration is logged, a line each, and nothing else: metrics never stop an application.
    pub fn start(options: MetricsOptions, bus: &EventBus) -> Arc<Self> {
        let config = MetricsConfig::load(&options.settings, options.conf_dir.as_deref());
        let registry = Arc::new(Registry::new(prefix(&options)));
        let application = Application {
            id: options.app_id.clone(),
            name: options.app_name.clone(),
            version: options.version.clone(),
        };
        let context = SourceContext { app_name: options.app_name, settings: options.settings };
        let (reporters, pages, mut problems) = start_sinks(&config, &application, &registry);
        problems.splice(0..0, config.problems.iter().cloned());
        for problem in problems {
            tracing::warn!(target: LOGGER, "{problem}");
        }
        let running = if reporters.is_empty() && options.is_without_pages {
            None
        } else {
            let sources = source::all(&context, &registry);
            let (stop_feeding, stopped) = oneshot::channel();
            let fed = tokio::spawn(feed(sources, registry.clone(), bus.subscribe(), stopped));
            Some(Running { reporters, stop_feeding, fed })
        };
        let running = Mutex::new(running);
        Arc::new(Self { application, config, registry, pages, running })
    }

    /// Where traces are sent.
    pub fn trace_collectors(&self) -> Vec<Collector> {
        self.config.sinks().into_iter().filter_map(|sink| trace_collector(sink, &self.application)).collect()
    }

    /// Whose metrics they are.
    pub fn application(&self) -> &Application {
        &self.application
    }

    /// The registry, for metrics that are no events.
    pub fn registry(&self) -> &Arc<Registry> {
        &self.registry
    }

    /// What `metrics.properties` and the settings came to, for the Environment page.
    pub fn properties(&self) -> BTreeMap<String, String> {
        self.config.properties.iter().map(|(key, value)| (format!("*.{key}"), value.clone())).collect()
    }

    /// The paths that have pages.
    pub fn paths(&self) -> BTreeSet<String> {
        let pages = self.pages.iter().map(|(path, _)| path.clone());
        pages.chain([OPEN_METRICS_PATH.to_string()]).collect()
    }

    /// The page at a path of the web UI's port, if there is one: `/metrics` (OpenMetrics), `/metrics/prometheus` and
    /// `/metrics/json` (Spark's servlets), or where `metrics.properties` puts these. `accept` is the request's header.
    pub fn page(&self, path: &str, accept: Option<&str>) -> Option<Page> {
        let path = if path.len() > 1 { path.trim_end_matches('/') } else { path };
        let form = self.pages.iter().find(|(at, _)| at == path).map(|(_, form)| *form);
        if path == OPEN_METRICS_PATH && form != Some(PageForm::Json) {
            return Some(self.open_metrics(form == Some(PageForm::Prometheus), accept));
        }
        let snapshot = self.registry.snapshot();
        match form? {
            PageForm::Json => {
                Some(Page { content_type: "text/json;charset=utf-8", body: spark_json::render(&snapshot) })
            }
            PageForm::Prometheus => {
                let content_type = open_metrics::Format::Text.content_type();
                Some(Page { content_type, body: spark_prometheus::render(&snapshot) })
            }
        }
    }

    /// The page `/metrics/executors/prometheus`, of the objects that the REST API lists as executors.
    pub fn executors_page(&self, executors: &[Json]) -> Page {
        let Application { id, name, version } = &self.application;
        Page { content_type: executors::content_type(), body: executors::render(id, name, version, executors) }
    }

    /// Counts what was posted so far, lets each sink report a last time, and ends them.
    pub async fn stop(&self) {
        let Some(running) = self.running.lock().take() else { return };
        drop(running.stop_feeding);
        // It ends at once, having counted what is there.
        let _ = running.fed.await;
        let ended = tokio::task::spawn_blocking(move || Reporter::stop_all(running.reporters));
        let _ = ended.await;
    }

    /// The page for Prometheus; with Spark's own lines on it where `PrometheusServlet` was put at the same path.
    fn open_metrics(&self, with_sparks: bool, accept: Option<&str>) -> Page {
        let snapshot = self.registry.snapshot();
        let format = open_metrics::Format::accepted(accept);
        let Application { id, name, version } = &self.application;
        let info: &open_metrics::Info<'_> = &[("id", id), ("name", name), ("version", version)];
        let more = if with_sparks { spark_prometheus::render(&snapshot) } else { String::new() };
        pages::Page { content_type: format.content_type(), body: open_metrics::render(&snapshot, info, &more, format) }
    }
}

/// What the full names begin with: `<namespace>.driver.`, where the namespace is the application's id or
/// `spark.metrics.namespace`, in which `${setting}` stands for a setting.
fn prefix(options: &MetricsOptions) -> String {
    let namespace = match options.settings.get("spark.metrics.namespace") {
        Some(text) => expand(text, options),
        None => options.app_id.clone(),
    };
    let dot = if namespace.is_empty() { "" } else { "." };
    format!("{namespace}{dot}driver.")
}

fn expand(text: &str, options: &MetricsOptions) -> String {
    let mut expanded = String::new();
    let mut rest = text;
    while let Some((before, (name, after))) =
        rest.split_once("${").and_then(|(before, rest)| Some((before, rest.split_once('}')?)))
    {
        expanded.push_str(before);
        match name {
            "spark.app.id" => expanded.push_str(&options.app_id),
            "spark.app.name" => expanded.push_str(&options.app_name),
            name => match options.settings.get(name) {
                Some(value) => expanded.push_str(value),
                // As Spark does, what is not set stays as it is.
                None => expanded.push_str(&format!("${{{name}}}")),
            },
        }
        rest = after;
    }
    expanded + rest
}

/// The reporters, the pages with their paths, and what is wrong.
fn start_sinks(
    config: &MetricsConfig,
    application: &Application,
    registry: &Arc<Registry>,
) -> (Vec<Reporter>, Vec<(String, PageForm)>, Vec<String>) {
    let (mut reporters, mut pages, mut problems) = (Vec::new(), Vec::new(), Vec::new());
    for sink in config.sinks() {
        // Spark's own default puts its JSON page's path there, with or without a class.
        if sink.name == "servlet" && !sink.options.contains_key("class") {
            let path = sink.options.get("path").map(|path| normal(path)).filter(|path| is_free(path));
            pages.extend(path.map(|path| (path, PageForm::Json)));
            continue;
        }
        match configure(sink, application) {
            Ok(Configured { name, period, made, path, unused }) => {
                if !unused.is_empty() {
                    problems.push(format!("The metrics sink {name} has no use for: {}.", unused.join(", ")));
                }
                match made {
                    Made::Page(form) => {
                        let path = normal(&path.unwrap_or_else(|| default_path(form).into()));
                        if is_free(&path) {
                            pages.push((path, form));
                        } else {
                            problems.push(format!("The metrics sink {name} has no effect: path={path} is not free."));
                        }
                    }
                    Made::Reporter(sink) => match Reporter::start(&name, period, sink, registry.clone()) {
                        Ok(reporter) => reporters.push(reporter),
                        Err(problem) => problems.push(problem),
                    },
                }
            }
            Err(problem) => problems.push(problem),
        }
    }
    let there: BTreeSet<String> = pages.iter().map(|(path, _)| path.clone()).collect();
    for form in [PageForm::Prometheus, PageForm::Json] {
        if !there.contains(default_path(form)) {
            pages.push((default_path(form).to_string(), form));
        }
    }
    (reporters, pages, problems)
}

fn default_path(form: PageForm) -> &'static str {
    match form {
        PageForm::Prometheus => PROMETHEUS_PATH,
        PageForm::Json => JSON_PATH,
    }
}

/// The first parts of paths where the web UI has pages of its own.
const TAKEN: &[&str] = &[
    "",
    "SQL",
    "StreamingQuery",
    "advice",
    "api",
    "environment",
    "executors",
    "favicon.ico",
    "history",
    "jobs",
    "logs",
    "stages",
    "static",
    "storage",
    "streaming",
    "timeline",
];

/// Whether a page of metrics may be there.
fn is_free(path: &str) -> bool {
    let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
    let is_plain = path.chars().all(|c| c.is_ascii_alphanumeric() || "/_-.".contains(c));
    is_plain && path != EXECUTORS_PATH && !TAKEN.contains(&first)
}

fn normal(path: &str) -> String {
    format!("/{}", path.trim_matches('/'))
}

async fn feed(
    mut sources: Vec<Box<dyn Source>>,
    registry: Arc<Registry>,
    mut events: firesteel_events::Subscription,
    mut stopped: oneshot::Receiver<()>,
) {
    let lost = registry.counter("events.lost", None);
    let mut count = |received: Received| match received {
        Received::Event(event) => sources.iter_mut().for_each(|source| source.observe(&event, &registry)),
        Received::Lost(count) => lost.add(count),
    };
    loop {
        tokio::select! {
            received = events.next() => match received {
                Some(received) => count(received),
                None => return,
            },
            _ = &mut stopped => break,
        }
    }
    while let Some(received) = events.try_next() {
        count(received);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use firesteel_events::query::{QueryEvent, QueryProgress};
    use serde_json::json;

    use super::*;
    use crate::metrics::Value;
    use crate::metrics::snapshot::Reading;

    fn options(settings: &[(&str, &str)]) -> MetricsOptions {
        MetricsOptions {
            app_id: "local-1".into(),
            app_name: "my app".into(),
            version: "4.2.0".into(),
            settings: settings.iter().map(|(key, value)| (key.to_string(), value.to_string())).collect(),
            conf_dir: None,
            is_without_pages: false,
        }
    }

    fn batch(rows: i64) -> QueryEvent {
        let progress =
            json!({"name": "q", "numInputRows": rows, "batchDuration": 5, "durationMs": {"triggerExecution": 5}});
        QueryEvent::Progress(QueryProgress { id: "i".into(), run_id: "r".into(), progress })
    }

    #[tokio::test]
    async fn what_is_posted_is_on_the_pages_and_in_the_last_report() {
        let directory = tempfile::tempdir().unwrap();
        let directory = directory.path().to_string_lossy().into_owned();
        let bus = EventBus::new();
        let settings = [
            ("spark.metrics.conf.*.sink.csv.class", "org.apache.spark.metrics.sink.CsvSink"),
            ("spark.metrics.conf.*.sink.csv.directory", directory.as_str()),
            ("spark.metrics.conf.*.sink.prometheusServlet.class", "org.apache.spark.metrics.sink.PrometheusServlet"),
            ("spark.metrics.conf.*.sink.prometheusServlet.path", "/metrics"),
        ];
        let system = MetricsSystem::start(options(&settings), &bus);
        bus.post(batch(100));
        bus.post(batch(50));
        system.stop().await;
        let page = system.page("/metrics", None).unwrap();
        assert!(page.content_type.starts_with("application/openmetrics-text"));
        assert!(page.body.contains("\nstreaming_totalProcessedRecords 150\n") && page.body.ends_with("# EOF\n"));
        assert!(page.body.contains("metrics_local_1_driver_spark_streaming_q_latency_Value{type=\"gauges\"} 5\n"));
        assert!(system.page("/metrics/json/", None).unwrap().body.contains("local-1.driver.spark.streaming.q.latency"));
        assert_eq!(system.page("/metrics/other", None), None);
        let csv = std::path::Path::new(&directory).join("local-1.driver.streaming.lastBatchInputRecords.csv");
        assert!(std::fs::read_to_string(csv).unwrap().ends_with(",50\n"));
    }

    #[tokio::test]
    async fn nothing_is_counted_for_no_one() {
        let bus = EventBus::new();
        let unseen = MetricsSystem::start(MetricsOptions { is_without_pages: true, ..options(&[]) }, &bus);
        assert!(!bus.is_heard());
        let seen = MetricsSystem::start(options(&[]), &bus);
        assert!(bus.is_heard());
        unseen.stop().await;
        seen.stop().await;
    }

    #[tokio::test]
    async fn the_namespace_is_a_setting() {
        let settings = [("spark.metrics.namespace", "${spark.app.name}-${spark.x}-${no}"), ("spark.x", "1")];
        let system = MetricsSystem::start(options(&settings), &EventBus::new());
        let name = "my app-1-${no}.driver.jvm.gcTime";
        assert_eq!(system.registry().snapshot().get(name), Some(&Reading::Gauge(Value::Int(0))));
        system.stop().await;
    }
}
