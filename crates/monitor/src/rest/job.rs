//! `/jobs`.

use serde_json::{Value, json};

use super::request::{Answer, Refusal, Request, without_nulls};
use crate::store::Job;
use crate::time;

pub(super) const SHAPE: &str = "jobId:int name:str description?:str submissionTime?:date completionTime?:date \
    stageIds:[int] jobGroup?:str jobTags:[str] status:str numTasks:int numActiveTasks:int numCompletedTasks:int \
    numSkippedTasks:int numFailedTasks:int numKilledTasks:int numCompletedIndices:int numActiveStages:int \
    numCompletedStages:int numSkippedStages:int numFailedStages:int killedTasksSummary:<int>";

pub(super) fn all(request: &Request<'_>) -> Answer {
    let jobs = request.store.jobs.values().rev();
    Ok(jobs.filter(|job| request.wants_status("status", job.status.name())).map(json).collect())
}

pub(super) fn one(request: &Request<'_>) -> Answer {
    let id = request.number("jobId")?;
    request.store.jobs.get(&id).map(json).ok_or_else(|| Refusal::not_found(format!("unknown job: {id}")))
}

fn json(job: &Job) -> Value {
    without_nulls(json!({
        "jobId": job.id,
        "name": job.name,
        "description": job.description,
        "submissionTime": job.submission_ms.map(time::rest),
        "completionTime": job.completion_ms.map(time::rest),
        "stageIds": job.stage_ids,
        "jobGroup": job.group,
        "jobTags": job.tags,
        "status": job.status.name(),
        "numTasks": job.tasks.total,
        "numActiveTasks": job.tasks.active,
        "numCompletedTasks": job.tasks.completed,
        "numSkippedTasks": job.tasks.skipped,
        "numFailedTasks": job.tasks.failed,
        "numKilledTasks": job.tasks.killed,
        "numCompletedIndices": job.tasks.completed_indices,
        "numActiveStages": job.stages.active,
        "numCompletedStages": job.stages.completed,
        "numSkippedStages": job.stages.skipped,
        "numFailedStages": job.stages.failed,
        "killedTasksSummary": job.killed_reasons,
    }))
}
