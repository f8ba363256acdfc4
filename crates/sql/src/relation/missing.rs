//! What a sort or filter may refer to beneath a projection or aggregate: `select("a").orderBy("b")`,
//! `GROUP BY a HAVING sum(b) > 1 ORDER BY max(c)`.

use std::sync::Arc;

use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::Expr;
use firesteel_error::Result;

use super::{aggregate, project};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::attribute::fresh_column;
use crate::error::from_datafusion;
use crate::expression::Typed;

/// Resolves expressions over `input`, or else over it and what is beneath it. In the second case the relation that
/// comes back has the columns they need as hidden ones.
pub(super) fn resolve(
    analyzer: &mut Analyzer,
    input: Analyzed,
    mut resolve: impl FnMut(&mut Analyzer, &Scope) -> Result<Vec<Typed>>,
) -> Result<(Analyzed, Vec<Typed>)> {
    let first = resolve(analyzer, &Scope::of(&input));
    let error = match first {
        Ok(exprs) if !exprs.iter().any(reaches_beneath) => return Ok((input, exprs)),
        Ok(exprs) if input.beneath.is_none() => {
            aggregate::refuse_grouping_functions(&exprs)?;
            return Ok((input, exprs));
        }
        Ok(_) => None,
        Err(error) => {
            let unresolved = error
                .condition()
                .is_some_and(|c| c.starts_with("UNRESOLVED_COLUMN") || c == "CANNOT_RESOLVE_DATAFRAME_COLUMN");
            if !unresolved || input.beneath.is_none() {
                return Err(error);
            }
            Some(error)
        }
    };
    let Some(beneath) = input.beneath.clone() else { return Ok((input, Vec::new())) };
    let mut scope = Scope::of(&input);
    let visible: Vec<String> = scope.visible.iter().map(|a| a.name.to_lowercase()).collect();
    // Names of the output win over those beneath, except for a qualified name and for a DataFrame's column.
    for attribute in beneath.input.output.iter().chain(&beneath.input.hidden) {
        if visible.contains(&attribute.name.to_lowercase()) {
            scope.hidden.push(attribute.clone());
        } else {
            scope.visible.push(attribute.clone());
        }
    }
    let exprs = match resolve(analyzer, &scope) {
        Ok(exprs) => exprs,
        Err(second) => return Err(error.unwrap_or(second)),
    };
    let exprs = match &beneath.sets {
        Some(sets) => exprs.into_iter().map(|typed| sets.over_keys(typed)).collect::<Result<_>>()?,
        None => {
            aggregate::refuse_grouping_functions(&exprs)?;
            exprs
        }
    };
    extend(&input, &beneath, exprs)
}

fn reaches_beneath(typed: &Typed) -> bool {
    project::has_aggregate(&typed.expr) || aggregate::has_grouping_function(&typed.expr)
}

fn extend(
    input: &Analyzed,
    beneath: &Arc<crate::analyzed::Beneath>,
    exprs: Vec<Typed>,
) -> Result<(Analyzed, Vec<Typed>)> {
    let own: Vec<&str> = input.output.iter().map(|a| a.column.as_str()).collect();
    let mut extra: Vec<(Expr, String)> = Vec::new();
    let mut need = |expr: Expr, name: &str| -> Expr {
        let known = extra.iter().find(|(known, _)| known == &expr).map(|(_, column)| column.clone());
        let column = known.unwrap_or_else(|| {
            let column = fresh_column(name);
            extra.push((expr, column.clone()));
            column
        });
        Expr::Column(Column::new_unqualified(column))
    };
    let grouping = beneath.grouping.as_deref().unwrap_or_default();
    let mut rewritten = Vec::with_capacity(exprs.len());
    for typed in exprs {
        let expr = typed
            .expr
            .clone()
            .transform_down(|node| {
                let grouped = grouping.iter().any(|g| g.expr == node) && !matches!(node, Expr::Column(_));
                let replaced = match &node {
                    Expr::AggregateFunction(_) => need(node.clone(), "aggregate"),
                    Expr::Column(column) if !own.contains(&column.name.as_str()) => need(node.clone(), &column.name),
                    _ if grouped => need(node.clone(), "group"),
                    _ => return Ok(Transformed::no(node)),
                };
                Ok(Transformed::new(replaced, true, TreeNodeRecursion::Jump))
            })
            .map_err(from_datafusion)?
            .data;
        rewritten.push(Typed { expr, ..typed });
    }
    let mut outputs = own_outputs(input, beneath);
    for (expr, column) in &extra {
        let field = arrow::datatypes::Field::new(column, arrow::datatypes::DataType::Null, true);
        let typed = Typed { expr: expr.clone().alias(column), field: Arc::new(field), name: column.clone() };
        outputs.push(typed);
    }
    let base = beneath.input.clone();
    let mut wide = match &beneath.grouping {
        Some(grouping) => {
            let mut wide = aggregate::aggregate(base, grouping.clone(), outputs)?;
            wide.beneath = wide.beneath.map(|new| {
                let sets = beneath.sets.clone();
                Arc::new(crate::analyzed::Beneath { sets, ..Arc::unwrap_or_clone(new) })
            });
            wide
        }
        None => project::project(base, outputs)?,
    };
    wide.output.truncate(input.output.len());
    for filter in &input.filters {
        wide.plan = super::build(wide.plan, |b| b.filter(filter.clone()))?;
    }
    wide.filters.clone_from(&input.filters);
    for (new, old) in wide.output.iter_mut().zip(&input.output) {
        new.qualifier.clone_from(&old.qualifier);
        new.name.clone_from(&old.name);
    }
    wide.hidden.clone_from(&input.hidden);
    Ok((wide, rewritten))
}

/// What is beneath computes, under the names that the input's columns have inside the plan.
fn own_outputs(input: &Analyzed, beneath: &crate::analyzed::Beneath) -> Vec<Typed> {
    let named = |(index, typed): (usize, &Typed)| match (input.output.get(index), &typed.expr) {
        (Some(attribute), Expr::Column(c)) if c.name == attribute.column => typed.clone(),
        (Some(attribute), Expr::Alias(a)) if a.name == attribute.column => typed.clone(),
        // Keeps the column's name inside the plan, to which expressions already refer.
        (Some(attribute), _) => Typed { expr: typed.aliased(&attribute.column), ..typed.clone() },
        // What a filter in between asked for.
        (None, _) => typed.clone(),
    };
    beneath.output.iter().enumerate().map(named).collect()
}
