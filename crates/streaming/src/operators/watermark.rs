//! The query's watermark: how far event time has come, made of what each `withWatermark` has seen.
//!
//! The watermark of one node is the newest event time it has seen less its delay; it never goes back. The query's is the
//! least of its nodes' (or the greatest, if the policy says so); it never goes back either, and is in effect from the next
//! batch on.

use std::collections::BTreeMap;

use firesteel_error::Result;

use super::settings::invalid;

/// `spark.sql.streaming.multipleWatermarkPolicy`: which node's watermark is the query's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum WatermarkPolicy {
    /// The least: no row of any stream is dropped early.
    Min,
    /// The greatest: results do not wait for the slowest stream.
    Max,
}

impl WatermarkPolicy {
    /// A policy by Spark's name.
    pub fn parse(text: &str) -> Result<Self> {
        match text.to_lowercase().as_str() {
            "min" => Ok(Self::Min),
            "max" => Ok(Self::Max),
            _ => Err(invalid("spark.sql.streaming.multipleWatermarkPolicy", text, "min or max")),
        }
    }

    /// Spark's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Min => "min",
            Self::Max => "max",
        }
    }
}

/// What one `withWatermark` saw in a batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WatermarkReport {
    /// Which node, counted as the plan is written.
    pub node: usize,
    /// Its delay.
    pub delay_ms: i64,
    /// The newest event time of the batch; `None` if it had no rows.
    pub max_event_time_ms: Option<i64>,
}

/// The query's watermark over its batches.
#[derive(Debug, Clone)]
pub struct WatermarkTracker {
    policy: WatermarkPolicy,
    nodes: BTreeMap<usize, i64>,
    current_ms: i64,
}

impl WatermarkTracker {
    /// A query that has seen nothing: its watermark is 0.
    pub fn new(policy: WatermarkPolicy) -> Self {
        Self { policy, nodes: BTreeMap::new(), current_ms: 0 }
    }

    /// Takes up the watermark that a log has.
    pub fn restore(&mut self, watermark_ms: i64) {
        self.current_ms = watermark_ms;
    }

    /// The watermark now, in milliseconds since the epoch.
    pub fn current_ms(&self) -> i64 {
        self.current_ms
    }

    /// Takes in what a batch saw; gives the watermark of the next batch.
    pub fn advance(&mut self, reports: &[WatermarkReport]) -> i64 {
        for report in reports {
            // A node that has seen nothing yet holds the watermark back, at 0.
            let node = self.nodes.entry(report.node).or_insert(0);
            if let Some(max) = report.max_event_time_ms {
                *node = (*node).max(max.saturating_sub(report.delay_ms));
            }
        }
        let chosen = match self.policy {
            WatermarkPolicy::Min => self.nodes.values().min(),
            WatermarkPolicy::Max => self.nodes.values().max(),
        };
        self.current_ms = self.current_ms.max(chosen.copied().unwrap_or(0));
        self.current_ms
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn saw(node: usize, max: Option<i64>) -> WatermarkReport {
        WatermarkReport { node, delay_ms: 10, max_event_time_ms: max }
    }

    #[test]
    fn the_watermark_never_goes_back() {
        let mut tracker = WatermarkTracker::new(WatermarkPolicy::Min);
        assert_eq!(tracker.advance(&[saw(0, Some(100))]), 90);
        assert_eq!(tracker.advance(&[saw(0, Some(50))]), 90);
        assert_eq!(tracker.advance(&[saw(0, None)]), 90);
    }

    #[test]
    fn min_waits_for_the_slowest_stream_and_max_does_not() {
        let reports = [saw(0, Some(100)), saw(1, None)];
        assert_eq!(WatermarkTracker::new(WatermarkPolicy::Min).advance(&reports), 0);
        assert_eq!(WatermarkTracker::new(WatermarkPolicy::Max).advance(&reports), 90);
    }

    #[test]
    fn a_restored_watermark_holds() {
        let mut tracker = WatermarkTracker::new(WatermarkPolicy::Min);
        tracker.restore(500);
        assert_eq!(tracker.advance(&[saw(0, Some(100))]), 500);
    }
}
