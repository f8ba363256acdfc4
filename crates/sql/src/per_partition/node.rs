//! The logical node that appends the columns.

use std::collections::HashSet;
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::Field;
use datafusion::common::{DFSchema, DFSchemaRef, Result, plan_err};
use datafusion::logical_expr::{Expr, Extension, LogicalPlan, UserDefinedLogicalNodeCore};

use super::Source;

/// The node.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(super) struct Append {
    pub input: LogicalPlan,
    pub columns: Vec<(Source, String)>,
    pub schema: DFSchemaRef,
}

impl Append {
    /// The node, as a plan.
    pub fn plan(input: LogicalPlan, columns: Vec<(Source, String)>) -> Result<LogicalPlan> {
        let node = Arc::new(Self::try_new(input, columns)?);
        Ok(LogicalPlan::Extension(Extension { node }))
    }

    fn try_new(input: LogicalPlan, columns: Vec<(Source, String)>) -> Result<Self> {
        let own = input.schema();
        let added = columns.iter().map(|(source, name)| (None, Arc::new(Field::new(name, source.data_type(), false))));
        let fields = own.iter().map(|(qualifier, field)| (qualifier.cloned(), field.clone())).chain(added).collect();
        let schema = Arc::new(DFSchema::new_with_metadata(fields, own.metadata().clone())?);
        Ok(Self { input, columns, schema })
    }
}

impl PartialOrd for Append {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        self.columns.partial_cmp(&other.columns).filter(|order| order.is_ne() || self == other)
    }
}

impl UserDefinedLogicalNodeCore for Append {
    fn name(&self) -> &str {
        "PerPartition"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        Vec::new()
    }

    /// A filter below would change which number a row gets.
    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        self.schema.fields().iter().map(|field| field.name().clone()).collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "PerPartition: {:?}", self.columns.iter().map(|(source, _)| source).collect::<Vec<_>>())
    }

    fn with_exprs_and_inputs(&self, _: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let Some(input) = inputs.into_iter().next() else { return plan_err!("PerPartition takes one input") };
        Self::try_new(input, self.columns.clone())
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let width = self.input.schema().fields().len();
        Some(vec![output_columns.iter().copied().filter(|at| *at < width).collect()])
    }
}
