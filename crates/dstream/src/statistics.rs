//! What a page about a streaming context shows: its batches, its receivers, its averages.

use std::collections::{BTreeMap, VecDeque};

use firesteel_events::dstream::{BatchInfo, DStreamEvent, ReceiverInfo};
use parking_lot::Mutex;

use crate::listener::StreamingListener;

/// What a context has done so far. The completed batches are the last ones (`spark.streaming.ui.retainedBatches`).
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Statistics {
    /// When the context started, in milliseconds since the epoch.
    pub start_time_ms: Option<i64>,
    /// The batch interval.
    pub batch_ms: i64,
    /// Batches that wait for their first job, oldest first.
    pub waiting: Vec<BatchInfo>,
    /// Batches with a job that runs or has run.
    pub running: Vec<BatchInfo>,
    /// The last batches that have ended, newest first.
    pub completed: Vec<BatchInfo>,
    /// How many batches have ended.
    pub total_completed: u64,
    /// Records of all batches that were submitted.
    pub received_records: u64,
    /// Records of all batches that have ended.
    pub processed_records: u64,
    /// The receivers, by stream.
    pub receivers: BTreeMap<i32, ReceiverInfo>,
}

impl Statistics {
    /// Records per second over the batches kept.
    pub fn avg_input_rate(&self) -> Option<f64> {
        let seconds = self.completed.len() as f64 * self.batch_ms as f64 / 1000.0;
        let records: u64 = self.completed.iter().map(BatchInfo::num_records).sum();
        (seconds > 0.0).then(|| records as f64 / seconds)
    }

    /// Mean time that a batch waited, in milliseconds.
    pub fn avg_scheduling_delay_ms(&self) -> Option<f64> {
        self.mean(BatchInfo::scheduling_delay_ms)
    }

    /// Mean time that a batch was processed, in milliseconds.
    pub fn avg_processing_ms(&self) -> Option<f64> {
        self.mean(BatchInfo::processing_delay_ms)
    }

    /// Mean time from submission to end, in milliseconds.
    pub fn avg_total_delay_ms(&self) -> Option<f64> {
        self.mean(BatchInfo::total_delay_ms)
    }

    fn mean(&self, of: impl Fn(&BatchInfo) -> Option<i64>) -> Option<f64> {
        let values: Vec<i64> = self.completed.iter().filter_map(of).collect();
        (!values.is_empty()).then(|| values.iter().sum::<i64>() as f64 / values.len() as f64)
    }
}

/// Gathers [`Statistics`] as a listener.
pub(crate) struct Gatherer {
    retained: usize,
    state: Mutex<Gathered>,
}

#[derive(Default)]
struct Gathered {
    statistics: Statistics,
    active: BTreeMap<i64, BatchInfo>,
    completed: VecDeque<BatchInfo>,
}

impl Gatherer {
    pub(crate) fn new(batch_ms: i64, retained: usize) -> Self {
        let statistics = Statistics { batch_ms, ..Statistics::default() };
        Self { retained, state: Mutex::new(Gathered { statistics, ..Gathered::default() }) }
    }

    pub(crate) fn statistics(&self) -> Statistics {
        let state = self.state.lock();
        let mut statistics = state.statistics.clone();
        let batches = state.active.values().cloned();
        (statistics.running, statistics.waiting) = batches.partition(|batch| batch.processing_start_time_ms.is_some());
        statistics.completed = state.completed.iter().rev().cloned().collect();
        statistics
    }
}

impl StreamingListener for Gatherer {
    fn on_event(&self, event: &DStreamEvent) {
        let mut state = self.state.lock();
        let Gathered { statistics, active, completed } = &mut *state;
        match event {
            DStreamEvent::StreamingStarted { time_ms } => statistics.start_time_ms = Some(*time_ms),
            DStreamEvent::ReceiverStarted(info)
            | DStreamEvent::ReceiverError(info)
            | DStreamEvent::ReceiverStopped(info) => {
                statistics.receivers.insert(info.stream_id, info.clone());
            }
            DStreamEvent::BatchSubmitted(info) => {
                statistics.received_records += info.num_records();
                active.insert(info.batch_time_ms, info.clone());
            }
            DStreamEvent::BatchStarted(info) => {
                active.insert(info.batch_time_ms, info.clone());
            }
            DStreamEvent::BatchCompleted(info) => {
                active.remove(&info.batch_time_ms);
                statistics.total_completed += 1;
                statistics.processed_records += info.num_records();
                completed.push_back(info.clone());
                if completed.len() > self.retained {
                    completed.pop_front();
                }
            }
            DStreamEvent::OutputOperationStarted(operation) | DStreamEvent::OutputOperationCompleted(operation) => {
                if let Some(batch) = active.get_mut(&operation.batch_time_ms) {
                    batch.output_operations.insert(operation.id, operation.clone());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(time: i64, start: Option<i64>, end: Option<i64>) -> BatchInfo {
        BatchInfo {
            batch_time_ms: time,
            submission_time_ms: time,
            processing_start_time_ms: start,
            processing_end_time_ms: end,
            ..BatchInfo::default()
        }
    }

    #[test]
    fn batches_move_from_waiting_over_running_to_completed() {
        let gatherer = Gatherer::new(1000, 1);
        gatherer.on_event(&DStreamEvent::BatchSubmitted(batch(1000, None, None)));
        gatherer.on_event(&DStreamEvent::BatchSubmitted(batch(2000, None, None)));
        gatherer.on_event(&DStreamEvent::BatchStarted(batch(1000, Some(1005), None)));
        let now = gatherer.statistics();
        assert_eq!((now.waiting.len(), now.running.len(), now.completed.len()), (1, 1, 0));
        gatherer.on_event(&DStreamEvent::BatchCompleted(batch(1000, Some(1005), Some(1025))));
        gatherer.on_event(&DStreamEvent::BatchCompleted(batch(2000, Some(2005), Some(2035))));
        let now = gatherer.statistics();
        assert_eq!((now.completed.len(), now.total_completed), (1, 2), "only one is retained");
        assert_eq!((now.avg_processing_ms(), now.avg_total_delay_ms()), (Some(30.0), Some(35.0)));
    }
}
