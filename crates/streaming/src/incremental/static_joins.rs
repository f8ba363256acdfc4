//! Joins of a stream with a table: the table is the side that is kept in memory, the stream passes by it.
//!
//! DataFusion builds a join's hash table from its left input. A join written `stream.join(table)` is turned round here, so
//! that a batch never has to fit in memory and the columns keep their order.

use std::sync::Arc;

use datafusion::common::Result as DataFusionResult;
use datafusion::common::tree_node::{Transformed, TreeNode};
use datafusion::logical_expr::{Expr, Join, LogicalPlan, Projection};
use firesteel_error::Result;
use firesteel_sql::streaming::is_streaming_leaf;

use crate::error::from_datafusion;
use crate::operators::reads_stream;

/// `plan` with the table on the left of each join of a stream with a table.
pub(crate) fn tables_first(plan: LogicalPlan) -> Result<LogicalPlan> {
    let turn = |node: LogicalPlan| match node {
        LogicalPlan::Join(join) if streams(&join.left) && !streams(&join.right) => turned(join).map(Transformed::yes),
        other => Ok(Transformed::no(other)),
    };
    plan.transform_up(turn).map(|done| done.data).map_err(from_datafusion)
}

fn streams(plan: &LogicalPlan) -> bool {
    reads_stream(plan, &is_streaming_leaf)
}

fn turned(join: Join) -> DataFusionResult<LogicalPlan> {
    if join.null_aware || !join.join_type.supports_swap() {
        return Ok(LogicalPlan::Join(join));
    }
    let columns: Vec<Expr> = join.schema.columns().into_iter().map(Expr::Column).collect();
    let on = join.on.into_iter().map(|(left, right)| (right, left)).collect();
    let turned = Join::try_new(
        join.right,
        join.left,
        on,
        join.filter,
        join.join_type.swap(),
        join.join_constraint,
        join.null_equality,
        join.null_aware,
    )?;
    Ok(LogicalPlan::Projection(Projection::try_new(columns, Arc::new(LogicalPlan::Join(turned)))?))
}
