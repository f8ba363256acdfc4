//! A streaming query under test: its plan is made once, batches are fed by hand, and it can be dropped and started again
//! from what is in its checkpoint. What the micro-batch loop does, without logs, sources and sinks.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, RecordBatch, StringArray, StructArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use arrow::util::pretty::pretty_format_batches;
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::catalog::streaming::StreamingTable;
use datafusion::common::{Column, Result as DataFusionResult};
use datafusion::datasource::provider_as_source;
use datafusion::execution::context::QueryPlanner;
use datafusion::execution::{SessionState, SessionStateBuilder, TaskContext};
use datafusion::logical_expr::{Extension, LogicalPlan, LogicalPlanBuilder};
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::PartitionStream;
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream, collect};
use datafusion::physical_planner::{DefaultPhysicalPlanner, PhysicalPlanner};
use datafusion::prelude::SessionConfig;
use firesteel_durable::{DurableStore, sub_store};
use firesteel_error::Result;
use firesteel_sql::nodes::{Deduplicate, EventTimeWatermark};
use parking_lot::Mutex;

use super::*;
use crate::OutputMode;
use crate::error::from_datafusion;

/// One row of the test stream: a key, a value, an event time in seconds.
pub(crate) type Event = (&'static str, i64, i64);

/// The columns of the test stream: `k`, `v`, `ts`, and `window`, the ten seconds in which `ts` is.
pub(crate) fn event_schema() -> SchemaRef {
    let timestamp = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    Arc::new(Schema::new(vec![
        Field::new("k", DataType::Utf8, true),
        Field::new("v", DataType::Int64, true),
        Field::new("ts", timestamp.clone(), true),
        Field::new("window", DataType::Struct(window_fields(&timestamp)), false),
    ]))
}

fn window_fields(timestamp: &DataType) -> arrow::datatypes::Fields {
    vec![Field::new("start", timestamp.clone(), true), Field::new("end", timestamp.clone(), true)].into()
}

pub(crate) fn event_batch(events: &[Event]) -> RecordBatch {
    let seconds = |of: fn(i64) -> i64| {
        let times: TimestampMicrosecondArray = events.iter().map(|event| Some(of(event.2) * 1_000_000)).collect();
        Arc::new(times.with_timezone("UTC")) as ArrayRef
    };
    let timestamp = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    let start = seconds(|time| time.div_euclid(10) * 10);
    let end = seconds(|time| time.div_euclid(10) * 10 + 10);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(events.iter().map(|event| Some(event.0)).collect::<StringArray>()),
        Arc::new(events.iter().map(|event| Some(event.1)).collect::<Int64Array>()),
        seconds(|time| time),
        Arc::new(StructArray::new(window_fields(&timestamp), vec![start, end], None)),
    ];
    RecordBatch::try_new(event_schema(), columns).unwrap()
}

/// The rows of the batch that runs, one partition of two.
#[derive(Debug)]
struct Feed {
    partition: usize,
    rows: Arc<Mutex<Vec<RecordBatch>>>,
}

impl PartitionStream for Feed {
    fn schema(&self) -> &SchemaRef {
        static SCHEMA: std::sync::OnceLock<SchemaRef> = std::sync::OnceLock::new();
        SCHEMA.get_or_init(event_schema)
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let rows = self.rows.lock().clone();
        let mine = rows.into_iter().enumerate().filter(|(at, _)| at % 2 == self.partition).map(|(_, batch)| Ok(batch));
        Box::pin(RecordBatchStreamAdapter::new(event_schema(), futures::stream::iter(mine.collect::<Vec<_>>())))
    }
}

#[derive(Debug)]
struct Planner(Arc<StatefulRuntime>);

#[async_trait]
impl QueryPlanner for Planner {
    async fn create_physical_plan(
        &self,
        plan: &LogicalPlan,
        state: &dyn Session,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        let ours = Arc::new(StatefulExtensionPlanner::new(Arc::clone(&self.0)));
        DefaultPhysicalPlanner::with_extension_planners(vec![ours]).create_physical_plan(plan, state).await
    }
}

/// How a query is made of its stream.
pub(crate) type Build = fn(LogicalPlanBuilder) -> LogicalPlan;

/// A query that runs.
pub(crate) struct Query {
    pub(crate) plan: IncrementalPlan,
    physical: Arc<dyn ExecutionPlan>,
    session: SessionState,
    rows: Arc<Mutex<Vec<RecordBatch>>>,
    tracker: WatermarkTracker,
}

/// What outlives a query: its checkpoint.
#[derive(Clone)]
pub(crate) struct Checkpoint {
    pub(crate) files: Arc<dyn DurableStore>,
    /// The watermark in the offset log, by batch.
    pub(crate) watermarks: Vec<i64>,
    /// How many batches are committed.
    pub(crate) committed: u64,
    pub(crate) settings: StatefulSettings,
}

impl Checkpoint {
    pub(crate) fn new(files: Arc<dyn DurableStore>) -> Self {
        Self { files, watermarks: Vec::new(), committed: 0, settings: StatefulSettings::default() }
    }
}

pub(crate) fn is_stream(plan: &LogicalPlan) -> bool {
    matches!(plan, LogicalPlan::TableScan(scan) if scan.table_name.table() == "events")
}

/// The leaf of a query.
pub(crate) fn stream(rows: &Arc<Mutex<Vec<RecordBatch>>>) -> LogicalPlanBuilder {
    let feeds =
        (0..2).map(|partition| Arc::new(Feed { partition, rows: Arc::clone(rows) }) as Arc<dyn PartitionStream>);
    let table = StreamingTable::try_new(event_schema(), feeds.collect()).unwrap();
    LogicalPlanBuilder::scan("events", provider_as_source(Arc::new(table)), None).unwrap()
}

/// `withWatermark`.
pub(crate) fn watermark(plan: LogicalPlanBuilder, column: &str, delay_ms: i64) -> LogicalPlanBuilder {
    let node = EventTimeWatermark::try_new(plan.build().unwrap(), Column::from_name(column), delay_ms).unwrap();
    LogicalPlanBuilder::from(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}

/// `dropDuplicates` and `dropDuplicatesWithinWatermark`.
pub(crate) fn deduplicate(plan: LogicalPlanBuilder, keys: &[&str], within_watermark: bool) -> LogicalPlanBuilder {
    let input = plan.build().unwrap();
    let keys = keys.iter().map(|key| Column::from_name(*key)).collect();
    let node = Deduplicate { input, keys, within_watermark };
    LogicalPlanBuilder::from(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}

impl Query {
    pub(crate) async fn start(checkpoint: &Checkpoint, build: Build, mode: OutputMode) -> Result<Self> {
        let rows = Arc::new(Mutex::new(Vec::new()));
        let logical = build(stream(&rows));
        let plan = IncrementalPlan::new(&logical, mode, checkpoint.settings.clone(), &is_stream)?;
        let session = SessionStateBuilder::new_with_default_features()
            .with_config(SessionConfig::new().with_target_partitions(2))
            .with_query_planner(Arc::new(Planner(Arc::clone(plan.runtime()))))
            .build();
        let physical = session.create_physical_plan(plan.logical()).await.map_err(from_datafusion)?;
        let pool = session.runtime_env().memory_pool.clone();
        let state = sub_store(Arc::clone(&checkpoint.files), "state");
        plan.runtime().open(state, checkpoint.committed, pool)?;
        let mut tracker = WatermarkTracker::new(checkpoint.settings.watermark_policy);
        // The commit log has the watermark of the batch that comes next.
        tracker.restore(checkpoint.watermarks.get(checkpoint.committed as usize).copied().unwrap_or(0));
        Ok(Self { plan, physical, session, rows, tracker })
    }

    /// Runs the batch up to the commit of its state; the caller commits it in the log.
    pub(crate) async fn compute(
        &mut self,
        checkpoint: &mut Checkpoint,
        batches: &[&[Event]],
    ) -> Result<Vec<RecordBatch>> {
        *self.rows.lock() = batches.iter().map(|events| event_batch(events)).collect();
        let batch_id = checkpoint.committed;
        checkpoint.watermarks.truncate(batch_id as usize + 1);
        if checkpoint.watermarks.len() == batch_id as usize {
            checkpoint.watermarks.push(self.tracker.current_ms());
        }
        let late = batch_id.checked_sub(1).map_or(0, |before| checkpoint.watermarks[before as usize]);
        let eviction = checkpoint.watermarks[batch_id as usize];
        let input =
            BatchInput { batch_id, late_watermark_ms: late, eviction_watermark_ms: eviction, now_ms: 1_000_000 };
        self.plan.runtime().begin(input)?;
        self.execute().await
    }

    pub(crate) async fn execute(&self) -> Result<Vec<RecordBatch>> {
        let physical = reset_plan_states(Arc::clone(&self.physical)).map_err(from_datafusion)?;
        collect(physical, self.session.task_ctx()).await.map_err(from_datafusion)
    }

    /// Runs and commits a batch; gives its rows, sorted, and its report.
    pub(crate) async fn batch(
        &mut self,
        checkpoint: &mut Checkpoint,
        batches: &[&[Event]],
    ) -> Result<(Vec<String>, BatchReport)> {
        let rows = self.compute(checkpoint, batches).await?;
        let report = self.plan.runtime().commit().await?;
        checkpoint.committed += 1;
        let next = self.tracker.advance(&report.watermarks);
        checkpoint.watermarks.push(next);
        self.plan.runtime().maintain().await?;
        Ok((lines(&rows), report))
    }

    pub(crate) fn wants_batch(&self) -> bool {
        self.plan.wants_batch(self.tracker.current_ms())
    }
}

/// Rows as text, `a|1`, sorted.
pub(crate) fn lines(rows: &[RecordBatch]) -> Vec<String> {
    let text = pretty_format_batches(rows).unwrap().to_string();
    let row = |line: &str| {
        let cells = line.trim_matches('|').split('|').map(str::trim);
        cells.collect::<Vec<_>>().join("|").replace("1970-01-01T00:", "").replace("Z", "")
    };
    let mut lines: Vec<String> = text.lines().filter(|line| line.starts_with('|')).skip(1).map(row).collect();
    lines.sort();
    lines
}
