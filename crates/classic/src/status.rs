//! What a session's jobs and stages are doing, as Python's `StatusTracker` asks.

use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{JobStatus, StageStatus};
use serde::Deserialize;
use serde_json::{Value, json};

use crate::context::Context;

#[derive(Debug, Deserialize)]
pub(crate) struct Question {
    ask: String,
    group: Option<String>,
    job: Option<usize>,
    stage: Option<usize>,
}

/// Answers a question about jobs (of this session alone), stages or executors.
pub(crate) fn answer(context: &Context, question: &Question) -> Result<Value> {
    let tracker = context.spark.status_tracker();
    let mine = |jobs: Vec<usize>| jobs.into_iter().filter(|job| context.jobs.owns(*job)).collect::<Vec<_>>();
    Ok(match question.ask.as_str() {
        // Newest first, as Spark's own.
        "jobs" => {
            json!({"jobs": mine(tracker.job_ids_for_group(question.group.as_deref())).into_iter().rev().collect::<Vec<_>>()})
        }
        "active" => {
            let jobs = mine(tracker.active_job_ids());
            let stages: Vec<usize> =
                jobs.iter().filter_map(|job| tracker.job_info(*job)).flat_map(|job| job.stage_ids).collect();
            let running = tracker.active_stage_ids();
            json!({"jobs": jobs, "stages": stages.into_iter().filter(|stage| running.contains(stage)).collect::<Vec<_>>()})
        }
        "job" => {
            let info = question.job.filter(|job| context.jobs.owns(*job)).and_then(|job| tracker.job_info(job));
            json!({"info": info.map(|job| json!({
                "jobId": job.job_id, "stageIds": job.stage_ids, "status": JobStatus::name(job.status),
            }))})
        }
        "stage" => {
            json!({"info": question.stage.and_then(|stage| tracker.stage_info(stage)).map(|stage| of_stage(&stage))})
        }
        "executors" => json!({"executors": [executor(context)]}),
        ask => return Err(SparkError::plain(Exception::IllegalArgument, format!("There is no status {ask:?}."))),
    })
}

fn of_stage(stage: &StageStatus) -> Value {
    json!({
        "stageId": stage.stage_id,
        "currentAttemptId": stage.attempt,
        "name": stage.name,
        "numTasks": stage.num_tasks,
        "numActiveTasks": stage.num_active_tasks,
        "numCompletedTasks": stage.num_completed_tasks,
        "numFailedTasks": stage.num_failed_tasks,
    })
}

/// The engine itself is the only executor.
fn executor(context: &Context) -> Value {
    let tracker = context.spark.status_tracker();
    let running: usize = tracker
        .active_stage_ids()
        .iter()
        .filter_map(|stage| tracker.stage_info(*stage))
        .map(|s| s.num_active_tasks)
        .sum();
    let memory = context.spark.memory_pool();
    json!({
        "host": "localhost",
        "port": 0,
        "cacheSize": memory.used(),
        "numRunningTasks": running,
        "usedOnHeapStorageMemory": memory.used(),
        "usedOffHeapStorageMemory": 0,
        "totalOnHeapStorageMemory": memory.limit(),
        "totalOffHeapStorageMemory": 0,
    })
}
