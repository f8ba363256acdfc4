//! `select`: expressions over a relation's rows, with the window functions, generators and aggregates in them.

use std::collections::HashSet;
use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::common::{Column, UnnestOptions};
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use super::{aggregate, build, subqueries, window_check};
use crate::analyzed::{Analyzed, Beneath};
use crate::analyzer::{Analyzer, Scope};
use crate::attribute::{Attribute, fresh_column};
use crate::error::from_datafusion;
use crate::expression::Typed;
use crate::function::{extract, generator, is_session_window, is_time_window};
use crate::per_partition;

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Project) -> Result<Analyzed> {
    let input = match &message.input {
        Some(_) => analyzer.input(&message.input)?,
        None => one_row()?,
    };
    let exprs = analyzer.select_list(&message.expressions, &Scope::of(&input))?;
    project(input, exprs)
}

/// A relation of one row without columns, which `SELECT 1` selects from.
pub(crate) fn one_row() -> Result<Analyzed> {
    let plan = LogicalPlanBuilder::empty(true).build().map_err(from_datafusion)?;
    Ok(Analyzed::new(plan, Vec::new()))
}

/// The relation of these expressions over `input`.
///
/// # Errors
/// What Spark refuses: nested generators, aggregates beside plain columns.
pub(crate) fn project(input: Analyzed, exprs: Vec<Typed>) -> Result<Analyzed> {
    window_check::refuse_misplaced(&exprs)?;
    if exprs.iter().any(|typed| has_aggregate(&typed.expr)) {
        return aggregate::aggregate(input, Vec::new(), exprs);
    }
    aggregate::refuse_grouping_functions(&exprs)?;
    let beneath = Beneath { input: input.clone(), grouping: None, sets: None, output: exprs.clone() };
    let (plan, exprs) = subqueries::join_values(input.plan, exprs)?;
    let (plan, exprs) = expand_windows(plan, exprs)?;
    let (plan, exprs) = generate(plan, exprs)?;
    let (plan, exprs) = evaluate_windows(plan, exprs)?;
    let mut projected = select(plan, exprs)?;
    projected.beneath = Some(Arc::new(beneath));
    Ok(projected)
}

/// The projection itself. A plain column keeps its name inside the plan, everything else gets a new one.
pub(super) fn select(plan: LogicalPlan, exprs: Vec<Typed>) -> Result<Analyzed> {
    let mut taken: HashSet<String> = HashSet::new();
    let mut columns = Vec::with_capacity(exprs.len());
    let mut output = Vec::with_capacity(exprs.len());
    for typed in exprs {
        let own = match &typed.expr {
            Expr::Column(column) => Some(column.name.clone()),
            Expr::Alias(alias) => Some(alias.name.clone()),
            _ => None,
        };
        let column = own.filter(|name| !taken.contains(name)).unwrap_or_else(|| fresh_column(&typed.name));
        taken.insert(column.clone());
        columns.push(match &typed.expr {
            Expr::Column(c) if c.name == column => typed.expr.clone(),
            Expr::Alias(alias) if alias.name == column => typed.expr.clone(),
            _ => typed.aliased(&column),
        });
        let field = Arc::new(typed.field.as_ref().clone().with_name(&typed.name));
        output.push(Attribute { name: typed.name, qualifier: Vec::new(), column, field });
    }
    Ok(Analyzed::new(build(plan, |b| b.project(columns))?, output))
}

pub(crate) fn has_aggregate(expr: &Expr) -> bool {
    let mut found = false;
    let _ = expr.apply(|node| {
        Ok(match node {
            Expr::AggregateFunction(_) => {
                found = true;
                TreeNodeRecursion::Stop
            }
            // An aggregate over a window is a window function; one in its arguments is not.
            Expr::WindowFunction(window) => {
                let p = &window.params;
                let order = p.order_by.iter().map(|s| &s.expr);
                found |= p.args.iter().chain(&p.partition_by).chain(order).any(has_aggregate);
                TreeNodeRecursion::Jump
            }
            _ => TreeNodeRecursion::Continue,
        })
    });
    found
}

/// Puts the columns for each of these expressions in a projection under the whole input.
pub(super) fn with_columns(plan: LogicalPlan, added: Vec<Expr>) -> Result<LogicalPlan> {
    let mut columns: Vec<Expr> =
        plan.schema().columns().into_iter().map(|c| Expr::Column(Column::new_unqualified(c.name))).collect();
    columns.extend(added);
    build(plan, |b| b.project(columns))
}

/// Computes the time windows in expressions below them: a column each, one row for each window of a row's time.
pub(super) fn expand_windows(plan: LogicalPlan, exprs: Vec<Typed>) -> Result<(LogicalPlan, Vec<Typed>)> {
    let (mut plan, mut exprs) = per_partition::append(plan, exprs)?;
    let mut windows: Vec<(Expr, bool)> = Vec::new();
    for typed in &exprs {
        let _ = typed.expr.apply(|node| {
            if let Some(many) = is_time_window(node)
                && !windows.iter().any(|(known, _)| known == node)
            {
                windows.push((node.clone(), many));
            }
            Ok(TreeNodeRecursion::Continue)
        });
    }
    for (window, many) in windows {
        let column = fresh_column("window");
        let typed = exprs.iter().find(|t| strip_alias(&t.expr) == &window);
        let metadata = typed.map(|t| datafusion::common::metadata::FieldMetadata::from(t.field.as_ref()));
        let time = match &window {
            Expr::ScalarFunction(call) => call.args[0].clone(),
            _ => return Err(SparkError::internal("a time window is a function")),
        };
        // A session window without a length is NULL, too.
        let wanted = if is_session_window(&window) { window.clone() } else { time };
        plan = build(plan, |b| b.filter(wanted.is_not_null()))?;
        let name = if many { fresh_column("windows") } else { column.clone() };
        plan = with_columns(plan, vec![window.clone().alias_with_metadata(&name, metadata.clone())])?;
        let mut replacement = Expr::Column(Column::new_unqualified(&name));
        if many {
            plan = build(plan, |b| b.unnest_column(Column::new_unqualified(&name)))?;
            // Unnesting keeps the column's name but not its metadata.
            let restored = replacement.clone().alias_with_metadata(&column, metadata);
            plan = with_columns(plan, vec![restored])?;
            replacement = Expr::Column(Column::new_unqualified(&column));
        }
        for typed in &mut exprs {
            let whole = strip_alias(&typed.expr) == &window;
            typed.expr = replace(typed.expr.clone(), &window, &replacement)?;
            if whole
                && many
                && let DataType::List(element) = typed.data_type().clone()
            {
                let field = typed.field.as_ref().clone().with_data_type(element.data_type().clone());
                typed.field = Arc::new(field);
            }
        }
    }
    Ok((plan, exprs))
}

fn strip_alias(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => strip_alias(&alias.expr),
        other => other,
    }
}

/// The expression with one part of it replaced.
pub(crate) fn replace(expr: Expr, part: &Expr, by: &Expr) -> Result<Expr> {
    expr.transform_down(|node| {
        Ok(if &node == part {
            Transformed::new(by.clone(), true, TreeNodeRecursion::Jump)
        } else {
            Transformed::no(node)
        })
    })
    .map(|t| t.data)
    .map_err(from_datafusion)
}

/// Turns generators into rows. Spark allows one in a select list.
pub(super) fn generate(plan: LogicalPlan, exprs: Vec<Typed>) -> Result<(LogicalPlan, Vec<Typed>)> {
    let generators: Vec<usize> =
        exprs.iter().enumerate().filter(|(_, t)| generator::is_generator(&t.expr)).map(|(i, _)| i).collect();
    let nested = exprs.iter().find(|t| !generator::is_generator(&t.expr) && holds_generator(&t.expr));
    if let Some(typed) = nested {
        return Err(SparkError::new("UNSUPPORTED_GENERATOR.NESTED_IN_EXPRESSIONS")
            .param("expression", format!("\"{}\"", typed.name)));
    }
    match generators.as_slice() {
        [] => Ok((plan, exprs)),
        [at] => {
            let (plan, columns) = unnest(plan, &exprs[*at])?;
            let mut all = exprs;
            all.splice(*at..=*at, columns);
            Ok((plan, all))
        }
        many => {
            let names: Vec<String> = many.iter().map(|i| format!("\"{}\"", exprs[*i].name)).collect();
            Err(SparkError::new("UNSUPPORTED_GENERATOR.MULTI_GENERATOR")
                .param("num", many.len().to_string())
                .param("generators", names.join(", ")))
        }
    }
}

fn holds_generator(expr: &Expr) -> bool {
    expr.exists(|node| Ok(generator::is_generator(node))).unwrap_or(false)
}

/// A row for each struct of the generator's array, and the struct's fields as columns.
pub(super) fn unnest(plan: LogicalPlan, typed: &Typed) -> Result<(LogicalPlan, Vec<Typed>)> {
    let fields = generator::columns(typed);
    let outer = generator::is_outer(&typed.expr);
    let column = fresh_column("generated");
    let plan = with_columns(plan, vec![strip_alias(&typed.expr).clone().alias(&column)])?;
    let options = UnnestOptions::new().with_preserve_nulls(outer);
    let plan = if outer { keep_empty(plan, &column)? } else { plan };
    let plan = build(plan, |b| b.unnest_column_with_options(Column::new_unqualified(&column), options))?;
    let row = Typed::new(
        Expr::Column(Column::new_unqualified(&column)),
        DataType::Struct(fields.iter().cloned().collect()),
        outer,
        "",
    );
    let columns = fields
        .iter()
        .enumerate()
        .map(|(index, field)| extract::nth_field(&row, index, field).map(|t| t.named(field.name())))
        .collect::<Result<Vec<_>>>()?;
    Ok((plan, columns))
}

/// For outer generators an empty array counts as NULL, which unnesting keeps as one row.
fn keep_empty(plan: LogicalPlan, column: &str) -> Result<LogicalPlan> {
    let columns: Vec<Expr> = plan
        .schema()
        .iter()
        .map(|(_, field)| {
            let own = Expr::Column(Column::new_unqualified(field.name()));
            if field.name() != column {
                return own;
            }
            let data_type = field.data_type().clone();
            let kernel = crate::expression::Kernel::new("null_if_empty", (), data_type, true, |columns| {
                let array = columns.array(0)?;
                let list = arrow::array::cast::AsArray::as_list::<i32>(array.as_ref());
                let filled: arrow::buffer::NullBuffer = list
                    .offsets()
                    .windows(2)
                    .enumerate()
                    .map(|(row, w)| w[1] > w[0] && arrow::array::Array::is_valid(list, row))
                    .collect();
                extract::masked(&array, Some(&filled))
            });
            kernel.call(vec![own]).alias(column)
        })
        .collect();
    build(plan, |b| b.project(columns))
}

/// Whether a window function is called in it.
pub(super) fn has_window(expr: &Expr) -> bool {
    expr.exists(|node| Ok(matches!(node, Expr::WindowFunction(_)))).unwrap_or(false)
}

/// Computes the window functions in expressions below them.
pub(super) fn evaluate_windows(plan: LogicalPlan, exprs: Vec<Typed>) -> Result<(LogicalPlan, Vec<Typed>)> {
    let mut windows: Vec<(Expr, String)> = Vec::new();
    let mut replaced = Vec::with_capacity(exprs.len());
    for typed in exprs {
        let expr = typed
            .expr
            .clone()
            .transform_down(|node| {
                if !matches!(node, Expr::WindowFunction(_)) {
                    return Ok(Transformed::no(node));
                }
                let known = windows.iter().find(|(expr, _)| expr == &node).map(|(_, column)| column.clone());
                let column = known.unwrap_or_else(|| {
                    let column = fresh_column("window");
                    windows.push((node.clone(), column.clone()));
                    column
                });
                Ok(Transformed::new(Expr::Column(Column::new_unqualified(column)), true, TreeNodeRecursion::Jump))
            })
            .map_err(from_datafusion)?
            .data;
        replaced.push(Typed { expr, ..typed });
    }
    if windows.is_empty() {
        return Ok((plan, replaced));
    }
    // One node for each way of partitioning and ordering.
    type Spec = (Vec<Expr>, Vec<datafusion::logical_expr::SortExpr>);
    let mut groups: Vec<(Spec, Vec<Expr>)> = Vec::new();
    for (expr, column) in windows {
        let Expr::WindowFunction(window) = &expr else { continue };
        let key = (window.params.partition_by.clone(), window.params.order_by.clone());
        let call = expr.clone().alias(column);
        match groups.iter_mut().find(|(known, _)| known == &key) {
            Some((_, calls)) => calls.push(call),
            None => groups.push((key, vec![call])),
        }
    }
    let plan = groups.into_iter().try_fold(plan, |plan, (_, calls)| build(plan, |b| b.window(calls)))?;
    Ok((plan, replaced))
}
