//! `/applications`, and an application's `/environment`.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::request::{Answer, Request, without_nulls};
use crate::store::Application;
use crate::time;

pub(super) const SHAPE: &str = "id:str name:str attempts:[{startTime:date endTime:date lastUpdated:date duration:int \
    sparkUser:str completed:bool appSparkVersion:str startTimeEpoch:int endTimeEpoch:int lastUpdatedEpoch:int}]";

pub(super) const ENVIRONMENT_SHAPE: &str = "runtime:{javaVersion:str javaHome:str scalaVersion:str} \
    sparkProperties:[[str]] hadoopProperties:[[str]] systemProperties:[[str]] metricsProperties:[[str]] \
    classpathEntries:[[str]] resourceProfiles:[{id:int executorResources:<any> taskResources:<any>}]";

pub(super) fn one(request: &Request<'_>) -> Answer {
    Ok(json(&request.store.application, request.now_ms))
}

/// An application, with its one attempt.
pub(crate) fn json(application: &Application, now_ms: i64) -> Value {
    let end_ms = application.end_ms.unwrap_or(-1);
    let updated_ms = if application.end_ms.is_some() { application.updated_ms } else { application.start_ms };
    json!({
        "id": application.id,
        "name": application.name,
        "attempts": [{
            "startTime": time::rest(application.start_ms),
            "endTime": time::rest(end_ms),
            "lastUpdated": time::rest(updated_ms),
            "duration": application.duration_ms(now_ms),
            "sparkUser": application.user,
            "completed": application.end_ms.is_some(),
            "appSparkVersion": application.spark_version,
            "startTimeEpoch": application.start_ms,
            "endTimeEpoch": end_ms,
            "lastUpdatedEpoch": updated_ms,
        }],
    })
}

pub(super) fn environment(request: &Request<'_>) -> Answer {
    let environment = &request.store.application.environment;
    let pairs =
        |all: &BTreeMap<String, String>| -> Value { all.iter().map(|(name, value)| json!([name, value])).collect() };
    let runtime = |name: &str| environment.runtime.get(name).map_or("", String::as_str);
    Ok(json!({
        "runtime": {
            "javaVersion": runtime("Java Version"),
            "javaHome": runtime("Java Home"),
            "scalaVersion": runtime("Scala Version"),
        },
        "sparkProperties": pairs(&environment.spark),
        "hadoopProperties": pairs(&environment.hadoop),
        "systemProperties": pairs(&environment.system),
        "metricsProperties": pairs(&environment.metrics),
        "classpathEntries": pairs(&environment.classpath),
        "resourceProfiles": [],
    }))
}

pub(super) const PROCESS_SHAPE: &str = "id:str hostPort:str isActive:bool totalCores:int addTime:date removeTime?:date \
    processLogs:<str>";

/// Spark lists processes beside its executors here; of those we have the Python workers.
pub(super) fn processes(request: &Request<'_>) -> Answer {
    let workers = request.store.application.workers.iter();
    let json = |(pid, worker): (&i64, &crate::store::Worker)| {
        without_nulls(json!({
            "id": format!("python-{pid}"),
            "hostPort": "",
            "isActive": worker.ended.is_none(),
            "totalCores": 1,
            "addTime": time::rest(worker.start_ms),
            "removeTime": worker.ended.as_ref().map(|(ms, _)| time::rest(*ms)),
            "processLogs": {},
        }))
    };
    Ok(workers.map(json).collect())
}
