//! `groupBy(..).agg(..)`: groups, and functions over each group's rows; rollup, cube, grouping sets and pivot.

use std::sync::Arc;

use datafusion::common::Column;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::Expr;
use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, aggregate::GroupType};

use super::{build, project};
use crate::analyzed::{Analyzed, Beneath};
use crate::analyzer::{Analyzer, Scope};
use crate::attribute::fresh_column;
use crate::error::from_datafusion;
use crate::expression::Typed;
use crate::types;

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Aggregate) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let scope = Scope::of(&input);
    let outputs = analyzer.expressions(&message.aggregate_expressions, &scope)?;
    let grouping = grouping_expressions(analyzer, &message.grouping_expressions, &outputs, &scope)?;
    match message.group_type() {
        GroupType::Groupby | GroupType::Unspecified => {
            let mut all = grouping.clone();
            all.extend(outputs);
            aggregate(input, grouping, all)
        }
        other => Err(SparkError::unsupported(format!("Grouping of the kind {}", other.as_str_name()))),
    }
}

/// Grouping expressions; a whole number means that column of the output.
fn grouping_expressions(
    analyzer: &mut Analyzer,
    messages: &[pb::Expression],
    outputs: &[Typed],
    scope: &Scope,
) -> Result<Vec<Typed>> {
    let mut all = Vec::with_capacity(messages.len());
    for typed in analyzer.expressions(messages, scope)? {
        let position = match typed.scalar() {
            Some(datafusion::common::ScalarValue::Int32(Some(n)))
                if analyzer.conf().flag("spark.sql.groupByOrdinal") =>
            {
                Some(*n)
            }
            _ => None,
        };
        match position {
            Some(n) => match usize::try_from(n - 1).ok().and_then(|i| outputs.get(i)) {
                Some(output) => all.push(output.clone()),
                None => {
                    return Err(SparkError::new("GROUP_BY_POS_OUT_OF_RANGE")
                        .param("index", n.to_string())
                        .param("size", outputs.len().to_string()));
                }
            },
            None => all.push(typed),
        }
    }
    Ok(all)
}

/// The relation of `outputs` over the groups of `input`; without grouping expressions there is one group.
///
/// # Errors
/// `MISSING_AGGREGATION` for a column that is neither grouped by nor aggregated.
pub(crate) fn aggregate(input: Analyzed, grouping: Vec<Typed>, outputs: Vec<Typed>) -> Result<Analyzed> {
    if let Some(typed) = grouping.iter().find(|t| project::has_aggregate(&t.expr)) {
        return Err(SparkError::new("GROUP_BY_AGGREGATE").param("sqlExpr", typed.name.clone()));
    }
    if let Some(typed) = grouping.iter().find(|t| !types::is_orderable(t.data_type()) && has_map(t)) {
        return Err(SparkError::new("GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE")
            .param("sqlExpr", format!("\"{}\"", typed.name))
            .param("dataType", types::quoted_sql_name(typed.data_type())));
    }
    let beneath = Beneath { input: input.clone(), grouping: Some(grouping.clone()), output: outputs.clone() };
    // Windows of event time in grouping and output expressions are the same columns.
    let count = grouping.len();
    let mut all = grouping;
    all.extend(outputs);
    let (plan, mut all) = project::expand_windows(input.plan, all)?;
    let outputs = all.split_off(count);
    let mut groups: Vec<(Expr, String, Typed)> = Vec::new();
    for typed in all {
        let expr = bare(&typed.expr);
        if !groups.iter().any(|(known, ..)| known == &expr) {
            let column = match &expr {
                Expr::Column(column) => column.name.clone(),
                _ => fresh_column(&typed.name),
            };
            groups.push((expr, column, typed));
        }
    }
    let mut calls: Vec<(Expr, String)> = Vec::new();
    let outputs =
        outputs.into_iter().map(|typed| over_groups(typed, &groups, &mut calls)).collect::<Result<Vec<_>>>()?;
    let group_exprs: Vec<Expr> = groups
        .iter()
        .map(|(expr, column, typed)| match expr {
            Expr::Column(_) => expr.clone(),
            _ => Typed { expr: expr.clone(), ..typed.clone() }.aliased(column),
        })
        .collect();
    let call_exprs: Vec<Expr> = calls.into_iter().map(|(expr, column)| expr.alias(column)).collect();
    let plan = match (group_exprs.is_empty(), call_exprs.is_empty()) {
        // Groups without functions are the distinct values.
        (true, true) => return Err(SparkError::internal("an aggregate without groups and functions")),
        _ => build(plan, |b| b.aggregate(group_exprs, call_exprs))?,
    };
    let (plan, outputs) = project::generate(plan, outputs)?;
    let (plan, outputs) = project::evaluate_windows(plan, outputs)?;
    let mut analyzed = project::select(plan, outputs)?;
    analyzed.beneath = Some(Arc::new(beneath));
    Ok(analyzed)
}

fn has_map(typed: &Typed) -> bool {
    matches!(typed.data_type(), arrow::datatypes::DataType::Map(..))
}

fn bare(expr: &Expr) -> Expr {
    match expr {
        Expr::Alias(alias) => bare(&alias.expr),
        other => other.clone(),
    }
}

/// The output with its grouping expressions and aggregates replaced by the columns that hold them.
fn over_groups(typed: Typed, groups: &[(Expr, String, Typed)], calls: &mut Vec<(Expr, String)>) -> Result<Typed> {
    let column = |name: &str| Expr::Column(Column::new_unqualified(name));
    let mut missing: Option<String> = None;
    let is_group = |name: &str| groups.iter().any(|(_, column, _)| column == name);
    let expr = typed
        .expr
        .clone()
        .transform_down(|node| {
            let plain = bare(&node);
            if let Some((_, name, _)) = groups.iter().find(|(expr, ..)| expr == &plain) {
                let alias = matches!(node, Expr::Alias(_)).then(|| node.schema_name().to_string());
                let replaced = alias.map_or_else(|| column(name), |alias| column(name).alias(alias));
                return Ok(Transformed::new(replaced, true, TreeNodeRecursion::Jump));
            }
            match node {
                Expr::AggregateFunction(_) => {
                    let known = calls.iter().find(|(expr, _)| expr == &node).map(|(_, name)| name.clone());
                    let name = known.unwrap_or_else(|| {
                        let name = fresh_column(&node.schema_name().to_string());
                        calls.push((node.clone(), name.clone()));
                        name
                    });
                    Ok(Transformed::new(column(&name), true, TreeNodeRecursion::Jump))
                }
                Expr::Column(ref c) if !is_group(&c.name) => {
                    missing.get_or_insert_with(|| c.name.clone());
                    Ok(Transformed::no(node))
                }
                // A window over an aggregate: the aggregates are in its arguments.
                Expr::WindowFunction(_) => Ok(Transformed::no(node)),
                other => Ok(Transformed::no(other)),
            }
        })
        .map_err(from_datafusion)?
        .data;
    if let Some(name) = missing {
        let shown = name.rsplit_once('#').map_or(name.as_str(), |(name, _)| name);
        return Err(if groups.is_empty() {
            SparkError::new("MISSING_GROUP_BY")
        } else {
            SparkError::new("MISSING_AGGREGATION")
                .param("expression", format!("\"{shown}\""))
                .param("expressionAnyValue", format!("\"any_value({shown})\""))
        });
    }
    Ok(Typed { expr, ..typed })
}
