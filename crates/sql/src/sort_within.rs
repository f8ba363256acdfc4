//! `sortWithinPartitions`: each partition's rows sorted, no row moves to another.
//!
//! To DataFusion a sort below which nothing asks for order is a sort too many. So the node is ours, and DataFusion's sort,
//! which spills, works inside it.

use std::fmt;
use std::sync::Arc;

use datafusion::catalog::Session as DfSession;
use datafusion::common::{DFSchemaRef, Result, plan_err};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, SortExpr, UserDefinedLogicalNodeCore};
use datafusion::physical_expr::LexOrdering;
use datafusion::physical_plan::sorts::sort::SortExec;
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use datafusion::physical_planner::PhysicalPlanner;

use crate::unary_exec::{UnaryExec, UnaryOperator};

/// The logical node.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd)]
pub struct SortWithin {
    input: LogicalPlan,
    keys: Vec<SortExpr>,
}

impl SortWithin {
    /// The node, as a plan.
    pub fn plan(input: LogicalPlan, keys: Vec<SortExpr>) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: Arc::new(Self { input, keys }) })
    }

    /// The physical node over `input`.
    pub(crate) fn physical(
        &self,
        planner: &dyn PhysicalPlanner,
        input: Arc<dyn ExecutionPlan>,
        session: &dyn DfSession,
        planning: &PhysicalPlanningContext,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let key = |key: &SortExpr| {
            let expr = planner.create_physical_expr(&key.expr, self.input.schema(), session, planning)?;
            let options = arrow::compute::SortOptions { descending: !key.asc, nulls_first: key.nulls_first };
            Ok(datafusion::physical_expr::PhysicalSortExpr::new(expr, options))
        };
        let keys = self.keys.iter().map(key).collect::<Result<Vec<_>>>()?;
        let Some(keys) = LexOrdering::new(keys) else { return Ok(input) };
        Ok(Arc::new(UnaryExec::new(SortEach { keys }, input)))
    }
}

impl UserDefinedLogicalNodeCore for SortWithin {
    fn name(&self) -> &str {
        "SortWithin"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        self.keys.iter().map(|key| key.expr.clone()).collect()
    }

    fn prevent_predicate_push_down_columns(&self) -> std::collections::HashSet<String> {
        std::collections::HashSet::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<String> = self.keys.iter().map(ToString::to_string).collect();
        write!(f, "SortWithin: {}", keys.join(", "))
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let Some(input) = inputs.into_iter().next() else { return plan_err!("SortWithin takes one input") };
        let keys = exprs.into_iter().zip(&self.keys).map(|(expr, key)| SortExpr { expr, ..key.clone() }).collect();
        Ok(Self { input, keys })
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let columns = self.keys.iter().flat_map(|key| key.expr.column_refs()).collect::<Vec<_>>();
        crate::nodes::needed(self.input.schema(), output_columns, columns.into_iter())
    }
}

/// The physical operator.
#[derive(Debug)]
struct SortEach {
    keys: LexOrdering,
}

impl UnaryOperator for SortEach {
    fn name(&self) -> &'static str {
        "Sort"
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Sort: [{}], false", self.keys)
    }

    fn execute(
        &self,
        exec: &UnaryExec<Self>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let sort = SortExec::new(self.keys.clone(), exec.input().clone()).with_preserve_partitioning(true);
        sort.execute(partition, context)
    }
}
