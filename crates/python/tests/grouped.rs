//! Functions over partitions, groups, pairs of groups and windows, against the client's own worker.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;

use arrow::array::{AsArray, Int32Array, RecordBatch, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, TimeUnit};
use firesteel_error::Result;
use firesteel_python::{EvalKind, GroupColumns, GroupStream, PythonFunction, UdfCall, WindowCall};
use futures::StreamExt;
use support::*;

fn table_function(name: &str, kind: EvalKind) -> PythonFunction {
    function(name, kind, DataType::Null)
}

fn groups(groups: Vec<Vec<RecordBatch>>) -> GroupStream {
    futures::stream::iter(groups.into_iter().map(Ok)).boxed()
}

/// Groups 0, 1, 2 ... of the given sizes, with columns x (0, 1, 2 ...) and k (the group).
fn sized_groups(sizes: &[i64]) -> Vec<Vec<RecordBatch>> {
    let group = |(key, size): (usize, &i64)| {
        let batch = longs(&[("x", (0..*size).collect()), ("k", vec![key as i64; *size as usize])]);
        // In two batches, as a group may come.
        let cut = batch.num_rows() / 2;
        vec![batch.slice(0, cut), batch.slice(cut, batch.num_rows() - cut)]
    };
    sizes.iter().enumerate().map(group).collect()
}

fn columns() -> GroupColumns {
    GroupColumns { schema: longs_schema(&["x", "k"]), keys: vec![1], values: vec![1, 0] }
}

#[tokio::test]
async fn map_in_pandas_filters_and_adds_columns() {
    let batch = longs(&[("x", (0..30_000).collect())]);
    let result = all(runner().map_batches(
        &task(),
        table_function("map_pandas", EvalKind::MapPandasIter),
        &batch.schema(),
        stream(vec![batch.clone()]),
        longs_schema(&["x", "y"]),
    ))
    .await
    .unwrap();
    assert_eq!(long_column(&result, 0), (0..30_000).step_by(2).map(Some).collect::<Vec<_>>());
    assert_eq!(long_column(&result, 1), (0..30_000).step_by(2).map(|x| Some(x * 10)).collect::<Vec<_>>());
}

#[tokio::test]
async fn map_in_pandas_runs_for_an_empty_input() {
    let schema = longs_schema(&["x"]);
    let function = table_function("map_pandas_nothing", EvalKind::MapPandasIter);
    let result = runner().map_batches(&task(), function, &schema, stream(vec![]), longs_schema(&["x", "y"]));
    assert_eq!(long_column(&all(result).await.unwrap(), 1), [Some(-2)]);
}

#[tokio::test]
async fn a_result_much_larger_than_the_input_streams_through() {
    let batch = longs(&[("x", (0..100_000).collect())]);
    let function = table_function("map_arrow_widen", EvalKind::MapArrowIter);
    let input = stream(vec![batch.clone(), batch.clone()]);
    let result = runner().map_batches(&task(), function, &batch.schema(), input, longs_schema(&["x"]));
    let rows: usize = all(result).await.unwrap().iter().map(RecordBatch::num_rows).sum();
    assert_eq!(rows, 100_000 * 2 * 50);
}

#[tokio::test]
async fn a_function_may_stop_before_its_input_ends() {
    let runner = runner();
    let batch = longs(&[("x", (0..200_000).collect())]);
    for _ in 0..2 {
        let function = table_function("first_only", EvalKind::MapArrowIter);
        let input = stream(vec![batch.clone(); 20]);
        let result = runner.map_batches(&task(), function, &batch.schema(), input, longs_schema(&["x"]));
        assert_eq!(long_column(&all(result).await.unwrap(), 0), [Some(0)]);
    }
    // Such a worker still has input before it and cannot be used again.
    assert!(runner.pool().idle_pids().is_empty());
}

#[tokio::test]
async fn arrow_functions_see_the_session_time_zone() {
    let zone = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let schema = Arc::new(Schema::new(vec![Field::new("t", zone, true)]));
    let times = TimestampMicrosecondArray::from(vec![0]).with_timezone("UTC");
    let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(times)]).unwrap();
    let text = Arc::new(Schema::new(vec![Field::new("z", DataType::Utf8, true)]));
    let task = task_with(&[("spark.sql.session.timeZone", "Europe/Paris")]);
    let function = table_function("map_arrow_zone", EvalKind::MapArrowIter);
    let result = all(runner().map_batches(&task, function, &schema, stream(vec![batch]), text)).await.unwrap();
    assert_eq!(result[0].column(0).as_string::<i32>().value(0), "timestamp[us, tz=Europe/Paris]");
}

#[tokio::test]
async fn a_result_of_another_type_than_declared_is_refused() {
    let batch = longs(&[("x", vec![1])]);
    let function = table_function("map_wrong_type", EvalKind::MapArrowIter);
    let result = runner().map_batches(&task(), function, &batch.schema(), stream(vec![batch.clone()]), batch.schema());
    let error = all(result).await.unwrap_err();
    assert_eq!(error.condition(), Some("ARROW_TYPE_MISMATCH"), "{error}");
}

#[tokio::test]
async fn apply_calls_the_function_with_each_group() {
    let runner = runner();
    for (name, kind) in [
        ("keyed", EvalKind::GroupedMapPandas),
        ("table_count", EvalKind::GroupedMapArrow),
        ("table_count_iter", EvalKind::GroupedMapArrowIter),
        ("keyed_iter", EvalKind::GroupedMapPandasIter),
    ] {
        let input = groups(sized_groups(&[3, 1, 20_000]));
        let result = runner.apply(&task(), table_function(name, kind), &columns(), input, longs_schema(&["k", "n"]));
        let result = all(result).await.unwrap();
        let mut counts = [0; 3];
        for (key, count) in long_column(&result, 0).into_iter().zip(long_column(&result, 1)) {
            counts[key.unwrap() as usize] += count.unwrap();
        }
        assert_eq!(counts, [3, 1, 20_000], "{kind:?}");
    }
}

#[tokio::test]
async fn apply_without_a_key_argument_sees_the_values_by_name() {
    let function = table_function("center", EvalKind::GroupedMapPandas);
    let input = groups(vec![vec![longs(&[("x", vec![5, 7]), ("k", vec![1, 1])])]]);
    let result = runner().apply(&task(), function, &columns(), input, longs_schema(&["k", "x"]));
    let result = all(result).await.unwrap();
    assert_eq!((long_column(&result, 0), long_column(&result, 1)), (vec![Some(1); 2], vec![Some(0), Some(2)]));
}

#[tokio::test]
async fn cogrouped_functions_see_both_sides_even_when_one_is_empty() {
    let runner = runner();
    for (name, kind) in [("join_counts", EvalKind::CogroupedMapPandas), ("join_tables", EvalKind::CogroupedMapArrow)] {
        let sides = sized_groups(&[2, 3]);
        let pairs = vec![
            (sides[0].clone(), sides[1].clone()),
            (sides[1].clone(), sides[0].clone()),
            (sides[0].clone(), if kind == EvalKind::CogroupedMapPandas { vec![] } else { sides[1].clone() }),
        ];
        let input = futures::stream::iter(pairs.into_iter().map(Ok)).boxed();
        let function = table_function(name, kind);
        let output = longs_schema(&["k", "n"]);
        let result = runner.apply_cogrouped(&task(), function, &columns(), &columns(), input, output);
        let last = if kind == EvalKind::CogroupedMapPandas { 200 } else { 203 };
        let counts = long_column(&all(result).await.unwrap(), 1);
        assert_eq!(counts, [Some(203), Some(302), Some(last)], "{kind:?}");
    }
}

#[tokio::test]
async fn aggregates_give_a_row_for_each_group() {
    let runner = runner();
    let sum = |n: i64| Some(n * (n - 1) / 2);
    for (names, kind) in [
        (&["series_sum", "series_max"][..], EvalKind::GroupedAggPandas),
        (&["arrow_sum"], EvalKind::GroupedAggArrow),
        (&["series_iter_sum"], EvalKind::GroupedAggPandasIter),
        (&["arrow_iter_sum"], EvalKind::GroupedAggArrowIter),
    ] {
        let sizes: Vec<i64> = (1..3000).map(|size| if size == 17 { 15_000 } else { size % 5 + 1 }).collect();
        let calls = names.iter().map(|name| UdfCall::new(long_function(name, kind), [0])).collect();
        let result = runner.aggregate(&task(), calls, &longs_schema(&["x", "k"]), groups(sized_groups(&sizes)));
        let result = all(result).await.unwrap();
        assert_eq!(long_column(&result, 0), sizes.iter().map(|n| sum(*n)).collect::<Vec<_>>(), "{kind:?}");
        if names.len() > 1 {
            assert_eq!(long_column(&result, 1), sizes.iter().map(|n| Some(n - 1)).collect::<Vec<_>>());
        }
    }
}

#[tokio::test]
async fn an_aggregate_of_no_rows_is_asked_too() {
    let call = UdfCall::new(long_function("arrow_iter_sum", EvalKind::GroupedAggArrowIter), [0]);
    let result = runner().aggregate(&task(), vec![call], &longs_schema(&["x"]), groups(vec![vec![]]));
    assert_eq!(long_column(&all(result).await.unwrap(), 0), [Some(0)]);
}

#[tokio::test]
async fn windows_are_bounded_or_whole() {
    let runner = runner();
    for (name, kind) in [("series_sum", EvalKind::GroupedAggPandas), ("arrow_sum", EvalKind::GroupedAggArrow)] {
        let partition = |values: Vec<i64>| -> RecordBatch {
            let rows = values.len() as i32;
            let longs = longs(&[("x", values)]);
            let begin = Int32Array::from_iter_values((0..rows).map(|row| (row - 1).max(0)));
            let end = Int32Array::from_iter_values((0..rows).map(|row| row + 1));
            RecordBatch::try_from_iter([
                ("x", longs.column(0).clone()),
                ("begin", Arc::new(begin) as _),
                ("end", Arc::new(end) as _),
            ])
            .unwrap()
        };
        let input = vec![vec![partition(vec![1, 2, 4])], vec![partition(vec![10])]];
        let schema = input[0][0].schema();
        let call = UdfCall::new(long_function(name, kind), [0]);
        let calls = vec![WindowCall { call: call.clone(), frame: Some((1, 2)) }, WindowCall { call, frame: None }];
        let result = all(runner.window(&task(), calls, &schema, groups(input))).await.unwrap();
        assert_eq!(long_column(&result, 0), [Some(1), Some(3), Some(6), Some(10)], "{kind:?}");
        assert_eq!(long_column(&result, 1), [Some(7), Some(7), Some(7), Some(10)], "{kind:?}");
    }
}

#[tokio::test]
async fn an_error_of_the_input_ends_the_task() {
    let broken: GroupStream = futures::stream::iter(vec![
        Ok(sized_groups(&[2]).remove(0)),
        Result::Err(firesteel_error::SparkError::new("DIVIDE_BY_ZERO")),
    ])
    .boxed();
    let call = UdfCall::new(long_function("series_sum", EvalKind::GroupedAggPandas), [0]);
    let result = runner().aggregate(&task(), vec![call], &longs_schema(&["x", "k"]), broken);
    assert_eq!(all(result).await.unwrap_err().condition(), Some("DIVIDE_BY_ZERO"));
}
