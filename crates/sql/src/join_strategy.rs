//! Which join is run: what a hint says (`BROADCAST`, `MERGE`, `SHUFFLE_HASH`), and the order of rows that Spark's choice has.
//!
//! A hint is a logical node above its join; when that is planned, the join below gets the strategy. Where nothing is said,
//! DataFusion chooses by sizes. It keeps the smaller side in memory, and so may give a small result in another order than
//! Spark, whose left joins go by the left side's rows; [`SparkJoinOrder`] turns such joins round if both sides are small.

use std::fmt;
use std::sync::Arc;

use datafusion::common::config::ConfigOptions;
use datafusion::common::stats::Precision;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::common::{DFSchemaRef, JoinType, Result, plan_err};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};
use datafusion::physical_expr::expressions::{Column, NoOp};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalSortExpr};
use datafusion::physical_optimizer::PhysicalOptimizerRule;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::joins::{CrossJoinExec, HashJoinExec, PartitionMode, SortMergeJoinExec};
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_plan::{
    ExecutionPlanProperties, PlanProperties, SendableRecordBatchStream, StatisticsArgs, StatisticsContext,
};

use crate::join_sides::reads_little;
use crate::unary_exec::{UnaryExec, UnaryOperator};

/// How a join is run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd)]
pub(crate) enum JoinStrategy {
    /// The left side in memory, whole.
    BroadcastLeft,
    /// The right side in memory, whole.
    BroadcastRight,
    /// Both sides spread by their keys, one in memory.
    ShuffleHash,
    /// Both sides spread by their keys and sorted.
    Merge,
}

/// The logical node above a join.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd)]
pub(crate) struct HintedJoin {
    input: LogicalPlan,
    strategy: JoinStrategy,
}

impl HintedJoin {
    pub(crate) fn plan(input: LogicalPlan, strategy: JoinStrategy) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: Arc::new(Self { input, strategy }) })
    }

    /// The plan of the join below with the strategy; another plan stays as it is.
    pub(crate) fn physical(&self, input: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
        let mut done = false;
        let strategy = self.strategy;
        let planned = input.transform_down(|node| {
            let Some(join) = as_node::<HashJoinExec>(&node).filter(|_| !done) else { return Ok(Transformed::no(node)) };
            done = true;
            Ok(Transformed::new(run_as(join, strategy)?, true, datafusion::common::tree_node::TreeNodeRecursion::Stop))
        })?;
        Ok(planned.data)
    }
}

fn as_node<T: 'static>(plan: &Arc<dyn ExecutionPlan>) -> Option<&T> {
    let any: &dyn std::any::Any = plan.as_ref();
    any.downcast_ref::<T>()
}

fn run_as(join: &HashJoinExec, strategy: JoinStrategy) -> Result<Arc<dyn ExecutionPlan>> {
    let mode = |mode: PartitionMode| -> Result<Arc<dyn ExecutionPlan>> {
        Ok(Arc::new(HashJoinExec::try_new(
            join.left().clone(),
            join.right().clone(),
            join.on().to_vec(),
            join.filter().cloned(),
            join.join_type(),
            join.projection.as_ref().map(|columns| columns.to_vec()),
            mode,
            join.null_equality(),
            join.null_aware,
        )?))
    };
    match strategy {
        JoinStrategy::BroadcastLeft => mode(PartitionMode::CollectLeft),
        JoinStrategy::BroadcastRight => join.swap_inputs(PartitionMode::CollectLeft),
        JoinStrategy::ShuffleHash => mode(PartitionMode::Partitioned),
        JoinStrategy::Merge => {
            let options = vec![arrow::compute::SortOptions::default(); join.on().len()];
            let merge: Arc<dyn ExecutionPlan> = Arc::new(SortMergeJoinExec::try_new(
                join.left().clone(),
                join.right().clone(),
                join.on().to_vec(),
                join.filter().cloned(),
                *join.join_type(),
                options,
                join.null_equality(),
            )?);
            let Some(columns) = &join.projection else { return Ok(merge) };
            let schema = merge.schema();
            let columns = columns.iter().map(|at| {
                let name = schema.field(*at).name();
                (Arc::new(Column::new(name, *at)) as Arc<dyn datafusion::physical_expr::PhysicalExpr>, name.clone())
            });
            Ok(Arc::new(ProjectionExec::try_new(columns.collect::<Vec<_>>(), merge)?))
        }
    }
}

impl UserDefinedLogicalNodeCore for HintedJoin {
    fn name(&self) -> &str {
        "JoinHint"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    fn prevent_predicate_push_down_columns(&self) -> std::collections::HashSet<String> {
        std::collections::HashSet::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "JoinHint: {:?}", self.strategy)
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let Some(input) = inputs.into_iter().next() else { return plan_err!("JoinHint takes one input") };
        Ok(Self { input, strategy: self.strategy })
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        Some(vec![output_columns.to_vec()])
    }
}

/// What Spark broadcasts unless `spark.sql.autoBroadcastJoinThreshold` says otherwise.
pub(crate) const SMALL_BYTES: usize = 10 << 20;

/// See the module.
#[derive(Debug)]
pub(crate) struct SparkJoinOrder;

impl PhysicalOptimizerRule for SparkJoinOrder {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            if let Some(join) = as_node::<HashJoinExec>(&node)
                && *join.partition_mode() == PartitionMode::CollectLeft
                && matches!(join.join_type(), JoinType::Left | JoinType::LeftSemi | JoinType::LeftAnti)
                && !join.null_aware
                && size(join.right()).is_some_and(|bytes| bytes <= SMALL_BYTES)
                && size(join.left()).is_some_and(|bytes| bytes <= SMALL_BYTES)
            {
                return Ok(Transformed::yes(join.swap_inputs(PartitionMode::CollectLeft)?));
            }
            match crossed(&node) {
                Some(plan) => Ok(Transformed::yes(plan)),
                None => Ok(Transformed::no(node)),
            }
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &str {
        "spark_join_order"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// The last rule: a small right join keeps the order of its right side's rows if that side says that it has an order.
#[derive(Debug)]
pub(crate) struct RightRowsInOrder;

impl PhysicalOptimizerRule for RightRowsInOrder {
    fn optimize(&self, plan: Arc<dyn ExecutionPlan>, _: &ConfigOptions) -> Result<Arc<dyn ExecutionPlan>> {
        plan.transform_up(|node| {
            let Some(join) = as_node::<HashJoinExec>(&node) else { return Ok(Transformed::no(node)) };
            let small = |side: &Arc<dyn ExecutionPlan>| match size(side) {
                Some(bytes) => bytes <= SMALL_BYTES,
                None => reads_little(side),
            };
            let fits = *join.partition_mode() == PartitionMode::CollectLeft && *join.join_type() == JoinType::Right;
            if !fits || join.right().output_ordering().is_some() || !small(join.left()) || !small(join.right()) {
                return Ok(Transformed::no(node));
            }
            let right = Arc::new(UnaryExec::new(InOrder, join.right().clone()));
            let children = vec![join.left().clone(), right as _];
            Ok(Transformed::yes(
                node.clone()
                    .replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))?,
            ))
        })
        .map(|transformed| transformed.data)
    }

    fn name(&self) -> &str {
        "right_rows_in_order"
    }

    fn schema_check(&self) -> bool {
        true
    }
}

/// Rows as they come, which count as ordered, by nothing in particular.
#[derive(Debug)]
struct InOrder;

impl UnaryOperator for InOrder {
    fn name(&self) -> &'static str {
        "InOrder"
    }

    fn properties(&self, input: &Arc<dyn ExecutionPlan>) -> Arc<PlanProperties> {
        // An order that no query asks for: a sort above looks when it runs whether its input is sorted already.
        let order = PhysicalSortExpr::new(Arc::new(NoOp::new()), arrow::compute::SortOptions::default());
        Arc::new(PlanProperties::new(
            EquivalenceProperties::new_with_orderings(input.schema(), [vec![order]]),
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

/// A cross join whose sides were exchanged, the other way round again: Spark goes by the rows of the larger side.
fn crossed(node: &Arc<dyn ExecutionPlan>) -> Option<Arc<dyn ExecutionPlan>> {
    let projection = as_node::<ProjectionExec>(node)?;
    let cross = as_node::<CrossJoinExec>(projection.input())?;
    let (first, second) = (cross.left().schema().fields().len(), cross.right().schema().fields().len());
    let exchanged = (first..first + second).chain(0..first);
    let exprs = projection.expr();
    let same = exprs.len() == first + second
        && exprs.iter().zip(exchanged).all(|(expr, at)| {
            let any: &dyn std::any::Any = expr.expr.as_ref();
            any.downcast_ref::<Column>().is_some_and(|column| column.index() == at && column.name() == expr.alias)
        });
    let small = [cross.left(), cross.right()].iter().all(|side| size(side).is_some_and(|bytes| bytes <= SMALL_BYTES));
    (same && small).then(|| Arc::new(CrossJoinExec::new(cross.right().clone(), cross.left().clone())) as _)
}

fn size(plan: &Arc<dyn ExecutionPlan>) -> Option<usize> {
    let statistics = StatisticsContext::default().compute(plan.as_ref(), &StatisticsArgs::default()).ok()?;
    match statistics.total_byte_size {
        Precision::Exact(bytes) | Precision::Inexact(bytes) => Some(bytes),
        Precision::Absent => match statistics.num_rows {
            Precision::Exact(rows) | Precision::Inexact(rows) => {
                Some(rows.saturating_mul(32 * plan.schema().fields().len().max(1)))
            }
            Precision::Absent => None,
        },
    }
}
