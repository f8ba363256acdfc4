//! What the tests share: functions pickled by the client's Python, runners, and batches.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, dead_code)]

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::Command;
use std::sync::{Arc, OnceLock};

use arrow::array::{ArrayRef, AsArray, Int64Array, RecordBatch};
use arrow::datatypes::{DataType, Field, Int64Type, Schema, SchemaRef};
use bytes::Bytes;
use firesteel_error::Result;
use firesteel_python::{
    BatchStream, EvalKind, PoolConfig, PythonFunction, PythonRunner, PythonSession, PythonTask, WorkerEnvironment,
};
use futures::{StreamExt, TryStreamExt};

/// The Python with pyspark-client that tests use.
pub fn python() -> PathBuf {
    match std::env::var_os("FIRESTEEL_TEST_PYTHON") {
        Some(path) => path.into(),
        None => PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../.venv/bin/python")),
    }
}

fn commands() -> &'static HashMap<String, String> {
    static COMMANDS: OnceLock<HashMap<String, String>> = OnceLock::new();
    COMMANDS.get_or_init(|| {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/functions.py");
        let output = Command::new(python()).arg(script).output().expect("python of FIRESTEEL_TEST_PYTHON or .venv");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    })
}

/// The pickled function or class of that name in `functions.py`.
pub fn command(name: &str) -> Bytes {
    let text = commands().get(name).unwrap_or_else(|| panic!("functions.py has no {name}"));
    (0..text.len()).step_by(2).map(|at| u8::from_str_radix(&text[at..at + 2], 16).unwrap()).collect::<Vec<u8>>().into()
}

pub fn version() -> String {
    commands()["version"].clone()
}

pub fn function(name: &str, eval_kind: EvalKind, return_type: DataType) -> PythonFunction {
    PythonFunction { name: name.into(), command: command(name), python_version: version(), eval_kind, return_type }
}

/// A function from long to long.
pub fn long_function(name: &str, eval_kind: EvalKind) -> PythonFunction {
    function(name, eval_kind, DataType::Int64)
}

pub fn runner() -> PythonRunner {
    PythonRunner::new(PoolConfig::new(python(), 2)).unwrap()
}

pub fn task() -> PythonTask {
    task_with(&[])
}

pub fn task_with(settings: &[(&str, &str)]) -> PythonTask {
    let get = |name: &str| settings.iter().find(|(key, _)| *key == name).map(|(_, value)| (*value).to_string());
    PythonTask::new(Arc::new(PythonSession::from_settings(WorkerEnvironment::default(), get).unwrap()), 0)
}

pub fn longs_schema(names: &[&str]) -> SchemaRef {
    Arc::new(Schema::new(names.iter().map(|name| Field::new(*name, DataType::Int64, true)).collect::<Vec<_>>()))
}

pub fn longs(columns: &[(&str, Vec<i64>)]) -> RecordBatch {
    let arrays = columns.iter().map(|(_, values)| Arc::new(Int64Array::from(values.clone())) as ArrayRef).collect();
    let names: Vec<&str> = columns.iter().map(|(name, _)| *name).collect();
    RecordBatch::try_new(longs_schema(&names), arrays).unwrap()
}

pub fn stream(batches: Vec<RecordBatch>) -> BatchStream {
    futures::stream::iter(batches.into_iter().map(Ok)).boxed()
}

pub async fn all(stream: Result<BatchStream>) -> Result<Vec<RecordBatch>> {
    stream?.try_collect().await
}

/// A long column of all batches.
pub fn long_column(batches: &[RecordBatch], index: usize) -> Vec<Option<i64>> {
    batches
        .iter()
        .flat_map(|batch| batch.column(index).as_primitive::<Int64Type>().iter().collect::<Vec<_>>())
        .collect()
}

/// Waits until `condition` holds; for things that other processes do.
pub async fn until(what: &str, mut condition: impl FnMut() -> bool) {
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
    while !condition() {
        assert!(std::time::Instant::now() < deadline, "still not: {what}");
        tokio::time::sleep(std::time::Duration::from_millis(10)).await;
    }
}
