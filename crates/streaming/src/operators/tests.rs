//! Whole stateful queries against what real Spark 4.2 did with the same rows, and against a naive model.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use datafusion::functions_aggregate::expr_fn::{count, max, sum};
use datafusion::logical_expr::{LogicalPlan, LogicalPlanBuilder, col};
use firesteel_durable::{DurableStore, Simulator};
use proptest::prelude::*;

use super::rig::*;
use crate::OutputMode;

/// The batches that the recorded runs of Spark were fed, `(k, v, seconds)`.
const BATCHES: [&[Event]; 4] = [
    &[("a", 1, 1), ("b", 2, 2)],
    &[("a", 3, 25), ("c", 1, 3)],
    &[("a", 1, 1), ("b", 1, 26), ("d", 1, 12)],
    &[("x", 1, 60)],
];

fn memory() -> Arc<dyn DurableStore> {
    Arc::new(Simulator::new())
}

/// Feeds each batch and then runs batches without data while the watermark asks for them; gives all outputs.
async fn run(build: Build, mode: OutputMode, batches: &[&[Event]]) -> Vec<Vec<String>> {
    let mut checkpoint = Checkpoint::new(memory());
    let mut query = Query::start(&checkpoint, build, mode).await.unwrap();
    let mut outputs = Vec::new();
    for events in batches {
        outputs.push(query.batch(&mut checkpoint, &[events]).await.unwrap().0);
        while query.wants_batch() {
            outputs.push(query.batch(&mut checkpoint, &[]).await.unwrap().0);
        }
    }
    outputs
}

fn windowed(plan: LogicalPlanBuilder) -> LogicalPlan {
    let plan = watermark(plan, "window", 20_000);
    plan.aggregate([col("window"), col("k")], [sum(col("v")), count(col("v"))]).unwrap().build().unwrap()
}

fn by_time(plan: LogicalPlanBuilder) -> LogicalPlan {
    let plan = watermark(plan, "ts", 10_000);
    plan.aggregate([col("ts")], [count(col("v"))]).unwrap().build().unwrap()
}

fn by_key(plan: LogicalPlanBuilder) -> LogicalPlan {
    plan.aggregate([col("k")], [sum(col("v")), count(col("v")), max(col("ts"))]).unwrap().build().unwrap()
}

fn global(plan: LogicalPlanBuilder) -> LogicalPlan {
    plan.aggregate(Vec::<datafusion::logical_expr::Expr>::new(), [count(col("v")), sum(col("v"))])
        .unwrap()
        .build()
        .unwrap()
}

#[tokio::test]
async fn append_mode_gives_groups_once_the_watermark_has_passed_them() {
    let outputs = run(by_time, OutputMode::Append, &BATCHES).await;
    let none = Vec::<String>::new;
    let expected = [
        none(),
        none(),
        none(),
        vec!["00:01|1".to_string(), "00:02|1".to_string(), "00:03|1".to_string()],
        none(),
        none(),
        none(),
        vec!["00:25|1".to_string(), "00:26|1".to_string()],
    ];
    // Spark runs a batch without data after the first one, for a watermark that is before 1970 for these rows.
    assert_eq!(
        outputs.iter().filter(|rows| !rows.is_empty()).collect::<Vec<_>>(),
        expected.iter().filter(|rows| !rows.is_empty()).collect::<Vec<_>>()
    );
}

#[tokio::test]
async fn update_mode_gives_the_groups_that_changed() {
    let outputs = run(by_key, OutputMode::Update, &BATCHES).await;
    let expected: Vec<Vec<&str>> = vec![
        vec!["a|1|1|00:01", "b|2|1|00:02"],
        vec!["a|4|2|00:25", "c|1|1|00:03"],
        vec!["a|5|3|00:25", "b|3|2|00:26", "d|1|1|00:12"],
        vec!["x|1|1|01:00"],
    ];
    assert_eq!(outputs, expected);
}

#[tokio::test]
async fn complete_mode_gives_all_groups() {
    let outputs = run(by_key, OutputMode::Complete, &BATCHES).await;
    assert_eq!(outputs[3], ["a|5|3|00:25", "b|3|2|00:26", "c|1|1|00:03", "d|1|1|00:12", "x|1|1|01:00"]);
}

#[tokio::test]
async fn an_aggregate_without_keys_always_has_one_row() {
    for mode in [OutputMode::Update, OutputMode::Complete] {
        let outputs = run(global, mode, &[&[], BATCHES[0], &[], BATCHES[1]]).await;
        assert_eq!(outputs, [["0|"], ["2|3"], ["2|3"], ["4|7"]]);
    }
}

#[tokio::test]
async fn late_groups_are_dropped_and_counted_as_spark_counts_them() {
    let mut checkpoint = Checkpoint::new(memory());
    let mut query = Query::start(&checkpoint, windowed, OutputMode::Append).await.unwrap();
    query.batch(&mut checkpoint, &[BATCHES[0]]).await.unwrap();
    query.batch(&mut checkpoint, &[&[("a", 3, 45), ("c", 1, 3)]]).await.unwrap();
    // The watermark is 50 - 20 seconds from here on, and late from the batch after.
    let (rows, report) = query.batch(&mut checkpoint, &[]).await.unwrap();
    assert_eq!(rows.len(), 3);
    assert_eq!((report.operators[0].num_rows_removed, report.operators[0].num_rows_total), (3, 1));
    let late: &[Event] = &[("a", 1, 1), ("a", 2, 2), ("b", 1, 46), ("d", 1, 12)];
    let (rows, report) = query.batch(&mut checkpoint, &[late]).await.unwrap();
    assert_eq!(rows, Vec::<String>::new());
    let operator = &report.operators[0];
    assert_eq!((operator.num_rows_dropped_by_watermark, operator.num_rows_updated, operator.num_rows_total), (2, 1, 2));
}

#[tokio::test]
async fn the_first_row_of_each_key_passes() {
    let outputs = run(
        |plan| deduplicate(plan, &["k"], false).project([col("k"), col("v")]).unwrap().build().unwrap(),
        OutputMode::Append,
        &BATCHES,
    )
    .await;
    assert_eq!(outputs, [vec!["a|1", "b|2"], vec!["c|1"], vec!["d|1"], vec!["x|1"]]);
}

#[tokio::test]
async fn keys_with_an_event_time_are_forgotten_when_the_watermark_passes() {
    let build: Build = |plan| deduplicate(watermark(plan, "ts", 10_000), &["k", "ts"], false).build().unwrap();
    let mut checkpoint = Checkpoint::new(memory());
    let mut query = Query::start(&checkpoint, build, OutputMode::Append).await.unwrap();
    query.batch(&mut checkpoint, &[BATCHES[0]]).await.unwrap();
    query.batch(&mut checkpoint, &[BATCHES[1]]).await.unwrap();
    let (_, report) = query.batch(&mut checkpoint, &[]).await.unwrap();
    assert_eq!((report.operators[0].num_rows_removed, report.operators[0].num_rows_total), (3, 1));
    let (rows, report) = query.batch(&mut checkpoint, &[BATCHES[2]]).await.unwrap();
    assert_eq!((rows.len(), report.operators[0].num_rows_dropped_by_watermark), (1, 2));
}

#[tokio::test]
async fn within_a_watermark_a_key_is_forgotten_after_the_delay() {
    let build: Build = |plan| {
        let plan = deduplicate(watermark(plan, "ts", 10_000), &["k"], true);
        plan.project([col("k"), col("v")]).unwrap().build().unwrap()
    };
    let outputs = run(build, OutputMode::Append, &BATCHES).await;
    let some: Vec<_> = outputs.into_iter().filter(|rows| !rows.is_empty()).collect();
    assert_eq!(some, [vec!["a|1", "b|2"], vec!["c|1"], vec!["b|1"], vec!["x|1"]]);
}

#[tokio::test]
async fn a_limit_holds_over_all_batches() {
    let outputs = run(|plan| plan.limit(0, Some(3)).unwrap().build().unwrap(), OutputMode::Append, &BATCHES).await;
    assert_eq!(outputs.iter().map(Vec::len).collect::<Vec<_>>(), [2, 1, 0, 0]);
}

#[tokio::test]
async fn an_aggregate_may_follow_another_in_append_mode() {
    let build: Build = |plan| {
        let plan = watermark(plan, "window", 20_000);
        let plan = plan.aggregate([col("window"), col("k")], [count(col("v")).alias("n")]).unwrap();
        plan.aggregate([col("window")], [sum(col("n"))]).unwrap().build().unwrap()
    };
    let outputs =
        run(build, OutputMode::Append, &[BATCHES[0], &[("a", 3, 45), ("c", 1, 3)], &[("x", 1, 99)], &[("x", 1, 199)]])
            .await;
    let all: Vec<&str> = outputs.iter().flatten().map(String::as_str).collect();
    assert_eq!(all.len(), 3, "{all:?}");
    assert!(all[0].ends_with("|3") && all[1].ends_with("|1") && all[2].ends_with("|1"), "{all:?}");
}

#[tokio::test]
async fn a_plan_that_is_run_twice_in_a_batch_counts_its_rows_once() {
    let mut checkpoint = Checkpoint::new(memory());
    let mut query = Query::start(&checkpoint, by_key, OutputMode::Update).await.unwrap();
    let first = query.compute(&mut checkpoint, &[BATCHES[0], BATCHES[1]]).await.unwrap();
    let second = query.execute().await.unwrap();
    assert_eq!(lines(&first), lines(&second));
    query.plan.runtime().abort();
    let (rows, _) = query.batch(&mut checkpoint, &[BATCHES[0]]).await.unwrap();
    assert_eq!(rows, ["a|1|1|00:01", "b|2|1|00:02"]);
}

#[tokio::test]
async fn what_spark_refuses_is_refused() {
    let distinct: Build = |plan| plan.distinct().unwrap().build().unwrap();
    let sorted: Build = |plan| plan.sort([col("k").sort(true, true)]).unwrap().build().unwrap();
    let limited: Build = |plan| plan.limit(0, Some(1)).unwrap().build().unwrap();
    let within: Build = |plan| deduplicate(plan, &["k"], true).build().unwrap();
    let cases: [(Build, OutputMode, &str, &str); 6] = [
        (
            by_key,
            OutputMode::Append,
            "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION",
            "streaming aggregations without watermark",
        ),
        (distinct, OutputMode::Complete, "STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION", "no streaming aggregations"),
        (sorted, OutputMode::Append, "_LEGACY_ERROR_TEMP_3102", "Sorting is not supported"),
        (limited, OutputMode::Update, "_LEGACY_ERROR_TEMP_3102", "Limits are not supported"),
        (within, OutputMode::Append, "_LEGACY_ERROR_TEMP_3102", "without watermark"),
        (
            |plan| {
                LogicalPlanBuilder::from(by_key(plan))
                    .aggregate([col("k")], [count(col("k"))])
                    .unwrap()
                    .build()
                    .unwrap()
            },
            OutputMode::Update,
            "_LEGACY_ERROR_TEMP_3102",
            "correctness",
        ),
    ];
    for (build, mode, condition, text) in cases {
        let refused = Query::start(&Checkpoint::new(memory()), build, mode).await.err().unwrap();
        assert_eq!(refused.condition(), Some(condition));
        assert!(refused.params().values().any(|value| value.contains(text)), "{refused}");
    }
}

/// What each key's row must be after `events`.
fn recomputed(events: &[Event]) -> BTreeMap<&'static str, (i64, i64, i64)> {
    let mut groups: BTreeMap<&'static str, (i64, i64, i64)> = BTreeMap::new();
    for (key, value, time) in events {
        let group = groups.entry(key).or_insert((0, 0, i64::MIN));
        *group = (group.0 + value, group.1 + 1, group.2.max(*time));
    }
    groups
}

fn line(key: &str, (sum, count, max): (i64, i64, i64)) -> String {
    format!("{key}|{sum}|{count}|{:02}:{:02}", max / 60, max % 60)
}

/// One thing that happens to a query.
#[derive(Debug, Clone)]
enum Act {
    /// A batch runs and is committed.
    Batch(Vec<Event>),
    /// A batch runs, its state is written, and the process dies before the commit log has it.
    DieBeforeCommit(Vec<Event>),
    /// The process dies between batches.
    Restart,
}

fn events() -> impl Strategy<Value = Vec<Event>> {
    let key = prop::sample::select(vec!["a", "b", "c", "d", "e", "f", "g"]);
    prop::collection::vec((key, -5i64..5, 0i64..3_000), 0..12)
}

fn acts() -> impl Strategy<Value = Vec<Act>> {
    let act = prop_oneof![
        6 => events().prop_map(Act::Batch),
        1 => events().prop_map(Act::DieBeforeCommit),
        1 => Just(Act::Restart),
    ];
    prop::collection::vec(act, 1..40)
}

fn often_snapshots() -> Checkpoint {
    let mut checkpoint = Checkpoint::new(memory());
    checkpoint.settings.state.min_deltas_for_snapshot = 3;
    checkpoint.settings.state.min_batches_to_retain = 2;
    checkpoint
}

/// Plays `acts`; `check` sees every committed batch with the events up to it.
async fn play(
    build: Build,
    mode: OutputMode,
    acts: &[Act],
    mut check: impl FnMut(&[Event], &[Event], &[String], &Checkpoint),
) {
    let mut checkpoint = often_snapshots();
    let mut query = Query::start(&checkpoint, build, mode).await.unwrap();
    let mut all: Vec<Event> = Vec::new();
    for act in acts {
        match act {
            Act::Batch(batch) => {
                let (left, right) = batch.split_at(batch.len() / 2);
                let (rows, _) = query.batch(&mut checkpoint, &[left, right]).await.unwrap();
                all.extend(batch);
                check(batch, &all, &rows, &checkpoint);
            }
            Act::DieBeforeCommit(batch) => {
                query.compute(&mut checkpoint, &[batch]).await.unwrap();
                query.plan.runtime().commit().await.unwrap();
                query = Query::start(&checkpoint, build, mode).await.unwrap();
            }
            Act::Restart => query = Query::start(&checkpoint, build, mode).await.unwrap(),
        }
    }
}

fn block_on(future: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(future);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn complete_mode_equals_a_batch_over_everything(acts in acts()) {
        block_on(play(by_key, OutputMode::Complete, &acts, |_, all, rows, _| {
            let expected: Vec<String> = recomputed(all).into_iter().map(|(key, group)| line(key, group)).collect();
            assert_eq!(rows, expected);
        }));
    }

    #[test]
    fn update_mode_gives_the_touched_keys_of_a_batch_over_everything(acts in acts()) {
        block_on(play(by_key, OutputMode::Update, &acts, |batch, all, rows, _| {
            let touched: BTreeSet<&str> = batch.iter().map(|event| event.0).collect();
            let groups = recomputed(all).into_iter().filter(|(key, _)| touched.contains(key));
            assert_eq!(rows, groups.map(|(key, group)| line(key, group)).collect::<Vec<_>>());
        }));
    }

    #[test]
    fn append_mode_equals_a_model_with_a_watermark(acts in acts()) {
        let mut open: BTreeMap<i64, i64> = BTreeMap::new();
        block_on(play(by_time, OutputMode::Append, &acts, |batch, _, rows, checkpoint| {
            let at = checkpoint.committed as usize - 1;
            let late = if at == 0 { 0 } else { checkpoint.watermarks[at - 1] };
            for (_, _, time) in batch.iter().filter(|event| event.2 * 1_000 > late) {
                *open.entry(*time).or_default() += 1;
            }
            let still_open = open.split_off(&(checkpoint.watermarks[at] / 1_000 + 1));
            let closed = std::mem::replace(&mut open, still_open);
            let mut expected: Vec<String> = closed.into_iter().map(|(time, n)| format!("{:02}:{:02}|{n}", time / 60, time % 60)).collect();
            expected.sort();
            assert_eq!(rows, expected);
        }));
    }

    #[test]
    fn duplicates_are_dropped_over_all_batches(acts in acts()) {
        let build: Build = |plan| deduplicate(plan, &["k", "v"], false).project([col("k"), col("v")]).unwrap().build().unwrap();
        let mut seen: BTreeSet<(&str, i64)> = BTreeSet::new();
        block_on(play(build, OutputMode::Append, &acts, |batch, _, rows, _| {
            let mut expected: Vec<String> = Vec::new();
            for (key, value, _) in batch {
                if seen.insert((key, *value)) {
                    expected.push(format!("{key}|{value}"));
                }
            }
            expected.sort();
            assert_eq!(rows, expected);
        }));
    }
}
