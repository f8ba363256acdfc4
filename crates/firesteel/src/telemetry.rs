//! What an engine tells of itself beside the web UI: metrics for other systems, lines in the log, the console's progress bar.

use std::sync::Arc;

use firesteel_events::EventBus;
use firesteel_monitor::logs;
use firesteel_monitor::metrics::{MetricsOptions, MetricsSystem};
use tokio::task::JoinHandle;

/// See the module.
pub(crate) struct Telemetry {
    metrics: Arc<MetricsSystem>,
    /// The log's lines and the console's progress bar.
    followers: [JoinHandle<()>; 2],
}

impl Telemetry {
    /// Starts it: what is posted on the bus from now on is counted and logged.
    pub(crate) fn start(options: MetricsOptions, bus: &EventBus) -> Self {
        let (lines, bar, settings) = (bus.subscribe(), bus.subscribe(), options.settings.clone());
        let followers = [
            tokio::spawn(logs::events::follow(lines)),
            tokio::spawn(async move { logs::progress_bar::follow(bar, &settings).await }),
        ];
        Self { metrics: MetricsSystem::start(options, bus), followers }
    }

    /// The metrics, for the web UI's port.
    pub(crate) fn metrics(&self) -> &Arc<MetricsSystem> {
        &self.metrics
    }

    /// Reports a last time and ends.
    pub(crate) async fn stop(self) {
        for follower in &self.followers {
            follower.abort();
        }
        self.metrics.stop().await;
    }
}
