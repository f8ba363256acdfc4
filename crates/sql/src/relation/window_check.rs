//! Where window functions cannot stand: without `OVER`, and in the arguments of an aggregate.

use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, WindowFunctionDefinition};
use firesteel_error::{Result, SparkError};

use crate::expression::Typed;

/// Fails with Spark's error if a window function stands where none can.
pub(super) fn refuse_misplaced(exprs: &[Typed]) -> Result<()> {
    for typed in exprs {
        if let Some(name) = find(&typed.expr, without_over) {
            let whole = matches!(typed.expr.clone().unalias(), Expr::WindowFunction(_) | Expr::Cast(_));
            let shown = if whole && typed.name.ends_with(')') { typed.name.clone() } else { format!("{name}()") };
            return Err(
                SparkError::new("WINDOW_FUNCTION_WITHOUT_OVER_CLAUSE").param("funcName", format!("\"{shown}\""))
            );
        }
        if let Some(name) = find(&typed.expr, in_aggregate) {
            return Err(SparkError::new("_LEGACY_ERROR_TEMP_1031")
                .text(format!("The window function {name} cannot be the argument of an aggregate function.")));
        }
    }
    Ok(())
}

/// What the first node gives for which there is something.
fn find(expr: &Expr, look: impl Fn(&Expr) -> Option<String>) -> Option<String> {
    let mut found = None;
    let _ = expr.apply(|node| {
        found = look(node);
        Ok(if found.is_some() { TreeNodeRecursion::Stop } else { TreeNodeRecursion::Continue })
    });
    found
}

/// With `OVER` a window function has an order, or has been refused.
fn without_over(node: &Expr) -> Option<String> {
    let Expr::WindowFunction(window) = node else { return None };
    let bare = matches!(window.fun, WindowFunctionDefinition::WindowUDF(_)) && window.params.order_by.is_empty();
    bare.then(|| window.fun.name().to_string())
}

fn in_aggregate(node: &Expr) -> Option<String> {
    let Expr::AggregateFunction(aggregate) = node else { return None };
    let window = |node: &Expr| match node {
        Expr::WindowFunction(window) => Some(window.fun.name().to_string()),
        _ => None,
    };
    aggregate.params.args.iter().find_map(|argument| find(argument, window))
}
