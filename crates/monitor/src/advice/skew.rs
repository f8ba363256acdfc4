//! Skew: one task of a stage that does most of the work, while the others have long ended.

use serde_json::json;

use super::Advice;
use super::distribution::Distribution;
use crate::store::{Stage, Store, Task};

/// How many tasks are needed to call one of them an exception.
const TASKS_MIN: usize = 4;

/// A task is an exception if it takes so many times the median.
const FACTOR: i64 = 4;

/// And so long.
const TASK_MS_MIN: i64 = 1_000;

/// How many pieces of advice are given.
const STAGES_MAX: usize = 5;

pub(super) fn of(store: &Store) -> Vec<Advice> {
    let mut all: Vec<(i64, Advice)> = store.stages.values().filter_map(advise).collect();
    all.sort_by_key(|(lost, _)| -lost);
    all.into_iter().map(|(_, advice)| advice).take(STAGES_MAX).collect()
}

/// The advice, with how much time the skew cost.
fn advise(stage: &Stage) -> Option<(i64, Advice)> {
    let tasks: Vec<&Task> = stage.tasks.values().filter(|task| task.status == "SUCCESS").collect();
    let took = Distribution::of(tasks.iter().map(|task| task.duration_ms(0)), TASKS_MIN)?;
    let slowest = tasks.iter().max_by_key(|task| task.duration_ms(0))?;
    let (longest, median) = (took.max(), took.median());
    if longest < TASK_MS_MIN || longest < median * FACTOR {
        return None;
    }
    let read = |task: &Task| {
        let of = |name: &str| task.metrics.as_ref().map_or(0, |metrics| metrics.stage(name));
        of("shuffleReadRecords") + of("inputRecords")
    };
    let records = Distribution::of(tasks.iter().map(|task| read(task)), TASKS_MIN)?;
    let partition = slowest.partition;
    let has_more = read(slowest) > 0 && read(slowest) >= records.median() * FACTOR;
    let (finding, change) = if has_more {
        (
            format!(
                "Partition {partition} took {longest} ms, the median {median} ms: it has {} records, the median {}.",
                read(slowest),
                records.median()
            ),
            "A few keys have most of the records: add a salt to the key and aggregate twice, or broadcast the small side of a join.",
        )
    } else {
        (
            format!(
                "Partition {partition} took {longest} ms, the median {median} ms, with no more records than others."
            ),
            "Some of its records are expensive: look at what the function does with them.",
        )
    };
    let numbers = vec![
        ("tasks", json!(took.count())),
        ("task p50 (ms)", json!(median)),
        ("task max (ms)", json!(longest)),
        ("partition", json!(partition)),
        ("records in it", json!(read(slowest))),
        ("records p50", json!(records.median())),
    ];
    let about = format!("stage {} ({})", stage.id, stage.name);
    Some((longest - median, Advice { topic: "skew", about, finding, change: Some(change.into()), numbers }))
}

#[cfg(test)]
mod tests {
    use super::super::partitions::tests::stage;
    use super::*;
    use crate::advice::tests::store;

    #[test]
    fn a_partition_that_has_most_records_is_named() {
        let mut tasks = vec![(200, 100); 7];
        tasks.push((5000, 90_000));
        let advice = of(&store(&stage(&tasks, 5100)));
        assert!(
            advice[0].finding.contains("Partition 7 took 5000 ms") && advice[0].finding.contains("90000 records"),
            "{advice:?}"
        );
    }

    #[test]
    fn tasks_alike_are_not_skewed() {
        assert!(of(&store(&stage(&[(1000, 100), (1200, 110), (900, 90), (1500, 120)], 1600))).is_empty());
        assert!(of(&store(&stage(&[(10, 1), (10, 1), (10, 1), (500, 100)], 600))).is_empty(), "too short to matter");
    }
}
