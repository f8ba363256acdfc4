//! `repartition` and `coalesce` as the user asked for them.
//!
//! DataFusion takes partitionings for hints and removes those that nothing above needs. To a Spark user they are
//! orders: `df.repartition(100).write` gives a hundred files. So they are a node of ours, inside which DataFusion's
//! repartitioning does the work.

use std::fmt;
use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use datafusion::catalog::Session as DfSession;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DFSchemaRef, Result, plan_err};
use datafusion::execution::TaskContext;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNode, UserDefinedLogicalNodeCore};
use datafusion::physical_expr::{EquivalenceProperties, Partitioning, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::repartition::RepartitionExec;
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, ExecutionPlanProperties, PlanProperties, SendableRecordBatchStream,
};
use datafusion::physical_planner::{ExtensionPlanner, PhysicalPlanner};
use futures::{StreamExt, TryStreamExt};

use crate::join_strategy::HintedJoin;
use crate::sort_within::SortWithin;
use crate::unary_exec::{UnaryExec, UnaryOperator};

/// How rows are spread.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd)]
pub enum Scheme {
    /// In turn over so many partitions.
    RoundRobin(usize),
    /// By the hash of the node's expressions.
    Hash(usize),
    /// Neighbouring partitions together, down to so many; nothing moves between them.
    Coalesce(usize),
}

/// The logical node.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd)]
pub struct Shuffle {
    /// Where the rows come from.
    pub input: LogicalPlan,
    /// How they are spread.
    pub scheme: Scheme,
    /// What is hashed.
    pub keys: Vec<Expr>,
    /// Whom it comes from, in Spark's words, for `explain`.
    pub origin: &'static str,
}

impl Shuffle {
    /// The node, as a plan.
    pub fn plan(input: LogicalPlan, scheme: Scheme, keys: Vec<Expr>) -> LogicalPlan {
        Self::plan_as(input, scheme, keys, "REPARTITION_BY_NUM")
    }

    /// As [`Shuffle::plan`], with whom it comes from.
    pub fn plan_as(input: LogicalPlan, scheme: Scheme, keys: Vec<Expr>, origin: &'static str) -> LogicalPlan {
        LogicalPlan::Extension(Extension { node: Arc::new(Self { input, scheme, keys, origin }) })
    }
}

impl UserDefinedLogicalNodeCore for Shuffle {
    fn name(&self) -> &str {
        "Shuffle"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        self.keys.clone()
    }

    fn prevent_predicate_push_down_columns(&self) -> std::collections::HashSet<String> {
        std::collections::HashSet::new()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Shuffle: {:?}", self.scheme)
    }

    fn with_exprs_and_inputs(&self, keys: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let Some(input) = inputs.into_iter().next() else { return plan_err!("Shuffle takes one input") };
        Ok(Self { input, scheme: self.scheme, keys, origin: self.origin })
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let columns = self.keys.iter().flat_map(Expr::column_refs).collect::<Vec<_>>();
        crate::nodes::needed(self.input.schema(), output_columns, columns.into_iter())
    }
}

/// Plans [`Shuffle`], [`SortWithin`] and the hints of joins.
#[derive(Debug)]
pub struct ShufflePlanner;

#[async_trait]
impl ExtensionPlanner for ShufflePlanner {
    async fn plan_extension(
        &self,
        planner: &dyn PhysicalPlanner,
        node: &dyn UserDefinedLogicalNode,
        logical_inputs: &[&LogicalPlan],
        physical_inputs: &[Arc<dyn ExecutionPlan>],
        session: &dyn DfSession,
        planning: &PhysicalPlanningContext,
    ) -> Result<Option<Arc<dyn ExecutionPlan>>> {
        if let (Some(node), Some(input)) = (node.as_any().downcast_ref::<SortWithin>(), physical_inputs.first()) {
            return node.physical(planner, input.clone(), session, planning).map(Some);
        }
        if let (Some(node), Some(input)) = (node.as_any().downcast_ref::<HintedJoin>(), physical_inputs.first()) {
            return node.physical(input.clone()).map(Some);
        }
        let Some(node) = node.as_any().downcast_ref::<Shuffle>() else { return Ok(None) };
        let (Some(logical), Some(input)) = (logical_inputs.first(), physical_inputs.first()) else {
            return plan_err!("Shuffle takes one input");
        };
        let keys = node
            .keys
            .iter()
            .map(|key| planner.create_physical_expr(key, logical.schema(), session, planning))
            .collect::<Result<Vec<_>>>()?;
        Ok(Some(Arc::new(ShuffleExec::new(input.clone(), node.scheme, keys, node.origin))))
    }
}

/// The physical node.
#[derive(Debug)]
pub struct ShuffleExec {
    input: Arc<dyn ExecutionPlan>,
    scheme: Scheme,
    keys: Vec<Arc<dyn PhysicalExpr>>,
    origin: &'static str,
    properties: Arc<PlanProperties>,
    /// DataFusion's repartitioning; all partitions of one run share it.
    inner: OnceLock<Arc<RepartitionExec>>,
}

impl ShuffleExec {
    fn new(
        input: Arc<dyn ExecutionPlan>,
        scheme: Scheme,
        keys: Vec<Arc<dyn PhysicalExpr>>,
        origin: &'static str,
    ) -> Self {
        let partitions = match scheme {
            Scheme::RoundRobin(count) | Scheme::Hash(count) => count,
            Scheme::Coalesce(count) => count.min(input.output_partitioning().partition_count()),
        };
        let properties = PlanProperties::new(
            EquivalenceProperties::new(input.schema()),
            Partitioning::UnknownPartitioning(partitions),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Self { input, scheme, keys, origin, properties: Arc::new(properties), inner: OnceLock::new() }
    }

    fn repartition(&self, partitioning: Partitioning) -> Result<Arc<RepartitionExec>> {
        if let Some(inner) = self.inner.get() {
            return Ok(inner.clone());
        }
        let input: Arc<dyn ExecutionPlan> = match self.scheme {
            // DataFusion deals whole batches in turn; a batch cut in pieces is dealt evenly.
            Scheme::RoundRobin(count) => Arc::new(UnaryExec::new(Pieces { count }, self.input.clone())),
            _ => self.input.clone(),
        };
        let made = Arc::new(RepartitionExec::try_new(input, partitioning)?);
        Ok(self.inner.get_or_init(|| made).clone())
    }
}

impl DisplayAs for ShuffleExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        match self.scheme {
            Scheme::RoundRobin(count) => write!(f, "Exchange RoundRobinPartitioning({count}), {}", self.origin),
            Scheme::Hash(count) => {
                let keys: Vec<String> = self.keys.iter().map(ToString::to_string).collect();
                write!(f, "Exchange hashpartitioning({}, {count}), {}", keys.join(", "), self.origin)
            }
            Scheme::Coalesce(count) => write!(f, "Coalesce {count}"),
        }
    }
}

impl ExecutionPlan for ShuffleExec {
    fn name(&self) -> &str {
        "Shuffle"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn with_new_children(self: Arc<Self>, mut children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        let input = children.pop().unwrap_or_else(|| self.input.clone());
        Ok(Arc::new(Self::new(input, self.scheme, self.keys.clone(), self.origin)))
    }

    fn apply_expressions(
        &self,
        f: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion>,
    ) -> Result<TreeNodeRecursion> {
        for key in &self.keys {
            if f(key)? == TreeNodeRecursion::Stop {
                return Ok(TreeNodeRecursion::Stop);
            }
        }
        Ok(TreeNodeRecursion::Continue)
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        match self.scheme {
            // With one partition to deal to, rows keep the order of their partitions.
            Scheme::RoundRobin(1) => crate::ordered_merge::ordered_merge(self.input.clone()).execute(0, context),
            Scheme::RoundRobin(count) => {
                self.repartition(Partitioning::RoundRobinBatch(count))?.execute(partition, context)
            }
            Scheme::Hash(count) => {
                self.repartition(Partitioning::Hash(self.keys.clone(), count))?.execute(partition, context)
            }
            Scheme::Coalesce(count) => {
                let inputs = self.input.output_partitioning().partition_count();
                let count = count.min(inputs).max(1);
                let (first, last) = (partition * inputs / count, (partition + 1) * inputs / count);
                let streams =
                    (first..last).map(|p| self.input.execute(p, context.clone())).collect::<Result<Vec<_>>>()?;
                let all = futures::stream::iter(streams.into_iter().map(Ok::<_, datafusion::error::DataFusionError>));
                Ok(Box::pin(RecordBatchStreamAdapter::new(self.input.schema(), all.try_flatten().boxed())))
            }
        }
    }
}

/// Cuts each batch into so many pieces.
#[derive(Debug)]
struct Pieces {
    count: usize,
}

impl UnaryOperator for Pieces {
    fn name(&self) -> &'static str {
        "Pieces"
    }

    fn execute(
        &self,
        exec: &UnaryExec<Self>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream> {
        let count = self.count;
        let pieces = exec.input().execute(partition, context)?.flat_map(move |batch| {
            futures::stream::iter(match batch {
                Ok(batch) => {
                    let rows = batch.num_rows().div_ceil(count).max(1);
                    let starts = (0..batch.num_rows()).step_by(rows);
                    starts.map(|at| Ok(batch.slice(at, rows.min(batch.num_rows() - at)))).collect()
                }
                Err(error) => vec![Err(error)],
            })
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(exec.schema(), pieces)))
    }
}
