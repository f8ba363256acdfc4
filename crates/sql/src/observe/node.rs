//! The logical node of `observe`.

use std::fmt;
use std::hash::{Hash, Hasher};

use arrow::datatypes::FieldRef;
use datafusion::common::{DFSchemaRef, Result, plan_err};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

use super::Observer;

/// The logical node. Two are equal if they observe the same under one name.
#[derive(Debug, Clone)]
pub(crate) struct Observe {
    pub input: LogicalPlan,
    pub name: String,
    pub plan_id: i64,
    /// The aggregates, each under a column name of its own.
    pub calls: Vec<(Expr, String)>,
    /// The metrics, over the columns of the aggregates.
    pub metrics: Vec<(Expr, FieldRef)>,
    pub observer: Option<Observer>,
}

impl Observe {
    fn identity(&self) -> (&LogicalPlan, &str, i64, &[(Expr, String)]) {
        (&self.input, &self.name, self.plan_id, &self.calls)
    }
}

impl PartialEq for Observe {
    fn eq(&self, other: &Self) -> bool {
        self.identity() == other.identity()
    }
}

impl Eq for Observe {}

impl Hash for Observe {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.identity().hash(state);
    }
}

impl PartialOrd for Observe {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        let order = (&self.name, self.plan_id).partial_cmp(&(&other.name, other.plan_id));
        order.filter(|order| order.is_ne() || self == other)
    }
}

impl UserDefinedLogicalNodeCore for Observe {
    fn name(&self) -> &str {
        "CollectMetrics"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        self.calls.iter().map(|(call, _)| call.clone()).collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let metrics: Vec<&str> = self.metrics.iter().map(|(_, field)| field.name().as_str()).collect();
        write!(f, "CollectMetrics: {} [{}]", self.name, metrics.join(", "))
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let Some(input) = inputs.into_iter().next() else { return plan_err!("CollectMetrics takes one input") };
        let calls = exprs.into_iter().zip(&self.calls).map(|(call, (_, name))| (call, name.clone())).collect();
        Ok(Self { input, calls, ..self.clone() })
    }

    /// Every row counts: no filter may go below. The columns may, as long as those of the aggregates stay.
    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let columns: Vec<_> = self.calls.iter().flat_map(|(call, _)| call.column_refs()).collect();
        crate::nodes::needed(self.input.schema(), output_columns, columns.into_iter())
    }
}
