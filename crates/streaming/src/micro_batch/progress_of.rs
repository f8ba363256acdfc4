//! From a trigger to its progress.

use firesteel_events::query::{QueryEvent, QueryIdle, QueryProgress};

use super::batch_states::BatchScope;
use super::run::{BatchOutcome, MicroBatchRun};
use super::trigger_report::TriggerReport;
use crate::offset::Offset;
use crate::progress::{SourceProgress, StreamingQueryProgress, iso_time};

/// What a sink got from a trigger without a batch.
const NO_ROWS: i64 = -1;

/// The watermark of a query that has none.
const NO_WATERMARK_MS: i64 = 0;

/// Tells the progress of a batch.
pub(super) fn batch(run: &MicroBatchRun, scope: &BatchScope, outcome: &BatchOutcome, report: &TriggerReport) {
    let mut progress = skeleton(run, scope.batch_id, report);
    for (at, source) in progress.sources.iter_mut().enumerate() {
        source.start_offset.clone_from(&scope.starts[at]);
        source.end_offset.clone_from(&scope.ends[at]);
        source.num_input_rows = run.sources[at].slot.rows();
    }
    progress.event_time = outcome.stateful.event_time.clone();
    if outcome.stateful.next_watermark_ms.is_some() {
        progress.event_time.insert("watermark".to_string(), iso_time(outcome.watermark_ms));
    }
    progress.state_operators.clone_from(&outcome.stateful.operators);
    progress.event_time_latency_ms = outcome.stateful.latency_ms.clone();
    progress.sink = run.parts.sink.progress(outcome.rows);
    progress.observed_metrics.clone_from(&outcome.observed);
    tell(run, progress);
}

/// Tells that a trigger found nothing to do.
pub(super) fn idle(run: &MicroBatchRun, report: &TriggerReport) {
    let mut progress = skeleton(run, run.next_batch, report);
    if run.watermark_ms > NO_WATERMARK_MS {
        progress.event_time.insert("watermark".to_string(), iso_time(run.watermark_ms));
    }
    let event = QueryIdle {
        id: progress.id.clone(),
        run_id: progress.run_id.clone(),
        timestamp: iso_time(progress.triggered_ms),
    };
    run.parts.query.add_progress(progress);
    run.parts.query.bus().post(QueryEvent::Idle(event));
}

fn tell(run: &MicroBatchRun, progress: StreamingQueryProgress) {
    let event = QueryProgress { id: progress.id.clone(), run_id: progress.run_id.clone(), progress: progress.value() };
    run.parts.query.add_progress(progress);
    run.parts.query.bus().post(QueryEvent::Progress(event));
}

fn skeleton(run: &MicroBatchRun, batch_id: i64, report: &TriggerReport) -> StreamingQueryProgress {
    let elapsed_ms = report.elapsed_ms();
    let mut durations_ms = report.durations_ms.clone();
    durations_ms.insert("triggerExecution", elapsed_ms);
    let query = &run.parts.query;
    StreamingQueryProgress {
        id: query.id().to_string(),
        run_id: query.run_id().to_string(),
        name: query.name().map(str::to_string),
        triggered_ms: report.triggered_ms,
        triggered_before_ms: run.triggered_before_ms,
        batch_id,
        batch_duration_ms: elapsed_ms,
        durations_ms,
        event_time: std::collections::BTreeMap::new(),
        event_time_latency_ms: std::collections::BTreeMap::new(),
        state_operators: Vec::new(),
        sources: run.sources.iter().map(|running| standing(running.committed.clone(), running)).collect(),
        sink: run.parts.sink.progress(NO_ROWS),
        observed_metrics: std::collections::BTreeMap::new(),
    }
}

/// A source that stands where it is.
fn standing(at: Option<Offset>, running: &super::run::RunningSource) -> SourceProgress {
    SourceProgress {
        description: running.source.description(),
        start_offset: at.clone(),
        end_offset: at,
        latest_offset: running.source.newest(),
        num_input_rows: 0,
    }
}
