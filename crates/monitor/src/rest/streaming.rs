//! `/streaming`: what a DStream program's batches and receivers have done.

use serde_json::{Value, json};

use super::request::{Answer, Refusal, Request, without_nulls};
use crate::store::{Batch, Streaming};
use crate::time;

pub(super) const STATISTICS_SHAPE: &str = "startTime:date batchDuration:int numReceivers:int numActiveReceivers:int \
    numInactiveReceivers:int numTotalCompletedBatches:int numRetainedCompletedBatches:int numActiveBatches:int \
    numProcessedRecords:int numReceivedRecords:int avgInputRate?:num avgSchedulingDelay?:int avgProcessingTime?:int \
    avgTotalDelay?:int";

pub(super) const RECEIVER_SHAPE: &str = "streamId:int streamName:str isActive?:bool executorId?:str executorHost?:str \
    lastErrorTime?:date lastErrorMessage?:str lastError?:str avgEventRate?:num eventRates:[[num]]";

pub(super) const BATCH_SHAPE: &str = "batchId:int batchTime:date status:str batchDuration:int inputSize:int \
    schedulingDelay?:int processingTime?:int totalDelay?:int numActiveOutputOps:int numCompletedOutputOps:int \
    numFailedOutputOps:int numTotalOutputOps:int firstFailureReason?:str";

pub(super) const OPERATION_SHAPE: &str = "outputOpId:int name:str description:str startTime?:date endTime?:date \
    duration?:int failureReason?:str jobIds:[int]";

fn streaming<'a>(request: &'a Request<'_>) -> Result<&'a Streaming, Refusal> {
    let none = || Refusal::not_found(format!("No streaming listener attached to {}", request.store.application.id));
    request.store.streaming.as_ref().ok_or_else(none)
}

pub(super) fn statistics(request: &Request<'_>) -> Answer {
    let streaming = streaming(request)?;
    let receivers = streaming.receivers.len();
    let active = streaming.receivers.values().filter(|receiver| receiver.active).count();
    let ended = streaming.batches.values().filter(|batch| batch.end_ms.is_some()).count();
    let rates: Vec<f64> = streaming.batches.values().filter_map(|batch| rate(streaming, batch.records())).collect();
    Ok(without_nulls(json!({
        "startTime": time::rest(streaming.start_ms),
        "batchDuration": streaming.interval_ms().unwrap_or_default(),
        "numReceivers": receivers,
        "numActiveReceivers": active,
        "numInactiveReceivers": receivers - active,
        "numTotalCompletedBatches": streaming.completed,
        "numRetainedCompletedBatches": ended,
        "numActiveBatches": streaming.batches.len() - ended,
        "numProcessedRecords": streaming.processed_records,
        "numReceivedRecords": streaming.received_records,
        "avgInputRate": mean(&rates),
        "avgSchedulingDelay": streaming.mean(Batch::scheduling_delay_ms),
        "avgProcessingTime": streaming.mean(Batch::processing_ms),
        "avgTotalDelay": streaming.mean(Batch::total_delay_ms),
    })))
}

pub(super) fn receivers(request: &Request<'_>) -> Answer {
    let streaming = streaming(request)?;
    let mut streams: Vec<i64> = streaming.batches.values().flat_map(|batch| batch.inputs.keys().copied()).collect();
    streams.extend(streaming.receivers.keys());
    streams.sort_unstable();
    streams.dedup();
    Ok(streams.into_iter().map(|stream| receiver_json(streaming, stream)).collect())
}

pub(super) fn receiver(request: &Request<'_>) -> Answer {
    let streaming = streaming(request)?;
    let stream = request.number("streamId")?;
    let is_known = streaming.receivers.contains_key(&stream)
        || streaming.batches.values().any(|batch| batch.inputs.contains_key(&stream));
    if !is_known {
        return Err(Refusal::not_found(format!("unknown receiver: {stream}")));
    }
    Ok(receiver_json(streaming, stream))
}

/// An input stream with the records a second that each batch had of it.
fn receiver_json(streaming: &Streaming, stream: i64) -> Value {
    let receiver = streaming.receivers.get(&stream);
    let records = |batch: &Batch| batch.inputs.get(&stream).map_or(0, |input| input.records);
    let rates: Vec<(i64, f64)> = streaming
        .batches
        .values()
        .filter_map(|batch| Some((batch.time_ms, rate(streaming, records(batch))?)))
        .collect();
    let values: Vec<f64> = rates.iter().map(|(_, rate)| *rate).collect();
    let failed = receiver.and_then(|receiver| Some((receiver, receiver.error_ms?)));
    without_nulls(json!({
        "streamId": stream,
        "streamName": receiver.map_or_else(|| format!("Input stream [{stream}]"), |receiver| receiver.name.clone()),
        "isActive": receiver.map(|receiver| receiver.active),
        "executorId": receiver.map(|receiver| &receiver.executor),
        "executorHost": receiver.map(|receiver| &receiver.location),
        "lastErrorTime": failed.map(|(_, ms)| time::rest(ms)),
        "lastErrorMessage": failed.map(|(receiver, _)| &receiver.error_message),
        "lastError": failed.map(|(receiver, _)| &receiver.error),
        "avgEventRate": mean(&values),
        "eventRates": rates,
    }))
}

pub(super) fn batches(request: &Request<'_>) -> Answer {
    let streaming = streaming(request)?;
    let wanted = streaming.batches.values().rev().filter(|batch| request.wants_status("status", batch.status()));
    Ok(wanted.map(|batch| batch_json(streaming, batch)).collect())
}

pub(super) fn batch(request: &Request<'_>) -> Answer {
    let (streaming, batch) = (streaming(request)?, find(request)?);
    Ok(batch_json(streaming, batch))
}

fn find<'a>(request: &'a Request<'_>) -> Result<&'a Batch, Refusal> {
    let id = request.number("batchId")?;
    streaming(request)?.batches.get(&id).ok_or_else(|| Refusal::not_found(format!("unknown batch: {id}")))
}

fn batch_json(streaming: &Streaming, batch: &Batch) -> Value {
    let operations = || batch.operations.values();
    let failure = operations().find_map(|operation| operation.failure.as_ref());
    let failed = operations().filter(|operation| operation.failure.is_some()).count();
    let ended = operations().filter(|operation| operation.end_ms.is_some()).count();
    without_nulls(json!({
        "batchId": batch.time_ms,
        "batchTime": time::rest(batch.time_ms),
        "status": batch.status(),
        "batchDuration": streaming.interval_ms().unwrap_or_default(),
        "inputSize": batch.records(),
        "schedulingDelay": batch.scheduling_delay_ms(),
        "processingTime": batch.processing_ms(),
        "totalDelay": batch.total_delay_ms(),
        "numActiveOutputOps": batch.operations.len() - ended,
        "numCompletedOutputOps": ended - failed.min(ended),
        "numFailedOutputOps": failed,
        "numTotalOutputOps": batch.operations.len(),
        "firstFailureReason": failure,
    }))
}

pub(super) fn operations(request: &Request<'_>) -> Answer {
    let batch = find(request)?;
    Ok(batch.operations.keys().map(|id| operation_json(batch, *id)).collect())
}

pub(super) fn operation(request: &Request<'_>) -> Answer {
    let (batch, id) = (find(request)?, request.number("outputOpId")?);
    if !batch.operations.contains_key(&id) {
        return Err(Refusal::not_found(format!("unknown output operation: {id}")));
    }
    Ok(operation_json(batch, id))
}

fn operation_json(batch: &Batch, id: i64) -> Value {
    let operation = batch.operations.get(&id).cloned().unwrap_or_default();
    let jobs: Vec<i64> = batch.jobs.iter().filter(|(of, _)| *of == id).map(|(_, job)| *job).collect();
    without_nulls(json!({
        "outputOpId": id,
        "name": operation.name,
        "description": operation.description,
        "startTime": operation.start_ms.map(time::rest),
        "endTime": operation.end_ms.map(time::rest),
        "duration": operation.duration_ms(),
        "failureReason": operation.failure,
        "jobIds": jobs,
    }))
}

/// Records a second in a batch; `None` while the interval is not known.
pub(crate) fn rate(streaming: &Streaming, records: i64) -> Option<f64> {
    Some(records as f64 * 1000.0 / streaming.interval_ms()?.max(1) as f64)
}

fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / values.len() as f64)
}
