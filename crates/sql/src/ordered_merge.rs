//! All partitions of a plan as one, in the order of the partitions, while later ones already run.
//!
//! DataFusion's `CoalescePartitionsExec` mixes the partitions' batches; Spark's `collect()` keeps their order.

use std::sync::Arc;

use datafusion::common::Result as DataFusionResult;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::config::ConfigOptions;
use datafusion::execution::TaskContext;
use datafusion::physical_expr::{EquivalenceProperties, Partitioning};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::coalesce_partitions::CoalescePartitionsExec;
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::limit::GlobalLimitExec;
use datafusion::physical_plan::stream::{RecordBatchReceiverStream, RecordBatchStreamAdapter};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, PlanProperties, SendableRecordBatchStream};
use futures::{StreamExt, TryStreamExt};

use crate::unary_exec::{UnaryExec, UnaryOperator};

/// Puts an [`ordered_merge`] wherever a plan brings its partitions together, so that `limit`, `first` and `collect_list` see
/// rows in the order in which Spark's partitions have them.
#[derive(Debug)]
pub struct KeepPartitionOrder;

impl PhysicalOptimizerRule for KeepPartitionOrder {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let any: &dyn std::any::Any = node.as_ref();
            let Some(merge) = any.downcast_ref::<CoalescePartitionsExec>() else { return Ok(Transformed::no(node)) };
            let ordered = ordered_merge(merge.input().clone());
            Ok(Transformed::yes(match merge.fetch() {
                Some(rows) => Arc::new(GlobalLimitExec::new(ordered, 0, Some(rows))),
                None => ordered,
            }))
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &str {
        "keep_partition_order"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// How many batches of a partition may wait for the partitions before it.
const BUFFERED_BATCHES: usize = 4;

/// The partitions of `input` one after the other.
pub fn ordered_merge(input: Arc<dyn ExecutionPlan>) -> Arc<dyn ExecutionPlan> {
    Arc::new(UnaryExec::new(OrderedMerge, input))
}

/// See the module.
#[derive(Debug)]
struct OrderedMerge;

impl UnaryOperator for OrderedMerge {
    fn name(&self) -> &'static str {
        "OrderedMerge"
    }

    fn properties(&self, input: &Arc<dyn ExecutionPlan>) -> Arc<PlanProperties> {
        Arc::new(PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        ))
    }

    fn execute(
        &self,
        exec: &UnaryExec<Self>,
        _: usize,
        context: Arc<TaskContext>,
    ) -> DataFusionResult<SendableRecordBatchStream> {
        let count = exec.input().output_partitioning().partition_count();
        let schema = exec.schema();
        let streams = (0..count)
            .map(|partition| {
                let mut builder = RecordBatchReceiverStream::builder(schema.clone(), BUFFERED_BATCHES);
                let (input, context, sender) = (exec.input().clone(), context.clone(), builder.tx());
                builder.spawn(async move {
                    let mut batches = input.execute(partition, context)?;
                    while let Some(batch) = batches.next().await {
                        // Nobody listens any more: the query was given up.
                        if sender.send(batch).await.is_err() {
                            break;
                        }
                    }
                    Ok(())
                });
                builder.build()
            })
            .collect::<Vec<_>>();
        let merged =
            futures::stream::iter(streams.into_iter().map(Ok::<_, datafusion::error::DataFusionError>)).try_flatten();
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, merged.boxed())))
    }
}
