//! DStream programs: `<application>.StreamingMetrics.streaming.*`, with the names and the initial values of Spark.

use std::collections::BTreeSet;

use firesteel_events::Event;
use firesteel_events::dstream::{BatchInfo, DStreamEvent};

use crate::metrics::registry::Registry;
use crate::metrics::snapshot::Family;
use crate::metrics::source::{Source, SourceContext};

/// The metrics, what they show before the first batch, and their place on the OpenMetrics page with its scale.
const METRICS: [(&str, i64, Option<(&str, f64)>); 19] = [
    ("receivers", 0, Some(("spark_dstream_receivers", 1.0))),
    ("totalCompletedBatches", 0, None),
    ("totalReceivedRecords", 0, None),
    ("totalProcessedRecords", 0, None),
    ("unprocessedBatches", 0, Some(("spark_dstream_unprocessed_batches", 1.0))),
    ("waitingBatches", 0, Some(("spark_dstream_waiting_batches", 1.0))),
    ("runningBatches", 0, Some(("spark_dstream_running_batches", 1.0))),
    ("retainedCompletedBatches", 0, None),
    ("lastCompletedBatch_submissionTime", -1, None),
    ("lastCompletedBatch_processingStartTime", -1, None),
    ("lastCompletedBatch_processingEndTime", -1, None),
    ("lastCompletedBatch_processingDelay", -1, Some(("spark_dstream_last_batch_processing_delay_seconds", 1e-3))),
    ("lastCompletedBatch_schedulingDelay", -1, Some(("spark_dstream_last_batch_scheduling_delay_seconds", 1e-3))),
    ("lastCompletedBatch_totalDelay", -1, Some(("spark_dstream_last_batch_total_delay_seconds", 1e-3))),
    ("lastReceivedBatch_submissionTime", -1, None),
    ("lastReceivedBatch_processingStartTime", -1, None),
    ("lastReceivedBatch_processingEndTime", -1, None),
    ("lastReceivedBatch_records", 0, Some(("spark_dstream_last_batch_records", 1.0))),
    ("failedOutputOperations", 0, Some(("spark_dstream_failed_output_operations", 1.0))),
];

const HELP: &str = "The StreamingMetrics gauge of the same name; -1 before the first batch has completed";

/// See the module.
pub(crate) struct DStreams {
    source: String,
    retained_max: usize,
    started: bool,
    waiting: BTreeSet<i64>,
    running: BTreeSet<i64>,
    receivers: BTreeSet<i32>,
    completed: i64,
    received_records: u64,
    processed_records: u64,
    failed_operations: i64,
}

impl DStreams {
    pub(crate) fn new(context: &SourceContext) -> Self {
        let retained = context.settings.get("spark.streaming.ui.retainedBatches");
        Self {
            source: format!("{}.StreamingMetrics.streaming", context.app_name),
            retained_max: retained.and_then(|text| text.trim().parse().ok()).unwrap_or(1000),
            started: false,
            waiting: BTreeSet::new(),
            running: BTreeSet::new(),
            receivers: BTreeSet::new(),
            completed: 0,
            received_records: 0,
            processed_records: 0,
            failed_operations: 0,
        }
    }

    /// Makes the metrics when there is a program; most applications have none.
    fn start(&mut self, registry: &Registry) {
        if self.started {
            return;
        }
        self.started = true;
        for (name, initial, page) in METRICS {
            let family = page.map(|(name, scale)| Family { scale, ..Family::new(name, HELP) });
            registry.gauge(&format!("{}.{name}", self.source), family).set(initial);
        }
    }

    fn set(&self, registry: &Registry, name: &str, value: i64) {
        registry.gauge(&format!("{}.{name}", self.source), None).set(value);
    }

    fn received(&self, registry: &Registry, batch: &BatchInfo) {
        self.set(registry, "lastReceivedBatch_submissionTime", batch.submission_time_ms);
        self.set(registry, "lastReceivedBatch_processingStartTime", batch.processing_start_time_ms.unwrap_or(-1));
        self.set(registry, "lastReceivedBatch_processingEndTime", batch.processing_end_time_ms.unwrap_or(-1));
        self.set(registry, "lastReceivedBatch_records", whole(batch.num_records()));
    }

    fn completed(&mut self, registry: &Registry, batch: &BatchInfo) {
        self.waiting.remove(&batch.batch_time_ms);
        self.running.remove(&batch.batch_time_ms);
        self.completed += 1;
        self.processed_records += batch.num_records();
        let failed = batch.output_operations.values().filter(|operation| operation.failure_reason.is_some()).count();
        self.failed_operations += i64::try_from(failed).unwrap_or_default();
        let last = [
            ("submissionTime", Some(batch.submission_time_ms)),
            ("processingStartTime", batch.processing_start_time_ms),
            ("processingEndTime", batch.processing_end_time_ms),
            ("processingDelay", batch.processing_delay_ms()),
            ("schedulingDelay", batch.scheduling_delay_ms()),
            ("totalDelay", batch.total_delay_ms()),
        ];
        for (name, value) in last {
            self.set(registry, &format!("lastCompletedBatch_{name}"), value.unwrap_or(-1));
        }
    }

    fn counts(&self, registry: &Registry) {
        let retained = self.completed.min(i64::try_from(self.retained_max).unwrap_or(i64::MAX));
        let counts = [
            ("receivers", size(self.receivers.len())),
            ("totalCompletedBatches", self.completed),
            ("totalReceivedRecords", whole(self.received_records)),
            ("totalProcessedRecords", whole(self.processed_records)),
            ("unprocessedBatches", size(self.waiting.len() + self.running.len())),
            ("waitingBatches", size(self.waiting.len())),
            ("runningBatches", size(self.running.len())),
            ("retainedCompletedBatches", retained),
            ("failedOutputOperations", self.failed_operations),
        ];
        for (name, value) in counts {
            self.set(registry, name, value);
        }
    }
}

impl Source for DStreams {
    fn observe(&mut self, event: &Event, registry: &Registry) {
        let Event::DStream(event) = event else { return };
        self.start(registry);
        match &**event {
            DStreamEvent::BatchSubmitted(batch) => {
                self.waiting.insert(batch.batch_time_ms);
                self.received(registry, batch);
            }
            DStreamEvent::BatchStarted(batch) => {
                self.waiting.remove(&batch.batch_time_ms);
                self.running.insert(batch.batch_time_ms);
                self.received_records += batch.num_records();
                self.received(registry, batch);
            }
            DStreamEvent::BatchCompleted(batch) => {
                self.completed(registry, batch);
                self.received(registry, batch);
            }
            DStreamEvent::ReceiverStarted(receiver) => {
                self.receivers.insert(receiver.stream_id);
            }
            _ => return,
        }
        self.counts(registry);
    }
}

fn size(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

fn whole(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use firesteel_events::dstream::StreamInputInfo;

    use super::*;
    use crate::metrics::Value;
    use crate::metrics::snapshot::Reading;

    #[test]
    fn a_batch_moves_from_waiting_to_completed() {
        let context = SourceContext { app_name: "my app".into(), settings: BTreeMap::new() };
        let (registry, mut source) = (Registry::new("app.driver."), DStreams::new(&context));
        let mut batch = BatchInfo { batch_time_ms: 1000, submission_time_ms: 1001, ..BatchInfo::default() };
        batch.inputs.insert(0, StreamInputInfo { num_records: 7, ..StreamInputInfo::default() });
        let shows = |name: &str| {
            let name = format!("app.driver.my app.StreamingMetrics.streaming.{name}");
            match registry.snapshot().get(&name) {
                Some(Reading::Gauge(Value::Int(value))) => *value,
                _ => i64::MIN,
            }
        };
        source.observe(&DStreamEvent::BatchSubmitted(batch.clone()).into(), &registry);
        assert_eq!((shows("waitingBatches"), shows("lastCompletedBatch_totalDelay")), (1, -1));
        batch.processing_start_time_ms = Some(1005);
        source.observe(&DStreamEvent::BatchStarted(batch.clone()).into(), &registry);
        assert_eq!((shows("waitingBatches"), shows("runningBatches")), (0, 1));
        batch.processing_end_time_ms = Some(1025);
        source.observe(&DStreamEvent::BatchCompleted(batch).into(), &registry);
        assert_eq!((shows("unprocessedBatches"), shows("totalProcessedRecords")), (0, 7));
        assert_eq!((shows("lastCompletedBatch_processingDelay"), shows("lastCompletedBatch_totalDelay")), (20, 24));
    }
}
