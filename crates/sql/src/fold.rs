//! Constants out of expressions of constants.

use std::sync::Arc;

use arrow::array::{RecordBatch, RecordBatchOptions};
use arrow::datatypes::Schema;
use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::common::{DFSchema, ScalarValue};
use datafusion::logical_expr::execution_props::ExecutionProps;
use datafusion::logical_expr::physical_planning_context::PhysicalPlanningContext;
use datafusion::logical_expr::{ColumnarValue, Expr, Volatility};
use datafusion::physical_expr::create_physical_expr;
use firesteel_error::Result;

use crate::error::from_datafusion;
use crate::expression::Typed;

/// The value of an expression that has no columns in it; `None` if it has, or is not the same each time.
///
/// # Errors
/// What computing it raises, such as a division by zero.
pub fn constant(typed: &Typed) -> Result<Option<ScalarValue>> {
    if let Some(value) = typed.scalar() {
        return Ok(Some(value.clone()));
    }
    if !is_foldable(&typed.expr) {
        return Ok(None);
    }
    let expr = create_physical_expr(
        &typed.expr,
        &DFSchema::empty(),
        &ExecutionProps::new(),
        &PhysicalPlanningContext::default(),
    )
    .map_err(from_datafusion)?;
    let options = RecordBatchOptions::new().with_row_count(Some(1));
    let batch = RecordBatch::try_new_with_options(Arc::new(Schema::empty()), vec![], &options)
        .map_err(|e| crate::error::from_arrow(&e))?;
    match expr.evaluate(&batch).map_err(from_datafusion)? {
        ColumnarValue::Scalar(value) => Ok(Some(value)),
        ColumnarValue::Array(array) => ScalarValue::try_from_array(&array, 0).map(Some).map_err(from_datafusion),
    }
}

/// Whether an expression has neither columns nor anything that changes from call to call.
pub fn is_foldable(expr: &Expr) -> bool {
    let mut foldable = true;
    let _ = expr.apply(|node| {
        foldable &= match node {
            Expr::Column(_)
            | Expr::OuterReferenceColumn(..)
            | Expr::LambdaVariable(_)
            | Expr::AggregateFunction(_)
            | Expr::WindowFunction(_)
            | Expr::ScalarSubquery(_)
            | Expr::Exists(_)
            | Expr::InSubquery(_)
            | Expr::Unnest(_)
            | Expr::Placeholder(_) => false,
            Expr::ScalarFunction(call) => call.func.signature().volatility != Volatility::Volatile,
            _ => true,
        };
        Ok(if foldable { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    foldable
}
