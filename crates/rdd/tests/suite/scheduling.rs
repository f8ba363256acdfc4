//! Barriers, kills, and what the bus is told.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use firesteel_events::job::{JobEvent, JobResult, TaskEndReason};
use firesteel_events::{Event, EventBus, Received};
use firesteel_rdd::{JobOptions, JobStatus, Records, SparkConf, SparkContext, TaskContext, records};

fn conf(master: &str) -> SparkConf {
    SparkConf::new().set_master(master).set_app_name("test")
}

#[test]
fn a_failed_barrier_task_starts_all_of_them_again() {
    let sc = SparkContext::new(conf("local[3,2]")).unwrap();
    let runs = Arc::new(AtomicUsize::new(0));
    let count = runs.clone();
    let rdd = sc.parallelize(0..3, 3).barrier().map_partitions(move |task, _| {
        let barrier = task.barrier().unwrap();
        count.fetch_add(1, Ordering::SeqCst);
        if task.partition_id() == 1 && task.stage_attempt() == 0 {
            // A task that has not begun when another one fails does not begin at all.
            while count.load(Ordering::SeqCst) < 3 {
                std::thread::yield_now();
            }
            panic!("one is enough");
        }
        Ok(records([barrier.all_gather(task.partition_id().to_string())?.join("")]))
    });
    assert_eq!(rdd.collect().unwrap(), ["012", "012", "012"]);
    assert_eq!(runs.load(Ordering::SeqCst), 6);
}

fn drain(events: &mut firesteel_events::Subscription) -> Vec<Arc<JobEvent>> {
    let mut all = Vec::new();
    while let Some(received) = events.try_next() {
        if let Received::Event(Event::Job(event)) = received {
            all.push(event);
        }
    }
    all
}

#[test]
fn the_bus_is_told_of_jobs_stages_tasks_and_named_accumulators() {
    let bus = EventBus::new();
    let sc = SparkContext::with_bus(conf("local[2]"), bus.clone()).unwrap();
    let mut events = bus.subscribe();
    let seen = sc.long_accumulator("seen");
    let add = seen.clone();
    sc.set_job_group("group", "a description", false);
    let pairs = sc.parallelize(0..10, 2).map(move |x| {
        add.add(1);
        (x % 2, x)
    });
    pairs.reduce_by_key(|a, b| a + b).collect().unwrap();
    let events = drain(&mut events);
    let names: Vec<String> =
        events.iter().map(|event| event.json()["Event"].as_str().unwrap()[13..].to_string()).collect();
    assert_eq!(names.first().map(String::as_str), Some("JobStart"));
    assert_eq!(names.last().map(String::as_str), Some("JobEnd"));
    assert_eq!(names.iter().filter(|name| *name == "TaskEnd").count(), 4);
    assert_eq!(names.iter().filter(|name| *name == "StageCompleted").count(), 2);
    let JobEvent::JobStart { stages, properties, .. } = &*events[0] else { panic!("{:?}", events[0]) };
    assert_eq!(stages.len(), 2);
    assert_eq!(stages[1].parent_ids, [stages[0].stage_id]);
    assert!(stages[1].name.starts_with("collect at "), "{}", stages[1].name);
    assert_eq!(properties["spark.job.description"], "a description");
    let last_of_maps = events.iter().rev().find_map(|event| match &**event {
        JobEvent::StageCompleted { stage } if stage.stage_id == stages[0].stage_id => Some(stage.clone()),
        _ => None,
    });
    let accumulated = &last_of_maps.unwrap().accumulables[0];
    assert_eq!((accumulated.name.as_deref(), accumulated.value.as_deref()), (Some("seen"), Some("10")));
    let written: u64 = events
        .iter()
        .map(|event| match &**event {
            JobEvent::TaskEnd { reason: TaskEndReason::Success, metrics, .. } => metrics.shuffle_write.records_written,
            _ => 0,
        })
        .sum();
    assert_eq!(written, 4, "two keys from each of two tasks");
    assert_eq!(sc.status_tracker().job_ids_for_group(Some("group")), [0]);
    assert_eq!(sc.status_tracker().job_info(0).unwrap().status, JobStatus::Succeeded);
}

#[test]
fn a_failed_job_says_so() {
    let bus = EventBus::new();
    let sc = SparkContext::with_bus(conf("local[2]"), bus.clone()).unwrap();
    let mut events = bus.subscribe();
    assert!(sc.parallelize(0..1, 1).foreach(|_| panic!("on purpose")).is_err());
    let events = drain(&mut events);
    let JobEvent::JobEnd { result: JobResult::Failed(why), .. } = &**events.last().unwrap() else {
        panic!("{events:?}")
    };
    assert!(why.contains("on purpose"), "{why}");
}

#[test]
fn a_stopped_context_runs_nothing_and_a_task_runs_no_job() {
    let sc = SparkContext::new(conf("local[2]")).unwrap();
    let (rdd, inner) = (sc.parallelize(0..2, 2), sc.parallelize(0..2, 2));
    let error = rdd.map(move |_| inner.count().unwrap_err().message()).first().unwrap();
    assert!(error.contains("SPARK-5063"), "{error}");
    sc.stop();
    assert!(rdd.count().unwrap_err().message().contains("stopped SparkContext"));
}

#[test]
fn a_killed_task_runs_again() {
    let sc = SparkContext::new(conf("local[2]")).unwrap();
    let killer = sc.clone();
    let tries = Arc::new(AtomicUsize::new(0));
    let count = tries.clone();
    let task = move |task: &TaskContext, records: Records<i32>| {
        if count.fetch_add(1, Ordering::SeqCst) == 0 {
            killer.kill_task_attempt(task.task_attempt_id(), "a test");
        }
        task.check_cancelled()?;
        Ok(records.count())
    };
    let mut result = 0;
    sc.run_job(&sc.parallelize(0..5, 1), &[0], task, JobOptions::default(), |_, count| result = count).unwrap();
    assert_eq!((result, tries.load(Ordering::SeqCst)), (5, 2));
}
