//! `withWatermark`: lets rows pass and notes their event times.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::TaskContext;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::ReplaceChildrenOptions;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties, SendableRecordBatchStream,
};
use futures::{StreamExt, stream};

use super::event_time::EventTimeStats;
use super::plan_shape::{only, recompute};
use super::runtime::StatefulRuntime;
use crate::error::to_datafusion;
use crate::state::event_micros;
use firesteel_sql::nodes::WATERMARK_DELAY_KEY;

/// See the module's text.
#[derive(Debug)]
pub(crate) struct WatermarkExec {
    input: Arc<dyn ExecutionPlan>,
    number: usize,
    column: usize,
    delay_ms: i64,
    runtime: Arc<StatefulRuntime>,
    properties: Arc<PlanProperties>,
}

impl WatermarkExec {
    pub(crate) fn new(
        input: Arc<dyn ExecutionPlan>,
        number: usize,
        column: usize,
        delay_ms: i64,
        runtime: Arc<StatefulRuntime>,
    ) -> Self {
        let schema = marked(&input.schema(), column, delay_ms);
        let properties = Arc::new(PlanProperties::new(
            EquivalenceProperties::new(schema),
            input.output_partitioning().clone(),
            input.pipeline_behavior(),
            input.boundedness(),
        ));
        Self { input, number, column, delay_ms, runtime, properties }
    }
}

/// The columns with the mark on the event time alone.
fn marked(schema: &Schema, column: usize, delay_ms: i64) -> SchemaRef {
    let mark = |(at, field): (usize, &Arc<arrow::datatypes::Field>)| {
        let mut metadata = field.metadata().clone();
        metadata.remove(WATERMARK_DELAY_KEY);
        if at == column {
            metadata.insert(WATERMARK_DELAY_KEY.to_string(), delay_ms.to_string());
        }
        field.as_ref().clone().with_metadata(metadata)
    };
    let fields: Vec<_> = schema.fields().iter().enumerate().map(mark).collect();
    Arc::new(Schema::new_with_metadata(fields, schema.metadata().clone()))
}

impl DisplayAs for WatermarkExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schema = self.input.schema();
        write!(f, "WatermarkExec: column={}, delay={} ms", schema.field(self.column).name(), self.delay_ms)
    }
}

impl ExecutionPlan for WatermarkExec {
    fn name(&self) -> &str {
        "WatermarkExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let runtime = Arc::clone(&self.runtime);
        Ok(Arc::new(Self::new(only(children)?, self.number, self.column, self.delay_ms, runtime)))
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, recompute())
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let watch = Watch {
            input: self.input.execute(partition, context)?,
            now_ms: self.runtime.batch().map_err(to_datafusion)?.now_ms,
            number: self.number,
            partition,
            column: self.column,
            schema: self.schema(),
            stats: EventTimeStats::default(),
            runtime: Arc::clone(&self.runtime),
        };
        let batches = stream::try_unfold(watch, Watch::next);
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema(), batches)))
    }
}

/// One partition on its way through.
struct Watch {
    input: SendableRecordBatchStream,
    now_ms: i64,
    number: usize,
    partition: usize,
    column: usize,
    schema: SchemaRef,
    stats: EventTimeStats,
    runtime: Arc<StatefulRuntime>,
}

impl Watch {
    async fn next(mut self) -> Result<Option<(RecordBatch, Self)>> {
        match self.input.next().await.transpose()? {
            None => {
                self.runtime.saw(self.number, self.partition, self.stats);
                Ok(None)
            }
            Some(batch) => {
                let times = event_micros(batch.column(self.column)).map_err(to_datafusion)?;
                self.stats.add(&times, self.now_ms);
                let batch = batch.with_schema(Arc::clone(&self.schema))?;
                Ok(Some((batch, self)))
            }
        }
    }
}
