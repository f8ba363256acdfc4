//! Hash joins whose table does not fit into memory go on as sort-merge joins.
//!
//! DataFusion's hash join holds one side in memory and fails where that cannot be. So the side is gathered here first: if it
//! fits, the hash join reads it from memory; if not, what was gathered and the rest of it are sorted, which spills, and merged
//! with the other side, sorted too. No row is computed twice. A join whose order of rows or whose partitions the plan above
//! counts on stays as it is, and fails with an error where its table does not fit.

use std::any::Any;
use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use arrow::array::{Array, RecordBatch};
use arrow::compute::SortOptions;
use arrow::datatypes::SchemaRef;
use datafusion::common::config::ConfigOptions;
use datafusion::common::runtime::SpawnedTask;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Result, plan_err};
use datafusion::error::DataFusionError;
use datafusion::execution::TaskContext;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{LexOrdering, Partitioning, PhysicalExpr, PhysicalSortExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::joins::{HashJoinExec, PartitionMode, SortMergeJoinExec};
use datafusion::physical_plan::limit::LocalLimitExec;
use datafusion::physical_plan::metrics::MetricsSet;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::streaming::{PartitionStream, StreamingTableExec};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties, SendableRecordBatchStream,
};
use futures::future::{BoxFuture, Shared};
use futures::{FutureExt, StreamExt, TryStreamExt};
use parking_lot::Mutex;

/// What a hash table takes for each row, beside the row.
const TABLE_BYTES_PER_ROW: usize = 48;

/// Puts the hash joins of a plan in [`SpillingJoinExec`]s.
#[derive(Debug)]
pub(crate) struct SpillingJoins;

impl PhysicalOptimizerRule for SpillingJoins {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let any: &dyn Any = node.as_ref();
            match any.downcast_ref::<HashJoinExec>() {
                Some(join) if may_merge(join) => {
                    Ok(Transformed::yes(Arc::new(SpillingJoinExec::new(Arc::new(join.builder().build()?))) as _))
                }
                _ => Ok(Transformed::no(node)),
            }
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &str {
        "spilling_joins"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Whether the rows may come in another order, and from other partitions.
fn may_merge(join: &HashJoinExec) -> bool {
    let partitions_are_free = match join.partition_mode() {
        PartitionMode::Partitioned => true,
        PartitionMode::CollectLeft => {
            let right = join.right().output_partitioning();
            right.partition_count() == 1 || matches!(right, Partitioning::UnknownPartitioning(_))
        }
        PartitionMode::Auto => false,
    };
    partitions_are_free && join.properties().output_ordering().is_none() && !join.null_aware
}

type Chosen = Shared<BoxFuture<'static, std::result::Result<Arc<dyn ExecutionPlan>, Arc<DataFusionError>>>>;

/// See the module.
struct SpillingJoinExec {
    hash: Arc<HashJoinExec>,
    /// How the join is run; all partitions share it.
    chosen: OnceLock<Chosen>,
}

impl SpillingJoinExec {
    fn new(hash: Arc<HashJoinExec>) -> Self {
        Self { hash, chosen: OnceLock::new() }
    }
}

impl fmt::Debug for SpillingJoinExec {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SpillingJoinExec").field("hash", &self.hash).finish_non_exhaustive()
    }
}

impl DisplayAs for SpillingJoinExec {
    fn fmt_as(&self, format: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        self.hash.fmt_as(format, f)
    }
}

impl ExecutionPlan for SpillingJoinExec {
    fn name(&self) -> &str {
        self.hash.name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        self.hash.properties()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.hash.children()
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        self.hash.apply_expressions(f)
    }

    fn dynamic_expressions_produced(&self) -> Vec<Arc<dyn PhysicalExpr>> {
        self.hash.dynamic_expressions_produced()
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let hash = self.hash.builder().recompute_properties().with_new_children(children)?.build()?;
        Ok(Arc::new(Self::new(Arc::new(hash))))
    }

    fn reset_state(self: Arc<Self>) -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(Self::new(Arc::new(self.hash.builder().reset_state().build()?))))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let (hash, during) = (self.hash.clone(), context.clone());
        let chosen =
            self.chosen.get_or_init(|| choose(hash, during).map(|plan| plan.map_err(Arc::new)).boxed().shared());
        let chosen = chosen.clone();
        let rows = async move {
            let plan = chosen.await.map_err(DataFusionError::Shared)?;
            plan.execute(partition, context)
        };
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), futures::stream::once(rows).try_flatten())))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        self.hash.metrics()
    }
}

/// Gathers the left side, and says how the join goes on.
async fn choose(join: Arc<HashJoinExec>, context: Arc<TaskContext>) -> Result<Arc<dyn ExecutionPlan>> {
    let full = Arc::new(AtomicBool::new(false));
    let left = join.left();
    let mut gathering = Vec::new();
    for partition in 0..left.output_partitioning().partition_count() {
        let rows = left.execute(partition, context.clone())?;
        // Where there is no more room, it goes on with less, as an operator that spills does.
        let memory = MemoryConsumer::new(format!("HashJoinBuild[{partition}]")).with_can_spill(true);
        let memory = memory.register(context.memory_pool());
        gathering.push(SpawnedTask::spawn(gather(rows, memory, full.clone())));
    }
    let mut parts: Vec<Arc<dyn PartitionStream>> = Vec::new();
    for gathered in gathering {
        let gathered = gathered.await.map_err(|error| DataFusionError::External(Box::new(error)))??;
        parts.push(Arc::new(Part { schema: left.schema(), gathered: Mutex::new(Some(gathered)) }));
    }
    let left: Arc<dyn ExecutionPlan> =
        Arc::new(StreamingTableExec::try_new(left.schema(), parts, None, None, false, None)?);
    if full.load(Ordering::Relaxed) {
        tracing::info!("the table of a hash join does not fit into memory; its sides are sorted and merged instead");
        return merge_join(&join, left);
    }
    let children = vec![left, join.right().clone()];
    join.builder().recompute_properties().with_new_children(children)?.build_exec()
}

/// Rows of one partition: those that were gathered, and those still to come.
struct Gathered {
    batches: Vec<RecordBatch>,
    memory: MemoryReservation,
    rest: Option<SendableRecordBatchStream>,
}

/// Takes rows until they end, or one of the partitions has no more room.
async fn gather(
    mut rows: SendableRecordBatchStream,
    memory: MemoryReservation,
    full: Arc<AtomicBool>,
) -> Result<Gathered> {
    let mut batches = Vec::new();
    while !full.load(Ordering::Relaxed) {
        let Some(batch) = rows.next().await.transpose()? else {
            return Ok(Gathered { batches, memory, rest: None });
        };
        if memory.try_grow(table_bytes(&batch)).is_err() {
            full.store(true, Ordering::Relaxed);
        }
        batches.push(batch);
    }
    Ok(Gathered { batches, memory, rest: Some(rows) })
}

/// What a batch takes in a hash join: itself, its copy in the table's one batch, its entries.
fn table_bytes(batch: &RecordBatch) -> usize {
    2 * bytes_of(batch) + TABLE_BYTES_PER_ROW * batch.num_rows()
}

/// The bytes of a batch's own rows; a slice does not count what lies beside it.
pub(crate) fn bytes_of(batch: &RecordBatch) -> usize {
    batch.columns().iter().map(|column| column.to_data().get_slice_memory_size().unwrap_or_default()).sum()
}

/// Gives the gathered rows on, once; their memory is given back as they go.
struct Part {
    schema: SchemaRef,
    gathered: Mutex<Option<Gathered>>,
}

impl fmt::Debug for Part {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Part").finish_non_exhaustive()
    }
}

impl PartitionStream for Part {
    fn schema(&self) -> &SchemaRef {
        &self.schema
    }

    fn execute(&self, _: Arc<TaskContext>) -> SendableRecordBatchStream {
        let schema = self.schema.clone();
        let Some(Gathered { batches, memory, rest }) = self.gathered.lock().take() else {
            let twice = async { plan_err!("The table of a hash join was read twice") };
            return Box::pin(RecordBatchStreamAdapter::new(schema, futures::stream::once(twice)));
        };
        let kept = futures::stream::iter(batches).map(move |batch| {
            memory.shrink(table_bytes(&batch).min(memory.size()));
            Ok(batch)
        });
        match rest {
            Some(rest) => Box::pin(RecordBatchStreamAdapter::new(schema, kept.chain(rest))),
            None => Box::pin(RecordBatchStreamAdapter::new(schema, kept)),
        }
    }
}

/// The join over `left` with both sides sorted.
fn merge_join(join: &HashJoinExec, left: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
    let (left_keys, right_keys): (Vec<_>, Vec<_>) = join.on().iter().cloned().unzip();
    let count = join.right().output_partitioning().partition_count();
    let spread = *join.partition_mode() == PartitionMode::CollectLeft && count > 1;
    let sorted = |side: Arc<dyn ExecutionPlan>, keys: Vec<Arc<dyn PhysicalExpr>>| -> Result<Arc<dyn ExecutionPlan>> {
        let side = match spread {
            true => Arc::new(RepartitionExec::try_new(side, Partitioning::Hash(keys.clone(), count))?),
            false => side,
        };
        let keys = keys.into_iter().map(|key| PhysicalSortExpr::new(key, SortOptions::default()));
        let Some(keys) = LexOrdering::new(keys) else { return plan_err!("A hash join has no keys") };
        Ok(Arc::new(SortExec::new(keys, side).with_preserve_partitioning(true)))
    };
    let merge: Arc<dyn ExecutionPlan> = Arc::new(SortMergeJoinExec::try_new(
        sorted(left, left_keys)?,
        sorted(join.right().clone(), right_keys)?,
        join.on().to_vec(),
        join.filter().cloned(),
        *join.join_type(),
        vec![SortOptions::default(); join.on().len()],
        join.null_equality(),
    )?);
    let projected: Arc<dyn ExecutionPlan> = match &join.projection {
        None => merge,
        Some(columns) => {
            let schema = merge.schema();
            let columns = columns.iter().map(|at| {
                let name = schema.field(*at).name();
                (Arc::new(Column::new(name, *at)) as Arc<dyn PhysicalExpr>, name.clone())
            });
            Arc::new(ProjectionExec::try_new(columns.collect::<Vec<_>>(), merge)?)
        }
    };
    Ok(match join.fetch() {
        Some(rows) => Arc::new(LocalLimitExec::new(projected, rows)),
        None => projected,
    })
}
