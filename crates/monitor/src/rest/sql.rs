//! `/sql`.

use serde_json::{Value, json};

use super::request::{Answer, Refusal, Request, without_nulls};
use crate::store::{Execution, JobStatus};
use crate::time;

pub(super) const SHAPE: &str = "id:int status:str description:str planDescription:str submissionTime:date duration:int \
    runningJobIds:[int] successJobIds:[int] failedJobIds:[int] nodes:[{nodeId:int nodeName:str \
    metrics:[{name:str value:str}]}] edges:[{fromId:int toId:int}] queryId?:str errorMessage:str rootExecutionId:int";

pub(super) fn all(request: &Request<'_>) -> Answer {
    let details = request.parameter("details", true)?;
    let plan = request.parameter("planDescription", true)?;
    let executions = request.page(request.store.executions.values(), 20)?;
    Ok(executions.into_iter().map(|execution| json(request, execution, details, plan)).collect())
}

pub(super) fn one(request: &Request<'_>) -> Answer {
    let id = request.number("executionId")?;
    let execution = request.store.executions.get(&id);
    let execution = execution.ok_or_else(|| Refusal::not_found(format!("unknown query execution id: {id}")))?;
    let (details, plan) = (request.parameter("details", true)?, request.parameter("planDescription", true)?);
    Ok(json(request, execution, details, plan))
}

fn json(request: &Request<'_>, execution: &Execution, details: bool, plan: bool) -> Value {
    let jobs = |status: JobStatus| -> Vec<i64> {
        let is = |id: &&i64| request.store.jobs.get(id).is_some_and(|job| job.status == status);
        execution.jobs.iter().filter(is).copied().collect()
    };
    let (nodes, edges) = if details { graph(execution) } else { (Vec::new(), Vec::new()) };
    without_nulls(json!({
        "id": execution.id,
        "status": execution.status(),
        "description": execution.description,
        "planDescription": if plan { execution.plan_description.as_str() } else { "" },
        "submissionTime": time::rest(execution.submission_ms),
        "duration": execution.duration_ms(request.now_ms),
        "runningJobIds": jobs(JobStatus::Running),
        "successJobIds": jobs(JobStatus::Succeeded),
        "failedJobIds": jobs(JobStatus::Failed),
        "nodes": nodes,
        "edges": edges,
        "queryId": execution.query_id,
        "errorMessage": execution.error.as_deref().unwrap_or_default(),
        "rootExecutionId": execution.root_id,
    }))
}

fn graph(execution: &Execution) -> (Vec<Value>, Vec<Value>) {
    let nodes = execution.nodes.iter().enumerate().map(|(id, node)| {
        let measured = execution.measured(node);
        let metrics: Vec<Value> = measured.iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
        json!({"nodeId": id, "nodeName": node.name, "metrics": metrics})
    });
    let edges = execution.edges.iter().map(|(from, to)| json!({"fromId": from, "toId": to}));
    (nodes.rev().collect(), edges.collect())
}
