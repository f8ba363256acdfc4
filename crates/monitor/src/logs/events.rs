//! Lines for what happens in streams: each batch of a query or a DStream program, its end, rows that came too late, failures.
//!
//! The texts have the shape that people grep for: `Batch [2] processed with [1000] records in [300ms]`. What could be said at every batch
//! (late rows, a failing output operation) is said at the first, and again each time its number has doubled.

use std::collections::BTreeMap;

use firesteel_events::dstream::{BatchInfo, DStreamEvent};
use firesteel_events::job::JobEvent;
use firesteel_events::query::QueryEvent;
use firesteel_events::{Event, Received, Subscription};
use serde_json::Value;

/// Logs what is posted, until the bus is gone.
pub async fn follow(mut events: Subscription) {
    let mut lines = Lines::default();
    while let Some(received) = events.next().await {
        if let Received::Event(event) = received {
            lines.log(&event);
        }
    }
}

/// What was said before.
#[derive(Debug, Default)]
struct Lines {
    late: BTreeMap<String, Doubling>,
    /// The newest stage that spilled.
    spilling: Option<usize>,
}

/// Says something at the first time and at each doubling.
#[derive(Debug, Default)]
struct Doubling {
    count: u64,
    said: u64,
}

impl Doubling {
    fn add(&mut self, count: u64) -> Option<u64> {
        self.count += count;
        let is_time = count > 0 && self.count >= self.said * 2;
        is_time.then(|| {
            self.said = self.count;
            self.count
        })
    }
}

impl Lines {
    fn log(&mut self, event: &Event) {
        match event {
            Event::Query(event) => self.query(event),
            Event::DStream(event) => dstream(event),
            Event::Job(event) => self.spill(event),
            _ => {}
        }
    }

    /// Once a stage: the sum is in its figures.
    fn spill(&mut self, event: &JobEvent) {
        if let JobEvent::TaskEnd { stage_id, metrics, .. } = event
            && metrics.memory_bytes_spilled > 0
            && self.spilling.is_none_or(|stage| stage < *stage_id)
        {
            self.spilling = Some(*stage_id);
            tracing::info!(
                target: "firesteel_rdd::ExternalSorter",
                "Tasks of stage [{stage_id}] spill: [{}] bytes of memory went to disk first; firesteel advise says what would avoid it",
                metrics.memory_bytes_spilled
            );
        }
    }

    fn query(&mut self, event: &QueryEvent) {
        match event {
            QueryEvent::Progress(event) => {
                tracing::info!(target: "firesteel_streaming::Query", "{}", batch(&event.progress));
                let late = self.late.entry(event.run_id.clone()).or_default();
                if let Some(late) = late.add(late_rows(&event.progress)) {
                    tracing::warn!(
                        target: "firesteel_streaming::Query",
                        "[{late}] rows of query [id = {}] came after the watermark and were dropped", event.id
                    );
                }
            }
            QueryEvent::Terminated(event) => {
                self.late.remove(&event.run_id);
                let how = if event.exception.is_some() { "failed" } else { "stopped" };
                tracing::info!(target: "firesteel_streaming::Query", "Structured Streaming Query [id = {}] {how}", event.id);
            }
            // A query's start is logged by the query, which knows its sources.
            QueryEvent::Started(_) | QueryEvent::Idle(_) => {}
        }
    }
}

/// The line of a batch.
fn batch(progress: &Value) -> String {
    let number = |name: &str| progress[name].as_i64().unwrap_or_default();
    let (id, rows, took) = (number("batchId"), number("numInputRows"), number("batchDuration"));
    format!("Batch [{id}] processed with [{rows}] records in [{took}ms]")
}

fn late_rows(progress: &Value) -> u64 {
    let operators = progress["stateOperators"].as_array().into_iter().flatten();
    operators.filter_map(|operator| operator["numRowsDroppedByWatermark"].as_u64()).sum()
}

fn dstream(event: &DStreamEvent) {
    match event {
        DStreamEvent::StreamingStarted { .. } => {
            tracing::info!(target: "firesteel_dstream::StreamingContext", "StreamingContext started");
        }
        DStreamEvent::BatchStarted(batch) => tracing::info!(
            target: "firesteel_dstream::scheduler::JobScheduler",
            "Batch [{}] started with [{}] records", batch.batch_time_ms, batch.num_records()
        ),
        DStreamEvent::BatchCompleted(batch) => completed(batch),
        DStreamEvent::ReceiverError(receiver) => tracing::warn!(
            target: "firesteel_dstream::scheduler::ReceiverTracker",
            "{}: {}", receiver.name, receiver.last_error_message
        ),
        _ => {}
    }
}

fn completed(batch: &BatchInfo) {
    let (time, records) = (batch.batch_time_ms, batch.num_records());
    let took = batch.processing_delay_ms().unwrap_or_default();
    tracing::info!(
        target: "firesteel_dstream::scheduler::JobScheduler",
        "Batch [{time}] processed with [{records}] records in [{took}ms]"
    );
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn lines_have_the_known_shape() {
        let progress = json!({"batchId": 2, "numInputRows": 1000, "batchDuration": 300});
        assert_eq!(batch(&progress), "Batch [2] processed with [1000] records in [300ms]");
    }

    #[test]
    fn what_comes_again_and_again_is_said_at_each_doubling() {
        let mut late = Doubling::default();
        let said: Vec<Option<u64>> = [0, 1, 0, 1, 1, 1, 10].map(|count| late.add(count)).into();
        assert_eq!(said, [None, Some(1), None, Some(2), None, Some(4), Some(14)]);
    }
}
