//! What the store keeps is bounded, however much happens.
#![allow(clippy::unwrap_used)]

use firesteel_monitor::store::{Limits, Store};
use serde_json::{Value, json};

const KEPT: usize = 5;
const MANY: i64 = 500;

fn limits() -> Limits {
    let names = [
        "spark.ui.retainedJobs",
        "spark.ui.retainedStages",
        "spark.ui.retainedTasks",
        "spark.sql.ui.retainedExecutions",
        "spark.sql.streaming.ui.retainedQueries",
        "spark.sql.streaming.ui.retainedProgressUpdates",
        "spark.streaming.ui.retainedBatches",
    ];
    Limits::of(&names.map(|name| (name.to_string(), KEPT.to_string())).into())
}

fn stage(id: i64) -> Value {
    json!({
        "Stage ID": id, "Stage Attempt ID": 0, "Stage Name": "s", "Number of Tasks": 1, "RDD Info": [], "Parent IDs": [],
        "Details": "", "Accumulables": [], "Submission Time": 1, "Completion Time": 9,
    })
}

/// A job of one stage with one task, told from start to end.
fn job(id: i64) -> Vec<Value> {
    let task = json!({
        "Task ID": id, "Index": 0, "Attempt": 0, "Launch Time": 2, "Finish Time": 7, "Executor ID": "driver",
        "Host": "h", "Locality": "PROCESS_LOCAL", "Accumulables": [],
    });
    let of_stage = |event: &str, more: Value| {
        let mut event = json!({"Event": event, "Stage ID": id, "Stage Attempt ID": 0, "Task Info": task});
        event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        event
    };
    let end = json!({"Task End Reason": {"Reason": "Success"}, "Task Type": "ResultTask", "Task Metrics": {}});
    vec![
        json!({
            "Event": "SparkListenerJobStart", "Job ID": id, "Submission Time": 1, "Stage Infos": [stage(id)],
            "Stage IDs": [id], "Properties": {},
        }),
        json!({"Event": "SparkListenerStageSubmitted", "Stage Info": stage(id), "Properties": {}}),
        of_stage("SparkListenerTaskStart", json!({})),
        of_stage("SparkListenerTaskEnd", end),
        json!({"Event": "SparkListenerStageCompleted", "Stage Info": stage(id)}),
        json!({
            "Event": "SparkListenerJobEnd", "Job ID": id, "Completion Time": 9, "Job Result": {"Result": "JobSucceeded"},
        }),
    ]
}

fn query(id: i64) -> Vec<Value> {
    const LISTENER: &str = "org.apache.spark.sql.streaming.StreamingQueryListener$";
    let run = format!("run {id}");
    let mut events = vec![json!({
        "Event": format!("{LISTENER}QueryStartedEvent"), "id": "i", "runId": run, "name": format!("query {id}"),
        "timestamp": "2024-01-01T00:00:00.000Z",
    })];
    events.extend((0..KEPT as i64 * 3).map(|batch| {
        let progress = json!({
            "id": "i", "runId": run, "batchId": batch, "numInputRows": 1, "timestamp": "2024-01-01T00:00:00.000Z",
        });
        json!({"Event": format!("{LISTENER}QueryProgressEvent"), "progress": progress})
    }));
    events
        .push(json!({"Event": format!("{LISTENER}QueryTerminatedEvent"), "id": "i", "runId": run, "exception": null}));
    events
}

fn execution(id: i64) -> Vec<Value> {
    const UI: &str = "org.apache.spark.sql.execution.ui.SparkListenerSQLExecution";
    let plan = json!({"nodeName": "Scan", "simpleString": "Scan", "children": [], "metadata": {}, "metrics": []});
    vec![
        json!({
            "Event": format!("{UI}Start"), "executionId": id, "description": "d", "details": "", "time": 1,
            "physicalPlanDescription": "", "sparkPlanInfo": plan,
        }),
        json!({"Event": format!("{UI}End"), "executionId": id, "time": 2}),
    ]
}

fn batch(id: i64) -> Value {
    let info = json!({
        "batchTime": id, "streamIdToInputInfo": {}, "submissionTime": id, "processingStartTime": id,
        "processingEndTime": id, "outputOperationInfos": {},
    });
    json!({"Event": "StreamingListenerBatchCompleted", "batchInfo": info})
}

#[test]
fn the_newest_of_each_kind_is_kept_and_nothing_grows() {
    let mut store = Store::new(limits());
    for id in 0..MANY {
        let events = job(id).into_iter().chain(query(id)).chain(execution(id)).chain([batch(id)]);
        events.for_each(|event| store.apply(&event, 10));
        assert!(store.jobs.len() <= KEPT && store.stages.len() <= KEPT && store.executions.len() <= KEPT, "{id}");
        assert!(store.stages.values().map(|stage| stage.tasks.len()).sum::<usize>() <= KEPT, "{id}");
        assert!(store.runs.len() <= KEPT + 1 && store.runs.iter().all(|run| run.progress.len() <= KEPT), "{id}");
        assert!(store.streaming.as_ref().unwrap().batches.len() <= KEPT, "{id}");
    }
    assert_eq!(store.jobs.keys().copied().collect::<Vec<_>>(), (MANY - KEPT as i64..MANY).collect::<Vec<_>>());
    assert_eq!(store.runs.back().and_then(|run| run.name.clone()), Some(format!("query {}", MANY - 1)));
}

#[test]
fn an_executor_counts_a_task_whose_stage_is_forgotten() {
    let mut store = Store::new(limits());
    let executor = json!({
        "Event": "SparkListenerExecutorAdded", "Timestamp": 0, "Executor ID": "driver",
        "Executor Info": {"Host": "h", "Total Cores": 1, "Log Urls": {}},
    });
    store.apply(&executor, 0);
    let mut long = job(0);
    let end = long.remove(3);
    long.iter().for_each(|event| store.apply(event, 10));
    (1..MANY).flat_map(job).for_each(|event| store.apply(&event, 10));
    assert!(!store.stages.contains_key(&(0, 0)));
    let before = store.application.executors["driver"].task_time_ms;
    store.apply(&end, 10);
    assert_eq!(store.application.executors["driver"].task_time_ms, before + 5);
}
