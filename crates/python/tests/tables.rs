//! Table functions, against the client's own worker.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, AsArray, RecordBatch, StructArray};
use arrow::datatypes::{DataType, Field, Schema};
use firesteel_python::{Argument, EvalKind, TableCall};
use support::*;

fn call(name: &str, eval_kind: EvalKind) -> TableCall {
    let fields = vec![Field::new("n", DataType::Int64, true), Field::new("s", DataType::Utf8, true)];
    TableCall {
        name: name.into(),
        command: command(name),
        python_version: version(),
        eval_kind,
        return_schema: Arc::new(Schema::new(fields)),
        arguments: vec![Argument::positional(0)],
        partition_fields: vec![],
        table_columns: vec![],
        analyze_result: None,
    }
}

#[tokio::test]
async fn rows_stand_beside_the_input_row_that_made_them() {
    let runner = runner();
    for kind in [EvalKind::Table, EvalKind::ArrowTable] {
        let batch = longs(&[("times", vec![2, 0, 1]), ("k", vec![10, 20, 30])]);
        let result = runner.table(&task(), call("Repeat", kind), &batch.schema(), vec![1], stream(vec![batch.clone()]));
        let result = all(result).await.unwrap();
        assert_eq!(long_column(&result, 0), [Some(10), Some(10), Some(30), Some(30)], "{kind:?}");
        assert_eq!(long_column(&result, 1), [Some(2), Some(2), Some(1), Some(3)], "{kind:?}");
        let texts: Vec<String> = result
            .iter()
            .flat_map(|batch| {
                batch.column(2).as_string::<i32>().iter().map(|s| s.unwrap().to_string()).collect::<Vec<_>>()
            })
            .collect();
        assert_eq!(texts, ["row 0", "row 1", "row 0", "end"], "{kind:?}");
    }
}

#[tokio::test]
async fn without_kept_columns_an_empty_input_still_ends() {
    let runner = runner();
    for kind in [EvalKind::Table, EvalKind::ArrowTable] {
        let schema = longs_schema(&["times"]);
        let result = all(runner.table(&task(), call("Repeat", kind), &schema, vec![], stream(vec![]))).await.unwrap();
        assert_eq!(long_column(&result, 0), [Some(0)], "{kind:?}");
    }
}

#[tokio::test]
async fn arrow_table_functions_take_whole_batches() {
    let rows = longs(&[("a", vec![1, 2, 3])]);
    let table: ArrayRef = Arc::new(StructArray::from(rows));
    let schema = Arc::new(Schema::new(vec![Field::new("t", table.data_type().clone(), false)]));
    let batch = RecordBatch::try_new(schema.clone(), vec![table]).unwrap();
    let mut call = call("ArrowBatches", EvalKind::ArrowUdtf);
    call.table_columns = vec![0];
    let result = all(runner().table(&task(), call, &schema, vec![], stream(vec![batch]))).await.unwrap();
    assert_eq!(long_column(&result, 0), [Some(3)]);
}

#[tokio::test]
async fn an_exception_names_the_method() {
    let runner = runner();
    for kind in [EvalKind::Table, EvalKind::ArrowTable] {
        let batch = longs(&[("times", vec![2])]);
        let result = runner.table(&task(), call("Bad", kind), &batch.schema(), vec![], stream(vec![batch.clone()]));
        let error = all(result).await.unwrap_err();
        assert_eq!(error.condition(), Some("PYTHON_EXCEPTION"));
        assert!(error.message().contains("UDTF_EXEC_ERROR") && error.message().contains("no table today"), "{error}");
    }
}
