//! `/streamingqueries`, which Spark does not have: runs of streaming queries, their progress, their batches, their state.

use serde_json::{Value, json};

use super::request::{Answer, Refusal, Request, without_nulls};
use crate::store::{Fields, Progress, StreamRun};
use crate::time;

pub(super) const SHAPE: &str = "id:str runId:str name?:str status:str startTime:date endTime?:date duration:int \
    exception?:str latestBatchId?:int numBatches:int numInputRows:int avgInputRowsPerSecond?:num \
    avgProcessedRowsPerSecond?:num";

pub(super) const BATCH_SHAPE: &str = "runId:str batchId:int timestamp:str batchDuration:int numInputRows:int \
    inputRowsPerSecond?:num processedRowsPerSecond?:num durationMs:<int> watermarkGapSeconds?:num \
    stateRows?:int lateRowsDropped?:int eventTimeLatencyMs?:<int>";

pub(super) const STATE_SHAPE: &str = "runId:str batchId:int timestamp:str operators:[any]";

pub(super) fn all(request: &Request<'_>) -> Answer {
    let runs = request.store.runs.iter().rev().filter(|run| request.wants_status("status", run.status()));
    Ok(runs.map(|run| json(run, request.now_ms)).collect())
}

pub(super) fn one(request: &Request<'_>) -> Answer {
    Ok(json(run(request)?, request.now_ms))
}

/// The kept progresses, as `recentProgress` has them, the newest last.
pub(super) fn progress(request: &Request<'_>) -> Answer {
    Ok(progresses(request)?.into_iter().map(|progress| progress.json.clone()).collect())
}

pub(super) fn batches(request: &Request<'_>) -> Answer {
    Ok(progresses(request)?.into_iter().map(batch).collect())
}

/// The state of each stateful operator after each kept batch.
pub(super) fn state(request: &Request<'_>) -> Answer {
    let all = progresses(request)?.into_iter();
    let with_state = all.filter(|progress| !progress.json.list("stateOperators").is_empty());
    let state = |progress: &Progress| {
        json!({
            "runId": progress.json.text("runId"),
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

/// The kept progresses of a run; of a query, asked for by its own id, those of its earlier runs as well.
fn progresses<'a>(request: &'a Request<'_>) -> Result<Vec<&'a Progress>, Refusal> {
    let run = run(request)?;
    let before = if request.text("runId") == run.id { request.store.runs_before(run) } else { Vec::new() };
    Ok(before.into_iter().flat_map(|run| &run.progress).chain(&run.progress).collect())
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
        "runId": progress.json.text("runId"),
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
