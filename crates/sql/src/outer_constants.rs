//! Constants on the side of an outer join that has NULLs where nothing matched.
//!
//! DataFusion takes a column that is constant in a join's input, such as `c` of `WHERE c = 1`, as constant in what the join
//! gives, and leaves it out when it sorts. Above an outer join it is not: there are rows with NULL. So such a side passes
//! through a node that says nothing of its columns.

use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{JoinType, Result};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::joins::{HashJoinExec, NestedLoopJoinExec};
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, PlanProperties, SendableRecordBatchStream};

use crate::unary_exec::{UnaryExec, UnaryOperator};

/// See the module. Runs before sorts are settled.
#[derive(Debug)]
pub(crate) struct OuterConstants;

impl PhysicalOptimizerRule for OuterConstants {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let join_type = node
                .downcast_ref::<HashJoinExec>()
                .map(HashJoinExec::join_type)
                .or_else(|| node.downcast_ref::<NestedLoopJoinExec>().map(NestedLoopJoinExec::join_type));
            let (left, right) = match join_type {
                Some(JoinType::Left) => (false, true),
                Some(JoinType::Right) => (true, false),
                Some(JoinType::Full) => (true, true),
                _ => return Ok(Transformed::no(node)),
            };
            let mut changed = false;
            let children: Vec<Arc<dyn ExecutionPlan>> = node
                .children()
                .into_iter()
                .zip([left, right])
                .map(|(child, nulls)| {
                    if !nulls || child.equivalence_properties().constants().is_empty() {
                        return child.clone();
                    }
                    changed = true;
                    Arc::new(UnaryExec::new(NoConstants, child.clone())) as _
                })
                .collect();
            if !changed {
                return Ok(Transformed::no(node));
            }
            let options = ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute);
            Ok(Transformed::yes(node.replace_children(children, options)?))
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &str {
        "outer_constants"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Rows as they come, of which nothing is known.
#[derive(Debug)]
struct NoConstants;

impl UnaryOperator for NoConstants {
    fn name(&self) -> &'static str {
        "OuterSide"
    }

    fn properties(&self, input: &Arc<dyn ExecutionPlan>) -> Arc<PlanProperties> {
        Arc::new(PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            input.output_partitioning().clone(),
            input.pipeline_behavior(),
            input.boundedness(),
        ))
    }

    fn keeps_order(&self) -> bool {
        true
    }

    fn execute(
        &self,
        exec: &UnaryExec<Self>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        exec.input().execute(partition, context)
    }
}
