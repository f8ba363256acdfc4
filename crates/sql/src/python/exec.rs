//! The physical operator in which Python functions run: one task of a worker for each partition.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use arrow::compute::SortOptions;
use arrow::datatypes::SchemaRef;
use datafusion::common::Result;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::execution::TaskContext;
use datafusion::physical_expr::expressions::Column;
use datafusion::physical_expr::{
    EquivalenceProperties, LexOrdering, OrderingRequirements, Partitioning, PhysicalExpr, PhysicalSortExpr,
};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, Distribution, ExecutionPlan, ExecutionPlanProperties, InputDistributionRequirements,
    PlanProperties, SendableRecordBatchStream,
};

use super::node::PythonOp;
use super::run;
use super::runtime::{PythonScope, PythonTask};

/// See the module.
#[derive(Debug)]
pub(crate) struct PythonExec {
    pub(crate) op: Arc<PythonOp>,
    pub(crate) inputs: Vec<Arc<dyn ExecutionPlan>>,
    /// The node's expressions, as columns of the inputs.
    pub(crate) columns: Vec<usize>,
    pub(crate) schema: SchemaRef,
    scope: PythonScope,
    /// The id under which profilers report the first of its calls.
    result_id: i64,
    properties: Arc<PlanProperties>,
}

/// Ids for profilers: every operator of every query has its own.
static NEXT_RESULT_ID: AtomicI64 = AtomicI64::new(1);

impl PythonExec {
    pub(crate) fn new(
        op: Arc<PythonOp>,
        inputs: Vec<Arc<dyn ExecutionPlan>>,
        columns: Vec<usize>,
        schema: SchemaRef,
        scope: PythonScope,
    ) -> Self {
        let calls = match op.as_ref() {
            PythonOp::Eval { calls } | PythonOp::Aggregate { calls, .. } => calls.len(),
            PythonOp::Window { calls, .. } => calls.len(),
            _ => 1,
        };
        let result_id = NEXT_RESULT_ID.fetch_add(i64::try_from(calls).unwrap_or(1), Ordering::Relaxed);
        Self::under(op, inputs, columns, schema, scope, result_id)
    }

    fn under(
        op: Arc<PythonOp>,
        inputs: Vec<Arc<dyn ExecutionPlan>>,
        columns: Vec<usize>,
        schema: SchemaRef,
        scope: PythonScope,
        result_id: i64,
    ) -> Self {
        let partitions = inputs.first().map_or(1, |input| input.output_partitioning().partition_count());
        let properties = PlanProperties::new(
            equivalences(&op, &inputs, &schema),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { op, inputs, columns, schema, scope, result_id, properties: Arc::new(properties) }
    }

    /// How the rows of each input must lie in partitions.
    fn distributions(&self) -> Vec<Distribution> {
        self.arrangement()
            .into_iter()
            .zip(&self.inputs)
            .map(|(arranged, input)| match (arranged.together, arranged.keys) {
                (false, _) => Distribution::UnspecifiedDistribution,
                (true, []) => Distribution::SinglePartition,
                (true, keys) => {
                    let schema = input.schema();
                    Distribution::KeyPartitioned(keys.iter().map(|index| column(&schema, *index)).collect())
                }
            })
            .collect()
    }

    /// For each input: the columns by which rows are brought together, and those by which they are sorted then.
    fn arrangement(&self) -> Vec<Arrangement<'_>> {
        let one = |keys: usize, order: &[SortOptions]| {
            vec![Arrangement {
                keys: &self.columns[..keys],
                order: self.columns[keys..].iter().copied().zip(order.iter().copied()).collect(),
                together: true,
            }]
        };
        match self.op.as_ref() {
            PythonOp::Eval { .. } | PythonOp::Map { .. } => vec![Arrangement::default()],
            PythonOp::GroupMap { keys, .. } | PythonOp::Aggregate { keys, .. } => one(*keys, &[]),
            PythonOp::Window { keys, order, .. } => one(*keys, order),
            PythonOp::CoGroupMap { keys, left, .. } => {
                let side = |columns| Arrangement { keys: columns, order: Vec::new(), together: true };
                vec![side(&self.columns[..*keys]), side(&self.columns[*left..*left + *keys])]
            }
            PythonOp::Table(table) => {
                let mut arranged = one(table.keys, &table.order);
                arranged[0].together = table.keys > 0 || table.single_partition;
                arranged
            }
        }
    }
}

/// What is known of the rows: the input's columns come first in a scalar function's result, in the input's order.
fn equivalences(op: &PythonOp, inputs: &[Arc<dyn ExecutionPlan>], schema: &SchemaRef) -> EquivalenceProperties {
    let ordering = match (op, inputs.first()) {
        (PythonOp::Eval { .. }, Some(input)) => input.output_ordering().cloned(),
        _ => None,
    };
    EquivalenceProperties::new_with_orderings(schema.clone(), ordering)
}

#[derive(Debug, Default)]
struct Arrangement<'a> {
    keys: &'a [usize],
    order: Vec<(usize, SortOptions)>,
    /// Whether all rows of a key must be in one partition.
    together: bool,
}

fn column(schema: &SchemaRef, index: usize) -> Arc<dyn PhysicalExpr> {
    Arc::new(Column::new(schema.field(index).name(), index))
}

impl DisplayAs for PythonExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", ExecutionPlan::name(self))
    }
}

impl ExecutionPlan for PythonExec {
    fn name(&self) -> &str {
        match self.op.as_ref() {
            PythonOp::Eval { .. } => "PythonEvalExec",
            PythonOp::Map { .. } => "PythonMapExec",
            PythonOp::GroupMap { .. } => "PythonGroupMapExec",
            PythonOp::CoGroupMap { .. } => "PythonCoGroupMapExec",
            PythonOp::Aggregate { .. } => "PythonAggregateExec",
            PythonOp::Window { .. } => "PythonWindowExec",
            PythonOp::Table(_) => "PythonTableExec",
        }
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn input_distribution_requirements(&self) -> InputDistributionRequirements {
        let distributions = self.distributions();
        match self.op.as_ref() {
            // The groups of a key must be in partitions of the same number.
            PythonOp::CoGroupMap { .. } => InputDistributionRequirements::co_partitioned(distributions),
            _ => InputDistributionRequirements::new(distributions),
        }
    }

    fn required_input_ordering(&self) -> Vec<Option<OrderingRequirements>> {
        self.arrangement()
            .into_iter()
            .zip(&self.inputs)
            .map(|(arranged, input)| {
                let schema = input.schema();
                let ascending = SortOptions { descending: false, nulls_first: true };
                let keys = arranged.keys.iter().map(|index| (*index, ascending));
                let sorts = keys
                    .chain(arranged.order)
                    .map(|(index, options)| PhysicalSortExpr::new(column(&schema, index), options));
                LexOrdering::new(sorts).map(OrderingRequirements::from)
            })
            .collect()
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![matches!(self.op.as_ref(), PythonOp::Eval { .. }); self.inputs.len()]
    }

    /// Rows stay in their partitions unless groups must come together, as in Spark.
    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        self.arrangement().iter().map(|arranged| !arranged.keys.is_empty()).collect()
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        self.inputs.iter().collect()
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let (op, columns) = (self.op.clone(), self.columns.clone());
        let (schema, scope) = (self.schema.clone(), self.scope.clone());
        Ok(Arc::new(Self::under(op, children, columns, schema, scope, self.result_id)))
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        let task = PythonTask { scope: self.scope.clone(), partition, result_id: self.result_id };
        let inputs =
            self.inputs.iter().map(|input| input.execute(partition, context.clone())).collect::<Result<Vec<_>>>()?;
        run::start(self, &task, inputs).map_err(super::to_datafusion)
    }
}
