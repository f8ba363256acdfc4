//! The tasks of a stage: `taskList` and the distributions of `taskSummary`.

use serde_json::{Map, Value, json};

use super::request::{Answer, Refusal, Request, without_nulls};
use crate::store::task_metrics::MEASUREMENTS;
use crate::store::{Accumulable, Stage, Task};
use crate::time;

/// What only Spark's push-based shuffle measures.
const PUSH_BASED: [&str; 9] = [
    "corruptMergedBlockChunks",
    "mergedFetchFallbackCount",
    "remoteMergedBlocksFetched",
    "localMergedBlocksFetched",
    "remoteMergedChunksFetched",
    "localMergedChunksFetched",
    "remoteMergedBytesRead",
    "localMergedBytesRead",
    "remoteMergedReqsDuration",
];

/// The quantiles of `taskSummary` unless others are asked for.
const QUANTILES: &str = "0.05,0.25,0.5,0.75,0.95";

pub(super) const SHAPE: &str = "taskId:int index:int attempt:int partitionId:int launchTime:date duration?:int \
    executorId:str host:str status:str taskLocality:str speculative:bool accumulatorUpdates:[any] errorMessage?:str \
    taskMetrics?:any executorLogs:<str> schedulerDelay:int gettingResultTime:int";

pub(super) const SUMMARY_SHAPE: &str = "quantiles:[num] duration:[num] executorDeserializeTime:[num] \
    executorDeserializeCpuTime:[num] executorRunTime:[num] executorCpuTime:[num] resultSize:[num] jvmGcTime:[num] \
    resultSerializationTime:[num] gettingResultTime:[num] schedulerDelay:[num] peakExecutionMemory:[num] \
    memoryBytesSpilled:[num] diskBytesSpilled:[num] inputMetrics:<[num]> outputMetrics:<[num]> shuffleReadMetrics:<any> \
    shuffleWriteMetrics:<[num]>";

pub(super) fn list(request: &Request<'_>) -> Answer {
    let stage = super::stage::attempt(request)?;
    let mut tasks: Vec<&Task> =
        stage.tasks.values().filter(|task| request.wants_status("status", task.status)).collect();
    let run_time = |task: &&Task| task.metrics.as_ref().map_or(0, |metrics| metrics.stage("executorRunTime"));
    match request.parameter("sortBy", "ID".to_string())?.as_str() {
        "ID" => {}
        "+runtime" | " runtime" | "runtime" | "INCREASING_RUNTIME" => tasks.sort_by_key(run_time),
        "-runtime" | "DECREASING_RUNTIME" => tasks.sort_by_key(|task| -run_time(task)),
        other => return Err(Refusal::bad_request(format!("sortBy must be ID, +runtime or -runtime: {other}"))),
    }
    let tasks = request.page(tasks.into_iter(), 20)?;
    Ok(tasks.into_iter().map(|task| json(task, request.now_ms)).collect())
}

pub(super) fn summary(request: &Request<'_>) -> Answer {
    let stage = super::stage::attempt(request)?;
    let quantiles = quantiles(request)?;
    let none = || Refusal::not_found(format!("No tasks reported metrics for {} / {} yet.", stage.id, stage.attempt));
    distributions(stage, &quantiles).ok_or_else(none)
}

/// The quantiles that are asked for.
pub(super) fn quantiles(request: &Request<'_>) -> Result<Vec<f64>, Refusal> {
    let text = request.parameter("quantiles", QUANTILES.to_string())?;
    let read = |part: &str| part.trim().parse::<f64>().ok().filter(|quantile| (0.0..=1.0).contains(quantile));
    let all: Option<Vec<f64>> = text.split(',').map(read).collect();
    all.ok_or_else(|| Refusal::bad_request(format!("quantiles must be numbers from 0 to 1: {text}")))
}

/// The distributions over the tasks that ended well; `None` if there are none.
pub(super) fn distributions(stage: &Stage, quantiles: &[f64]) -> Option<Value> {
    let ended = || stage.tasks.values().filter(|task| task.status == "SUCCESS" && task.metrics.is_some());
    ended().next()?;
    let over = |of: &dyn Fn(&Task) -> i64| pick(ended().map(of).collect(), quantiles);
    let mut all = Map::new();
    all.insert("quantiles".into(), json!(quantiles));
    all.insert("duration".into(), over(&|task| task.duration_ms(task.launch_ms)));
    all.insert("schedulerDelay".into(), over(&Task::scheduler_delay_ms));
    all.insert("gettingResultTime".into(), over(&|_| 0));
    for (at, row) in MEASUREMENTS.iter().enumerate() {
        let value = over(&|task| task.metrics.as_ref().map_or(0, |metrics| metrics.0[at]));
        put(&mut all, row.summary, value);
    }
    let read = |name: &'static str| move |task: &Task| task.metrics.as_ref().map_or(0, |metrics| metrics.stage(name));
    let (local, remote) = (read("shuffleLocalBytesRead"), read("shuffleRemoteBytesRead"));
    put(&mut all, "shuffleReadMetrics/readBytes", over(&|task| local(task) + remote(task)));
    let zeros = over(&|_| 0);
    put(&mut all, "shuffleReadMetrics/totalBlocksFetched", over(&blocks_fetched));
    let push: Map<_, _> = PUSH_BASED.iter().map(|name| (name.to_string(), zeros.clone())).collect();
    put(&mut all, "shuffleReadMetrics/shufflePushReadMetricsDist", Value::Object(push));
    Some(Value::Object(all))
}

fn blocks_fetched(task: &Task) -> i64 {
    let Some(metrics) = &task.metrics else { return 0 };
    metrics.stage("shuffleLocalBlocksFetched") + metrics.stage("shuffleRemoteBlocksFetched")
}

/// The values at the quantiles, as Spark picks them.
fn pick(mut values: Vec<i64>, quantiles: &[f64]) -> Value {
    values.sort_unstable();
    let last = values.len().saturating_sub(1);
    let at = |quantile: &f64| ((quantile * values.len() as f64) as usize).min(last);
    quantiles.iter().map(|quantile| json!(values.get(at(quantile)).copied().unwrap_or_default() as f64)).collect()
}

/// A task.
pub(super) fn json(task: &Task, now_ms: i64) -> Value {
    without_nulls(json!({
        "taskId": task.id,
        "index": task.index,
        "attempt": task.attempt,
        "partitionId": task.partition,
        "launchTime": time::rest(task.launch_ms),
        "duration": task.duration_ms(now_ms),
        "executorId": task.executor,
        "host": task.host,
        "status": task.status,
        "taskLocality": task.locality,
        "speculative": task.speculative,
        "accumulatorUpdates": task.accumulators.iter().map(accumulator).collect::<Vec<_>>(),
        "errorMessage": task.error,
        "taskMetrics": metrics(task),
        "executorLogs": {},
        "schedulerDelay": task.scheduler_delay_ms(),
        "gettingResultTime": 0,
    }))
}

/// An accumulator.
pub(super) fn accumulator(accumulator: &Accumulable) -> Value {
    without_nulls(json!({
        "id": accumulator.id, "name": accumulator.name, "update": accumulator.update, "value": accumulator.value,
    }))
}

fn metrics(task: &Task) -> Option<Value> {
    let mut all = Map::new();
    for (row, value) in MEASUREMENTS.iter().zip(task.metrics.as_ref()?.0) {
        put(&mut all, row.task, value.into());
    }
    let push: Map<_, _> = PUSH_BASED.iter().map(|name| (name.to_string(), 0.into())).collect();
    put(&mut all, "shuffleReadMetrics/shufflePushReadMetrics", Value::Object(push));
    Some(Value::Object(all))
}

/// Puts a value under `name` or `group/name`.
fn put(all: &mut Map<String, Value>, name: &str, value: Value) {
    match name.split_once('/') {
        None => drop(all.insert(name.into(), value)),
        Some((group, name)) => {
            if let Value::Object(group) = all.entry(group).or_insert_with(|| json!({})) {
                group.insert(name.into(), value);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn quantiles_are_values_that_occurred() {
        let picked = pick(vec![5866, 412, 5630], &[0.05, 0.25, 0.5, 0.75, 0.95]);
        assert_eq!(picked, json!([412.0, 412.0, 5630.0, 5866.0, 5866.0]));
    }
}
