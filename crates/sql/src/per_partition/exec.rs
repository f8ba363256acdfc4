//! The physical node: a generator for each column and partition.

use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, Float64Array, Int32Array, Int64Array, RecordBatch, RecordBatchOptions, StringArray};
use arrow::datatypes::SchemaRef;
use async_trait::async_trait;
use datafusion::catalog::Session as DfSession;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, plan_err};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{LogicalPlan, UserDefinedLogicalNode};
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties, SendableRecordBatchStream,
};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use futures::StreamExt;

use super::Source;
use super::node::Append;
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
        Ok(Some(Arc::new(PerPartitionExec::new(input.clone(), sources, schema))))
    }
}

#[derive(Debug)]
struct PerPartitionExec {
    input: Arc<dyn ExecutionPlan>,
    sources: Vec<Source>,
    schema: SchemaRef,
    properties: Arc<PlanProperties>,
}

impl PerPartitionExec {
    fn new(input: Arc<dyn ExecutionPlan>, sources: Vec<Source>, schema: SchemaRef) -> Self {
        let of_input = input.properties();
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema.clone()),
            datafusion::physical_expr::Partitioning::UnknownPartitioning(input.output_partitioning().partition_count()),
            of_input.emission_type,
            of_input.boundedness,
        );
        Self { input, sources, schema, properties: Arc::new(properties) }
    }
}

impl DisplayAs for PerPartitionExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "PerPartition: {:?}", self.sources)
    }
}

impl ExecutionPlan for PerPartitionExec {
    fn name(&self) -> &str {
        "PerPartition"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![true]
    }

    /// Rows count in the partitions that the user made.
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![false]
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.pop().unwrap_or_else(|| self.input.clone());
        Ok(Arc::new(Self::new(input, self.sources.clone(), self.schema.clone())))
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let mut columns: Vec<Generator> =
            self.sources.iter().map(|source| Generator::new(*source, partition)).collect();
        let schema = self.schema.clone();
        let appended = self.input.execute(partition, context)?.map(move |batch| {
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
            Source::Uniform(seed) | Source::Gaussian(seed) => seed,
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
            Source::Uniform(_) => Arc::new((0..rows).map(|_| Some(random.uniform())).collect::<Float64Array>()),
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
