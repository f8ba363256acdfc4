//! `groupBy(..).agg(..)`: groups, and functions over each group's rows; rollup, cube, grouping sets and pivot.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, ScalarValue};
use datafusion::logical_expr::{Expr, LogicalPlan};
use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, aggregate::GroupType};

use super::{build, pivot, project, session_window, subqueries};
use crate::analyzed::{Analyzed, Beneath};
use crate::analyzer::{Analyzer, Scope, is_all};
use crate::attribute::{Attribute, fresh_column};
use crate::error::from_datafusion;
use crate::expression::Typed;
use crate::float_key::{has_floats, normalized};
use crate::{python, types};

/// Analyzes an aggregate. One from SQL text has all its output in the aggregate expressions, one from a DataFrame puts the
/// grouping expressions before them.
pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Aggregate, from_sql: bool) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let scope = Scope::of(&input);
    let outputs = analyzer.select_list(&message.aggregate_expressions, &scope)?;
    let sets = match message.group_type() {
        GroupType::Groupby | GroupType::Unspecified => None,
        GroupType::Rollup => Some(rollup(message.grouping_expressions.len())),
        GroupType::Cube => Some(cube(message.grouping_expressions.len())?),
        GroupType::GroupingSets => None,
        GroupType::Pivot => return pivot::analyze(analyzer, message, input, from_sql),
    };
    let (messages, sets) = match message.group_type() {
        GroupType::GroupingSets => {
            let (messages, sets) = distinct_expressions(message);
            (messages, Some(sets))
        }
        _ => (message.grouping_expressions.clone(), sets),
    };
    let (grouping, all) = grouping_expressions(analyzer, &messages, outputs, &scope, from_sql)?;
    match sets {
        None => aggregate(input, grouping, all),
        Some(sets) => grouping_sets(input, grouping, &sets, all),
    }
}

/// All prefixes, the longest first.
fn rollup(count: usize) -> Vec<Vec<usize>> {
    (0..=count).rev().map(|length| (0..length).collect()).collect()
}

/// All subsets, the whole first.
fn cube(count: usize) -> Result<Vec<Vec<usize>>> {
    const EXPRESSIONS_MAX: usize = 16;
    if count > EXPRESSIONS_MAX {
        return Err(SparkError::new("GROUPING_SIZE_LIMIT_EXCEEDED").param("maxSize", EXPRESSIONS_MAX.to_string()));
    }
    let subset = |bits: usize| (0..count).filter(|i| bits & (1 << (count - 1 - i)) != 0).collect();
    Ok((0..1usize << count).rev().map(subset).collect())
}

/// The expressions of all grouping sets, each once, and each set as positions among them.
fn distinct_expressions(message: &pb::Aggregate) -> (Vec<pb::Expression>, Vec<Vec<usize>>) {
    let mut messages: Vec<pb::Expression> = message.grouping_expressions.iter().map(without_origin).collect();
    let sets = message
        .grouping_sets
        .iter()
        .map(|set| {
            set.grouping_set
                .iter()
                .map(|expression| {
                    let expression = without_origin(expression);
                    messages.iter().position(|known| known == &expression).unwrap_or_else(|| {
                        messages.push(expression);
                        messages.len() - 1
                    })
                })
                .collect()
        })
        .collect();
    (messages, sets)
}

/// The expression without the places it was written at, by which equal expressions would differ.
fn without_origin(message: &pb::Expression) -> pb::Expression {
    use pb::expression::ExprType;
    let mut plain = pb::Expression { common: None, expr_type: message.expr_type.clone() };
    match &mut plain.expr_type {
        Some(ExprType::UnresolvedFunction(call)) => {
            call.arguments = call.arguments.iter().map(without_origin).collect();
        }
        Some(ExprType::Cast(cast)) => cast.expr = cast.expr.take().map(|inner| Box::new(without_origin(&inner))),
        Some(ExprType::Alias(alias)) => alias.expr = alias.expr.take().map(|inner| Box::new(without_origin(&inner))),
        _ => {}
    }
    plain
}

/// The rows once for each grouping set, with NULL for the expressions outside the set, then one aggregate by all of
/// them and the set's number: so a NULL of the data and one of a set stay apart.
fn grouping_sets(input: Analyzed, grouping: Vec<Typed>, sets: &[Vec<usize>], outputs: Vec<Typed>) -> Result<Analyzed> {
    let all = grouping.iter().chain(&outputs).cloned().collect();
    let (plan, all) = subqueries::join_values(input.plan.clone(), all)?;
    let (plan, mut all) = project::expand_windows(plan, all)?;
    let outputs = all.split_off(grouping.len());
    let keys: Vec<Attribute> = all
        .iter()
        .map(|typed| Attribute::of_field(&typed.field.as_ref().clone().with_name(&typed.name).with_nullable(true)))
        .collect();
    let id = Attribute::new("spark_grouping_id", DataType::Int64, false);
    let branches = sets
        .iter()
        .map(|set| {
            let mut exprs: Vec<Expr> =
                plan.schema().columns().into_iter().map(|c| Expr::Column(Column::new_unqualified(c.name))).collect();
            let mut bits = 0i64;
            for (at, (typed, key)) in all.iter().zip(&keys).enumerate() {
                let inside = set.contains(&at);
                bits = (bits << 1) | i64::from(!inside);
                let value = if inside {
                    bare(&typed.expr)
                } else {
                    Expr::Literal(ScalarValue::try_from(typed.data_type()).map_err(from_datafusion)?, None)
                };
                exprs.push(value.alias(&key.column));
            }
            exprs.push(Expr::Literal(ScalarValue::Int64(Some(bits)), None).alias(&id.column));
            build(plan.clone(), |b| b.project(exprs))
        })
        .collect::<Result<Vec<_>>>()?;
    let mut branches = branches.into_iter();
    let Some(first) = branches.next() else { return Err(SparkError::internal("no grouping sets")) };
    let expanded = branches.try_fold(first, |union, branch| build(union, |b| b.union(branch)))?;
    let sets = GroupingSets { groups: all, keys, id };
    let outputs = outputs.into_iter().map(|typed| sets.over_keys(typed)).collect::<Result<Vec<_>>>()?;
    let mut groups: Vec<Typed> = sets.keys.iter().map(Typed::attribute).collect();
    groups.push(Typed::attribute(&sets.id));
    let mut analyzed = aggregate(Analyzed { plan: expanded, ..input }, groups, outputs)?;
    analyzed.beneath = analyzed
        .beneath
        .map(|beneath| Arc::new(Beneath { sets: Some(Arc::new(sets)), ..Arc::unwrap_or_clone(beneath) }));
    Ok(analyzed)
}

/// The grouping expressions of an aggregate by sets, the columns that hold them (NULL outside the set), and the column
/// with the set's number.
#[derive(Debug)]
pub(crate) struct GroupingSets {
    groups: Vec<Typed>,
    keys: Vec<Attribute>,
    id: Attribute,
}

impl GroupingSets {
    /// The expression with its grouping expressions replaced by the columns that hold them.
    pub(super) fn over_keys(&self, typed: Typed) -> Result<Typed> {
        let mut expr = grouping_functions(typed.expr.clone(), &self.groups, &self.id)?;
        for (group, key) in self.groups.iter().zip(&self.keys) {
            expr = outside_aggregates(expr, &bare(&group.expr), &Typed::attribute(key).expr)?;
        }
        let function_only = has_grouping_function(&typed.expr) && typed.expr.column_refs().is_empty();
        let field = typed.field.as_ref().clone();
        let field = if function_only { field } else { field.with_nullable(true) };
        Ok(Typed { expr, field: Arc::new(field), ..typed })
    }
}

/// Whether `grouping` or `grouping_id` is called in it.
pub(super) fn has_grouping_function(expr: &Expr) -> bool {
    expr.exists(|node| {
        Ok(matches!(node, Expr::ScalarFunction(call)
            if [crate::function::GROUPING, crate::function::GROUPING_ID].contains(&call.func.name())))
    })
    .unwrap_or(false)
}

/// `grouping` and `grouping_id` mean something over grouping sets only.
pub(super) fn refuse_grouping_functions(exprs: &[Typed]) -> Result<()> {
    match exprs.iter().any(|typed| has_grouping_function(&typed.expr)) {
        true => Err(SparkError::new("UNSUPPORTED_GROUPING_EXPRESSION")),
        false => Ok(()),
    }
}

/// Replaces a part everywhere but in the arguments of aggregates, which see the rows as they were.
fn outside_aggregates(expr: Expr, part: &Expr, by: &Expr) -> Result<Expr> {
    expr.transform_down(|node| {
        if &node == part {
            return Ok(Transformed::new(by.clone(), true, TreeNodeRecursion::Jump));
        }
        let stop = matches!(node, Expr::AggregateFunction(_));
        Ok(Transformed::new(node, false, if stop { TreeNodeRecursion::Jump } else { TreeNodeRecursion::Continue }))
    })
    .map(|t| t.data)
    .map_err(from_datafusion)
}

/// `grouping(x)` and `grouping_id(..)`, from the bits of the set's number.
fn grouping_functions(expr: Expr, groups: &[Typed], id: &Attribute) -> Result<Expr> {
    let bit = |arg: &Expr| -> datafusion::common::Result<Expr> {
        let at = groups.iter().position(|g| bare(&g.expr) == bare(arg)).ok_or_else(|| {
            let error = SparkError::new("GROUPING_COLUMN_MISMATCH")
                .param("grouping", arg.to_string())
                .param("groupingColumns", groups.iter().map(|g| g.name.clone()).collect::<Vec<_>>().join(", "));
            datafusion::error::DataFusionError::External(Box::new(error))
        })?;
        let shift = Expr::Literal(ScalarValue::Int64(Some((groups.len() - 1 - at) as i64)), None);
        let one = Expr::Literal(ScalarValue::Int64(Some(1)), None);
        let shifted = datafusion::logical_expr::bitwise_shift_right(Typed::attribute(id).expr, shift);
        Ok(datafusion::logical_expr::bitwise_and(shifted, one))
    };
    expr.transform_down(|node| {
        let Expr::ScalarFunction(call) = &node else { return Ok(Transformed::no(node)) };
        let replaced = match call.func.name() {
            crate::function::GROUPING => {
                Expr::Cast(datafusion::logical_expr::Cast::new(Box::new(bit(&call.args[0])?), DataType::Int8))
            }
            crate::function::GROUPING_ID => Typed::attribute(id).expr,
            _ => return Ok(Transformed::no(node)),
        };
        Ok(Transformed::new(replaced, true, TreeNodeRecursion::Jump))
    })
    .map(|t| t.data)
    .map_err(from_datafusion)
}

/// The grouping expressions, and all output: that of SQL text is the aggregate expressions, a DataFrame's begins with the
/// grouping expressions as they were written. A whole number as a grouping expression means that column of the output.
fn grouping_expressions(
    analyzer: &mut Analyzer,
    messages: &[pb::Expression],
    outputs: Vec<Typed>,
    scope: &Scope,
    from_sql: bool,
) -> Result<(Vec<Typed>, Vec<Typed>)> {
    if let [message] = messages
        && is_all(message)
    {
        // Everything in the output that is not an aggregate.
        let grouping = outputs.iter().filter(|typed| !project::has_aggregate(&typed.expr)).cloned().collect();
        return Ok((grouping, outputs));
    }
    let mut written = Vec::with_capacity(messages.len());
    for message in messages {
        written.push(match analyzer.expression(message, scope) {
            Ok(typed) => typed,
            // A name that no column has may be an alias of the output.
            Err(error) => match by_alias(message, &outputs) {
                Some(output) => output,
                None => return Err(error),
            },
        });
    }
    let mut all = if from_sql { Vec::new() } else { written.clone() };
    all.extend(outputs);
    if !analyzer.conf().flag("spark.sql.groupByOrdinal") {
        return Ok((written, all));
    }
    let grouping = written.into_iter().map(|typed| by_position(typed, &all)).collect::<Result<_>>()?;
    Ok((grouping, all))
}

/// The column of the output that a whole number means; other expressions mean themselves.
fn by_position(typed: Typed, outputs: &[Typed]) -> Result<Typed> {
    let Expr::Literal(ScalarValue::Int32(Some(n)), _) = typed.expr else { return Ok(typed) };
    let Some(output) = usize::try_from(n).ok().and_then(|n| n.checked_sub(1)).and_then(|at| outputs.get(at)) else {
        return Err(SparkError::new("GROUP_BY_POS_OUT_OF_RANGE")
            .param("index", n.to_string())
            .param("size", outputs.len().to_string()));
    };
    if project::has_aggregate(&output.expr) {
        return Err(SparkError::new("GROUP_BY_POS_AGGREGATE")
            .param("index", n.to_string())
            .param("aggExpr", format!("{0} AS `{0}`", output.name)));
    }
    Ok(output.clone())
}

fn by_alias(message: &pb::Expression, outputs: &[Typed]) -> Option<Typed> {
    let Some(pb::expression::ExprType::UnresolvedAttribute(name)) = &message.expr_type else { return None };
    let wanted = name.unparsed_identifier.trim_matches('`');
    outputs.iter().find(|typed| typed.name.eq_ignore_ascii_case(wanted)).cloned()
}

/// The relation of `outputs` over the groups of `input`; without grouping expressions there is one group.
///
/// # Errors
/// `MISSING_AGGREGATION` for a column that is neither grouped by nor aggregated.
pub(crate) fn aggregate(input: Analyzed, grouping: Vec<Typed>, outputs: Vec<Typed>) -> Result<Analyzed> {
    let (input, grouping, outputs) = session_window::merge(input, grouping, outputs)?;
    refuse_grouping_functions(&outputs)?;
    if let Some(typed) = grouping.iter().find(|t| project::has_aggregate(&t.expr)) {
        return Err(SparkError::new("GROUP_BY_AGGREGATE").param("sqlExpr", typed.name.clone()));
    }
    if let Some(typed) = grouping.iter().find(|t| !types::is_orderable(t.data_type()) && has_map(t)) {
        return Err(SparkError::new("GROUP_EXPRESSION_TYPE_IS_NOT_ORDERABLE")
            .param("sqlExpr", format!("\"{}\"", typed.name))
            .param("dataType", types::quoted_sql_name(typed.data_type())));
    }
    let outputs = in_input_order(&input, outputs)?;
    let beneath =
        Beneath { input: input.clone(), grouping: Some(grouping.clone()), sets: None, output: outputs.clone() };
    // Windows of event time in grouping and output expressions are the same columns.
    let (below, grouping, outputs) = subqueries::join_below_groups(input.plan, grouping, outputs)?;
    let count = grouping.len();
    let mut all = grouping;
    all.extend(outputs);
    let (plan, mut all) = project::expand_windows(below.clone(), all)?;
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
            Expr::Column(_) if !has_floats(typed.data_type()) => expr.clone(),
            _ => {
                let expr = normalized(expr.clone(), typed.data_type(), typed.nullable());
                Typed { expr, ..typed.clone() }.aliased(column)
            }
        })
        .collect();
    let call_exprs: Vec<Expr> = calls.into_iter().map(|(expr, column)| expr.alias(column)).collect();
    let plan = match (group_exprs.is_empty(), call_exprs.is_empty()) {
        // Groups without functions are the distinct values.
        (true, true) => return Err(SparkError::internal("an aggregate without groups and functions")),
        _ => build(plan, |b| b.aggregate(group_exprs, call_exprs))?,
    };
    subqueries::refuse_ungrouped(&outputs, &below, &plan)?;
    let (plan, outputs) = subqueries::join_values(plan, outputs)?;
    let (plan, outputs) = project::generate(plan, outputs)?;
    let (plan, outputs) = project::evaluate_windows(plan, outputs)?;
    let mut analyzed = project::select(plan, outputs)?;
    analyzed.beneath = Some(Arc::new(beneath));
    Ok(analyzed)
}

/// `first` and `last` over sorted rows take them in that order: the plan may otherwise drop a sort below an aggregate.
fn in_input_order(input: &Analyzed, outputs: Vec<Typed>) -> Result<Vec<Typed>> {
    let LogicalPlan::Sort(sort) = &input.plan else { return Ok(outputs) };
    let ordered = |node: Expr| match node {
        Expr::AggregateFunction(mut call)
            if matches!(call.func.name(), "first_value" | "last_value") && call.params.order_by.is_empty() =>
        {
            call.params.order_by.clone_from(&sort.expr);
            Ok(Transformed::yes(Expr::AggregateFunction(call)))
        }
        other => Ok(Transformed::no(other)),
    };
    outputs
        .into_iter()
        .map(|typed| Ok(Typed { expr: typed.expr.transform_down(ordered).map_err(from_datafusion)?.data, ..typed }))
        .collect()
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
pub(super) fn over_groups(
    typed: Typed,
    groups: &[(Expr, String, Typed)],
    calls: &mut Vec<(Expr, String)>,
) -> Result<Typed> {
    let column = |name: &str| Expr::Column(Column::new_unqualified(name));
    let mut missing: Option<String> = None;
    let mut nested = false;
    let mut nondeterministic = false;
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
                Expr::AggregateFunction(ref call) => {
                    nested |= call.params.args.iter().any(project::has_aggregate);
                    nondeterministic |= call.params.args.iter().any(python::is_nondeterministic);
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
    if nested {
        return Err(SparkError::new("NESTED_AGGREGATE_FUNCTION"));
    }
    if nondeterministic {
        return Err(SparkError::new("AGGREGATE_FUNCTION_WITH_NONDETERMINISTIC_EXPRESSION")
            .param("sqlExpr", format!("\"{}\"", typed.name)));
    }
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
