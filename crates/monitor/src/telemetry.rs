//! What an engine tells of itself beside the web UI: metrics for other systems, lines in the log, the console's progress bar.

use std::collections::BTreeMap;
use std::sync::Arc;

use firesteel_events::EventBus;
use tokio::task::JoinHandle;

use crate::applications::SharedStore;
use crate::metrics::{self, MetricsOptions, MetricsSystem};
use crate::{conf_dir, logs};

/// See the module.
#[derive(Debug)]
pub struct Telemetry {
    metrics: Arc<MetricsSystem>,
    /// The log's lines and the console's progress bar.
    followers: [JoinHandle<()>; 2],
}

impl Telemetry {
    /// Starts it: what is posted on the bus from now on is counted and logged.
    pub fn start(app_id: &str, settings: &BTreeMap<String, String>, bus: &EventBus) -> Self {
        let (lines, bar, all) = (bus.subscribe(), bus.subscribe(), settings.clone());
        let followers = [
            tokio::spawn(logs::events::follow(lines)),
            tokio::spawn(async move { logs::progress_bar::follow(bar, &all).await }),
        ];
        let options = MetricsOptions {
            app_id: app_id.to_string(),
            app_name: settings.get("spark.app.name").cloned().unwrap_or_else(|| "Firesteel".into()),
            version: env!("CARGO_PKG_VERSION").to_string(),
            settings: settings.clone(),
            conf_dir: conf_dir(),
        };
        Self { metrics: MetricsSystem::start(options, bus), followers }
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
    }
}
