//! Readers and writers answer as Apache Spark did when `tests/record.py` recorded its answers.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::Path;
use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, StringArray, StructArray};
use arrow::datatypes::{DataType, SchemaRef};
use datafusion::datasource::MemTable;
use datafusion::prelude::SessionContext;
use firesteel_formats::{
    Commit, FileUrl, FilesTable, FormatContext, Options, SaveMode, WriteSpec, as_spark_nullable, format, json,
    schema_from_json, spark_type_name, write_files,
};
use serde_json::Value;

fn context() -> FormatContext {
    FormatContext { time_zone: "America/Los_Angeles".parse().unwrap(), parallelism: 2, ..FormatContext::default() }
}

fn cases(name: &str) -> Vec<Value> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cases").join(name);
    serde_json::from_str(&std::fs::read_to_string(path).unwrap()).unwrap()
}

fn options(case: &Value) -> Options {
    case["options"].as_object().unwrap().iter().map(|(k, v)| (k.clone(), v.as_str().unwrap().to_string())).collect()
}

fn schema(case: &Value) -> Option<SchemaRef> {
    case["schema"].as_str().map(|text| schema_from_json(text).unwrap())
}

fn as_json(batches: &[RecordBatch]) -> Vec<String> {
    let style = Options::new().with("ignoreNullFields", "false");
    let rows = |batch: &RecordBatch| {
        let rows: ArrayRef = Arc::new(StructArray::from(batch.clone()));
        let texts = json::to_json(&rows, &style, &context()).unwrap();
        texts.iter().map(|text| text.unwrap().to_string()).collect::<Vec<_>>()
    };
    batches.iter().flat_map(rows).collect()
}

async fn read(case: &Value) -> (String, Vec<String>) {
    let dir = tempfile::tempdir().unwrap();
    let name = case["format"].as_str().unwrap();
    let path = dir.path().join(format!("data.{name}"));
    std::fs::write(&path, case["content"].as_str().unwrap()).unwrap();
    let paths = [path.to_string_lossy().into_owned()];
    let table = FilesTable::open(format(name).unwrap(), &paths, schema(case), options(case), context()).await.unwrap();
    let mut frame = SessionContext::new().read_table(Arc::new(table)).unwrap();
    if let Some(select) = case["select"].as_str() {
        frame = frame.select_columns(&select.split(',').collect::<Vec<_>>()).unwrap();
    }
    let shape = spark_type_name(&DataType::Struct(frame.schema().as_arrow().fields().clone()));
    let rows = if shape == "struct<>" { vec![] } else { as_json(&frame.collect().await.unwrap()) };
    (shape, rows)
}

#[tokio::test]
async fn readers_give_what_spark_gives() {
    let mut wrong = Vec::new();
    for (at, case) in cases("readers.json").iter().enumerate() {
        let (shape, rows) = read(case).await;
        let expected: Vec<String> =
            case["rows"].as_array().unwrap().iter().map(|row| row.as_str().unwrap().into()).collect();
        if shape != case["type"].as_str().unwrap() || rows != expected {
            wrong.push(format!(
                "case {at} {}: {:?}\n  spark {} {expected:#?}\n  here  {shape} {rows:#?}",
                case["format"], case["content"], case["type"]
            ));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test]
async fn writers_write_what_spark_writes() {
    let mut wrong = Vec::new();
    for (at, case) in cases("writers.json").iter().enumerate() {
        let dir = tempfile::tempdir().unwrap();
        let schema = as_spark_nullable(&schema(case).unwrap());
        let lines = StringArray::from(case["rows"].as_str().unwrap().lines().collect::<Vec<_>>());
        let rows =
            json::from_json(&lines, &DataType::Struct(schema.fields().clone()), &Options::new(), &context()).unwrap();
        let batch = RecordBatch::from(rows.as_any().downcast_ref::<StructArray>().unwrap());
        let session = SessionContext::new();
        let table = MemTable::try_new(batch.schema(), vec![vec![batch]]).unwrap();
        let plan = session.read_table(Arc::new(table)).unwrap().create_physical_plan().await.unwrap();
        let spec = WriteSpec {
            dir: FileUrl::local(dir.path().join("out")),
            format: format(case["format"].as_str().unwrap()).unwrap(),
            schema,
            partition_by: vec![],
            options: options(case),
            mode: SaveMode::ErrorIfExists,
            commit: Commit::Job,
            context: context(),
        };
        let files = write_files(plan, session.task_ctx(), &spec).await.unwrap();
        let text = std::fs::read_to_string(files[0].path.local_path().unwrap()).unwrap();
        if text != case["text"].as_str().unwrap() {
            wrong.push(format!(
                "case {at} {} {}\n  spark {:?}\n  here  {text:?}",
                case["format"],
                case["options"],
                case["text"].as_str().unwrap()
            ));
        }
    }
    assert!(wrong.is_empty(), "{} cases differ:\n{}", wrong.len(), wrong.join("\n"));
}
