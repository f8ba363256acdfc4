//! What all streaming of the application has done, whichever query or DStream program did it.

use firesteel_events::Event;
use firesteel_events::dstream::DStreamEvent;
use firesteel_events::query::QueryEvent;

use crate::metrics::kinds::{Counter, Gauge};
use crate::metrics::registry::Registry;
use crate::metrics::snapshot::Family;
use crate::metrics::source::Source;

const TIME: &str = "streaming.lastBatchProcessingTime: milliseconds that the last batch took";
const RECORDS: &str = "streaming.lastBatchInputRecords: records of the last batch";
const TOTAL: &str = "streaming.totalProcessedRecords: records processed since the application started";
const BATCHES: &str = "Batches completed since the application started";

/// See the module.
pub(crate) struct Totals {
    time: Gauge,
    records: Gauge,
    total: Gauge,
    total_records: u64,
    batches: Counter,
}

impl Totals {
    pub(crate) fn new(registry: &Registry) -> Self {
        let gauge = |name: &str, page_name, help| registry.gauge(name, Some(Family::new(page_name, help)));
        Self {
            time: gauge("streaming.lastBatchProcessingTime", "streaming_lastBatchProcessingTime", TIME),
            records: gauge("streaming.lastBatchInputRecords", "streaming_lastBatchInputRecords", RECORDS),
            total: gauge("streaming.totalProcessedRecords", "streaming_totalProcessedRecords", TOTAL),
            total_records: 0,
            batches: registry
                .counter("streaming.completedBatches", Some(Family::new("spark_streaming_batches", BATCHES))),
        }
    }

    fn batch(&mut self, took_ms: i64, records: u64) {
        self.time.set(took_ms);
        self.records.set(records);
        self.total_records += records;
        self.total.set(self.total_records);
        self.batches.add(1);
    }
}

impl Source for Totals {
    fn observe(&mut self, event: &Event, _registry: &Registry) {
        match event {
            Event::Query(event) => {
                if let QueryEvent::Progress(event) = &**event {
                    let number = |name: &str| event.progress[name].as_i64().unwrap_or_default();
                    self.batch(number("batchDuration"), u64::try_from(number("numInputRows")).unwrap_or_default());
                }
            }
            Event::DStream(event) => {
                if let DStreamEvent::BatchCompleted(batch) = &**event {
                    self.batch(batch.processing_delay_ms().unwrap_or_default(), batch.num_records());
                }
            }
            _ => {}
        }
    }
}
