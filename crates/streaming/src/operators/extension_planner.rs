//! From the stateful nodes of a logical plan to physical operators.
//!
//! An aggregate is planned by DataFusion as two steps, partial and final; ours takes the place of the final one.

use std::sync::Arc;

use arrow::datatypes::{DataType, Schema, TimeUnit};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, Result, internal_err};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_expr::expressions::Column as PhysicalColumn;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::aggregates::{AggregateExec, AggregateMode};
use datafusion::physical_plan::empty::EmptyExec;
use datafusion::physical_plan::projection::ProjectionExec;
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use firesteel_sql::unary_exec::UnaryExec;

use super::aggregate_exec::StatefulAggregate;
use super::aggregate_states::AggregateStates;
use super::dedupe_exec::{DedupeColumns, StatefulDedupe};
use super::limit_exec::StatefulLimit;
use super::runtime::StatefulRuntime;
use super::stateful_node::{StatefulKind, StatefulNode};
use super::watermark_exec::Watermark;
use crate::error::to_datafusion;
use crate::state::{EventTimeColumn, StateSchema};

/// The type of the one key of an operator without keys.
pub(crate) const ONLY_KEY: DataType = DataType::Int8;

/// Plans the stateful nodes of one query. Add it to the query planner of the session that plans the query.
#[derive(Debug)]
pub struct StatefulExtensionPlanner {
    runtime: Arc<StatefulRuntime>,
}

impl StatefulExtensionPlanner {
    /// A planner for the query of `runtime`.
    pub fn new(runtime: Arc<StatefulRuntime>) -> Self {
        Self { runtime }
    }

    fn plan(&self, node: &StatefulNode, input: Arc<dyn ExecutionPlan>) -> Result<Arc<dyn ExecutionPlan>> {
        match &node.kind {
            StatefulKind::Aggregate { event_time } => self.plan_aggregate(node.number, event_time.as_ref(), input),
            StatefulKind::Deduplicate { keys, event_time, within_ms } => {
                self.plan_dedupe(node.number, keys, event_time.as_ref(), *within_ms, input)
            }
            StatefulKind::Limit { rows } => {
                let schema = StateSchema::new(vec![ONLY_KEY], vec![DataType::Int64], None).map_err(to_datafusion)?;
                self.runtime.set_schema(node.number, schema).map_err(to_datafusion)?;
                let runtime = Arc::clone(&self.runtime);
                let limit = StatefulLimit { number: node.number, rows: *rows, runtime };
                Ok(Arc::new(UnaryExec::new(limit, input)))
            }
            StatefulKind::Watermark { column, delay_ms } => {
                let column = PhysicalColumn::new_with_schema(&column.name, &input.schema())?;
                let runtime = Arc::clone(&self.runtime);
                let watermark = Watermark { number: node.number, column, delay_ms: *delay_ms, runtime };
                Ok(Arc::new(UnaryExec::new(watermark, input)))
            }
        }
    }

    /// Puts ours in place of the final step. The optimizer may have put projections above it; if it found that there can be
    /// no rows, there is no aggregate left, and nothing to remember.
    fn plan_aggregate(
        &self,
        number: usize,
        event_time: Option<&Column>,
        input: Arc<dyn ExecutionPlan>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        if input.is::<EmptyExec>() {
            return Ok(input);
        }
        let mut found = false;
        let replaced = input.transform_down(|plan| {
            if plan.is::<ProjectionExec>() {
                return Ok(Transformed::no(plan));
            }
            let Some(last) = plan.downcast_ref::<AggregateExec>() else {
                return Ok(Transformed::new(plan, false, TreeNodeRecursion::Stop));
            };
            found = true;
            let ours = self.replace_final(number, event_time, last)?;
            Ok(Transformed::new(ours, true, TreeNodeRecursion::Stop))
        })?;
        if !found {
            return internal_err!("stateful operator {number} has no aggregate in its plan");
        }
        Ok(replaced.data)
    }

    fn replace_final(
        &self,
        number: usize,
        event_time: Option<&Column>,
        last: &AggregateExec,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let partial = match last.mode() {
            AggregateMode::Final | AggregateMode::FinalPartitioned => Arc::clone(last.input()),
            AggregateMode::Single | AggregateMode::SinglePartitioned => Arc::new(AggregateExec::try_new(
                AggregateMode::Partial,
                last.group_expr().clone(),
                last.aggr_expr().to_vec(),
                last.filter_expr().to_vec(),
                Arc::clone(last.input()),
                last.input_schema(),
            )?),
            other => return internal_err!("stateful operator {number} has an aggregate in mode {other:?}"),
        };
        let states = AggregateStates::new(last.aggr_expr().to_vec(), &partial.schema())?;
        let keys = states.key_fields();
        let event_time = match event_time {
            None => None,
            Some(column) => match keys.iter().position(|field| field.name() == &column.name) {
                Some(key) => Some(EventTimeColumn::Key(key)),
                None => return internal_err!("stateful operator {number} has lost its event time {column}"),
            },
        };
        let key_types: Vec<DataType> = keys.iter().map(|field| field.data_type().clone()).collect();
        let key_types = if key_types.is_empty() { vec![ONLY_KEY] } else { key_types };
        let schema = StateSchema::new(key_types, states.state_types(), event_time).map_err(to_datafusion)?;
        self.runtime.set_schema(number, schema).map_err(to_datafusion)?;
        let runtime = Arc::clone(&self.runtime);
        Ok(Arc::new(UnaryExec::new(StatefulAggregate { schema: last.schema(), states, number, runtime }, partial)))
    }

    fn plan_dedupe(
        &self,
        number: usize,
        keys: &[Column],
        event_time: Option<&Column>,
        within_ms: Option<i64>,
        input: Arc<dyn ExecutionPlan>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let columns = input.schema();
        let at = |column: &Column| columns.index_of(&column.name);
        let keys: Vec<usize> = keys.iter().map(at).collect::<Result<_, _>>()?;
        let event_time = event_time.map(at).transpose()?;
        let schema = dedupe_schema(&columns, &keys, event_time, within_ms).map_err(to_datafusion)?;
        self.runtime.set_schema(number, schema).map_err(to_datafusion)?;
        let runtime = Arc::clone(&self.runtime);
        let columns = DedupeColumns { keys, event_time, within_ms };
        Ok(Arc::new(UnaryExec::new(StatefulDedupe { number, columns, runtime }, input)))
    }
}

/// `dropDuplicates` keeps the keys, and forgets them by an event time that is one of them; `...WithinWatermark` keeps the
/// time at which each is forgotten.
fn dedupe_schema(
    columns: &Schema,
    keys: &[usize],
    event_time: Option<usize>,
    within_ms: Option<i64>,
) -> firesteel_error::Result<StateSchema> {
    let mut types: Vec<DataType> = keys.iter().map(|at| columns.field(*at).data_type().clone()).collect();
    if types.is_empty() {
        types.push(ONLY_KEY);
    }
    if within_ms.is_some() {
        let expires_at = DataType::Timestamp(TimeUnit::Microsecond, None);
        return StateSchema::new(types, vec![expires_at], Some(EventTimeColumn::Value(0)));
    }
    let key = event_time.and_then(|column| keys.iter().position(|key| *key == column)).map(EventTimeColumn::Key);
    StateSchema::new(types, Vec::new(), key)
}

#[async_trait]
impl ExtensionPlanner for StatefulExtensionPlanner {
    async fn plan_extension(
        &self,
        _planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        _session: &dyn Session,
        _planning_ctx: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let (Some(node), [input]) = (node.as_any().downcast_ref::<StatefulNode>(), physical_inputs) else {
            return Ok(None);
        };
        self.plan(node, Arc::clone(input)).map(Some)
    }
}
