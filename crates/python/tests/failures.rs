//! Functions that raise, exit, crash or hang, and workers that are used again, limited and cancelled.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use arrow::array::{ArrayRef, RecordBatch, StringArray};
use firesteel_error::{Exception, SparkError};
use firesteel_python::{
    BroadcastFile, EvalKind, IdleLimit, PoolConfig, Preload, PythonRunner, PythonTask, UdfCall, WorkerEnvironment,
};
use futures::StreamExt;
use support::*;

const KINDS: [EvalKind; 2] = [EvalKind::Batched, EvalKind::ArrowBatched];

async fn run(
    runner: &PythonRunner,
    task: &PythonTask,
    name: &str,
    kind: EvalKind,
) -> Result<Vec<RecordBatch>, SparkError> {
    let batch = longs(&[("x", vec![1, 2, 3])]);
    let call = UdfCall::new(long_function(name, kind), [0]);
    all(runner.scalar(task, vec![call], &batch.schema(), stream(vec![batch.clone()]))).await
}

#[tokio::test]
async fn an_exception_shows_the_users_frames_and_leaves_the_engine_well() {
    let runner = runner();
    for kind in KINDS {
        let error = run(&runner, &task(), "raises", kind).await.unwrap_err();
        assert_eq!((error.condition(), error.exception()), (Some("PYTHON_EXCEPTION"), Exception::Python));
        let traceback = &error.params()["traceback"];
        let frames: Vec<&str> = traceback.lines().filter(|line| line.contains("File ")).collect();
        assert!(frames[0].contains("in raises") && frames[1].contains("in inner"), "{traceback}");
        assert!(frames.iter().all(|frame| !frame.contains("pyspark/worker.py")), "{traceback}");
        assert!(traceback.trim_end().ends_with("ValueError: boom 1"), "{traceback}");
        assert_eq!(
            long_column(&run(&runner, &task(), "plus_one", kind).await.unwrap(), 1),
            [Some(2), Some(3), Some(4)]
        );
    }
}

#[tokio::test]
async fn the_whole_traceback_can_be_had() {
    let task = task_with(&[("spark.sql.execution.pyspark.udf.simplifiedTraceback.enabled", "false")]);
    let error = run(&runner(), &task, "raises", EvalKind::ArrowBatched).await.unwrap_err();
    assert!(error.params()["traceback"].contains("pyspark/worker.py"), "{error}");
}

#[tokio::test]
async fn sys_exit_in_a_function_is_an_exception() {
    for kind in KINDS {
        let error = run(&runner(), &task(), "leaves", kind).await.unwrap_err();
        assert!(error.message().contains("SystemExit: 3"), "{error}");
    }
}

#[tokio::test]
async fn a_crash_tells_its_status_and_last_words() {
    let runner = runner();
    for kind in KINDS {
        let error = run(&runner, &task(), "dies", kind).await.unwrap_err();
        assert!(error.message().contains("exit status 7"), "{error}");
        assert!(error.message().contains("these are my last words"), "{error}");
        let error = run(&runner, &task(), "killed", kind).await.unwrap_err();
        assert!(error.message().contains("signal 9 (SIGKILL)"), "{error}");
        run(&runner, &task(), "plus_one", kind).await.unwrap();
    }
}

#[tokio::test]
async fn a_crash_tells_where_python_was_if_asked() {
    let task = task_with(&[("spark.sql.execution.pyspark.udf.faulthandler.enabled", "true")]);
    let error = run(&runner(), &task, "segfaults", EvalKind::ArrowBatched).await.unwrap_err();
    assert!(error.message().contains("signal 11 (SIGSEGV)"), "{error}");
    assert!(error.message().contains("in segfaults"), "{error}");
}

#[tokio::test]
async fn objects_that_are_no_sql_values_are_named() {
    let batch = longs(&[("x", vec![1])]);
    let call = UdfCall::new(function("numpy_value", EvalKind::Batched, arrow::datatypes::DataType::Float64), [0]);
    let result = runner().scalar(&task(), vec![call], &batch.schema(), stream(vec![batch.clone()]));
    let error = all(result).await.unwrap_err();
    assert!(error.message().contains("numpy"), "{error}");
}

#[tokio::test]
async fn a_cancelled_task_kills_its_worker() {
    let runner = runner();
    let directory = tempfile::tempdir().unwrap();
    let marker = directory.path().join("pid");
    let paths: ArrayRef = Arc::new(StringArray::from(vec![marker.to_str().unwrap()]));
    let batch = RecordBatch::try_from_iter([("path", paths)]).unwrap();
    let call = UdfCall::new(long_function("hangs_with_marker", EvalKind::ArrowBatched), [0]);
    let mut result = runner.scalar(&task(), vec![call], &batch.schema(), stream(vec![batch.clone()])).unwrap();
    let hanging = tokio::spawn(async move { result.next().await });
    until("the function hangs", || std::fs::read_to_string(&marker).is_ok_and(|text| !text.is_empty())).await;
    let pid = std::fs::read_to_string(&marker).unwrap();
    let process = format!("/proc/{pid}");
    assert!(std::path::Path::new(&process).exists());
    hanging.abort();
    until("the worker has ended", || !std::path::Path::new(&process).exists()).await;
}

#[tokio::test]
async fn a_hanging_worker_is_killed_after_the_limit() {
    let mut config = PoolConfig::new(python(), 1);
    config.idle_limit = Some(IdleLimit { after: Duration::from_millis(300), kill: true });
    let runner = PythonRunner::new(config).unwrap();
    runner.prewarm(&task().session.environment, Preload::Pandas).unwrap();
    until("a worker is warm", || runner.pool().idle_pids().len() == 1).await;
    let error = run(&runner, &task(), "hangs", EvalKind::Batched).await.unwrap_err();
    assert!(error.message().contains("killOnIdleTimeout"), "{error}");
}

#[tokio::test]
async fn memory_over_the_limit_is_an_exception() {
    let mut config = PoolConfig::new(python(), 1);
    config.memory_mib = Some(2048);
    let error = run(&PythonRunner::new(config).unwrap(), &task(), "greedy", EvalKind::Batched).await.unwrap_err();
    assert!(error.message().contains("MemoryError"), "{error}");
}

#[tokio::test]
async fn a_worker_serves_many_tasks_unless_told_not_to() {
    let runner = runner();
    run(&runner, &task(), "plus_one", EvalKind::ArrowBatched).await.unwrap();
    let first = runner.pool().idle_pids();
    assert_eq!(first.len(), 1);
    for _ in 0..5 {
        run(&runner, &task(), "plus_one", EvalKind::Batched).await.unwrap();
    }
    assert_eq!(runner.pool().idle_pids(), first);

    let mut config = PoolConfig::new(python(), 1);
    config.reuse = false;
    let single = PythonRunner::new(config).unwrap();
    run(&single, &task(), "plus_one", EvalKind::Batched).await.unwrap();
    assert!(single.pool().idle_pids().is_empty());
}

#[tokio::test]
async fn workers_end_with_the_pool() {
    let runner = runner();
    runner.prewarm(&WorkerEnvironment::default(), Preload::Nothing).unwrap();
    until("two workers are warm", || runner.pool().idle_pids().len() == 2).await;
    let processes: Vec<_> = runner.pool().idle_pids().iter().map(|pid| format!("/proc/{pid}")).collect();
    drop(runner);
    until("they have ended", || processes.iter().all(|process| !std::path::Path::new(process).exists())).await;
}

#[tokio::test]
async fn a_python_without_pyspark_is_reported() {
    let runner = PythonRunner::new(PoolConfig::new("/bin/false", 1)).unwrap();
    let error = run(&runner, &task(), "plus_one", EvalKind::Batched).await.unwrap_err();
    assert!(!error.message().is_empty());
    let missing = PythonRunner::new(PoolConfig::new("/no/such/python", 1)).unwrap();
    let error = run(&missing, &task(), "plus_one", EvalKind::Batched).await.unwrap_err();
    assert!(error.message().contains("/no/such/python"), "{error}");
}

#[tokio::test]
async fn another_python_version_is_refused() {
    let batch = longs(&[("x", vec![1])]);
    let mut function = long_function("plus_one", EvalKind::Batched);
    function.python_version = "2.7".into();
    let call = UdfCall::new(function, [0]);
    let result = runner().scalar(&task(), vec![call], &batch.schema(), stream(vec![batch.clone()]));
    let error = all(result).await.unwrap_err();
    assert!(error.message().contains("PYTHON_VERSION_MISMATCH"), "{error}");
}

#[tokio::test]
async fn accumulators_come_with_the_report_of_a_task_that_ended_well() {
    let runner = runner();
    let reports = Arc::new(Mutex::new(Vec::new()));
    let seen = reports.clone();
    let mut task = task();
    task.on_report = Some(Arc::new(move |report| seen.lock().unwrap().push(report)));
    run(&runner, &task, "counts", EvalKind::ArrowBatched).await.unwrap();
    run(&runner, &task, "raises", EvalKind::ArrowBatched).await.unwrap_err();
    let reports = reports.lock().unwrap();
    let [report] = reports.as_slice() else { panic!("{reports:?}") };
    // The pickle of (3, 3): the accumulator's id and the three rows.
    assert!(report.accumulators[0].windows(4).any(|bytes| bytes == b"K\x03K\x03"), "{report:?}");
    assert!(report.finish_ms >= report.boot_ms && report.boot_ms > 0);
}

#[tokio::test]
async fn a_broadcast_is_read_once_in_a_worker_until_it_is_forgotten() {
    let runner = runner();
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("broadcast");
    std::fs::write(&path, command("broadcast_value")).unwrap();
    let mut task = task();
    task.broadcasts = vec![BroadcastFile { id: 7, path }];
    let result = run(&runner, &task, "from_broadcast", EvalKind::ArrowBatched).await.unwrap();
    assert_eq!(long_column(&result, 1), [Some(11), Some(22), Some(33)]);
    for first in [1, 4] {
        let result = run(&runner, &task, "load_count", EvalKind::ArrowBatched).await.unwrap();
        assert_eq!(long_column(&result, 1), [Some(first), Some(first + 1), Some(first + 2)]);
    }
    runner.pool().forget_broadcast(7);
    task.broadcasts.clear();
    let error = run(&runner, &task, "from_broadcast", EvalKind::ArrowBatched).await.unwrap_err();
    assert!(error.message().contains("Broadcast variable '7' not loaded!"), "{error}");
}

#[tokio::test]
async fn a_python_without_pyspark_is_named_with_what_to_do() {
    use std::os::unix::fs::PermissionsExt;

    let dir = tempfile::tempdir().unwrap();
    let python = dir.path().join("python");
    // Slow enough that workers are asked for before it is known to have failed.
    std::fs::write(&python, "#!/bin/sh\nsleep 0.2\necho 'No module named pyspark' >&2\nexit 1\n").unwrap();
    std::fs::set_permissions(&python, std::fs::Permissions::from_mode(0o755)).unwrap();
    let runner = PythonRunner::new(PoolConfig::new(python.clone(), 2)).unwrap();
    let error = run(&runner, &task(), "plus_one", EvalKind::ArrowBatched).await.unwrap_err();
    for part in [python.to_str().unwrap(), "PYSPARK_PYTHON", "No module named pyspark"] {
        assert!(error.message().contains(part), "{error}");
    }
}
