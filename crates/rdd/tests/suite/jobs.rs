//! Jobs: results, failures, retries, cancellation.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::channel;

use firesteel_rdd::{JobOptions, Records, SparkConf, SparkContext, TaskContext};

fn context(master: &str) -> SparkContext {
    SparkContext::new(SparkConf::new().set_master(master).set_app_name("test")).unwrap()
}

#[test]
fn narrow_steps_compute_in_order() {
    let sc = context("local[2]");
    let rdd = sc.parallelize(0..1000, 7).map(|x| x * 2).filter(|x| x % 3 == 0).flat_map(|x| [x, x + 1]);
    let expected: Vec<i32> = (0..1000).map(|x| x * 2).filter(|x| x % 3 == 0).flat_map(|x| [x, x + 1]).collect();
    assert_eq!(rdd.collect().unwrap(), expected);
    assert_eq!(rdd.count().unwrap(), expected.len() as u64);
}

#[test]
fn a_panic_fails_the_job_and_not_the_context() {
    let sc = context("local[2]");
    let error = sc.parallelize(0..4, 4).map(|x| if x == 2 { panic!("no {x}") } else { x }).collect().unwrap_err();
    assert!(error.message().contains("Task 2 in stage 0.0 failed 1 times"), "{error}");
    assert!(error.message().contains("panicked: no 2"), "{error}");
    assert_eq!(sc.parallelize(0..4, 4).count().unwrap(), 4);
}

#[test]
fn a_task_is_tried_as_often_as_the_master_says_and_counted_once() {
    let sc = context("local[2,3]");
    let tries = Arc::new(AtomicUsize::new(0));
    let (total, seen) = (sc.accumulator(0_i64), tries.clone());
    let add = total.clone();
    let rdd = sc.parallelize(1..=10_i64, 2).map(move |x| {
        add.add(x);
        if x == 10 && seen.fetch_add(1, Ordering::SeqCst) < 2 {
            panic!("not yet");
        }
        x
    });
    assert_eq!(rdd.count().unwrap(), 10);
    assert_eq!(tries.load(Ordering::SeqCst), 3);
    assert_eq!(total.value().unwrap(), 55);
}

#[test]
fn an_accumulator_cannot_be_read_in_a_task() {
    let sc = context("local");
    let total = sc.accumulator(0);
    let error = sc.parallelize(0..1, 1).map(move |_| total.value().is_err()).collect().unwrap();
    assert_eq!(error, [true]);
}

#[test]
fn a_cancelled_group_ends_and_its_tasks_hear_of_it() {
    let sc = context("local[2]");
    let (started, is_started) = channel();
    let started = parking_lot::Mutex::new(started);
    let canceller = {
        let sc = sc.clone();
        std::thread::spawn(move || {
            is_started.recv().unwrap();
            sc.cancel_job_group("slow");
        })
    };
    let wait = move |task: &TaskContext, _: Records<i32>| {
        started.lock().send(()).unwrap();
        let (cancelled, is_cancelled) = channel();
        let _guard = task.on_cancel(move || cancelled.send(()).unwrap());
        is_cancelled.recv().unwrap();
        task.check_cancelled()
    };
    let options = JobOptions { group: Some("slow".into()), ..JobOptions::default() };
    let error = sc.run_job(&sc.parallelize(0..2, 2), &[0, 1], wait, options, |_, ()| ()).unwrap_err();
    canceller.join().unwrap();
    assert_eq!(error.condition(), Some("SPARK_JOB_CANCELLED"));
    assert!(error.message().contains("Job 0 cancelled part of cancelled job group slow"), "{error}");
    assert_eq!(sc.parallelize(0..3, 3).count().unwrap(), 3);
}

#[test]
fn foreign_updates_come_once_from_the_attempt_that_counts() {
    let sc = context("local[2,4]");
    let tries = Arc::new(AtomicUsize::new(0));
    let seen = tries.clone();
    let mut accepted = Vec::new();
    let task = move |task: &TaskContext, records: Records<i32>| {
        task.add_update(vec![task.attempt_number() as u8].into());
        if task.partition_id() == 1 && seen.fetch_add(1, Ordering::SeqCst) == 0 {
            panic!("first try");
        }
        Ok(records.count())
    };
    let options = JobOptions {
        on_accepted: Some(Box::new(|partition, updates| accepted.push((partition, updates)))),
        ..JobOptions::default()
    };
    sc.run_job(&sc.parallelize(0..9, 3), &[0, 1, 2], task, options, |_, _: usize| ()).unwrap();
    accepted.sort();
    assert_eq!(accepted, [(0, vec![vec![0].into()]), (1, vec![vec![1].into()]), (2, vec![vec![0].into()])]);
}
