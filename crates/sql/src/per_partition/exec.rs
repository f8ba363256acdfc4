//! The physical node: a generator for each column and partition.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::Session as DfSession;
use datafusion::common::{Result, plan_err};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{ExecutionPlan, ExecutionPlanProperties, PlanProperties, SendableRecordBatchStream};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use futures::StreamExt;

use super::Source;
use super::node::Append;
use crate::unary_exec::{UnaryExec, UnaryOperator};
use crate::xor_shift::XorShift;

/// Plans the node.
#[derive(Debug)]
pub struct PerPartitionPlanner;

#[async_trait]
impl ExtensionPlanner for PerPartitionPlanner {
    async fn plan_extension(
        &self,
        _: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        _: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        _: &dyn DfSession,
        _: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        let Some(node) = node.as_any().downcast_ref::<Append>() else { return Ok(None) };
        let Some(input) = physical_inputs.first() else { return plan_err!("PerPartition takes one input") };
        let sources = node.columns.iter().map(|(source, _)| *source).collect();
        let schema = Arc::new(node.schema.as_arrow().clone());
        Ok(Some(Arc::new(UnaryExec::new(PerPartition { sources, schema }, input.clone()))))
    }
}

/// Appends the columns of `sources`.
#[derive(Debug)]
struct PerPartition {
    sources: Vec<Source>,
    schema: SchemaRef,
}

impl UnaryOperator for PerPartition {
    fn name(&self) -> &'static str {
        "PerPartition"
    }

    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PerPartition: {:?}", self.sources)
    }

    fn properties(&self, input: &Arc<dyn ExecutionPlan>) -> Arc<PlanProperties> {
        Arc::new(PlanProperties::new(
            EquivalenceProperties::new(self.schema.clone()),
            Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
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
        let mut columns: Vec<Generator> =
            self.sources.iter().map(|source| Generator::new(*source, partition)).collect();
        let schema = self.schema.clone();
        let appended = exec.input().execute(partition, context)?.map(move |batch| {
            let batch = batch?;
            let mut arrays = batch.columns().to_vec();
            arrays.extend(columns.iter_mut().map(|column| column.next(batch.num_rows())));
            let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
            Ok(RecordBatch::try_new_with_options(schema.clone(), arrays, &options)?)
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(self.schema.clone(), appended)))
    }
}

/// What makes a column of a partition.
struct Generator {
    source: Source,
    partition: i64,
    rows: i64,
    random: XorShift,
}

impl Generator {
    fn new(source: Source, partition: usize) -> Self {
        let partition = partition as i64;
        let seed = match source {
            Source::PartitionId | Source::RowId => 0,
            Source::Uniform(seed) | Source::Sample(seed) | Source::Gaussian(seed) => seed,
            Source::Letters { seed, .. } | Source::Times { seed, .. } => seed,
        };
        Self { source, partition, rows: 0, random: XorShift::new(seed.wrapping_add(partition)) }
    }

    fn next(&mut self, rows: usize) -> ArrayRef {
        let first = self.rows;
        self.rows += rows as i64;
        let random = &mut self.random;
        match self.source {
            Source::PartitionId => Arc::new(Int32Array::from_value(self.partition as i32, rows)),
            Source::RowId => {
                let base = self.partition << 33;
                Arc::new((first..self.rows).map(|row| base + row).collect::<Int64Array>())
            }
            Source::Uniform(_) | Source::Sample(_) => {
                Arc::new((0..rows).map(|_| Some(random.uniform())).collect::<Float64Array>())
            }
            Source::Gaussian(_) => Arc::new((0..rows).map(|_| Some(random.gaussian())).collect::<Float64Array>()),
            Source::Letters { length, .. } => {
                Arc::new((0..rows).map(|_| Some(letters(random, length))).collect::<StringArray>())
            }
            Source::Times { mean, .. } => {
                let mean = f64::from_bits(mean);
                Arc::new((0..rows).map(|_| Some(random.poisson(mean) as i64)).collect::<Int64Array>())
            }
        }
    }
}

/// A text of digits and letters, as `randstr` draws it.
fn letters(random: &mut XorShift, length: usize) -> String {
    const ALPHABET: &[u8; 62] = b"0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
    (0..length).map(|_| char::from(ALPHABET[(random.int().unsigned_abs() % 62) as usize])).collect()
}
