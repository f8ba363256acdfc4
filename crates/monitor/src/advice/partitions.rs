//! How many partitions: as many as keep the cores busy, not so many that starting tasks is the work.

use serde_json::json;

use super::Advice;
use super::distribution::Distribution;
use crate::store::{Stage, Store};

/// A stage has to have taken so long for advice to be worth it.
const STAGE_MS_MIN: i64 = 2_000;

/// Tasks that are shorter than this cost more to start than they do.
const TASK_MS_MIN: i64 = 20;

/// How many pieces of advice are given; the longest stages come first.
const STAGES_MAX: usize = 5;

pub(super) fn of(store: &Store) -> Vec<Advice> {
    let cores: i64 = store.application.executors.values().map(|executor| executor.cores).sum();
    if cores == 0 {
        return Vec::new();
    }
    let mut stages: Vec<(i64, &Stage)> =
        store.stages.values().filter_map(|stage| Some((length(stage)?, stage))).collect();
    stages.sort_by_key(|(length, _)| -length);
    stages.into_iter().filter_map(|(length, stage)| advise(stage, length, cores)).take(STAGES_MAX).collect()
}

/// How long an ended stage ran.
fn length(stage: &Stage) -> Option<i64> {
    let length = stage.completion_ms? - stage.first_task_ms.or(stage.submission_ms)?;
    (length >= STAGE_MS_MIN).then_some(length)
}

fn advise(stage: &Stage, length_ms: i64, cores: i64) -> Option<Advice> {
    let ended = stage.tasks.values().filter(|task| task.status == "SUCCESS");
    let took = Distribution::of(ended.map(|task| task.duration_ms(0)), 1)?;
    let tasks = stage.num_tasks;
    let (finding, wanted) = if tasks < cores && took.median() * 10 > length_ms * 8 {
        (format!("{tasks} tasks: {} of {cores} cores had nothing to do.", cores - tasks), cores * 2)
    } else if tasks > cores * 4 && took.median() < TASK_MS_MIN {
        (
            format!(
                "{tasks} tasks, half of which took less than {} ms: starting them was most of the work.",
                took.median() + 1
            ),
            cores * 2,
        )
    } else {
        return None;
    };
    let change = format!(
        "Use about {wanted} partitions there: spark.sql.shuffle.partitions or spark.default.parallelism, or repartition({wanted})."
    );
    let numbers = vec![
        ("tasks", json!(tasks)),
        ("cores", json!(cores)),
        ("stage (ms)", json!(length_ms)),
        ("task p50 (ms)", json!(took.median())),
        ("task max (ms)", json!(took.max())),
        ("input (bytes)", json!(stage.metrics.stage("inputBytes"))),
        ("shuffle read (bytes)", json!(stage.metrics.stage("shuffleLocalBytesRead"))),
    ];
    let about = format!("stage {} ({})", stage.id, stage.name);
    Some(Advice { topic: "partitions", about, finding, change: Some(change), numbers })
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::Value;

    use super::*;
    use crate::advice::tests::store;

    /// The events of a stage whose tasks took these times and read these records, on 4 cores.
    pub(crate) fn stage(tasks: &[(i64, i64)], length_ms: i64) -> Vec<Value> {
        let info = |done: Option<i64>| {
            json!({"Stage ID": 1, "Stage Attempt ID": 0, "Stage Name": "count at job.py:7", "Number of Tasks": tasks.len(),
                "Submission Time": 0, "Completion Time": done, "RDD Info": [], "Parent IDs": [], "Accumulables": []})
        };
        let mut events = vec![
            json!({"Event": "SparkListenerExecutorAdded", "Timestamp": 0, "Executor ID": "driver",
                "Executor Info": {"Host": "h", "Total Cores": 4, "Log Urls": {}}}),
            json!({"Event": "SparkListenerJobStart", "Job ID": 1, "Submission Time": 0, "Stage Infos": [info(None)],
                "Stage IDs": [1], "Properties": {}}),
            json!({"Event": "SparkListenerStageSubmitted", "Stage Info": info(None), "Properties": {}}),
        ];
        for (index, (took, records)) in tasks.iter().enumerate() {
            let task = json!({"Task ID": index, "Index": index, "Attempt": 0, "Partition ID": index, "Launch Time": 0,
                "Finish Time": took, "Executor ID": "driver", "Host": "h", "Locality": "ANY", "Accumulables": []});
            let head =
                json!({"Event": "SparkListenerTaskStart", "Stage ID": 1, "Stage Attempt ID": 0, "Task Info": task});
            events.push(head);
            events.push(json!({"Event": "SparkListenerTaskEnd", "Stage ID": 1, "Stage Attempt ID": 0,
                "Task Type": "ResultTask", "Task End Reason": {"Reason": "Success"}, "Task Info": task,
                "Task Metrics": {"Executor Run Time": took, "Memory Bytes Spilled": 0, "Disk Bytes Spilled": 0,
                    "Shuffle Read Metrics": {"Total Records Read": records}}}));
        }
        events.push(json!({"Event": "SparkListenerStageCompleted", "Stage Info": info(Some(length_ms))}));
        events
    }

    #[test]
    fn idle_cores_and_tiny_tasks_are_told() {
        let few = of(&store(&stage(&[(5000, 1)], 5100)));
        assert!(few[0].finding.contains("3 of 4 cores had nothing to do"), "{few:?}");
        let many = of(&store(&stage(&vec![(5, 1); 200], 3000)));
        assert!(many[0].change.as_deref().is_some_and(|change| change.contains("repartition(8)")), "{many:?}");
    }

    #[test]
    fn a_stage_that_fits_or_is_short_is_left_alone() {
        assert!(of(&store(&stage(&[(1000, 1); 8], 2100))).is_empty());
        assert!(of(&store(&stage(&[(100, 1)], 110))).is_empty());
    }
}
