//! Rows per second through Python functions of each scalar kind, on two workers at once.
//!
//! `FIRESTEEL_TEST_PYTHON=.venv/bin/python cargo run --release -p firesteel-python --example udf_throughput`
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

#[path = "../tests/support/mod.rs"]
mod support;

use std::time::Instant;

use firesteel_python::{EvalKind, Preload, PythonRunner, TaskContext, TaskSpec, UdfCall, WorkerEnvironment};
use futures::StreamExt;
use support::*;

const ROWS: i64 = 2_500_000;
const BATCH: i64 = 8192;
const TASKS: usize = 2;

async fn rows_per_second(runner: &PythonRunner, name: &'static str, kind: EvalKind) -> f64 {
    let start = Instant::now();
    let tasks: Vec<_> = (0..TASKS)
        .map(|_| {
            let runner = runner.clone();
            tokio::spawn(async move {
                let input = futures::stream::iter(
                    (0..ROWS / BATCH).map(|index| Ok(longs(&[("x", (index * BATCH..(index + 1) * BATCH).collect())]))),
                );
                let call = UdfCall::new(long_function(name, kind), [0]);
                let mut result = runner.scalar(&task(), vec![call], &longs_schema(&["x"]), input.boxed()).unwrap();
                let mut rows = 0;
                while let Some(batch) = result.next().await {
                    rows += batch.unwrap().num_rows();
                }
                rows
            })
        })
        .collect();
    let mut rows = 0;
    for task in tasks {
        rows += task.await.unwrap();
    }
    rows as f64 / start.elapsed().as_secs_f64()
}

#[tokio::main(worker_threads = 2)]
async fn main() {
    let runner = runner();
    runner.prewarm(&task().session.environment, Preload::Pandas).unwrap();
    for (name, kind) in [
        ("plus_one", EvalKind::ArrowBatched),
        ("plus_one", EvalKind::Batched),
        ("arrow_double", EvalKind::ScalarArrow),
        ("series_double", EvalKind::ScalarPandas),
    ] {
        // The first run loads what the workers lack.
        rows_per_second(&runner, name, kind).await;
        println!("{name:14} {kind:14?} {:>12.0} rows/s", rows_per_second(&runner, name, kind).await);
    }
    let spec = TaskSpec {
        command: command("rdd_nothing"),
        python_version: version(),
        context: TaskContext::default(),
        environment: WorkerEnvironment::default(),
        broadcasts: vec![],
    };
    let pool = runner.pool().clone();
    let nothing = || pool.run_task(&spec, Vec::new()).unwrap().count();
    nothing();
    let start = Instant::now();
    for _ in 0..1000 {
        nothing();
    }
    println!("a task of nothing: {:.0} µs", start.elapsed().as_secs_f64() * 1000.0);
}
