//! `dropDuplicates` in a stream: the first row of each key passes, whatever batch it comes in.
//!
//! Late rows are dropped first. Keys are forgotten when the watermark passes their event time, if that is one of the key
//! columns; for `dropDuplicatesWithinWatermark`, when it passes their first row's event time plus the delay.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, Int8Array, Int64Array, RecordBatch, TimestampMicrosecondArray, UInt32Array};
use arrow::compute::take_record_batch;
use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, PlanProperties, SendableRecordBatchStream};
use firesteel_sql::unary_exec::{UnaryExec, UnaryOperator};
use futures::stream;
use tokio::sync::OwnedMutexGuard;

use super::aggregate_states::on_time;
use super::collected::InOrder;
use super::plan_shape::single_task;
use super::runtime::{BatchInput, OperatorCounts, StatefulRuntime};
use crate::error::to_datafusion;
use crate::state::{StateStore, event_micros};

/// See the module's text.
#[derive(Debug)]
pub(crate) struct StatefulDedupe {
    pub(crate) number: usize,
    pub(crate) columns: DedupeColumns,
    pub(crate) runtime: Arc<StatefulRuntime>,
}

/// Which columns matter, by their place.
#[derive(Debug, Clone)]
pub(crate) struct DedupeColumns {
    pub(crate) keys: Vec<usize>,
    pub(crate) event_time: Option<usize>,
    pub(crate) within_ms: Option<i64>,
}

impl UnaryOperator for StatefulDedupe {
    fn name(&self) -> &'static str {
        "StatefulDedupeExec"
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatefulDedupeExec: operator={}, keys={:?}", self.number, self.columns.keys)?;
        self.columns.within_ms.map_or(Ok(()), |within| write!(f, ", within={within} ms"))
    }

    fn properties(&self, input: &Arc<dyn ExecutionPlan>) -> Arc<PlanProperties> {
        single_task(input.schema())
    }

    fn execute(
        &self,
        exec: &UnaryExec<Self>,
        _: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let start = Step::Start(Start {
            input: Arc::clone(exec.input()),
            number: self.number,
            columns: self.columns.clone(),
            runtime: Arc::clone(&self.runtime),
            context,
        });
        let batches = stream::try_unfold(start, Step::next);
        Ok(Box::pin(RecordBatchStreamAdapter::new(exec.schema(), batches)))
    }
}

/// An execution that has not begun.
struct Start {
    input: Arc<dyn ExecutionPlan>,
    number: usize,
    columns: DedupeColumns,
    runtime: Arc<StatefulRuntime>,
    context: Arc<TaskContext>,
}

/// An execution that reads its input.
struct Run {
    input: InOrder,
    number: usize,
    columns: DedupeColumns,
    runtime: Arc<StatefulRuntime>,
    batch: BatchInput,
    store: Arc<StateStore>,
    counts: OperatorCounts,
    _alone: OwnedMutexGuard<()>,
}

enum Step {
    Start(Start),
    Run(Box<Run>),
}

impl Step {
    async fn next(self) -> Result<Option<(RecordBatch, Self)>> {
        let mut run = match self {
            Self::Start(start) => Box::new(start.begin().await?),
            Self::Run(run) => run,
        };
        while let Some(batch) = run.input.next().await? {
            if let Some(first) = run.first_seen(batch)? {
                return Ok(Some((first, Self::Run(run))));
            }
        }
        run.finish()?;
        Ok(None)
    }
}

impl Start {
    async fn begin(self) -> Result<Run> {
        let Self { input, number, columns, runtime, context } = self;
        let batch = runtime.batch().map_err(to_datafusion)?;
        let alone = Arc::clone(&runtime.operator(number).running).lock_owned().await;
        let store = runtime.store(number).await.map_err(to_datafusion)?;
        store.begin();
        let input = InOrder::new(&input, &context)?;
        let counts = OperatorCounts { duplicates: Some(0), ..OperatorCounts::default() };
        Ok(Run { input, number, columns, runtime, batch, store, counts, _alone: alone })
    }
}

impl Run {
    /// The rows of `batch` whose key is new, in their order.
    fn first_seen(&mut self, batch: RecordBatch) -> Result<Option<RecordBatch>> {
        let started = Instant::now();
        let batch = self.drop_late(batch)?;
        if batch.num_rows() == 0 {
            return Ok(None);
        }
        let keys = self.store.encode_keys(&self.keys(&batch)).map_err(to_datafusion)?;
        let values = self.expirations(&batch)?;
        let rows = self.store.insert_absent(&keys, &values).map_err(to_datafusion)?;
        self.counts.updated += rows.len() as u64;
        let duplicates = (batch.num_rows() - rows.len()) as i64;
        self.counts.duplicates = self.counts.duplicates.map(|before| before + duplicates);
        self.counts.updates_ms += started.elapsed().as_millis() as u64;
        if rows.is_empty() {
            return Ok(None);
        }
        Ok(Some(take_record_batch(&batch, &UInt32Array::from(rows))?))
    }

    fn drop_late(&mut self, batch: RecordBatch) -> Result<RecordBatch> {
        let Some(column) = self.columns.event_time else { return Ok(batch) };
        let times = event_micros(batch.column(column)).map_err(to_datafusion)?;
        match on_time(&times, self.batch.late_watermark_ms) {
            None => Ok(batch),
            Some(rows) => {
                self.counts.late += (batch.num_rows() - rows.len()) as u64;
                Ok(take_record_batch(&batch, &UInt32Array::from(rows))?)
            }
        }
    }

    fn keys(&self, batch: &RecordBatch) -> Vec<ArrayRef> {
        if self.columns.keys.is_empty() {
            return vec![Arc::new(Int8Array::from(vec![0; batch.num_rows()]))];
        }
        self.columns.keys.iter().map(|key| Arc::clone(batch.column(*key))).collect()
    }

    /// When each key is to be forgotten, for `dropDuplicatesWithinWatermark`.
    fn expirations(&self, batch: &RecordBatch) -> Result<Vec<ArrayRef>> {
        let (Some(within_ms), Some(column)) = (self.columns.within_ms, self.columns.event_time) else {
            return Ok(Vec::new());
        };
        let times: Int64Array = event_micros(batch.column(column)).map_err(to_datafusion)?;
        let expire = |time: Option<i64>| time.map(|time| time.saturating_add(within_ms.saturating_mul(1_000)));
        let expires: TimestampMicrosecondArray = times.iter().map(expire).collect();
        Ok(vec![Arc::new(expires)])
    }

    /// Forgets the keys that the watermark has passed.
    fn finish(mut self: Box<Self>) -> Result<()> {
        if self.store.has_event_time() {
            let started = Instant::now();
            let until = self.batch.eviction_watermark_ms.saturating_mul(1_000);
            self.counts.removed = self.store.evict(until).map_err(to_datafusion)?.rows as u64;
            self.counts.removals_ms = started.elapsed().as_millis() as u64;
        }
        self.runtime.operator(self.number).count(self.counts);
        Ok(())
    }
}
