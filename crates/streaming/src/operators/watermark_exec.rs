//! `withWatermark`: lets rows pass and notes their event times.

use std::fmt;
use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{Schema, SchemaRef};
use datafusion::common::Result;
use datafusion::execution::TaskContext;
use datafusion::physical_expr::EquivalenceProperties;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, PlanProperties, SendableRecordBatchStream};
use futures::{StreamExt, stream};

use super::event_time::EventTimeStats;
use super::runtime::StatefulRuntime;
use crate::error::to_datafusion;
use crate::state::event_micros;
use firesteel_sql::nodes::WATERMARK_DELAY_KEY;
use firesteel_sql::unary_exec::{UnaryExec, UnaryOperator};

/// See the module's text.
#[derive(Debug)]
pub(crate) struct Watermark {
    pub(crate) number: usize,
    pub(crate) column: Column,
    pub(crate) delay_ms: i64,
    pub(crate) runtime: Arc<StatefulRuntime>,
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

impl UnaryOperator for Watermark {
    fn name(&self) -> &'static str {
        "WatermarkExec"
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "WatermarkExec: column={}, delay={} ms", self.column.name(), self.delay_ms)
    }

    fn properties(&self, input: &Arc<dyn ExecutionPlan>) -> Arc<PlanProperties> {
        let schema = marked(&input.schema(), self.column.index(), self.delay_ms);
        Arc::new(PlanProperties::new(
            EquivalenceProperties::new(schema),
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
        let watch = Watch {
            input: exec.input().execute(partition, context)?,
            now_ms: self.runtime.batch().map_err(to_datafusion)?.now_ms,
            number: self.number,
            partition,
            column: self.column.index(),
            schema: exec.schema(),
            stats: EventTimeStats::default(),
            runtime: Arc::clone(&self.runtime),
        };
        let batches = stream::try_unfold(watch, Watch::next);
        Ok(Box::pin(RecordBatchStreamAdapter::new(exec.schema(), batches)))
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
