//! The values of subqueries in expressions: each is joined to the relation that the expression is over.
//!
//! `IN` and `EXISTS` as conditions of a filter are left to DataFusion, which makes them semi joins. As values, as Spark's
//! existence join gives them, they are never NULL: `x IN (..)` is whether a row equals `x`, `x NOT IN (..)` whether every
//! row differs from it, where NULL differs from nothing.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::expr::Exists;
use datafusion::logical_expr::utils::{conjunction, split_conjunction};
use datafusion::logical_expr::{Expr, LogicalPlan, Subquery};
use firesteel_error::{Result, SparkError};

use super::{build, dependent};
use crate::error::from_datafusion;
use crate::expression::Typed;

/// Which subqueries are meant.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Those that DataFusion cannot compute in a projection.
    Values,
    /// Also the correlated scalar ones that it can compute there.
    All,
    /// All that are inside a call of an aggregate function.
    InAggregates,
    /// All that are not.
    Outside,
}

/// Joins in the values of the subqueries in expressions of a select list.
pub(super) fn join_values(plan: LogicalPlan, exprs: Vec<Typed>) -> Result<(LogicalPlan, Vec<Typed>)> {
    let mut found = Vec::new();
    exprs.iter().for_each(|typed| collect(&typed.expr, Kind::Values, &mut found));
    replace_all(plan, exprs, found)
}

/// As [`join_values`], for the conditions of a filter, where a conjunct that is `[NOT] EXISTS` or `[NOT] IN` stays.
pub(super) fn join_conditions(plan: LogicalPlan, condition: Typed) -> Result<(LogicalPlan, Typed)> {
    let (stay, rest): (Vec<&Expr>, Vec<&Expr>) =
        split_conjunction(&condition.expr).into_iter().partition(|part| is_semi_join(part));
    if rest.is_empty() {
        return Ok((plan, condition));
    }
    let stay: Vec<Expr> = stay.into_iter().cloned().collect();
    let rest: Vec<Typed> = rest.into_iter().map(|e| Typed { expr: e.clone(), ..condition.clone() }).collect();
    let (plan, rest) = join_values(plan, rest)?;
    let expr = conjunction(stay.into_iter().chain(rest.into_iter().map(|typed| typed.expr)));
    Ok((plan, Typed { expr: expr.unwrap_or_else(|| condition.expr.clone()), ..condition }))
}

/// Joins in the values that an aggregate needs below it: those in grouping expressions and in arguments of aggregate
/// functions. What remains in `outputs` is computed over the groups.
///
/// # Errors
/// `SCALAR_SUBQUERY_IS_IN_GROUP_BY_OR_AGGREGATE_FUNCTION` for a correlated scalar subquery elsewhere.
pub(super) fn join_below_groups(
    plan: LogicalPlan,
    grouping: Vec<Typed>,
    outputs: Vec<Typed>,
) -> Result<(LogicalPlan, Vec<Typed>, Vec<Typed>)> {
    let mut found = Vec::new();
    grouping.iter().for_each(|typed| collect(&typed.expr, Kind::All, &mut found));
    outputs.iter().for_each(|typed| collect(&typed.expr, Kind::InAggregates, &mut found));
    let count = grouping.len();
    let all = grouping.into_iter().chain(outputs).collect();
    let (plan, mut all) = replace_all(plan, all, found)?;
    let outputs = all.split_off(count);
    for typed in &outputs {
        let mut left = Vec::new();
        collect(&typed.expr, Kind::Outside, &mut left);
        let scalar = left.iter().find(|node| matches!(node, Expr::ScalarSubquery(_)));
        if let Some(Expr::ScalarSubquery(query)) = scalar {
            let name = crate::analyzer::subquery_name("scalarsubquery", query);
            return Err(SparkError::new("SCALAR_SUBQUERY_IS_IN_GROUP_BY_OR_AGGREGATE_FUNCTION")
                .param("sqlExpr", format!("\"{name}\"")));
        }
    }
    Ok((plan, all, outputs))
}

/// Refuses subqueries over groups that look at a column which is neither grouped by nor aggregated.
///
/// # Errors
/// `MISSING_AGGREGATION`.
pub(super) fn refuse_ungrouped(outputs: &[Typed], input: &LogicalPlan, groups: &LogicalPlan) -> Result<()> {
    let mut found = Vec::new();
    outputs.iter().for_each(|typed| collect(&typed.expr, Kind::Values, &mut found));
    let lost = |name: &String| has_column(input, name) && !has_column(groups, name);
    let Some(column) = found.iter().flat_map(columns_of).find(lost) else { return Ok(()) };
    let shown = column.rsplit_once('#').map_or(column.as_str(), |(name, _)| name);
    Err(SparkError::new("MISSING_AGGREGATION")
        .param("expression", format!("\"{shown}\""))
        .param("expressionAnyValue", format!("\"any_value({shown})\"")))
}

/// Joins in the values of the subqueries in a join's condition, each to the side whose columns it looks at.
pub(super) fn join_to_sides(
    left: LogicalPlan,
    right: LogicalPlan,
    condition: Typed,
) -> Result<(LogicalPlan, LogicalPlan, Typed)> {
    let mut found = Vec::new();
    collect(&condition.expr, Kind::All, &mut found);
    let (mut left, mut right, mut condition) = (left, right, condition);
    for node in found {
        let columns = columns_of(&node);
        let over = |plan: &LogicalPlan| columns.iter().all(|name| has_column(plan, name));
        let one = vec![condition];
        let mut replaced;
        if over(&left) {
            (left, replaced) = replace_all(left, one, vec![node])?;
        } else if over(&right) {
            (right, replaced) = replace_all(right, one, vec![node])?;
        } else {
            return Err(SparkError::unsupported(
                "A subquery in a join's condition that looks at both sides of the join",
            ));
        }
        condition = replaced.pop().ok_or_else(|| SparkError::internal("a condition was lost"))?;
    }
    Ok((left, right, condition))
}

fn has_column(plan: &LogicalPlan, name: &str) -> bool {
    plan.schema().fields().iter().any(|field| field.name() == name)
}

/// The columns around a subquery that it looks at, and those of what `IN` compares.
fn columns_of(node: &Expr) -> Vec<String> {
    let mut names = Vec::new();
    let mut outer = |plan: &LogicalPlan| {
        for expr in plan.all_out_ref_exprs() {
            if let Expr::OuterReferenceColumn(_, column) = expr {
                names.push(column.name);
            }
        }
    };
    let _ = node.apply(|part| {
        match part {
            Expr::ScalarSubquery(query) => outer(&query.subquery),
            Expr::Exists(exists) => outer(&exists.subquery.subquery),
            Expr::InSubquery(contained) => outer(&contained.subquery.subquery),
            _ => {}
        }
        Ok(TreeNodeRecursion::Continue)
    });
    names.extend(node.column_refs().into_iter().map(|column| column.name.clone()));
    names
}

/// Whether DataFusion makes a semi or anti join of a filter's condition.
fn is_semi_join(condition: &Expr) -> bool {
    match condition {
        Expr::Not(inner) => !matches!(inner.as_ref(), Expr::Not(_)) && is_semi_join(inner),
        Expr::Exists(exists) => !has_row_always(&exists.subquery),
        Expr::InSubquery(contained) => {
            contained.subquery.subquery.schema().fields().len() == 1 && !has_row_always(&contained.subquery)
        }
        _ => false,
    }
}

/// Whether it is correlated beneath an aggregate without groups, which has a row though there may be nothing beneath it.
fn has_row_always(query: &Subquery) -> bool {
    let whole = |node: &LogicalPlan| matches!(node, LogicalPlan::Aggregate(a) if a.group_expr.is_empty() && !a.input.all_out_ref_exprs().is_empty());
    query.subquery.exists(|node| Ok(whole(node))).unwrap_or(true)
}

/// Adds the subqueries in an expression, each once; a `NOT` belongs to the `IN` beneath it.
fn collect(expr: &Expr, kind: Kind, found: &mut Vec<Expr>) {
    let _ = expr.apply(|node| {
        if kind == Kind::InAggregates {
            if let Expr::AggregateFunction(call) = node {
                let params = &call.params;
                params.args.iter().chain(params.filter.as_deref()).for_each(|arg| collect(arg, Kind::All, found));
                params.order_by.iter().for_each(|sort| collect(&sort.expr, Kind::All, found));
                return Ok(TreeNodeRecursion::Jump);
            }
            return Ok(TreeNodeRecursion::Continue);
        }
        if kind == Kind::Outside && matches!(node, Expr::AggregateFunction(_)) {
            return Ok(TreeNodeRecursion::Jump);
        }
        let wanted = match node {
            Expr::ScalarSubquery(query) => {
                !query.outer_ref_columns.is_empty() && (kind != Kind::Values || !dependent::is_simple(&query.subquery))
            }
            Expr::Exists(_) | Expr::InSubquery(_) => true,
            Expr::Not(inner) => matches!(inner.as_ref(), Expr::InSubquery(_)),
            _ => false,
        };
        if !wanted {
            return Ok(TreeNodeRecursion::Continue);
        }
        if !found.contains(node) {
            found.push(node.clone());
        }
        Ok(TreeNodeRecursion::Jump)
    });
}

fn replace_all(plan: LogicalPlan, exprs: Vec<Typed>, found: Vec<Expr>) -> Result<(LogicalPlan, Vec<Typed>)> {
    let (mut plan, mut exprs) = (plan, exprs);
    for node in found {
        let (joined, value) = joined(plan, &node)?;
        plan = joined;
        for typed in &mut exprs {
            let replaced = typed.expr.clone().transform_down(|part| {
                Ok(if part == node {
                    Transformed::new(value.clone(), true, TreeNodeRecursion::Jump)
                } else {
                    Transformed::no(part)
                })
            });
            typed.expr = replaced.map_err(from_datafusion)?.data;
        }
    }
    Ok((plan, exprs))
}

/// The plan with the subquery's value joined to it, and the value.
fn joined(plan: LogicalPlan, node: &Expr) -> Result<(LogicalPlan, Expr)> {
    match node {
        Expr::ScalarSubquery(query) => dependent::scalar(plan, &query.subquery),
        Expr::Exists(Exists { subquery, negated }) => {
            let (plan, found) = dependent::exists(plan, &subquery.subquery)?;
            Ok((plan, if *negated { Expr::Not(Box::new(found)) } else { found }))
        }
        Expr::Not(inner) => {
            let Expr::InSubquery(contained) = inner.as_ref() else {
                return Err(SparkError::internal("no subquery beneath NOT"));
            };
            let (plan, found) = dependent::exists(plan, &equal_rows(&contained.expr, &contained.subquery, true)?)?;
            Ok((plan, Expr::Not(Box::new(found))))
        }
        Expr::InSubquery(contained) => {
            dependent::exists(plan, &equal_rows(&contained.expr, &contained.subquery, false)?)
        }
        _ => Err(SparkError::internal("not a subquery")),
    }
}

/// The subquery's rows that equal the values, columns of the relation around it; with `or_null` also those for which
/// that is not known.
fn equal_rows(values: &Expr, query: &Subquery, or_null: bool) -> Result<LogicalPlan> {
    let plan = query.subquery.as_ref().clone();
    let fields = plan.schema().fields().clone();
    let values = match values {
        Expr::ScalarFunction(call) if fields.len() > 1 => call.args.clone(),
        one => vec![one.clone()],
    };
    let equal = values
        .into_iter()
        .zip(fields.iter())
        .map(|(value, field)| Ok(outer(value)?.eq(Expr::Column(Column::new_unqualified(field.name())))));
    let equal = equal.collect::<Result<Vec<_>>>()?;
    let Some(test) = equal.into_iter().reduce(Expr::and) else { return Ok(plan) };
    let test = if or_null { test.clone().or(test.is_null()) } else { test };
    build(plan, |b| b.filter(test))
}

/// The expression as a subquery over its relation sees it.
fn outer(expr: Expr) -> Result<Expr> {
    let types = |column: &Column| Arc::new(arrow::datatypes::Field::new(&column.name, DataType::Null, true));
    expr.transform_down(|node| {
        Ok(match node {
            Expr::Column(column) => Transformed::yes(Expr::OuterReferenceColumn(types(&column), column)),
            other => Transformed::no(other),
        })
    })
    .map(|t| t.data)
    .map_err(from_datafusion)
}
