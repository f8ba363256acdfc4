//! The logical node that marks what is stateful, with its number. The incremental planner makes it; the extension planner
//! turns it into a physical operator.

use std::collections::HashSet;
use std::fmt;

use datafusion::common::{Column, DFSchemaRef, Result, plan_err};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

use firesteel_sql::nodes::{columns_of, marked_schema, needed};

/// What a stateful node does.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd)]
pub enum StatefulKind {
    /// Keeps the accumulators of the aggregate that is its input.
    Aggregate {
        /// The grouping column that is the event time.
        event_time: Option<Column>,
    },
    /// Lets the first row of each key pass.
    Deduplicate {
        /// The columns that tell rows apart.
        keys: Vec<Column>,
        /// The column that is the event time.
        event_time: Option<Column>,
        /// For `dropDuplicatesWithinWatermark`: how long a key is remembered.
        within_ms: Option<i64>,
    },
    /// Lets so many rows pass, over all batches.
    Limit {
        /// How many.
        rows: u64,
    },
    /// Watches a column's event times.
    Watermark {
        /// The column.
        column: Column,
        /// How much later than the newest event a row may come.
        delay_ms: i64,
    },
}

/// A stateful operator, or a watermark, in a logical plan.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct StatefulNode {
    /// Operators and watermarks are counted apart, each from 0, from the last of the plan to the first.
    pub number: usize,
    /// What it does.
    pub kind: StatefulKind,
    /// Where its rows come from; for an aggregate, the aggregate itself.
    pub input: LogicalPlan,
    schema: DFSchemaRef,
}

impl StatefulNode {
    /// A node over `input`.
    pub fn try_new(number: usize, kind: StatefulKind, input: LogicalPlan) -> Result<Self> {
        let schema = match &kind {
            StatefulKind::Watermark { column, delay_ms } => marked_schema(input.schema(), column, *delay_ms)?,
            _ => input.schema().clone(),
        };
        Ok(Self { number, kind, input, schema })
    }
}

impl PartialOrd for StatefulNode {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        let order = (self.number, &self.kind).partial_cmp(&(other.number, &other.kind));
        order.filter(|order| order.is_ne() || self == other)
    }
}

impl UserDefinedLogicalNodeCore for StatefulNode {
    fn name(&self) -> &str {
        match self.kind {
            StatefulKind::Aggregate { .. } => "StatefulAggregate",
            StatefulKind::Deduplicate { within_ms: None, .. } => "StatefulDeduplicate",
            StatefulKind::Deduplicate { .. } => "StatefulDeduplicateWithinWatermark",
            StatefulKind::Limit { .. } => "StatefulLimit",
            StatefulKind::Watermark { .. } => "EventTimeWatermark",
        }
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        match &self.kind {
            StatefulKind::Aggregate { .. } | StatefulKind::Limit { .. } => Vec::new(),
            StatefulKind::Deduplicate { keys, event_time, .. } => {
                keys.iter().chain(event_time).cloned().map(Expr::Column).collect()
            }
            StatefulKind::Watermark { column, .. } => vec![Expr::Column(column.clone())],
        }
    }

    /// Filters go below a watermark if they do not read its column, as in Spark, and never below a stateful operator.
    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        match &self.kind {
            StatefulKind::Watermark { column, .. } => HashSet::from([column.name.clone()]),
            _ => self.schema.fields().iter().map(|field| field.name().clone()).collect(),
        }
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", UserDefinedLogicalNodeCore::name(self), self.number)
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let Some(input) = inputs.into_iter().next() else {
            return plan_err!("a stateful operator has one input");
        };
        let mut columns = columns_of(exprs)?;
        let mut kind = self.kind.clone();
        match &mut kind {
            StatefulKind::Aggregate { .. } | StatefulKind::Limit { .. } => {}
            StatefulKind::Deduplicate { keys, event_time, .. } => {
                let rest = columns.split_off(keys.len().min(columns.len()));
                *keys = columns;
                *event_time = rest.into_iter().next();
            }
            StatefulKind::Watermark { column, .. } => {
                let Some(new) = columns.pop() else { return plan_err!("a watermark is on a column") };
                *column = new;
            }
        }
        Self::try_new(self.number, kind, input)
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        match &self.kind {
            StatefulKind::Limit { .. } => needed(&self.schema, output_columns, std::iter::empty()),
            StatefulKind::Aggregate { event_time } => needed(&self.schema, output_columns, event_time.iter()),
            StatefulKind::Deduplicate { keys, event_time, .. } => {
                needed(&self.schema, output_columns, keys.iter().chain(event_time))
            }
            StatefulKind::Watermark { column, .. } => needed(&self.schema, output_columns, std::iter::once(column)),
        }
    }
}
