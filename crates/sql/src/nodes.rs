//! Logical nodes that Spark has and DataFusion has not: a watermark on a column, and the dropping of duplicates.
//!
//! The analyzer of SQL makes them; in a streaming query the incremental planner turns them into stateful operators.

use std::collections::{BTreeSet, HashSet};
use std::fmt;
use std::sync::Arc;

use arrow::datatypes::FieldRef;
use datafusion::common::{Column, DFSchema, DFSchemaRef, Result, plan_err};
use datafusion::logical_expr::{Expr, LogicalPlan, UserDefinedLogicalNodeCore};

/// The key in a field's metadata that says that the column carries a watermark; its value is the delay in milliseconds.
pub const WATERMARK_DELAY_KEY: &str = "spark.watermarkDelayMs";

/// `withWatermark(column, delay)`: rows pass unchanged, and `column` is the event time from here on.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct EventTimeWatermark {
    /// Where the rows come from.
    pub input: LogicalPlan,
    /// A timestamp column, or a window.
    pub column: Column,
    /// How much later than the newest event a row may come.
    pub delay_ms: i64,
    /// The input's columns; `column` is marked, and no other.
    pub schema: DFSchemaRef,
}

impl EventTimeWatermark {
    /// A watermark on a column of `input`.
    pub fn try_new(input: LogicalPlan, column: Column, delay_ms: i64) -> Result<Self> {
        let schema = marked_schema(input.schema(), &column, delay_ms)?;
        Ok(Self { input, column, delay_ms, schema })
    }
}

/// The columns of `schema` with the mark on `column` alone: a new watermark takes the place of an older one.
pub fn marked_schema(schema: &DFSchema, column: &Column, delay_ms: i64) -> Result<DFSchemaRef> {
    let marked = schema.index_of_column(column)?;
    let mark = |(at, (qualifier, field)): (usize, (Option<&datafusion::common::TableReference>, &FieldRef))| {
        let mut metadata = field.metadata().clone();
        metadata.remove(WATERMARK_DELAY_KEY);
        if at == marked {
            metadata.insert(WATERMARK_DELAY_KEY.to_string(), delay_ms.to_string());
        }
        (qualifier.cloned(), Arc::new(field.as_ref().clone().with_metadata(metadata)))
    };
    let fields = schema.iter().enumerate().map(mark).collect();
    Ok(Arc::new(DFSchema::new_with_metadata(fields, schema.metadata().clone())?))
}

/// The watermark's delay in milliseconds, if `field` carries one.
pub fn watermark_delay_ms(field: &FieldRef) -> Option<i64> {
    field.metadata().get(WATERMARK_DELAY_KEY)?.parse().ok()
}

impl PartialOrd for EventTimeWatermark {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        let parts = |node: &Self| (node.column.clone(), node.delay_ms);
        parts(self).partial_cmp(&parts(other)).filter(|order| order.is_ne() || self == other)
    }
}

impl UserDefinedLogicalNodeCore for EventTimeWatermark {
    fn name(&self) -> &str {
        "EventTimeWatermark"
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        &self.schema
    }

    fn expressions(&self) -> Vec<Expr> {
        vec![Expr::Column(self.column.clone())]
    }

    /// A filter on other columns may go below, as in Spark; one on the event time would change what is observed.
    fn prevent_predicate_push_down_columns(&self) -> HashSet<String> {
        HashSet::from([self.column.name.clone()])
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "EventTimeWatermark: {}, delay {} ms", self.column, self.delay_ms)
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let mut columns = columns_of(exprs)?;
        let (Some(column), Some(input)) = (columns.pop(), inputs.into_iter().next()) else {
            return plan_err!("EventTimeWatermark takes one column and one input");
        };
        Self::try_new(input, column, self.delay_ms)
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        needed(&self.schema, output_columns, std::iter::once(&self.column))
    }
}

/// `dropDuplicates(keys)` or `dropDuplicatesWithinWatermark(keys)`: the first row of each key passes.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Deduplicate {
    /// Where the rows come from.
    pub input: LogicalPlan,
    /// The columns that tell rows apart.
    pub keys: Vec<Column>,
    /// Whether a key is forgotten once the watermark has passed its first row by the watermark's delay.
    pub within_watermark: bool,
}

impl PartialOrd for Deduplicate {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        let parts = |node: &Self| (node.keys.clone(), node.within_watermark);
        parts(self).partial_cmp(&parts(other)).filter(|order| order.is_ne() || self == other)
    }
}

impl UserDefinedLogicalNodeCore for Deduplicate {
    fn name(&self) -> &str {
        if self.within_watermark { "DeduplicateWithinWatermark" } else { "Deduplicate" }
    }

    fn inputs(&self) -> Vec<&LogicalPlan> {
        vec![&self.input]
    }

    fn schema(&self) -> &DFSchemaRef {
        self.input.schema()
    }

    fn expressions(&self) -> Vec<Expr> {
        self.keys.iter().cloned().map(Expr::Column).collect()
    }

    fn fmt_for_explain(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let keys: Vec<String> = self.keys.iter().map(ToString::to_string).collect();
        write!(f, "{}: {}", UserDefinedLogicalNodeCore::name(self), keys.join(", "))
    }

    fn with_exprs_and_inputs(&self, exprs: Vec<Expr>, inputs: Vec<LogicalPlan>) -> Result<Self> {
        let Some(input) = inputs.into_iter().next() else {
            return plan_err!("Deduplicate takes one input");
        };
        Ok(Self { input, keys: columns_of(exprs)?, within_watermark: self.within_watermark })
    }

    fn necessary_children_exprs(&self, output_columns: &[usize]) -> Option<Vec<Vec<usize>>> {
        let event_times = event_time_columns(self.input.schema());
        needed(self.input.schema(), output_columns, self.keys.iter().chain(&event_times))
    }
}

/// The columns of `schema` that carry a watermark.
pub fn event_time_columns(schema: &DFSchema) -> Vec<Column> {
    let marked = schema.iter().filter(|(_, field)| watermark_delay_ms(field).is_some());
    marked.map(|(qualifier, field)| Column::new(qualifier.cloned(), field.name())).collect()
}

/// The input columns of a node that passes its input on and itself reads `columns`.
pub fn needed<'a>(
    schema: &DFSchema,
    output_columns: &[usize],
    columns: impl Iterator<Item = &'a Column>,
) -> Option<Vec<Vec<usize>>> {
    let mut needed: BTreeSet<usize> = output_columns.iter().copied().collect();
    for column in columns {
        needed.insert(schema.index_of_column(column).ok()?);
    }
    Some(vec![needed.into_iter().collect()])
}

/// The columns that expressions are, aliases aside.
pub fn columns_of(exprs: Vec<Expr>) -> Result<Vec<Column>> {
    let column = |expr: Expr| match expr.unalias_nested().data {
        Expr::Column(column) => Ok(column),
        other => plan_err!("a column is wanted, not {other}"),
    };
    exprs.into_iter().map(column).collect()
}
