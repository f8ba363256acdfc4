//! The physical node of `observe`: rows pass, accumulators see them.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::filter_record_batch;
use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::Session as DfSession;
use datafusion::common::cast::as_boolean_array;
use datafusion::common::{DFSchema, Result, ScalarValue, plan_err};
use datafusion::execution::{RecordBatchStream, TaskContext};
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Accumulator, LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_expr::aggregate::{AggregateFunctionExpr, LoweredAggregateBuilder};
use datafusion::physical_plan::{ExecutionPlan, SendableRecordBatchStream};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use firesteel_error::SparkError;
use futures::{Stream, StreamExt};
use parking_lot::Mutex;

use super::Observed;
use super::node::Observe;
use crate::error::from_datafusion;
use crate::unary_exec::{UnaryExec, UnaryOperator};

/// One aggregate: its function, and which rows it takes.
#[derive(Debug)]
struct Measure {
    function: Arc<AggregateFunctionExpr>,
    filter: Option<Arc<dyn PhysicalExpr>>,
}

/// The accumulators of a node, into which those of its partitions are merged.
pub(crate) struct Tally {
    name: String,
    plan_id: i64,
    measures: Vec<Measure>,
    /// The columns of the aggregates' results.
    results: SchemaRef,
    /// The metrics over these columns.
    metrics: Vec<(Arc<dyn PhysicalExpr>, FieldRef)>,
    merged: Mutex<Vec<Box<dyn Accumulator>>>,
}

impl fmt::Debug for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Tally").field("name", &self.name).field("measures", &self.measures).finish_non_exhaustive()
    }
}

impl Tally {
    fn accumulators(&self) -> Result<Vec<Box<dyn Accumulator>>> {
        self.measures.iter().map(|measure| measure.function.create_accumulator()).collect()
    }

    fn update(&self, accumulators: &mut [Box<dyn Accumulator>], batch: &RecordBatch) -> Result<()> {
        for (measure, accumulator) in self.measures.iter().zip(accumulators) {
            let filtered = match &measure.filter {
                Some(filter) => {
                    let chosen = filter.evaluate(batch)?.into_array(batch.num_rows())?;
                    Some(filter_record_batch(batch, as_boolean_array(&chosen)?)?)
                }
                None => None,
            };
            let batch = filtered.as_ref().unwrap_or(batch);
            let arguments = measure
                .function
                .expressions()
                .iter()
                .map(|expr| expr.evaluate(batch)?.into_array(batch.num_rows()))
                .collect::<Result<Vec<_>>>()?;
            accumulator.update_batch(&arguments)?;
        }
        Ok(())
    }

    fn merge(&self, partition: &mut [Box<dyn Accumulator>]) -> Result<()> {
        for (whole, part) in self.merged.lock().iter_mut().zip(partition) {
            let state = part.state()?.iter().map(ScalarValue::to_array).collect::<Result<Vec<ArrayRef>>>()?;
            whole.merge_batch(&state)?;
        }
        Ok(())
    }

    /// The metrics over what has passed; the accumulators start anew.
    pub(crate) fn observed(&self) -> firesteel_error::Result<Observed> {
        let metrics = self.values().map_err(from_datafusion)?;
        Ok(Observed { name: self.name.clone(), plan_id: self.plan_id, metrics })
    }

    fn values(&self) -> Result<Vec<(FieldRef, ScalarValue)>> {
        let mut merged = std::mem::replace(&mut *self.merged.lock(), self.accumulators()?);
        let columns = merged.iter_mut().map(|a| a.evaluate()?.to_array()).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        let row = RecordBatch::try_new_with_options(self.results.clone(), columns, &options)?;
        self.metrics
            .iter()
            .map(|(metric, field)| {
                let value = metric.evaluate(&row)?.into_array(1)?;
                Ok((field.clone(), ScalarValue::try_from_array(&value, 0)?))
            })
            .collect()
    }
}

/// Plans [`Observe`].
#[derive(Debug)]
pub struct ObservePlanner;

#[async_trait]
impl ExtensionPlanner for ObservePlanner {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn DfSession,
        planning: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<Observe>() else { return Ok(None) };
        let (Some(logical), Some(input)) = (logical_inputs.first(), physical_inputs.first()) else {
            return plan_err!("CollectMetrics takes one input");
        };
        let mut measures = Vec::with_capacity(node.calls.len());
        let mut fields = Vec::with_capacity(node.calls.len());
        for (call, name) in &node.calls {
            let schema = input.schema();
            let props = session.execution_props();
            let lowered = LoweredAggregateBuilder::new(call, logical.schema(), &schema, props, planning).build()?;
            fields.push(lowered.aggregate.field().as_ref().clone().with_name(name).with_nullable(true));
            measures.push(Measure { function: lowered.aggregate, filter: lowered.filter });
        }
        let results = Arc::new(Schema::new(fields));
        let columns = DFSchema::try_from(results.as_ref().clone())?;
        let metrics = node
            .metrics
            .iter()
            .map(|(metric, field)| {
                Ok((planner.create_physical_expr(metric, &columns, session, planning)?, field.clone()))
            })
            .collect::<Result<Vec<_>>>()?;
        let tally = Tally {
            name: node.name.clone(),
            plan_id: node.plan_id,
            measures,
            results,
            metrics,
            merged: Mutex::default(),
        };
        *tally.merged.lock() = tally.accumulators()?;
        let tally = Arc::new(tally);
        if let Some(observer) = &node.observer {
            observer.register(tally.clone());
        }
        Ok(Some(Arc::new(UnaryExec::new(CollectMetrics { tally }, input.clone()))))
    }
}

/// What the physical node does: it lets rows pass and tells them to the tally.
#[derive(Debug)]
pub(crate) struct CollectMetrics {
    tally: Arc<Tally>,
}

impl CollectMetrics {
    pub(crate) fn tally(&self) -> &Arc<Tally> {
        &self.tally
    }
}

impl UnaryOperator for CollectMetrics {
    fn name(&self) -> &'static str {
        "CollectMetrics"
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CollectMetrics: {}", self.tally.name)
    }

    fn keeps_order(&self) -> bool {
        true
    }

    fn welcomes_partitions(&self) -> bool {
        true
    }

    fn execute(
        &self,
        exec: &UnaryExec<Self>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let input = exec.input().execute(partition, context)?;
        let accumulators = self.tally.accumulators()?;
        Ok(Box::pin(Watched { input, tally: self.tally.clone(), accumulators }))
    }
}

/// The rows of a partition on their way.
struct Watched {
    input: SendableRecordBatchStream,
    tally: Arc<Tally>,
    accumulators: Vec<Box<dyn Accumulator>>,
}

impl Stream for Watched {
    type Item = Result<RecordBatch>;

    fn poll_next(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        let next = ready!(this.input.poll_next_unpin(cx));
        Poll::Ready(match next {
            Some(Ok(batch)) => Some(this.tally.update(&mut this.accumulators, &batch).map(|()| batch)),
            Some(Err(error)) => Some(Err(error)),
            None => {
                let mut ended = std::mem::take(&mut this.accumulators);
                match this.tally.merge(&mut ended) {
                    Ok(()) => None,
                    Err(error) => Some(Err(error)),
                }
            }
        })
    }
}

impl Drop for Watched {
    fn drop(&mut self) {
        // Let go early, by a limit above: what has passed counts.
        if let Err(error) = self.tally.merge(&mut self.accumulators) {
            let error: SparkError = from_datafusion(error);
            tracing::warn!(%error, observation = self.tally.name, "metrics are incomplete");
        }
    }
}

impl RecordBatchStream for Watched {
    fn schema(&self) -> SchemaRef {
        self.input.schema()
    }
}
