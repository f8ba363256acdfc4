//! Stateful queries through the loop: watermarks in the logs, batches without data, state over restarts.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

mod support;

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, Int64Array, RecordBatch, StringArray, TimestampMicrosecondArray};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use async_trait::async_trait;
use datafusion::functions_aggregate::expr_fn::count;
use datafusion::logical_expr::{Extension, LogicalPlan, LogicalPlanBuilder};
use datafusion::prelude::{Expr, lit};
use firesteel_durable::{DurableStore, Simulator};
use firesteel_error::Result;
use firesteel_events::EventBus;
use firesteel_sql::nodes::EventTimeWatermark;
use firesteel_streaming::sources::test_stream::TestStream;
use firesteel_streaming::{
    Batch, BatchFunction, OutputMode, QueryManager, SinkSpec, StartQuery, StreamingQuery, Trigger,
};
use parking_lot::Mutex;
use support::{PlainSession, sources_with, stream};

/// Keeps `(batch, [(seconds, count)])` of the batches that had rows.
#[derive(Debug, Default)]
struct Results(Mutex<Vec<(i64, Vec<(i64, i64)>)>>);

#[async_trait]
impl BatchFunction for Results {
    async fn call(&self, batch_id: i64, batch: Batch) -> Result<()> {
        let mut rows = Vec::new();
        for part in &batch.batches {
            let integers = |at: usize| cast(part.column(at), &DataType::Int64).unwrap();
            let (times, counts) = (integers(0), integers(1));
            let value = |array: &ArrayRef, row: usize| array.as_any().downcast_ref::<Int64Array>().unwrap().value(row);
            rows.extend((0..part.num_rows()).map(|row| (value(&times, row) / 1_000_000, value(&counts, row))));
        }
        rows.sort_unstable();
        if !rows.is_empty() {
            self.0.lock().push((batch_id, rows));
        }
        Ok(())
    }
}

fn time_type() -> DataType {
    DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()))
}

fn events() -> SchemaRef {
    Arc::new(Schema::new(vec![Field::new("ts", time_type(), true), Field::new("k", DataType::Utf8, true)]))
}

fn at(seconds: &[i64]) -> RecordBatch {
    let times: Vec<i64> = seconds.iter().map(|second| second * 1_000_000).collect();
    let times = TimestampMicrosecondArray::from(times).with_timezone("UTC");
    let columns: Vec<ArrayRef> = vec![Arc::new(times), Arc::new(StringArray::from(vec!["x"; seconds.len()]))];
    RecordBatch::try_new(events(), columns).unwrap()
}

/// Rows per event time, with a watermark of ten seconds if asked for.
fn counts(with_watermark: bool) -> LogicalPlan {
    let input = stream("test", &[], events()).build().unwrap();
    let time = input.schema().columns()[0].clone();
    let plan = if with_watermark {
        let node = EventTimeWatermark::try_new(input, time.clone(), 10_000).unwrap();
        LogicalPlan::Extension(Extension { node: Arc::new(node) })
    } else {
        input
    };
    let grouped = LogicalPlanBuilder::from(plan).aggregate(vec![Expr::Column(time)], vec![count(lit(1_i64))]).unwrap();
    grouped.build().unwrap()
}

struct Rig {
    input: TestStream,
    store: Arc<Simulator>,
    manager: QueryManager,
    results: Arc<Results>,
}

impl Rig {
    fn new() -> Self {
        let input = TestStream::new(events()).groups_per_batch(1);
        let store = Arc::new(Simulator::new());
        let manager = QueryManager::new(PlainSession::new(), EventBus::new())
            .with_sources(sources_with("test", &input))
            .with_checkpoint_store(store.clone() as Arc<dyn DurableStore>);
        Self { input, store, manager, results: Arc::default() }
    }

    fn query(&self, plan: LogicalPlan, output_mode: OutputMode) -> StartQuery {
        let schema = Schema::new(vec![Field::new("ts", time_type(), true), Field::new("n", DataType::Int64, true)]);
        let sink = SinkSpec { batch_function: Some(self.results.clone()), ..SinkSpec::default() };
        StartQuery { name: None, plan, schema: Arc::new(schema), output_mode, trigger: Trigger::AvailableNow, sink }
    }

    async fn run(&self, plan: LogicalPlan, mode: OutputMode) -> Arc<StreamingQuery> {
        let query = self.manager.start(self.query(plan, mode)).await.unwrap();
        query.await_termination(None).await.unwrap();
        query
    }

    fn file(&self, path: &str) -> String {
        String::from_utf8(self.store.files()[path].to_vec()).unwrap()
    }
}

#[tokio::test]
async fn a_group_comes_once_the_watermark_has_passed_it_with_a_last_batch_without_data() {
    let rig = Rig::new();
    rig.input.add(at(&[1, 1, 12]));
    rig.input.add(at(&[61, 0]));
    let query = rig.run(counts(true), OutputMode::Append).await;
    assert_eq!(*rig.results.0.lock(), [(1, vec![(1, 2)]), (2, vec![(12, 1)])], "second 0 was late");
    let rows: Vec<i64> = query.recent_progress().iter().map(|progress| progress.num_input_rows()).collect();
    assert_eq!(rows, [3, 2, 0]);
    assert_eq!(rig.file("commits/0"), "v1\n{\"nextBatchWatermarkMs\":2000}");
    assert_eq!(rig.file("commits/1"), "v1\n{\"nextBatchWatermarkMs\":51000}");
    assert!(rig.file("offsets/2").contains("\"batchWatermarkMs\":51000"));
    let progress = query.recent_progress()[0].value();
    assert_eq!(progress["eventTime"]["max"], "1970-01-01T00:00:12.000Z");
    assert_eq!(progress["eventTime"]["watermark"], "1970-01-01T00:00:00.000Z");
    assert_eq!(query.last_progress().unwrap().value()["eventTime"]["watermark"], "1970-01-01T00:00:51.000Z");
    assert_eq!(query.last_progress().unwrap().value()["stateOperators"][0]["numRowsTotal"], 1);
}

#[tokio::test]
async fn state_and_watermark_are_there_again_after_a_restart() {
    let rig = Rig::new();
    rig.input.add(at(&[61]));
    rig.run(counts(true), OutputMode::Append).await;
    assert!(rig.results.0.lock().is_empty());
    rig.input.add(at(&[61, 100, 50]));
    rig.run(counts(true), OutputMode::Append).await;
    assert_eq!(*rig.results.0.lock(), [(3, vec![(61, 2)])], "second 50 was late");
}

#[tokio::test]
async fn complete_mode_gives_all_groups_and_update_mode_the_changed_ones() {
    let rig = Rig::new();
    rig.input.add(at(&[1, 2]));
    rig.input.add(at(&[2]));
    rig.run(counts(false), OutputMode::Complete).await;
    assert_eq!(*rig.results.0.lock(), [(0, vec![(1, 1), (2, 1)]), (1, vec![(1, 1), (2, 2)])]);
    let rig = Rig::new();
    rig.input.add(at(&[1, 2]));
    rig.input.add(at(&[2]));
    rig.run(counts(false), OutputMode::Update).await;
    assert_eq!(*rig.results.0.lock(), [(0, vec![(1, 1), (2, 1)]), (1, vec![(2, 2)])]);
}

#[tokio::test]
async fn what_a_stream_cannot_do_is_refused_before_it_starts() {
    let rig = Rig::new();
    let aggregate = rig.manager.start(rig.query(counts(false), OutputMode::Append)).await.unwrap_err();
    assert_eq!(aggregate.condition(), Some("STREAMING_OUTPUT_MODE.UNSUPPORTED_OPERATION"));
    assert_eq!(aggregate.params()["operation"], "streaming aggregations without watermark");
    let plain = stream("test", &[], events()).build().unwrap();
    let complete = rig.manager.start(rig.query(plain, OutputMode::Complete)).await.unwrap_err();
    assert_eq!(complete.params()["operation"], "no streaming aggregations");
    assert!(rig.manager.active().is_empty());
}
