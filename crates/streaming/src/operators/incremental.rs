//! The incremental planner: from the plan that a user wrote to the plan that is run again for every batch.
//!
//! It refuses what Spark refuses ([`super::refusals`]), then puts a [`StatefulNode`] in place of, or above, each node that
//! must remember something: an aggregate, the dropping of duplicates, a limit in append mode. Watermarks become nodes that
//! watch their column. Operators are numbered from the last of the plan to the first, as in Spark; their number is their
//! folder in the checkpoint.

use std::sync::Arc;

use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, DFSchema, Result as DataFusionResult};
use datafusion::logical_expr::{Aggregate, Distinct, Extension, FetchType, LogicalPlan, SkipType};
use firesteel_error::{Exception, Result, SparkError};

use super::refusals;
use super::runtime::{OperatorSpec, StatefulRuntime};
use super::settings::StatefulSettings;
use super::stateful_node::{StatefulKind, StatefulNode};
use crate::OutputMode;
use crate::error::from_datafusion;
use firesteel_sql::nodes::{Deduplicate, EventTimeWatermark, event_time_columns, watermark_delay_ms};

/// Says which leaves are streams.
pub type IsStream<'a> = &'a dyn Fn(&LogicalPlan) -> bool;

/// A streaming query's plan with its stateful operators marked.
#[derive(Debug, Clone)]
pub struct IncrementalPlan {
    plan: LogicalPlan,
    runtime: Arc<StatefulRuntime>,
}

impl IncrementalPlan {
    /// Plans a streaming query, or refuses it as Spark does. `is_stream` tells the leaves that are streams.
    pub fn new(
        plan: &LogicalPlan,
        mode: OutputMode,
        settings: StatefulSettings,
        is_stream: IsStream<'_>,
    ) -> Result<Self> {
        refusals::check(plan, mode, &settings, is_stream)?;
        let mut planner = Planner { mode, is_stream, operators: Vec::new(), watermarks: Vec::new(), redefined: false };
        let plan = planner.rewrite(plan.clone()).map_err(from_datafusion)?;
        let defect = (planner.redefined && settings.allow_multiple).then(redefined_watermark);
        let runtime = StatefulRuntime::new(mode, settings, planner.operators, planner.watermarks, defect);
        Ok(Self { plan, runtime: Arc::new(runtime) })
    }

    /// The plan to optimize and to make physical, with a [`super::StatefulExtensionPlanner`] for the runtime.
    pub fn logical(&self) -> &LogicalPlan {
        &self.plan
    }

    /// What the plan's operators share from batch to batch.
    pub fn runtime(&self) -> &Arc<StatefulRuntime> {
        &self.runtime
    }

    /// Whether the query remembers anything between batches.
    pub fn is_stateful(&self) -> bool {
        self.runtime.is_stateful()
    }

    /// Whether a watermark that has come this far asks for a batch although there is no new data.
    pub fn wants_batch(&self, watermark_ms: i64) -> bool {
        self.runtime.wants_batch(watermark_ms)
    }
}

fn redefined_watermark() -> SparkError {
    SparkError::plain(
        Exception::Spark,
        "Redefining watermark is disallowed. You can set the config 'spark.sql.streaming.statefulOperator.allowMultiple' to \
         'false' to restore the previous behavior. Note that multiple stateful operators will be disallowed.",
    )
}

/// Whether `plan` reads a stream.
pub(crate) fn reads_stream(plan: &LogicalPlan, is_stream: IsStream<'_>) -> bool {
    let mut found = false;
    let visited = plan.apply(|node| {
        found |= is_stream(node);
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    visited.is_ok() && found
}

/// The node of type `T` that `plan` is, if it is one.
pub(crate) fn extension<T: 'static>(plan: &LogicalPlan) -> Option<&T> {
    let LogicalPlan::Extension(extension) = plan else { return None };
    extension.node.as_any().downcast_ref::<T>()
}

/// The grouping column of an aggregate that carries a watermark.
pub(crate) fn grouping_event_time(aggregate: &Aggregate) -> Option<Column> {
    let groups = aggregate.group_expr_len().ok()?;
    let mut columns = aggregate.schema.iter().take(groups);
    let (qualifier, field) = columns.find(|(_, field)| watermark_delay_ms(field).is_some())?;
    Some(Column::new(qualifier.cloned(), field.name()))
}

struct Planner<'a> {
    mode: OutputMode,
    is_stream: IsStream<'a>,
    operators: Vec<OperatorSpec>,
    watermarks: Vec<i64>,
    redefined: bool,
}

impl Planner<'_> {
    fn rewrite(&mut self, plan: LogicalPlan) -> DataFusionResult<LogicalPlan> {
        if !reads_stream(&plan, self.is_stream) {
            return Ok(plan);
        }
        match self.stateful_kind(&plan) {
            None => self.rewrite_inputs(plan),
            Some(kind) => {
                let number = self.number(&plan, &kind);
                let input = match &kind {
                    StatefulKind::Aggregate { .. } => self.rewrite_inputs(plan)?,
                    _ => {
                        let input = plan.inputs().into_iter().next().cloned().unwrap_or(plan);
                        self.rewrite(input)?
                    }
                };
                let node = StatefulNode::try_new(number, kind, input)?;
                Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
            }
        }
    }

    fn rewrite_inputs(&mut self, plan: LogicalPlan) -> DataFusionResult<LogicalPlan> {
        Ok(plan.map_children(|input| Ok(Transformed::yes(self.rewrite(input)?)))?.data)
    }

    fn stateful_kind(&self, plan: &LogicalPlan) -> Option<StatefulKind> {
        if let Some(node) = extension::<EventTimeWatermark>(plan) {
            return Some(StatefulKind::Watermark { column: node.column.clone(), delay_ms: node.delay_ms });
        }
        if let Some(node) = extension::<Deduplicate>(plan) {
            return Some(deduplicate(node.keys.clone(), node.input.schema(), node.within_watermark));
        }
        match plan {
            LogicalPlan::Aggregate(aggregate) => {
                Some(StatefulKind::Aggregate { event_time: grouping_event_time(aggregate) })
            }
            LogicalPlan::Distinct(Distinct::All(input)) => {
                Some(deduplicate(input.schema().columns(), input.schema(), false))
            }
            LogicalPlan::Limit(limit) if self.mode == OutputMode::Append => {
                match (limit.get_skip_type(), limit.get_fetch_type()) {
                    (Ok(SkipType::Literal(0)), Ok(FetchType::Literal(Some(rows)))) => {
                        Some(StatefulKind::Limit { rows: rows as u64 })
                    }
                    _ => None,
                }
            }
            _ => None,
        }
    }

    fn number(&mut self, plan: &LogicalPlan, kind: &StatefulKind) -> usize {
        if let StatefulKind::Watermark { delay_ms, .. } = kind {
            self.watermarks.push(*delay_ms);
            self.redefined |= plan.inputs().into_iter().any(has_watermark);
            return self.watermarks.len() - 1;
        }
        self.operators.push(OperatorSpec { kind: kind.clone(), has_watermark: has_watermark(plan) });
        self.operators.len() - 1
    }
}

/// Whether a watermark is set somewhere below.
pub(crate) fn has_watermark(plan: &LogicalPlan) -> bool {
    let mut found = false;
    let visited = plan.apply(|node| {
        found |= extension::<EventTimeWatermark>(node).is_some();
        Ok(if found { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    visited.is_ok() && found
}

fn deduplicate(keys: Vec<Column>, schema: &DFSchema, within_watermark: bool) -> StatefulKind {
    let event_time = event_time_columns(schema).into_iter().next();
    let delay = event_time.as_ref().and_then(|column| {
        let at = schema.index_of_column(column).ok()?;
        watermark_delay_ms(&schema.fields()[at])
    });
    StatefulKind::Deduplicate { keys, event_time, within_ms: within_watermark.then(|| delay.unwrap_or(0)) }
}
