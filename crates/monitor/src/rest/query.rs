//! `/streamingqueries`, which Spark does not have: runs of streaming queries, their progress, their batches, their state.

use serde_json::{Value, json};

use super::request::{Answer, Refusal, Request, without_nulls};
use crate::store::{Fields, Progress, StreamRun};
use crate::time;

pub(super) const SHAPE: &str = "id:str runId:str name?:str status:str startTime:date endTime?:date duration:int \
    exception?:str latestBatchId?:int numBatches:int numInputRows:int avgInputRowsPerSecond?:num \
    avgProcessedRowsPerSecond?:num";

pub(super) const BATCH_SHAPE: &str = "batchId:int timestamp:str batchDuration:int numInputRows:int \
    inputRowsPerSecond?:num processedRowsPerSecond?:num durationMs:<int> watermarkGapSeconds?:num \
    stateRows?:int lateRowsDropped?:int eventTimeLatencyMs?:<int>";

pub(super) const STATE_SHAPE: &str = "batchId:int timestamp:str operators:[any]";

pub(super) fn all(request: &Request<'_>) -> Answer {
    let runs = request.store.runs.iter().rev().filter(|run| request.wants_status("status", run.status()));
    Ok(runs.map(|run| json(run, request.now_ms)).collect())
}

pub(super) fn one(request: &Request<'_>) -> Answer {
    Ok(json(run(request)?, request.now_ms))
}

/// The kept progresses, as `recentProgress` has them, the newest last.
pub(super) fn progress(request: &Request<'_>) -> Answer {
    Ok(run(request)?.progress.iter().map(|progress| progress.json.clone()).collect())
}

pub(super) fn batches(request: &Request<'_>) -> Answer {
    Ok(run(request)?.progress.iter().map(batch).collect())
}

/// The state of each stateful operator after each kept batch.
pub(super) fn state(request: &Request<'_>) -> Answer {
    let with_state = run(request)?.progress.iter().filter(|progress| !progress.json.list("stateOperators").is_empty());
    let state = |progress: &Progress| {
        json!({
            "batchId": progress.batch(),
            "timestamp": progress.json.text("timestamp"),
            "operators": progress.json.field("stateOperators"),
        })
    };
    Ok(with_state.map(state).collect())
}

fn run<'a>(request: &'a Request<'_>) -> Result<&'a StreamRun, Refusal> {
    let id = request.text("runId");
    request.store.run(id).ok_or_else(|| Refusal::not_found(format!("unknown streaming query: {id}")))
}

fn json(run: &StreamRun, now_ms: i64) -> Value {
    without_nulls(json!({
        "id": run.id,
        "runId": run.run_id,
        "name": run.name,
        "status": run.status(),
        "startTime": time::rest(run.start_ms),
        "endTime": run.end_ms.map(time::rest),
        "duration": run.duration_ms(now_ms),
        "exception": run.exception,
        "latestBatchId": run.last_batch(),
        "numBatches": run.batches,
        "numInputRows": run.rows,
        "avgInputRowsPerSecond": run.mean(|progress| progress.rate("inputRowsPerSecond")),
        "avgProcessedRowsPerSecond": run.mean(|progress| progress.rate("processedRowsPerSecond")),
    }))
}

fn batch(progress: &Progress) -> Value {
    let latency = progress.json.field("eventTimeLatencyMs");
    without_nulls(json!({
        "batchId": progress.batch(),
        "timestamp": progress.json.text("timestamp"),
        "batchDuration": progress.duration_ms(),
        "numInputRows": progress.rows(),
        "inputRowsPerSecond": progress.rate("inputRowsPerSecond"),
        "processedRowsPerSecond": progress.rate("processedRowsPerSecond"),
        "durationMs": progress.json.get("durationMs").cloned().unwrap_or_else(|| json!({})),
        "watermarkGapSeconds": progress.watermark_gap_s(),
        "stateRows": progress.state("numRowsTotal").map(|rows| rows as i64),
        "lateRowsDropped": progress.state("numRowsDroppedByWatermark").map(|rows| rows as i64),
        "eventTimeLatencyMs": latency.is_object().then_some(latency),
    }))
}
