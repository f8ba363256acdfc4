//! From logical to physical: batch sessions and streaming queries plan Python's nodes with this planner.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use datafusion::catalog::Session as DfSession;
use datafusion::common::{Result, plan_err};
use datafusion::execution::context::QueryPlanner;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};

use super::exec::PythonExec;
use super::node::{PythonNode, PythonOp};
use super::runtime::PythonScope;
use crate::nodes::columns_of;

/// The planner of the nodes in which Python functions run, in a session.
pub fn planner(scope: PythonScope) -> Arc<dyn ExtensionPlanner + Send + Sync> {
    Arc::new(PythonPlanner { scope })
}

#[derive(Debug)]
struct PythonPlanner {
    scope: PythonScope,
}

#[async_trait]
impl ExtensionPlanner for PythonPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn DfSession,
        _planning_ctx: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<PythonNode>() else { return Ok(None) };
        let split = match node.op.as_ref() {
            PythonOp::CoGroupMap { left, .. } => *left,
            _ => usize::MAX,
        };
        let mut columns = Vec::with_capacity(node.exprs.len());
        for (index, column) in columns_of(node.exprs.clone())?.into_iter().enumerate() {
            let side = usize::from(index >= split);
            let (Some(input), Some(physical)) = (node.inputs().get(side).copied(), physical_inputs.get(side)) else {
                return plan_err!("a Python node without its inputs");
            };
            let at = input.schema().index_of_column(&column)?;
            debug_assert_eq!(physical.schema().field(at).name(), &column.name);
            columns.push(at);
        }
        let schema = Arc::new(node.schema().as_arrow().clone());
        let exec = PythonExec::new(node.op.clone(), physical_inputs.to_vec(), columns, schema, self.scope.clone());
        Ok(Some(Arc::new(exec)))
    }
}

/// DataFusion's planner with that of Python's nodes.
pub(crate) struct PythonQueryPlanner {
    scope: PythonScope,
}

impl PythonQueryPlanner {
    pub(crate) fn new(scope: PythonScope) -> Arc<Self> {
        Arc::new(Self { scope })
    }
}

impl fmt::Debug for PythonQueryPlanner {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("PythonQueryPlanner")
    }
}

#[async_trait]
impl QueryPlanner for PythonQueryPlanner {
    async fn create_physical_plan(
        &self,
        logical_plan: &LogicalPlan,
        session: &dyn DfSession,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let planners = vec![
            planner(self.scope.clone()),
            Arc::new(crate::shuffle::ShufflePlanner) as _,
            Arc::new(crate::observe::ObservePlanner) as _,
            Arc::new(crate::per_partition::PerPartitionPlanner) as _,
        ];
        let planner = DefaultPhysicalPlanner::with_extension_planners(planners);
        planner.create_physical_plan(logical_plan, session).await
    }
}
