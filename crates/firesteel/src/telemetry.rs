//! What an engine tells other systems of itself: its metrics, and lines in its log for what its streams do.

use std::sync::Arc;

use firesteel_events::EventBus;
use firesteel_monitor::logs;
use firesteel_monitor::metrics::{MetricsOptions, MetricsSystem};
use tokio::task::JoinHandle;

/// See the module.
pub(crate) struct Telemetry {
    metrics: Arc<MetricsSystem>,
    lines: JoinHandle<()>,
}

impl Telemetry {
    /// Starts it: what is posted on the bus from now on is counted and logged.
    pub(crate) fn start(options: MetricsOptions, bus: &EventBus) -> Self {
        Self { metrics: MetricsSystem::start(options, bus), lines: tokio::spawn(logs::events::follow(bus.subscribe())) }
    }

    /// The metrics, for the web UI's port.
    pub(crate) fn metrics(&self) -> &Arc<MetricsSystem> {
        &self.metrics
    }

    /// Reports a last time and ends.
    pub(crate) async fn stop(self) {
        self.lines.abort();
        self.metrics.stop().await;
    }
}
