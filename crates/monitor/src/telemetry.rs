//! What an engine tells of itself beside the web UI: metrics and traces for other systems, lines in the log, the console's progress bar.

use std::collections::BTreeMap;
use std::sync::Arc;

use firesteel_events::EventBus;
use tokio::task::JoinHandle;

use crate::applications::SharedStore;
use crate::metrics::{self, MetricsOptions, MetricsSystem};
use crate::traces::Traces;
use crate::{conf_dir, logs};

/// See the module.
#[derive(Debug)]
pub struct Telemetry {
    metrics: Arc<MetricsSystem>,
    traces: Option<Traces>,
    /// The log's lines and the console's progress bar.
    followers: Vec<JoinHandle<()>>,
}

impl Telemetry {
    /// Starts it: what is posted on the bus from now on is counted and logged. If there is no web UI to show them, metrics
    /// are counted for sinks alone; without these nothing is gathered.
    pub fn start(app_id: &str, settings: &BTreeMap<String, String>, bus: &EventBus, has_ui: bool) -> Self {
        // The log says what happens in streams, which is told anyway.
        let mut followers = vec![tokio::spawn(logs::events::follow(bus.overhear()))];
        if logs::progress_bar::is_wanted(settings) {
            let (bar, all) = (bus.subscribe(), settings.clone());
            followers.push(tokio::spawn(async move { logs::progress_bar::follow(bar, &all).await }));
        }
        let options = MetricsOptions {
            app_id: app_id.to_string(),
            app_name: settings.get("spark.app.name").cloned().unwrap_or_else(|| "Firesteel".into()),
            version: env!("CARGO_PKG_VERSION").to_string(),
            settings: settings.clone(),
            conf_dir: conf_dir(),
            is_without_pages: !has_ui,
        };
        let metrics = MetricsSystem::start(options, bus);
        let traces = Traces::start(metrics.trace_collectors(), metrics.application(), bus);
        Self { metrics, traces, followers }
    }

    /// The metrics' pages, for the web UI's port.
    pub fn routes(&self, store: SharedStore) -> axum::Router {
        metrics::router(&self.metrics, Some(store))
    }

    /// What `metrics.properties` came to.
    pub fn metrics_properties(&self) -> BTreeMap<String, String> {
        self.metrics.properties()
    }

    /// Reports a last time and ends.
    pub async fn stop(self) {
        for follower in &self.followers {
            follower.abort();
        }
        self.metrics.stop().await;
        if let Some(traces) = self.traces {
            traces.stop().await;
        }
    }
}
