//! The physical plan of a query's batches: made once, and run again for each batch.
//!
//! What changes with a batch is not in the plan: its rows are in the [`Slot`]s, its watermark in the stateful operators'
//! runtime. One thing is in the plan: functions of the current time, which must give the batch's own time. A query that uses
//! one is planned anew for each batch.

use std::collections::BTreeMap;
use std::sync::Arc;

use arrow::datatypes::SchemaRef;
use datafusion::common::Result as DataFusionResult;
use datafusion::common::tree_node::{Transformed, TreeNodeRecursion};
use datafusion::datasource::provider_as_source;
use datafusion::execution::SessionState;
use datafusion::logical_expr::LogicalPlan;
use datafusion::logical_expr::logical_plan::TableScan;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::execution_plan::reset_plan_states;
use datafusion::physical_planner::{DefaultPhysicalPlanner, ExtensionPlanner, PhysicalPlanner};
use firesteel_error::Result;
use firesteel_sql::current_time;
use firesteel_sql::streaming::{StreamingRelation, streaming_leaf};

use super::batch_table::{BatchTable, Slot};
use crate::error::from_datafusion;

/// The streams of `plan`, each once, in the order in which the plan names them.
pub fn streams(plan: &LogicalPlan) -> Result<Vec<StreamingRelation>> {
    let mut found: Vec<StreamingRelation> = Vec::new();
    let visit = |node: &LogicalPlan| {
        if let Some(leaf) = streaming_leaf(node)
            && !found.iter().any(|known| known.uid == leaf.uid)
        {
            found.push(leaf);
        }
        Ok(TreeNodeRecursion::Continue)
    };
    plan.apply_with_subqueries(visit).map_err(from_datafusion)?;
    Ok(found)
}

/// What a stream is replaced by: the slot of its source.
#[derive(Debug, Clone)]
pub struct BoundStream {
    /// Where the batch's rows are put in.
    pub slot: Arc<Slot>,
    /// The columns under the source's names.
    pub source_schema: SchemaRef,
    /// Whether the source's tables skip data by filters.
    pub takes_filters: bool,
}

/// `plan` with a table of its slot in place of each stream; `bound` has them by the stream's uid.
pub fn bind(plan: LogicalPlan, bound: &BTreeMap<u64, BoundStream>) -> Result<LogicalPlan> {
    let replace = |node: LogicalPlan| -> DataFusionResult<Transformed<LogicalPlan>> {
        let Some(leaf) = streaming_leaf(&node) else { return Ok(Transformed::no(node)) };
        let (LogicalPlan::TableScan(scan), Some(stream)) = (&node, bound.get(&leaf.uid)) else {
            return Ok(Transformed::no(node));
        };
        let source_schema = Arc::clone(&stream.source_schema);
        let table = BatchTable::new(leaf.schema, source_schema, Arc::clone(&stream.slot), stream.takes_filters);
        let source = provider_as_source(Arc::new(table));
        Ok(Transformed::yes(LogicalPlan::TableScan(TableScan { source, ..scan.clone() })))
    };
    plan.transform_down_with_subqueries(replace).map(|done| done.data).map_err(from_datafusion)
}

/// What a batch runs, and the plan that it was made from.
#[derive(Debug, Clone)]
pub struct BatchPlan {
    /// The optimized logical plan, as text.
    pub optimized: Arc<str>,
    /// What runs.
    pub physical: Arc<dyn ExecutionPlan>,
}

/// See the module.
pub struct BatchPlanner {
    state: SessionState,
    logical: LogicalPlan,
    planner: DefaultPhysicalPlanner,
    depends_on_time: bool,
    kept: Option<BatchPlan>,
}

impl std::fmt::Debug for BatchPlanner {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("BatchPlanner").field("depends_on_time", &self.depends_on_time).finish_non_exhaustive()
    }
}

impl BatchPlanner {
    /// Plans `logical` (streams replaced, [`bind`]); `planners` make the nodes that DataFusion does not know.
    pub fn new(
        state: SessionState,
        logical: LogicalPlan,
        planners: Vec<Arc<dyn ExtensionPlanner + Send + Sync>>,
    ) -> Result<Self> {
        let depends_on_time = current_time::is_asked(&logical).map_err(from_datafusion)?;
        let planner = DefaultPhysicalPlanner::with_extension_planners(planners);
        Ok(Self { state, logical, planner, depends_on_time, kept: None })
    }

    /// The state that plans run in.
    pub fn state(&self) -> &SessionState {
        &self.state
    }

    /// The plan to run for a batch whose "now" is `timestamp_ms`.
    pub async fn plan(&mut self, timestamp_ms: i64) -> Result<BatchPlan> {
        if let Some(kept) = self.kept.take().filter(|_| !self.depends_on_time) {
            let physical = reset_plan_states(kept.physical).map_err(from_datafusion)?;
            let fresh = BatchPlan { physical, ..kept };
            self.kept = Some(fresh.clone());
            return Ok(fresh);
        }
        let mut logical = self.logical.clone();
        if self.depends_on_time {
            logical = current_time::at(logical, timestamp_ms.saturating_mul(1_000)).map_err(from_datafusion)?;
        }
        let optimized = self.state.optimize(&logical).map_err(from_datafusion)?;
        let physical = self.planner.create_physical_plan(&optimized, &self.state).await.map_err(from_datafusion)?;
        let plan = BatchPlan { optimized: optimized.display_indent().to_string().into(), physical };
        self.kept = Some(plan.clone());
        Ok(plan)
    }
}
