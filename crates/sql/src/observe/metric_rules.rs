//! What can be observed: aggregates of plain columns, each metric one value, each name one set of metrics.

use std::collections::HashMap;

use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::logical_expr::{Expr, LogicalPlan};
use firesteel_error::{Result, SparkError};

use super::node::Observe;

/// Refuses a metric that is not made of aggregates and constants. `sql` is the metric as the user would write it.
pub(crate) fn check_metric(metric: &Expr, sql: &str) -> Result<()> {
    check(metric, sql, false)
}

fn check(expr: &Expr, sql: &str, in_aggregate: bool) -> Result<()> {
    let refused = |rule: &str| {
        let condition = format!("INVALID_OBSERVED_METRICS.{rule}");
        Err(SparkError::new(&condition).param("expr", format!("\"{sql}\"")))
    };
    let mut in_aggregate = in_aggregate;
    match expr {
        Expr::AggregateFunction(_) if in_aggregate => return refused("NESTED_AGGREGATES_UNSUPPORTED"),
        Expr::AggregateFunction(call) if call.params.distinct => {
            return refused("AGGREGATE_EXPRESSION_WITH_DISTINCT_UNSUPPORTED");
        }
        Expr::AggregateFunction(call) if call.params.filter.is_some() => {
            return refused("AGGREGATE_EXPRESSION_WITH_FILTER_UNSUPPORTED");
        }
        Expr::AggregateFunction(_) => in_aggregate = true,
        Expr::WindowFunction(_) => return refused("WINDOW_EXPRESSIONS_UNSUPPORTED"),
        Expr::Column(_) if !in_aggregate => return refused("NON_AGGREGATE_FUNC_ARG_IS_ATTRIBUTE"),
        // An aggregate beside it is looked at first, as Spark does.
        Expr::ScalarFunction(call) if !in_aggregate && call.func.signature().volatility == VOLATILE => {
            return refused("NON_AGGREGATE_FUNC_ARG_IS_NON_DETERMINISTIC");
        }
        _ => {}
    }
    let mut outcome = Ok(());
    // The closure never fails; it keeps the refusal.
    let _ = datafusion::common::tree_node::TreeNode::apply_children(expr, |child| {
        outcome = check(child, sql, in_aggregate);
        Ok(if outcome.is_ok() { TreeNodeRecursion::Continue } else { TreeNodeRecursion::Stop })
    });
    outcome
}

const VOLATILE: datafusion::logical_expr::Volatility = datafusion::logical_expr::Volatility::Volatile;

/// Refuses a plan in which one name stands for the metrics of two relations. One relation may be there more than once.
pub(crate) fn check_names(plan: &LogicalPlan) -> Result<()> {
    let mut known: HashMap<String, i64> = HashMap::new();
    let mut twice = None;
    // The closure never fails.
    let _ = plan.apply_with_subqueries(|node| {
        if let LogicalPlan::Extension(extension) = node
            && let Some(observe) = extension.node.as_any().downcast_ref::<Observe>()
            && *known.entry(observe.name.clone()).or_insert(observe.plan_id) != observe.plan_id
        {
            twice = Some(observe.name.clone());
            return Ok(TreeNodeRecursion::Stop);
        }
        Ok(TreeNodeRecursion::Continue)
    });
    twice.map_or(Ok(()), |name| Err(SparkError::new("DUPLICATED_METRICS_NAME").param("metricName", name)))
}
