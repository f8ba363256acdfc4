//! A semi or anti join over an inner join moves below it, to the side that its keys come from, as in Spark's optimizer:
//! `WHERE key IN (SELECT ..)` then thins out one table before it is joined with the others.
//!
//! This holds because an inner join repeats a row of a side or drops it, and the semi join looks at nothing but that row.
//! Joins with a condition beyond equal keys stay where they are: those can be dear, and better met by fewer rows.

use std::sync::Arc;

use datafusion::common::tree_node::Transformed;
use datafusion::common::{DFSchema, JoinType, Result};
use datafusion::logical_expr::{Expr, Join, LogicalPlan};
use datafusion::optimizer::optimizer::ApplyOrder;
use datafusion::optimizer::{OptimizerConfig, OptimizerRule};

/// See the module.
#[derive(Debug)]
pub(crate) struct PushSemiJoin;

impl OptimizerRule for PushSemiJoin {
    fn name(&self) -> &str {
        "push_semi_join"
    }

    fn apply_order(&self) -> Option<ApplyOrder> {
        Some(ApplyOrder::TopDown)
    }

    fn rewrite(&self, plan: LogicalPlan, _: &dyn OptimizerConfig) -> Result<Transformed<LogicalPlan>> {
        if let LogicalPlan::Join(semi) = &plan
            && let Some(pushed) = pushed(semi)?
        {
            return Ok(Transformed::yes(pushed));
        }
        Ok(Transformed::no(plan))
    }
}

/// The inner join with the semi join on one of its sides, if it may go there.
fn pushed(semi: &Join) -> Result<Option<LogicalPlan>> {
    let moves = matches!(semi.join_type, JoinType::LeftSemi | JoinType::LeftAnti) && !semi.null_aware;
    let LogicalPlan::Join(inner) = semi.left.as_ref() else { return Ok(None) };
    if !moves || inner.join_type != JoinType::Inner || semi.filter.is_some() || semi.on.is_empty() {
        return Ok(None);
    }
    let on_left = keys_are_of(semi, inner.left.schema());
    if !on_left && !keys_are_of(semi, inner.right.schema()) {
        return Ok(None);
    }
    let thinned = |side: &Arc<LogicalPlan>| -> Result<Arc<LogicalPlan>> {
        Ok(Arc::new(LogicalPlan::Join(Join {
            left: Arc::clone(side),
            schema: Arc::clone(side.schema()),
            ..semi.clone()
        })))
    };
    let (left, right) = if on_left {
        (thinned(&inner.left)?, Arc::clone(&inner.right))
    } else {
        (Arc::clone(&inner.left), thinned(&inner.right)?)
    };
    Ok(Some(LogicalPlan::Join(Join { left, right, ..inner.clone() })))
}

fn keys_are_of(semi: &Join, schema: &DFSchema) -> bool {
    semi.on.iter().all(|(key, _)| matches!(key, Expr::Column(column) if schema.has_column(column)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

    use datafusion::arrow::datatypes::{DataType, Field, Schema};
    use datafusion::logical_expr::{LogicalPlanBuilder, col, table_scan};
    use datafusion::optimizer::OptimizerContext;

    use super::*;

    fn table(name: &str, columns: &[&str]) -> LogicalPlanBuilder {
        let fields: Vec<_> = columns.iter().map(|column| Field::new(*column, DataType::Int64, true)).collect();
        table_scan(Some(name), &Schema::new(fields), None).unwrap()
    }

    fn orders_and_items() -> LogicalPlanBuilder {
        let items = table("items", &["item_order", "quantity"]).build().unwrap();
        table("orders", &["order", "customer"])
            .join(items, JoinType::Inner, (vec!["order"], vec!["item_order"]), None)
            .unwrap()
    }

    fn rewritten(join_type: JoinType, key: &str, filter: Option<Expr>) -> Transformed<LogicalPlan> {
        let wanted = table("wanted", &["key", "least"]).build().unwrap();
        let plan =
            orders_and_items().join(wanted, join_type, (vec![key], vec!["key"]), filter).unwrap().build().unwrap();
        let schema = Arc::clone(plan.schema());
        let rewritten = PushSemiJoin.rewrite(plan, &OptimizerContext::new()).unwrap();
        assert_eq!(rewritten.data.schema(), &schema);
        rewritten
    }

    fn shown(plan: &LogicalPlan) -> Vec<String> {
        plan.display_indent()
            .to_string()
            .lines()
            .map(|line| line.trim().split(" projection").next().unwrap().to_string())
            .collect()
    }

    #[test]
    fn goes_to_the_side_of_its_key() {
        let left = rewritten(JoinType::LeftSemi, "customer", None);
        let right = rewritten(JoinType::LeftAnti, "quantity", None);
        assert_eq!(
            shown(&left.data),
            [
                "Inner Join: orders.order = items.item_order",
                "LeftSemi Join: orders.customer = wanted.key",
                "TableScan: orders",
                "TableScan: wanted",
                "TableScan: items"
            ]
        );
        assert_eq!(
            shown(&right.data),
            [
                "Inner Join: orders.order = items.item_order",
                "TableScan: orders",
                "LeftAnti Join: items.quantity = wanted.key",
                "TableScan: items",
                "TableScan: wanted"
            ]
        );
    }

    #[test]
    fn stays_with_a_condition_or_another_kind_of_join() {
        assert!(!rewritten(JoinType::LeftSemi, "customer", Some(col("quantity").gt(col("least")))).transformed);
        assert!(!rewritten(JoinType::Left, "customer", None).transformed);
    }
}
