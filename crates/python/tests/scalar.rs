//! Scalar functions of every kind, against the client's own worker.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;

use arrow::array::{
    Array, ArrayRef, AsArray, BinaryArray, BooleanArray, Date32Array, Decimal128Array, DurationMicrosecondArray,
    Float64Array, Int32Array, Int64Array, Int64Builder, ListBuilder, MapBuilder, RecordBatch, StringArray,
    StringBuilder, StructArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Int32Type, Int64Type, Schema, TimeUnit};
use firesteel_python::{Argument, EvalKind, UdfCall};
use support::*;

const ROWS: i64 = 25_000;

#[tokio::test]
async fn every_kind_gives_one_value_for_each_row_in_order() {
    let runner = runner();
    for (name, kind, expected) in [
        ("plus_one", EvalKind::Batched, (|x| x + 1) as fn(i64) -> i64),
        ("plus_one", EvalKind::ArrowBatched, |x| x + 1),
        ("series_double", EvalKind::ScalarPandas, |x| x * 2),
        ("series_iter", EvalKind::ScalarPandasIter, |x| x + 1),
        ("arrow_double", EvalKind::ScalarArrow, |x| x * 2),
        ("arrow_iter", EvalKind::ScalarArrowIter, |x| x + 1),
    ] {
        let batch = longs(&[("k", (0..ROWS).map(|x| -x).collect()), ("x", (0..ROWS).collect())]);
        let parts = vec![batch.slice(0, 11), batch.slice(11, 0), batch.slice(11, 24_989)];
        let call = UdfCall::new(long_function(name, kind), [1]);
        let result = all(runner.scalar(&task(), vec![call], &batch.schema(), stream(parts))).await.unwrap();
        assert_eq!(long_column(&result, 0), (0..ROWS).map(|x| Some(-x)).collect::<Vec<_>>(), "{kind:?}");
        assert_eq!(long_column(&result, 2), (0..ROWS).map(|x| Some(expected(x))).collect::<Vec<_>>(), "{kind:?}");
        assert_eq!(result[0].schema().field(2).name(), name);
    }
}

#[tokio::test]
async fn several_calls_chains_keywords_and_no_arguments_at_once() {
    let runner = runner();
    for kind in [EvalKind::Batched, EvalKind::ArrowBatched] {
        let batch = longs(&[("a", vec![1, 2, 3]), ("b", vec![7, 8, 9])]);
        let plus = long_function("plus_one", kind);
        let chain =
            UdfCall { chain: vec![plus.clone(), plus.clone()], arguments: vec![Argument::positional(1)], result_id: 1 };
        let keyword = UdfCall {
            chain: vec![long_function("keyword", kind)],
            arguments: vec![Argument::keyword(0, "b"), Argument::keyword(1, "a")],
            result_id: 2,
        };
        let nothing = UdfCall::new(long_function("nothing", kind), []);
        let calls = vec![chain, keyword, nothing.clone()];
        let result = all(runner.scalar(&task(), calls, &batch.schema(), stream(vec![batch.clone()]))).await.unwrap();
        assert_eq!(long_column(&result, 2), [Some(9), Some(10), Some(11)]);
        assert_eq!(long_column(&result, 3), [Some(71), Some(82), Some(93)]);
        assert_eq!(long_column(&result, 4), [Some(42); 3]);
        let alone = all(runner.scalar(&task(), vec![nothing], &batch.schema(), stream(vec![batch]))).await.unwrap();
        assert_eq!(long_column(&alone, 2), [Some(42); 3]);
    }
}

#[tokio::test]
async fn nulls_stay_nulls() {
    let runner = runner();
    let texts: ArrayRef = Arc::new(StringArray::from(vec![Some("a"), None, Some("ü")]));
    let schema = Arc::new(Schema::new(vec![Field::new("s", DataType::Utf8, true)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![texts]).unwrap();
    for kind in [EvalKind::Batched, EvalKind::ArrowBatched] {
        let call = UdfCall::new(function("shout", kind, DataType::Utf8), [0]);
        let result = all(runner.scalar(&task(), vec![call], &schema, stream(vec![batch.clone()]))).await.unwrap();
        let column = result[0].column(1).as_string::<i32>();
        assert_eq!(column.iter().collect::<Vec<_>>(), [Some("A!"), None, Some("Ü!")]);
    }
}

/// One row of nulls and one of values, in every type that a function may take.
fn everything() -> RecordBatch {
    let mut lists = ListBuilder::new(Int64Builder::new()).with_field(Field::new("element", DataType::Int64, true));
    lists.append_value([Some(1), None]);
    lists.append_null();
    let mut maps = MapBuilder::new(None, StringBuilder::new(), Int64Builder::new());
    maps.keys().append_value("one");
    maps.values().append_value(1);
    maps.append(true).unwrap();
    maps.append(false).unwrap();
    let inner = StructArray::try_new(
        vec![Field::new("u", DataType::Int64, true), Field::new("v", DataType::Date32, true)].into(),
        vec![
            Arc::new(Int64Array::from(vec![Some(5), None])) as _,
            Arc::new(Date32Array::from(vec![Some(9), None])) as _,
        ],
        Some(vec![true, false].into()),
    )
    .unwrap();
    let columns: Vec<(&str, ArrayRef)> = vec![
        ("b", Arc::new(BooleanArray::from(vec![Some(true), None]))),
        ("i", Arc::new(Int32Array::from(vec![Some(-3), None]))),
        ("l", Arc::new(Int64Array::from(vec![Some(1 << 40), None]))),
        ("d", Arc::new(Float64Array::from(vec![Some(0.5), None]))),
        ("m", Arc::new(Decimal128Array::from(vec![Some(-12_345), None]).with_precision_and_scale(10, 2).unwrap())),
        ("s", Arc::new(StringArray::from(vec![Some("text"), None]))),
        ("x", Arc::new(BinaryArray::from(vec![Some(&b"\x00\xff"[..]), None]))),
        ("day", Arc::new(Date32Array::from(vec![Some(18_000), None]))),
        ("t", Arc::new(TimestampMicrosecondArray::from(vec![Some(1_600_000_000_123_456), None]).with_timezone("UTC"))),
        ("n", Arc::new(TimestampMicrosecondArray::from(vec![Some(1_600_000_000_123_456), None]))),
        ("p", Arc::new(DurationMicrosecondArray::from(vec![Some(86_400_000_001), None]))),
        ("a", Arc::new(lists.finish())),
        ("k", Arc::new(maps.finish())),
        ("o", Arc::new(inner)),
    ];
    RecordBatch::try_from_iter_with_nullable(columns.into_iter().map(|(name, column)| (name, column, true))).unwrap()
}

#[tokio::test]
async fn every_type_goes_there_and_back() {
    let runner = runner();
    let batch = everything();
    let row_type = DataType::Struct(batch.schema().fields().clone());
    for kind in [EvalKind::Batched, EvalKind::ArrowBatched] {
        let call = UdfCall::new(function("everything", kind, row_type.clone()), 0..batch.num_columns());
        let input = stream(vec![batch.clone()]);
        let result = all(runner.scalar(&task(), vec![call], &batch.schema(), input)).await.unwrap();
        let rows = result[0].column(batch.num_columns()).as_struct();
        for (index, field) in batch.schema().fields().iter().enumerate() {
            assert_eq!(rows.column(index), batch.column(index), "{kind:?} {}", field.name());
        }
    }
}

#[tokio::test]
async fn pickled_results_of_another_type_become_null_as_in_spark() {
    let runner = runner();
    let texts: ArrayRef = Arc::new(StringArray::from(vec!["7"]));
    let schema = Arc::new(Schema::new(vec![Field::new("s", DataType::Utf8, true)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![texts]).unwrap();
    let call = UdfCall::new(function("narrow", EvalKind::Batched, DataType::Int32), [0]);
    let result = all(runner.scalar(&task(), vec![call], &schema, stream(vec![batch]))).await.unwrap();
    assert!(result[0].column(1).is_null(0));

    let wide = longs(&[("x", vec![(1 << 40) + 5])]);
    let call = UdfCall::new(function("narrow", EvalKind::Batched, DataType::Int32), [0]);
    let text = UdfCall::new(function("text_of", EvalKind::Batched, DataType::Utf8), [0]);
    let result = all(runner.scalar(&task(), vec![call, text], &wide.schema(), stream(vec![wide]))).await.unwrap();
    assert_eq!(result[0].column(1).as_primitive::<Int32Type>().value(0), 5);
    assert_eq!(result[0].column(2).as_string::<i32>().value(0), "1099511627781");
}

#[tokio::test]
async fn pandas_sees_timestamps_in_the_session_time_zone() {
    let runner = runner();
    let zone = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let schema = Arc::new(Schema::new(vec![Field::new("t", zone, true)]));
    let noon = TimestampMicrosecondArray::from(vec![1_704_110_400_000_000]).with_timezone("UTC");
    let batch = RecordBatch::try_new(schema.clone(), vec![Arc::new(noon)]).unwrap();
    for (setting, hour) in [("UTC", 12), ("America/New_York", 7), ("Asia/Kolkata", 17)] {
        let task = task_with(&[("spark.sql.session.timeZone", setting)]);
        let call = UdfCall::new(long_function("series_hour", EvalKind::ScalarPandas), [0]);
        let result = all(runner.scalar(&task, vec![call], &schema, stream(vec![batch.clone()]))).await.unwrap();
        assert_eq!(result[0].column(1).as_primitive::<Int64Type>().value(0), hour, "{setting}");
    }
}

#[tokio::test]
async fn an_empty_input_starts_no_worker() {
    let runner = runner();
    let call = UdfCall::new(long_function("plus_one", EvalKind::ArrowBatched), [0]);
    let result = all(runner.scalar(&task(), vec![call], &longs_schema(&["x"]), stream(vec![]))).await.unwrap();
    assert!(result.is_empty());
    assert!(runner.pool().idle_pids().is_empty());
}

#[tokio::test]
async fn batches_are_cut_to_the_settings() {
    let runner = runner();
    let task = task_with(&[("spark.sql.execution.arrow.maxRecordsPerBatch", "1000")]);
    let batch = longs(&[("x", (0..3500).collect())]);
    let call = UdfCall::new(long_function("series_double", EvalKind::ScalarPandas), [0]);
    let result = all(runner.scalar(&task, vec![call], &batch.schema(), stream(vec![batch.clone()]))).await.unwrap();
    assert_eq!(result.iter().map(RecordBatch::num_rows).collect::<Vec<_>>(), [1000, 1000, 1000, 500]);
}
