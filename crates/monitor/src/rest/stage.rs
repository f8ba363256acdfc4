//! `/stages`.

use serde_json::{Map, Value, json};

use super::request::{Answer, Refusal, Request};
use super::task;
use crate::store::task_metrics::MEASUREMENTS;
use crate::store::{ExecutorShare, Stage};
use crate::time;

pub(super) const SHAPE: &str = "status:str stageId:int attemptId:int numTasks:int numActiveTasks:int \
    numCompleteTasks:int numFailedTasks:int numKilledTasks:int numCompletedIndices:int submissionTime?:date \
    firstTaskLaunchedTime?:date completionTime?:date failureReason?:str executorDeserializeTime:int \
    executorDeserializeCpuTime:int executorRunTime:int executorCpuTime:int resultSize:int jvmGcTime:int \
    resultSerializationTime:int memoryBytesSpilled:int diskBytesSpilled:int peakExecutionMemory:int inputBytes:int \
    inputRecords:int outputBytes:int outputRecords:int shuffleRemoteBlocksFetched:int shuffleLocalBlocksFetched:int \
    shuffleFetchWaitTime:int shuffleRemoteBytesRead:int shuffleRemoteBytesReadToDisk:int shuffleLocalBytesRead:int \
    shuffleReadBytes:int shuffleReadRecords:int shuffleCorruptMergedBlockChunks:int shuffleMergedFetchFallbackCount:int \
    shuffleMergedRemoteBlocksFetched:int shuffleMergedLocalBlocksFetched:int shuffleMergedRemoteChunksFetched:int \
    shuffleMergedLocalChunksFetched:int shuffleMergedRemoteBytesRead:int shuffleMergedLocalBytesRead:int \
    shuffleRemoteReqsDuration:int shuffleMergedRemoteReqsDuration:int shuffleWriteBytes:int shuffleWriteTime:int \
    shuffleWriteRecords:int name:str description?:str details:str schedulingPool:str rddIds:[int] \
    accumulatorUpdates:[{id:int name:str update?:str value:str}] tasks?:<any> executorSummary?:<any> \
    killedTasksSummary:<int> resourceProfileId:int peakExecutorMetrics?:<int> taskMetricsDistributions?:any \
    executorMetricsDistributions?:any isShufflePushEnabled:bool shuffleMergersCount:int";

/// What only Spark's push-based shuffle measures.
const PUSH_BASED: [&str; 9] = [
    "shuffleCorruptMergedBlockChunks",
    "shuffleMergedFetchFallbackCount",
    "shuffleMergedRemoteBlocksFetched",
    "shuffleMergedLocalBlocksFetched",
    "shuffleMergedRemoteChunksFetched",
    "shuffleMergedLocalChunksFetched",
    "shuffleMergedRemoteBytesRead",
    "shuffleMergedLocalBytesRead",
    "shuffleMergedRemoteReqsDuration",
];

pub(super) fn all(request: &Request<'_>) -> Answer {
    let details = request.parameter("details", false)?;
    let stages = request.store.stages.values().rev();
    let wanted = stages.filter(|stage| request.wants_status("status", stage.status.name()));
    wanted.map(|stage| json(request, stage, details)).collect()
}

/// All attempts of a stage.
pub(super) fn attempts(request: &Request<'_>) -> Answer {
    let id = request.number("stageId")?;
    let details = request.parameter("details", true)?;
    let attempts = request.store.stages.range((id, 0)..=(id, i64::MAX)).map(|(_, stage)| json(request, stage, details));
    match attempts.collect::<Result<Vec<_>, _>>()? {
        none if none.is_empty() => Err(Refusal::not_found(format!("unknown stage: {id}"))),
        some => Ok(Value::Array(some)),
    }
}

pub(super) fn one(request: &Request<'_>) -> Answer {
    let stage = attempt(request)?;
    json(request, stage, request.parameter("details", true)?)
}

/// The attempt that the path names.
pub(super) fn attempt<'a>(request: &'a Request<'_>) -> Result<&'a Stage, Refusal> {
    let (id, attempt) = (request.number("stageId")?, request.number("stageAttemptId")?);
    let stages = &request.store.stages;
    if let Some(stage) = stages.get(&(id, attempt)) {
        return Ok(stage);
    }
    let found: Vec<String> = stages.range((id, 0)..=(id, i64::MAX)).map(|(key, _)| key.1.to_string()).collect();
    Err(Refusal::not_found(if found.is_empty() {
        format!("unknown stage: {id}")
    } else {
        format!("unknown attempt for stage {id}.  Found attempts: [{}]", found.join(","))
    }))
}

fn json(request: &Request<'_>, stage: &Stage, details: bool) -> Answer {
    let mut all = numbers(stage);
    let mut put = |name: &str, value: Value| all.insert(name.to_string(), value);
    put("name", stage.name.clone().into());
    put("details", stage.details.clone().into());
    put("schedulingPool", stage.pool.clone().into());
    put("rddIds", stage.rdds.iter().map(|rdd| Value::from(rdd.id)).collect());
    put("accumulatorUpdates", stage.accumulators.values().map(task::accumulator).collect());
    put("killedTasksSummary", json!(stage.killed_reasons));
    let optional = [
        ("description", stage.description.clone()),
        ("failureReason", stage.failure.clone()),
        ("submissionTime", stage.submission_ms.map(time::rest)),
        ("firstTaskLaunchedTime", stage.first_task_ms.map(time::rest)),
        ("completionTime", stage.completion_ms.map(time::rest)),
    ];
    for (name, value) in optional {
        if let Some(value) = value {
            put(name, value.into());
        }
    }
    if details {
        let wanted = stage.tasks.values().filter(|task| request.wants_status("taskStatus", task.status));
        let tasks: Map<_, _> = wanted.map(|task| (task.id.to_string(), task::json(task, request.now_ms))).collect();
        put("tasks", Value::Object(tasks));
        let executors = stage.executors.iter().map(|(id, share)| (id.clone(), executor(share)));
        put("executorSummary", Value::Object(executors.collect()));
    }
    if request.parameter("withSummaries", false)?
        && let Some(distributions) = task::distributions(stage, &task::quantiles(request)?)
    {
        put("taskMetricsDistributions", distributions);
    }
    Ok(Value::Object(all))
}

fn numbers(stage: &Stage) -> Map<String, Value> {
    let counts = json!({
        "status": stage.status.name(),
        "stageId": stage.id,
        "attemptId": stage.attempt,
        "numTasks": stage.num_tasks,
        "numActiveTasks": stage.active,
        "numCompleteTasks": stage.complete,
        "numFailedTasks": stage.failed,
        "numKilledTasks": stage.killed,
        "numCompletedIndices": stage.completed_indices,
        "resourceProfileId": 0,
        "isShufflePushEnabled": false,
        "shuffleMergersCount": 0,
        "shuffleReadBytes": stage.metrics.stage("shuffleLocalBytesRead") + stage.metrics.stage("shuffleRemoteBytesRead"),
    });
    let measured = MEASUREMENTS.iter().zip(stage.metrics.0).map(|(row, value)| (row.stage.to_string(), value.into()));
    let push = PUSH_BASED.iter().map(|name| (name.to_string(), 0.into()));
    let counts = counts.as_object().cloned().unwrap_or_default();
    counts.into_iter().chain(measured).chain(push).collect()
}

fn executor(share: &ExecutorShare) -> Value {
    let metrics = &share.metrics;
    json!({
        "taskTime": share.task_time_ms,
        "failedTasks": share.failed,
        "succeededTasks": share.succeeded,
        "killedTasks": share.killed,
        "inputBytes": metrics.stage("inputBytes"),
        "inputRecords": metrics.stage("inputRecords"),
        "outputBytes": metrics.stage("outputBytes"),
        "outputRecords": metrics.stage("outputRecords"),
        "shuffleRead": metrics.stage("shuffleLocalBytesRead") + metrics.stage("shuffleRemoteBytesRead"),
        "shuffleReadRecords": metrics.stage("shuffleReadRecords"),
        "shuffleWrite": metrics.stage("shuffleWriteBytes"),
        "shuffleWriteRecords": metrics.stage("shuffleWriteRecords"),
        "memoryBytesSpilled": metrics.stage("memoryBytesSpilled"),
        "diskBytesSpilled": metrics.stage("diskBytesSpilled"),
        "isBlacklistedForStage": false,
        "isExcludedForStage": false,
        "peakMemoryMetrics": {},
    })
}
