//! The loop from end to end: triggers, recovery, restarts, failures, and what the handle tells of them.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use datafusion::prelude::{Expr, lit};
use firesteel_durable::{DurableStore, ManualClock, Simulator};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::query::QueryEvent;
use firesteel_events::{Event, EventBus, Received};
use firesteel_streaming::sources::test_stream::TestStream;
use firesteel_streaming::{Batch, BatchFunction, QueryManager, SinkSpec, StartQuery, Trigger};
use parking_lot::Mutex;
use support::{PlainSession, numbers, query, rows, schema, sources_with, stream};

/// Keeps every call of `foreachBatch`; fails on the batch it is told to.
#[derive(Debug, Default)]
struct Calls {
    seen: Mutex<Vec<(i64, Vec<i64>)>>,
    fails_at: Option<i64>,
}

#[async_trait]
impl BatchFunction for Calls {
    async fn call(&self, batch_id: i64, batch: Batch) -> Result<()> {
        if self.fails_at == Some(batch_id) {
            return Err(SparkError::plain(Exception::Python, "ValueError: boom"));
        }
        self.seen.lock().push((batch_id, numbers(&batch.batches)));
        Ok(())
    }
}

struct Rig {
    input: TestStream,
    store: Arc<Simulator>,
    manager: QueryManager,
    session: Arc<PlainSession>,
}

impl Rig {
    fn new(input: TestStream) -> Self {
        let session = PlainSession::new();
        let store = Arc::new(Simulator::new());
        let manager = QueryManager::new(session.clone(), EventBus::new())
            .with_sources(sources_with("test", &input))
            .with_checkpoint_store(store.clone() as Arc<dyn DurableStore>);
        Self { input, store, manager, session }
    }

    fn query(&self, calls: &Arc<Calls>, trigger: Trigger) -> StartQuery {
        let plan = stream("test", &[], schema()).build().unwrap();
        let sink = SinkSpec { batch_function: Some(calls.clone()), ..SinkSpec::default() };
        query(plan, schema(), sink, trigger)
    }
}

fn two_groups_a_batch() -> TestStream {
    let input = TestStream::new(schema()).groups_per_batch(2);
    for n in 0..5 {
        input.add(rows(&[n, n + 100]));
    }
    input
}

#[tokio::test]
async fn available_now_reads_what_was_there_in_limited_batches_and_ends() {
    let rig = Rig::new(two_groups_a_batch());
    let calls = Arc::new(Calls::default());
    let query = rig.manager.start(rig.query(&calls, Trigger::AvailableNow)).await.unwrap();
    assert!(query.await_termination(None).await.unwrap());
    assert_eq!(*calls.seen.lock(), [(0, vec![0, 1, 100, 101]), (1, vec![2, 3, 102, 103]), (2, vec![4, 104])]);
    assert!(!query.is_active() && query.status().message == "Stopped");
    let progress = query.last_progress().unwrap();
    assert_eq!((progress.batch_id, progress.num_input_rows()), (2, 2));
    let value = progress.value();
    assert_eq!(value["sources"][0]["startOffset"], 3);
    assert_eq!(value["sources"][0]["endOffset"], 4);
    assert_eq!(value["sink"]["description"], "ForeachBatchSink");
    let steps: Vec<&str> = progress.durations_ms.keys().copied().collect();
    let spark =
        ["addBatch", "commitOffsets", "getBatch", "latestOffset", "queryPlanning", "triggerExecution", "walCommit"];
    assert_eq!(steps, spark);
}

#[tokio::test]
async fn a_once_trigger_takes_everything_in_one_batch() {
    let rig = Rig::new(two_groups_a_batch());
    let calls = Arc::new(Calls::default());
    let query = rig.manager.start(rig.query(&calls, Trigger::Once)).await.unwrap();
    query.await_termination(None).await.unwrap();
    assert_eq!(calls.seen.lock().len(), 1);
    assert_eq!(calls.seen.lock()[0].1.len(), 10);
}

#[tokio::test]
async fn a_restarted_query_keeps_its_id_and_goes_on_after_the_last_batch() {
    let rig = Rig::new(two_groups_a_batch());
    let calls = Arc::new(Calls::default());
    let first = rig.manager.start(rig.query(&calls, Trigger::AvailableNow)).await.unwrap();
    first.await_termination(None).await.unwrap();
    rig.input.add(rows(&[7]));
    let second = rig.manager.start(rig.query(&calls, Trigger::AvailableNow)).await.unwrap();
    second.await_termination(None).await.unwrap();
    assert_eq!(first.id(), second.id());
    assert_ne!(first.run_id(), second.run_id());
    assert_eq!(calls.seen.lock()[3], (3, vec![7]));
    let third = rig.manager.start(rig.query(&calls, Trigger::AvailableNow)).await.unwrap();
    third.await_termination(None).await.unwrap();
    assert_eq!(calls.seen.lock().len(), 4, "nothing new, no batch");
    let idle = third.last_progress().unwrap();
    assert_eq!((idle.batch_id, idle.num_input_rows()), (4, 0));
    assert_eq!(idle.durations_ms.keys().copied().collect::<Vec<_>>(), ["latestOffset", "triggerExecution"]);
}

#[tokio::test]
async fn a_failed_batch_comes_again_with_the_same_rows_though_more_have_arrived() {
    let rig = Rig::new(two_groups_a_batch());
    let failing = Arc::new(Calls { fails_at: Some(1), ..Calls::default() });
    let query = rig.manager.start(rig.query(&failing, Trigger::AvailableNow)).await.unwrap();
    let error = query.await_termination(None).await.unwrap_err();
    assert_eq!(error.condition(), Some("STREAM_FAILED"));
    assert_eq!(error.exception(), Exception::StreamingQuery);
    assert_eq!(error.params()["id"], query.id());
    assert!(error.params()["message"].contains("boom"), "{error}");
    assert!(query.status().message.starts_with("Terminated with exception: [FOREACH_BATCH_USER_FUNCTION_ERROR]"));
    rig.input.add(rows(&[9]));
    let calls = Arc::new(Calls::default());
    let query = rig.manager.start(rig.query(&calls, Trigger::AvailableNow)).await.unwrap();
    query.await_termination(None).await.unwrap();
    assert_eq!(*calls.seen.lock(), [(1, vec![2, 3, 102, 103]), (2, vec![4, 9, 104])]);
}

#[tokio::test]
async fn process_all_available_returns_when_the_rows_are_through_and_stop_ends_the_query() {
    let rig = Rig::new(TestStream::new(schema()));
    let calls = Arc::new(Calls::default());
    let query = rig.manager.start(rig.query(&calls, Trigger::Default)).await.unwrap();
    query.process_all_available().await.unwrap();
    for n in 0..3 {
        rig.input.add(rows(&[n]));
        query.process_all_available().await.unwrap();
        assert_eq!(calls.seen.lock().last().unwrap(), &(n, vec![n]));
    }
    assert_eq!(query.status().message, "Waiting for data to arrive");
    assert!(!query.await_termination(Some(Duration::from_millis(1))).await.unwrap());
    query.stop().await.unwrap();
    assert!(!query.is_active() && query.exception().is_none());
    assert!(query.explain(false).contains("MicroBatchScan"));
}

#[tokio::test]
async fn a_name_is_used_once_at_a_time_and_a_second_run_of_a_checkpoint_stops_the_first() {
    let rig = Rig::new(TestStream::new(schema()));
    let calls = Arc::new(Calls::default());
    let named = StartQuery { name: Some("q".into()), ..rig.query(&calls, Trigger::Default) };
    let first = rig.manager.start(named.clone()).await.unwrap();
    let error = rig.manager.start(named).await.unwrap_err();
    assert!(error.message().contains("Cannot start query with name q"), "{error}");
    let second = rig.manager.start(rig.query(&calls, Trigger::Default)).await.unwrap();
    assert!(!first.is_active() && second.is_active());
    assert_eq!(rig.manager.active().len(), 1);
    assert!(rig.manager.get(second.id()).is_some());
    assert!(rig.manager.find(first.id(), first.run_id()).is_some());
    rig.session.set("spark.sql.streaming.stopActiveRunOnRestart", "false");
    assert!(rig.manager.start(rig.query(&calls, Trigger::Default)).await.is_err());
    rig.manager.stop_all().await;
    assert!(rig.manager.active().is_empty());
}

#[tokio::test]
async fn await_any_termination_tells_of_an_end_until_it_is_reset() {
    let rig = Rig::new(two_groups_a_batch());
    let soon = Some(Duration::from_millis(1));
    assert!(!rig.manager.await_any_termination(soon).await.unwrap());
    let calls = Arc::new(Calls::default());
    rig.manager.start(rig.query(&calls, Trigger::AvailableNow)).await.unwrap();
    assert!(rig.manager.await_any_termination(None).await.unwrap());
    assert!(rig.manager.await_any_termination(soon).await.unwrap());
    rig.manager.reset_terminated();
    assert!(!rig.manager.await_any_termination(soon).await.unwrap());
}

#[tokio::test]
async fn listeners_get_started_progress_and_terminated_in_order() {
    let rig = Rig::new(two_groups_a_batch());
    let mut events = rig.manager.bus().subscribe();
    let calls = Arc::new(Calls::default());
    let query = rig.manager.start(rig.query(&calls, Trigger::AvailableNow)).await.unwrap();
    query.await_termination(None).await.unwrap();
    let mut kinds = Vec::new();
    while let Some(Received::Event(event)) = events.next().await {
        // Executions are told of on the same bus.
        let Event::Query(event) = event else { continue };
        kinds.push(match event.as_ref() {
            QueryEvent::Started(_) => "started",
            QueryEvent::Progress(_) => "progress",
            QueryEvent::Idle(_) => "idle",
            QueryEvent::Terminated(_) => "terminated",
        });
        if kinds.last() == Some(&"terminated") {
            break;
        }
    }
    assert_eq!(kinds, ["started", "progress", "progress", "progress", "terminated"]);
}

#[tokio::test]
async fn a_trigger_that_follows_the_load_waits_for_its_interval_of_now() {
    let clock = Arc::new(ManualClock::at(0));
    let mut rig = Rig::new(TestStream::new(schema()).groups_per_batch(1));
    rig.manager = rig.manager.with_clock(clock.clone());
    rig.session.set("spark.streaming.interval.auto", "true");
    rig.session.set("spark.streaming.interval.auto.min", "5s");
    (0..2).for_each(|n| rig.input.add(rows(&[n])));
    let mut events = rig.manager.bus().subscribe();
    let calls = Arc::new(Calls::default());
    let query = rig.manager.start(rig.query(&calls, Trigger::processing_time("1 second").unwrap())).await.unwrap();
    let mut times = Vec::new();
    while times.len() < 2 {
        let Some(Received::Event(Event::Query(event))) = events.next().await else { continue };
        if let QueryEvent::Progress(progress) = event.as_ref() {
            times.push(progress.progress["timestamp"].clone());
            clock.advance(4_999);
            clock.advance(1);
        }
    }
    assert_eq!(times, ["1970-01-01T00:00:00.000Z", "1970-01-01T00:00:05.000Z"]);
    query.stop().await.unwrap();
    rig.session.set("spark.streaming.interval.auto.max", "1s");
    let wrong = rig.manager.start(rig.query(&calls, Trigger::processing_time("1 second").unwrap())).await;
    let error = wrong.unwrap().await_termination(None).await.unwrap_err();
    assert!(error.message().contains("spark.streaming.interval.auto.max"), "{error}");
}

#[tokio::test]
async fn a_query_with_other_sources_than_its_checkpoint_is_refused() {
    let rig = Rig::new(two_groups_a_batch());
    let calls = Arc::new(Calls::default());
    let query = rig.manager.start(rig.query(&calls, Trigger::AvailableNow)).await.unwrap();
    query.await_termination(None).await.unwrap();
    let plan = stream("test", &[], schema()).union(stream("test", &[], schema()).build().unwrap()).unwrap();
    let sink = SinkSpec { batch_function: Some(calls), ..SinkSpec::default() };
    let two = support::query(plan.build().unwrap(), schema(), sink, Trigger::AvailableNow);
    let error = rig.manager.start(two).await.unwrap().await_termination(None).await.unwrap_err();
    assert!(
        error.message().contains("There are [1] sources in the checkpoint offsets and now there are [2]"),
        "{error}"
    );
}

#[tokio::test]
async fn old_log_entries_are_removed_as_min_batches_to_retain_says() {
    let input = TestStream::new(schema()).groups_per_batch(1);
    (0..8).for_each(|n| input.add(rows(&[n])));
    let rig = Rig::new(input);
    rig.session.set("spark.sql.streaming.minBatchesToRetain", "3");
    let calls = Arc::new(Calls::default());
    let query = rig.manager.start(rig.query(&calls, Trigger::AvailableNow)).await.unwrap();
    query.await_termination(None).await.unwrap();
    let files: Vec<String> = rig.store.files().into_keys().filter(|path| path.starts_with("offsets/")).collect();
    assert_eq!(files, ["offsets/4", "offsets/5", "offsets/6", "offsets/7"]);
}

#[tokio::test]
async fn the_plan_kept_between_batches_gives_each_batch_its_own_rows() {
    let rig = Rig::new(two_groups_a_batch());
    let calls = Arc::new(Calls::default());
    let plan = stream("test", &[], schema());
    let column = Expr::Column(plan.schema().columns()[0].clone());
    let other = Expr::Column(plan.schema().columns()[1].clone());
    let plan = plan.filter(column.clone().gt(lit(50_i64))).unwrap();
    let plan = plan.project(vec![(column + lit(1_i64)).alias("n#x"), other.alias("s#x")]).unwrap().build().unwrap();
    let sink = SinkSpec { batch_function: Some(calls.clone()), ..SinkSpec::default() };
    let started = rig.manager.start(query(plan, schema(), sink, Trigger::AvailableNow)).await.unwrap();
    started.await_termination(None).await.unwrap();
    assert_eq!(*calls.seen.lock(), [(0, vec![101, 102]), (1, vec![103, 104]), (2, vec![105])]);
}
