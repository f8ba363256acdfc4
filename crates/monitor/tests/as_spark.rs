//! REST answers what Spark's did when it wrote the recorded event log: the same fields, and for what had ended the same values.
#![allow(clippy::unwrap_used, clippy::panic)]

mod site;

use std::collections::BTreeSet;
use std::fs;

use serde_json::Value;
use site::{APPLICATION, data, get, history, recorded};

/// The kinds of calls: the path below the application's, the recorded answer, and whether the values must be the same as well.
const CALLS: [(&str, &str, bool); 9] = [
    ("/jobs/0", "jobs_0", true),
    ("/stages/0", "stages_0", true),
    ("/stages/0/0/taskList", "stages_0_0_taskList", true),
    ("/stages/0/0/taskSummary", "stages_0_0_taskSummary", true),
    // Spark's pages leave out operators that only carry others, so the nodes of its own plans are counted otherwise.
    ("/sql/0", "sql_0", false),
    ("/jobs?status=failed", "jobs_failed", true),
    ("/allexecutors", "executors", false),
    ("/environment", "environment", false),
    ("", "applications", false),
];

/// What the log does not have, has otherwise, or what is made from what was cut out of the recording.
const OTHERWISE: [&str; 10] = [
    // There is one kind of executor here, without resources to choose from.
    ".resourceProfiles",
    "details",
    "peakExecutorMetrics",
    "peakMemoryMetrics",
    "planDescription",
    "wholeStageCodegenId",
    "shuffleReadMetrics.shufflePushReadMetricsDist",
    "isExcludedForStage",
    "removeTime",
    "runtime",
];

/// All paths of fields in an answer; a list counts as its items.
fn fields(value: &Value, path: &str, all: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let below = if name.parse::<i64>().is_ok() { path.to_string() } else { format!("{path}.{name}") };
                if !OTHERWISE.iter().any(|otherwise| below.ends_with(otherwise)) {
                    all.insert(below.clone());
                    fields(value, &below, all);
                }
            }
        }
        Value::Array(items) => items.iter().for_each(|item| fields(item, path, all)),
        _ => {}
    }
}

/// Compares what both have.
fn compare(ours: &Value, sparks: &Value, path: &str) {
    if OTHERWISE.iter().any(|otherwise| path.ends_with(otherwise)) {
        return;
    }
    match (ours, sparks) {
        (Value::Object(ours), Value::Object(sparks)) => {
            for (name, value) in sparks {
                if let Some(ours) = ours.get(name) {
                    compare(ours, value, &format!("{path}.{name}"));
                }
            }
        }
        (Value::Array(ours), Value::Array(sparks))
            if ["metrics", "rddIds", "jobTags"].iter().any(|unordered| path.ends_with(unordered)) =>
        {
            let sorted = |all: &[Value]| all.iter().map(Value::to_string).collect::<BTreeSet<_>>();
            if !path.ends_with("metrics") {
                assert_eq!(sorted(ours), sorted(sparks), "{path}");
            }
        }
        (Value::Array(ours), Value::Array(sparks)) => {
            assert_eq!(ours.len(), sparks.len(), "{path}");
            ours.iter().zip(sparks).for_each(|(ours, sparks)| compare(ours, sparks, path));
        }
        _ => assert_eq!(ours, sparks, "{path}"),
    }
}

#[tokio::test]
async fn answers_have_sparks_fields_and_values() {
    let directory = recorded();
    let server = history(directory.path()).await;
    for (path, recording, same_values) in CALLS {
        let answer = get(&server, &format!("/api/v1/applications/{APPLICATION}{path}")).await;
        assert_eq!(answer.status, 200, "{path}: {}", answer.body);
        let ours = answer.json();
        let sparks = fs::read_to_string(data(&format!("spark-rest/{recording}.json"))).unwrap();
        let sparks: Value = serde_json::from_str(&sparks).unwrap();
        let sparks = if path.is_empty() { sparks[0].clone() } else { sparks };
        let (mut our_fields, mut spark_fields) = (BTreeSet::new(), BTreeSet::new());
        fields(&ours, "", &mut our_fields);
        fields(&sparks, "", &mut spark_fields);
        let missing: Vec<_> = spark_fields.difference(&our_fields).collect();
        assert!(missing.is_empty(), "{path} lacks {missing:?}");
        if same_values {
            compare(&ours, &sparks, path);
        }
    }
}

#[tokio::test]
async fn what_is_not_there_is_refused_in_sparks_words() {
    let directory = recorded();
    let server = history(directory.path()).await;
    for (path, words) in [
        ("/api/v1/applications/nope/jobs".to_string(), "no such app: nope"),
        (format!("/api/v1/applications/{APPLICATION}/jobs/999"), "unknown job: 999"),
        (format!("/api/v1/applications/{APPLICATION}/stages/999"), "unknown stage: 999"),
        (format!("/api/v1/applications/{APPLICATION}/stages/0/7"), "unknown attempt for stage 0.  Found attempts: [0]"),
        (format!("/api/v1/applications/{APPLICATION}/sql/999"), "unknown query execution id: 999"),
        (format!("/api/v1/applications/{APPLICATION}/storage/rdd/999"), "no rdd found w/ id 999"),
    ] {
        let answer = get(&server, &path).await;
        assert_eq!((answer.status, answer.body.as_str()), (404, words), "{path}");
    }
}

#[tokio::test]
async fn streaming_queries_have_what_spark_does_not_tell() {
    let directory = recorded();
    let server = history(directory.path()).await;
    let base = format!("/api/v1/applications/{APPLICATION}/streamingqueries");
    let runs = get(&server, &base).await.json();
    let run = &runs[0];
    assert_eq!((&run["name"], &run["status"]), (&"rates".into(), &"FINISHED".into()));
    for id in ["id", "runId"] {
        let batches = get(&server, &format!("{base}/{}/batches", run[id].as_str().unwrap())).await.json();
        let last = batches.as_array().unwrap().last().unwrap();
        assert_eq!(last["batchId"], 14, "{last}");
        assert!(last["watermarkGapSeconds"].as_f64().unwrap() > 0.0);
    }
    let state = get(&server, &format!("{base}/{}/state", run["runId"].as_str().unwrap())).await.json();
    assert_eq!(state[0]["operators"][0]["operatorName"], "stateStoreSave");
}
