//! Tasks of RDDs, against the client's own worker.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::collections::BTreeMap;

use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use firesteel_python::{PoolConfig, TaskContext, TaskSpec, WorkerEnvironment, WorkerPool};
use support::*;

fn pool() -> WorkerPool {
    WorkerPool::new(PoolConfig::new(python(), 2)).unwrap()
}

fn spec(name: &str) -> TaskSpec {
    TaskSpec {
        command: command(name),
        python_version: version(),
        context: TaskContext { partition_id: 3, ..TaskContext::default() },
        environment: WorkerEnvironment::default(),
        broadcasts: vec![],
    }
}

fn run(pool: &WorkerPool, spec: &TaskSpec, input: Vec<Bytes>) -> Result<Vec<Bytes>> {
    pool.run_task(spec, input.into_iter().map(Ok))?.collect()
}

/// Whether a pickled batch has that text in it.
fn holds(frames: &[Bytes], text: &[u8]) -> bool {
    frames.iter().any(|frame| frame.windows(text.len()).any(|bytes| bytes == text))
}

#[test]
fn lines_in_and_pickled_words_out_with_the_accumulator() {
    let pool = pool();
    let lines = (0..20_000).map(|n| Ok(Bytes::from(format!("some words {n}"))));
    let mut task = pool.run_task(&spec("rdd_split"), lines).unwrap();
    let frames = task.by_ref().collect::<Result<Vec<_>>>().unwrap();
    assert!(holds(&frames, b"19999"));
    let report = task.take_report().unwrap();
    // 60,000 words: pickled as M (two bytes, little-endian).
    assert!(report.accumulators[0].windows(5).any(|bytes| bytes == [b'K', 3, b'M', 0x60, 0xea]), "{report:?}");
    assert_eq!(pool.idle_pids().len(), 1);
}

#[test]
fn frames_come_back_as_they_are() {
    let long = "x".repeat(3_000_000);
    let lines = vec![Bytes::from("short"), Bytes::from(long.clone()), Bytes::new()];
    let frames = run(&pool(), &spec("rdd_lines"), lines).unwrap();
    assert_eq!(frames, [Bytes::from("SHORT"), Bytes::from(long.to_uppercase()), Bytes::new()]);
}

#[test]
fn input_that_comes_in_large_pieces_is_sent_to_its_end() {
    let lines: Vec<Bytes> = (0..50).map(|n| Bytes::from(format!("line {n} ").repeat(12_000))).collect();
    let frames = run(&pool(), &spec("rdd_lines"), lines.clone()).unwrap();
    let upper = lines.iter().map(|line| Bytes::from(line.to_ascii_uppercase()));
    assert_eq!(frames, upper.collect::<Vec<_>>());
}

#[test]
fn a_worker_is_used_again_and_tasks_of_nothing_are_cheap() {
    let pool = pool();
    run(&pool, &spec("rdd_nothing"), vec![]).unwrap();
    let first = run(&pool, &spec("rdd_pid"), vec![]).unwrap();
    assert_eq!(run(&pool, &spec("rdd_pid"), vec![]).unwrap(), first);
}

#[test]
fn exceptions_have_the_users_frames_and_errors_of_the_input_win() {
    let pool = pool();
    let mut spec = spec("rdd_raises");
    spec.environment.variables.insert("SPARK_SIMPLIFIED_TRACEBACK".into(), "1".into());
    // A pickled list with one number.
    let error = run(&pool, &spec, vec![Bytes::from_static(b"\x80\x04]K\x05a.")]).unwrap_err();
    assert!(error.message().contains("KeyError: 5") && error.message().contains("in rdd_raises"), "{error}");
    let broken = vec![Err(SparkError::new("DIVIDE_BY_ZERO"))];
    let error = pool.run_task(&spec, broken).unwrap().next().unwrap().unwrap_err();
    assert_eq!(error.condition(), Some("DIVIDE_BY_ZERO"));
}

#[test]
fn a_task_may_leave_its_input() {
    let pool = pool();
    let batch = Bytes::from_static(b"\x80\x04]K\x05a.");
    let frames = run(&pool, &spec("rdd_first"), vec![batch; 200_000]).unwrap();
    assert!(holds(&frames, b"K\x05"));
    assert!(pool.idle_pids().is_empty());
}

#[test]
fn a_task_can_be_cancelled_from_another_thread() {
    let pool = pool();
    let mut task = pool.run_task(&spec("rdd_hang"), Vec::new()).unwrap();
    let canceller = task.canceller();
    let waiting = std::thread::spawn(move || task.next());
    canceller.cancel();
    let error = waiting.join().unwrap().unwrap().unwrap_err();
    assert!(error.message().contains("SIGKILL"), "{error}");
}

#[test]
fn environments_files_and_modules_are_the_tasks_own() {
    let pool = pool();
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("added_module.py"), "VALUE = 'from the added module'").unwrap();
    let files_directory = directory.path().to_str().unwrap().to_string();
    let variables = BTreeMap::from([("FIRESTEEL_TEST_VARIABLE".to_string(), "set for the task".to_string())]);
    let environment = WorkerEnvironment { variables, files_directory, ..WorkerEnvironment::default() };
    let with = |name: &str| TaskSpec { environment: environment.clone(), ..spec(name) };
    assert!(holds(&run(&pool, &with("rdd_environment"), vec![]).unwrap(), b"set for the task"));
    assert!(!holds(&run(&pool, &spec("rdd_environment"), vec![]).unwrap(), b"set for the task"));
    assert!(holds(&run(&pool, &with("rdd_import"), vec![]).unwrap(), b"from the added module"));
    let error = run(&pool, &spec("rdd_import"), vec![]).unwrap_err();
    assert!(error.message().contains("ModuleNotFoundError"), "{error}");
}

#[test]
fn functions_see_their_task_context() {
    let directory = tempfile::tempdir().unwrap();
    let mut spec = spec("rdd_context");
    spec.environment.files_directory = directory.path().to_str().unwrap().to_string();
    spec.context = TaskContext {
        stage_id: 21,
        partition_id: 22,
        attempt_number: 23,
        task_attempt_id: 24,
        local_properties: BTreeMap::from([("color".to_string(), "vermilion".to_string())]),
        ..TaskContext::default()
    };
    let frames = run(&pool(), &spec, vec![]).unwrap();
    assert!(holds(&frames, &[b'K', 21, b'K', 22, b'K', 23, b'K', 24]), "{frames:?}");
    assert!(holds(&frames, b"vermilion"));
    assert!(holds(&frames, directory.path().file_name().unwrap().to_str().unwrap().as_bytes()));
}
