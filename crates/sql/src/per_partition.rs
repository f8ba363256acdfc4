//! Columns that depend on where a row is: the number of its partition, its place in it, a seeded random number.
//!
//! DataFusion's functions see neither partitions nor the rows before. So a call of such a function stands for itself
//! ([`PerPartition`] is its function) until the relation puts a node below that appends the columns while rows pass, one
//! generator for each partition.

mod exec;
mod node;

use arrow::datatypes::DataType;
use datafusion::common::Result as DataFusionResult;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, not_impl_err};
use datafusion::logical_expr::{
    ColumnarValue, Expr, LogicalPlan, ScalarFunctionArgs, ScalarUDF, ScalarUDFImpl, Signature, Volatility,
};
use firesteel_error::Result;

use crate::attribute::fresh_column;
use crate::error::from_datafusion;
use crate::expression::Typed;

pub use exec::PerPartitionPlanner;
use node::Append;

/// What a column holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd)]
pub(crate) enum Source {
    /// `spark_partition_id()`
    PartitionId,
    /// `monotonically_increasing_id()`: the partition in the upper 31 bits, the row's place in the lower 33.
    RowId,
    /// `rand(seed)`
    Uniform(i64),
    /// The number by which a sample without replacement chooses rows: `rand(seed)`, known to be a sample's.
    Sample(i64),
    /// `randn(seed)`
    Gaussian(i64),
    /// `randstr(length, seed)`
    Letters { length: usize, seed: i64 },
    /// How often a sample with replacement takes the row; the mean as the bits of a double.
    Times { mean: u64, seed: i64 },
}

impl Source {
    /// The column's type.
    pub(crate) fn data_type(self) -> DataType {
        match self {
            Self::PartitionId => DataType::Int32,
            Self::RowId | Self::Times { .. } => DataType::Int64,
            Self::Uniform(_) | Self::Sample(_) | Self::Gaussian(_) => DataType::Float64,
            Self::Letters { .. } => DataType::Utf8,
        }
    }

    /// The call that stands for the column.
    pub(crate) fn call(self) -> Expr {
        let signature = Signature::nullary(Volatility::Volatile);
        ScalarUDF::new_from_impl(PerPartition { source: self, signature }).call(Vec::new())
    }
}

/// The function of such a call.
#[derive(Debug, PartialEq, Eq, Hash)]
struct PerPartition {
    source: Source,
    signature: Signature,
}

impl ScalarUDFImpl for PerPartition {
    fn name(&self) -> &str {
        "per_partition"
    }

    fn signature(&self) -> &Signature {
        &self.signature
    }

    fn return_type(&self, _: &[DataType]) -> DataFusionResult<DataType> {
        Ok(self.source.data_type())
    }

    fn invoke_with_args(&self, _: ScalarFunctionArgs) -> DataFusionResult<ColumnarValue> {
        not_impl_err!("A random or unique number outside of a select list, a filter, an aggregate and a sort")
    }
}

/// Whether `node` draws the numbers by which `sample` chooses rows.
pub fn is_sample(node: &LogicalPlan) -> bool {
    let LogicalPlan::Extension(extension) = node else { return false };
    let append = extension.node.as_any().downcast_ref::<Append>();
    append.is_some_and(|append| {
        append.columns.iter().any(|(source, _)| matches!(source, Source::Sample(_) | Source::Times { .. }))
    })
}

fn source_of(expr: &Expr) -> Option<Source> {
    let Expr::ScalarFunction(call) = expr else { return None };
    let function: &dyn std::any::Any = call.func.inner().as_ref();
    function.downcast_ref::<PerPartition>().map(|function| function.source)
}

/// The plan with a column for each such call in the expressions, and the expressions over these columns.
///
/// # Errors
/// Never for a plan that the analyzer made.
pub(crate) fn append(plan: LogicalPlan, exprs: Vec<Typed>) -> Result<(LogicalPlan, Vec<Typed>)> {
    let mut columns: Vec<(Source, String)> = Vec::new();
    let mut rewritten = Vec::with_capacity(exprs.len());
    for typed in exprs {
        let expr = typed.expr.clone().transform_down(|node| {
            let Some(source) = source_of(&node) else { return Ok(Transformed::no(node)) };
            let known = columns.iter().find(|(other, _)| *other == source).map(|(_, column)| column.clone());
            let column = known.unwrap_or_else(|| {
                let column = fresh_column("per_partition");
                columns.push((source, column.clone()));
                column
            });
            Ok(Transformed::new(Expr::Column(Column::new_unqualified(column)), true, TreeNodeRecursion::Jump))
        });
        rewritten.push(Typed { expr: expr.map_err(from_datafusion)?.data, ..typed });
    }
    if columns.is_empty() {
        return Ok((plan, rewritten));
    }
    Ok((Append::plan(plan, columns).map_err(from_datafusion)?, rewritten))
}
