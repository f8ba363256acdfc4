//! A physical operator with one input, reduced to what makes it different from the others.
//!
//! DataFusion asks a dozen questions of every node of a plan. For a node with one input all but a few have one answer;
//! [`UnaryExec`] gives it, and a [`UnaryOperator`] says the rest: its name, the shape of its output, and how it runs.

use std::fmt;
use std::sync::Arc;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{Result, internal_err};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::PhysicalExpr;
use datafusion::physical_plan::execution_plan::{ChildrenPropertiesMode, ReplaceChildrenOptions};
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, PlanProperties, SendableRecordBatchStream,
};

/// What an operator with one input does.
pub trait UnaryOperator: fmt::Debug + Send + Sync + Sized + 'static {
    /// Its name in `explain`.
    fn name(&self) -> &'static str;

    /// What `explain` shows of it; its name, unless said otherwise.
    fn describe(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }

    /// Columns, partitions and order of what comes out. As the input's, unless said otherwise.
    fn properties(&self, input: &Arc<dyn ExecutionPlan>) -> Arc<PlanProperties> {
        Arc::clone(input.properties())
    }

    /// Whether rows come out in the order in which they came in.
    fn keeps_order(&self) -> bool {
        false
    }

    /// Whether DataFusion may spread the input over more partitions. That mixes up the order of rows, and the partitions
    /// that a user made.
    fn welcomes_partitions(&self) -> bool {
        false
    }

    /// Runs one partition of `exec`, the node that this operator is in.
    fn execute(
        &self,
        exec: &UnaryExec<Self>,
        partition: usize,
        context: Arc<TaskContext>,
    ) -> Result<SendableRecordBatchStream>;
}

/// The node of a plan that runs a [`UnaryOperator`].
#[derive(Debug)]
pub struct UnaryExec<O> {
    operator: Arc<O>,
    input: Arc<dyn ExecutionPlan>,
    properties: Arc<PlanProperties>,
}

impl<O: UnaryOperator> UnaryExec<O> {
    /// `operator` over `input`.
    pub fn new(operator: O, input: Arc<dyn ExecutionPlan>) -> Self {
        Self::over(Arc::new(operator), input)
    }

    fn over(operator: Arc<O>, input: Arc<dyn ExecutionPlan>) -> Self {
        let properties = operator.properties(&input);
        Self { operator, input, properties }
    }

    /// What the node does.
    pub fn operator(&self) -> &Arc<O> {
        &self.operator
    }

    /// The node below.
    pub fn input(&self) -> &Arc<dyn ExecutionPlan> {
        &self.input
    }
}

impl<O: UnaryOperator> DisplayAs for UnaryExec<O> {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.operator.describe(f)
    }
}

impl<O: UnaryOperator> ExecutionPlan for UnaryExec<O> {
    fn name(&self) -> &str {
        self.operator.name()
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![&self.input]
    }

    fn maintains_input_order(&self) -> Vec<bool> {
        vec![self.operator.keeps_order()]
    }

    fn benefits_from_input_partitioning(&self) -> Vec<bool> {
        vec![self.operator.welcomes_partitions()]
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
        match <[_; 1]>::try_from(children) {
            Ok([input]) => Ok(Arc::new(Self::over(Arc::clone(&self.operator), input))),
            Err(children) => internal_err!("{} has one input, not {}", self.operator.name(), children.len()),
        }
    }

    fn with_new_children(self: Arc<Self>, children: Vec<Arc<dyn ExecutionPlan>>) -> Result<Arc<dyn ExecutionPlan>> {
        self.replace_children(children, ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute))
    }

    fn execute(&self, partition: usize, context: Arc<TaskContext>) -> Result<SendableRecordBatchStream> {
        self.operator.execute(self, partition, context)
    }
}
