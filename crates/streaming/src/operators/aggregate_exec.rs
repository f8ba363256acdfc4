//! The stateful aggregate: takes the place of DataFusion's final aggregate in a streaming query.
//!
//! Partial states of the batch are grouped by key; groups older than the late watermark are dropped; for the others the
//! stored states are read, merged and written back. What comes out depends on the output mode: in update mode the groups
//! that changed, in complete mode all groups, in append mode those that the watermark has passed, which are then forgotten.
//!
//! It runs as one task: its input is already partly aggregated, on all cores.

use std::fmt;
use std::sync::Arc;
use std::time::Instant;

use arrow::array::{ArrayRef, RecordBatch, UInt32Array};
use arrow::compute::take;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::MemoryConsumer;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, PlanProperties, SendableRecordBatchStream};
use firesteel_sql::unary_exec::{UnaryExec, UnaryOperator};
use futures::{StreamExt, TryStreamExt, stream};

use super::aggregate_states::{AggregateStates, on_time};
use super::collected::collect;
use super::plan_shape::single_task;
use super::runtime::{BatchInput, OperatorCounts, StatefulRuntime};
use crate::OutputMode;
use crate::error::to_datafusion;
use crate::state::{StateStore, event_micros};

/// Groups that are put out together; a batch is cut to the session's batch size.
const SCAN_ROWS: usize = 1 << 16;

/// See the module's text. Its input holds partial states; `schema` is that of the final aggregate.
#[derive(Debug, Clone)]
pub(crate) struct StatefulAggregate {
    pub(crate) schema: SchemaRef,
    pub(crate) states: AggregateStates,
    pub(crate) number: usize,
    pub(crate) runtime: Arc<StatefulRuntime>,
}

impl UnaryOperator for StatefulAggregate {
    fn name(&self) -> &'static str {
        "StatefulAggregateExec"
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "StatefulAggregateExec: operator={}, mode={}", self.number, self.runtime.mode().name())
    }

    fn properties(&self, _: &Arc<dyn ExecutionPlan>) -> Arc<PlanProperties> {
        single_task(Arc::clone(&self.schema))
    }

    fn execute(
        &self,
        exec: &UnaryExec<Self>,
        _: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let run = self.clone().run(Arc::clone(exec.input()), context);
        let batches = stream::once(run).map_ok(|batches| stream::iter(batches).map(Ok)).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(exec.schema(), batches)))
    }
}

impl StatefulAggregate {
    async fn run(self, partial: Arc<dyn ExecutionPlan>, context: Arc<TaskContext>) -> Result<Vec<RecordBatch>> {
        let batch = self.runtime.batch().map_err(to_datafusion)?;
        let operator = self.runtime.operator(self.number);
        let _alone = Arc::clone(&operator.running).lock_owned().await;
        let name = format!("input of stateful operator {}", self.number);
        let reservation = MemoryConsumer::new(name).register(context.memory_pool());
        let partials = collect(&partial, &context, &reservation).await?;
        let store = self.runtime.store(self.number).await.map_err(to_datafusion)?;
        store.begin();

        let mut counts = OperatorCounts::default();
        let mut output = self.update(&store, batch, &partials, &mut counts)?;
        drop(partials);
        self.evict(&store, batch, &mut counts, &mut output)?;
        if self.runtime.mode() == OutputMode::Complete {
            self.scan(&store, &mut output)?;
        }
        operator.count(counts);
        Ok(cut(output, context.session_config().batch_size()))
    }

    /// Merges the batch into the store. In update mode, gives the groups that changed.
    fn update(
        &self,
        store: &StateStore,
        batch: BatchInput,
        partials: &[RecordBatch],
        counts: &mut OperatorCounts,
    ) -> Result<Vec<RecordBatch>> {
        let started = Instant::now();
        let groups = self.states.group(partials)?;
        if groups.count == 0 {
            return Ok(Vec::new());
        }
        let kept = self.on_time_groups(store, batch, &groups.keys)?;
        counts.late = kept.as_ref().map_or(0, |kept| groups.count - kept.len()) as u64;
        let keys = pick(&groups.keys, kept.as_ref())?;
        let key_rows = store.encode_keys(&keys).map_err(to_datafusion)?;
        let stored = store.get(&key_rows).map_err(to_datafusion)?;
        let group_of = |row: &u32| kept.as_ref().map_or(*row, |kept| kept.value(*row as usize)) as usize;
        let stored_groups: Vec<usize> = stored.rows.iter().map(group_of).collect();

        let states = self.states.merge(&groups, &stored_groups, &stored.values, partials)?;
        let states = pick(&states, kept.as_ref())?;
        store.put(&key_rows, &states).map_err(to_datafusion)?;
        counts.updated = key_rows.len() as u64;
        counts.updates_ms = started.elapsed().as_millis() as u64;
        if self.runtime.mode() != OutputMode::Update {
            return Ok(Vec::new());
        }
        Ok(vec![self.output(keys, &states, key_rows.len())?])
    }

    /// The groups that are not late; `None` if none is late, or if nothing is ever late.
    fn on_time_groups(&self, store: &StateStore, batch: BatchInput, keys: &[ArrayRef]) -> Result<Option<UInt32Array>> {
        if self.runtime.mode() == OutputMode::Complete {
            return Ok(None);
        }
        let Some(column) = store.event_time_key() else { return Ok(None) };
        let times = event_micros(&keys[column]).map_err(to_datafusion)?;
        Ok(on_time(&times, batch.late_watermark_ms).map(UInt32Array::from))
    }

    /// Forgets the groups that the watermark has passed; in append mode these are the output.
    fn evict(
        &self,
        store: &StateStore,
        batch: BatchInput,
        counts: &mut OperatorCounts,
        output: &mut Vec<RecordBatch>,
    ) -> Result<()> {
        if self.runtime.mode() == OutputMode::Complete || store.event_time_key().is_none() {
            return Ok(());
        }
        let started = Instant::now();
        let evicted = store.evict(batch.eviction_watermark_ms.saturating_mul(1_000)).map_err(to_datafusion)?;
        counts.removed = evicted.rows as u64;
        counts.removals_ms = started.elapsed().as_millis() as u64;
        if self.runtime.mode() == OutputMode::Append && evicted.rows > 0 {
            output.push(self.output(evicted.keys, &evicted.values, evicted.rows)?);
        }
        Ok(())
    }

    /// All groups.
    fn scan(&self, store: &StateStore, output: &mut Vec<RecordBatch>) -> Result<()> {
        for groups in store.cuts(SCAN_ROWS) {
            let rows = store.scan(groups).map_err(to_datafusion)?;
            output.push(self.output(rows.keys, &rows.values, rows.rows)?);
        }
        Ok(())
    }

    fn output(&self, keys: Vec<ArrayRef>, states: &[ArrayRef], rows: usize) -> Result<RecordBatch> {
        let mut columns = if self.states.key_fields().is_empty() { Vec::new() } else { keys };
        columns.extend(self.states.evaluate(states, rows)?);
        Ok(RecordBatch::try_new(Arc::clone(&self.schema), columns)?)
    }
}

fn pick(columns: &[ArrayRef], rows: Option<&UInt32Array>) -> Result<Vec<ArrayRef>> {
    match rows {
        None => Ok(columns.to_vec()),
        Some(rows) => Ok(columns.iter().map(|column| take(column, rows, None)).collect::<Result<_, _>>()?),
    }
}

/// Cuts batches to the size that the session wants.
fn cut(batches: Vec<RecordBatch>, size: usize) -> Vec<RecordBatch> {
    let cut = |batch: RecordBatch| {
        let rows = batch.num_rows();
        (0..rows).step_by(size).map(move |start| batch.slice(start, size.min(rows - start)))
    };
    batches.into_iter().flat_map(cut).collect()
}
