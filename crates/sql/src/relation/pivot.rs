//! `groupBy(..).pivot(column[, values]).agg(..)`: an aggregate for each value of a column.

use std::sync::Arc;

use datafusion::common::ScalarValue;
use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
use datafusion::logical_expr::{Expr, LogicalPlanBuilder};
use firesteel_error::{Result, SparkError};
use firesteel_parser::encoding;
use spark_connect_proto::{self as pb, expression::ExprType};

use super::{aggregate, build, project};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope, scalar_value};
use crate::attribute::Attribute;
use crate::display::{self, Style};
use crate::error::from_datafusion;
use crate::expression::Typed;
use crate::float_key::normalized;

pub(super) fn analyze(
    analyzer: &mut Analyzer,
    message: &pb::Aggregate,
    input: Analyzed,
    from_sql: bool,
) -> Result<Analyzed> {
    let Some(pivot) = &message.pivot else { return Err(SparkError::internal("a pivot without a column was sent")) };
    let Some(column) = &pivot.col else { return Err(SparkError::internal("a pivot without a column was sent")) };
    let scope = Scope::of(&input);
    let column = analyzer.expression(column, &scope)?;
    let outputs = analyzer.expressions(&message.aggregate_expressions, &scope)?;
    if let Some(typed) = outputs.iter().find(|typed| !project::has_aggregate(&typed.expr)) {
        return Err(SparkError::new("AGGREGATE_FUNCTION_EXPECTED").text(format!(
            "Aggregate expression required for pivot, but '{}' did not appear in any aggregate function.",
            typed.name
        )));
    }
    let named = match message.grouping_expressions.as_slice() {
        [one] => sql_values(analyzer, one)?,
        _ => None,
    };
    let grouping = match &named {
        Some(_) if from_sql => unnamed_columns(&input, &column, &outputs),
        _ => analyzer.expressions(&message.grouping_expressions, &scope)?,
    };
    let values: Vec<(ScalarValue, Option<String>)> = match named {
        Some(values) => values,
        None if pivot.values.is_empty() && input.is_streaming() => {
            let text = "pivot is not supported on a streaming DataFrames/Datasets";
            return Err(SparkError::new("_LEGACY_ERROR_TEMP_3063").text(text));
        }
        None if pivot.values.is_empty() => {
            distinct_values(analyzer, &input, &column)?.into_iter().map(|value| (value, None)).collect()
        }
        None => pivot.values.iter().map(|v| Ok((scalar_value(v)?, None))).collect::<Result<_>>()?,
    };
    let style = Style { zone: display::zone(analyzer.conf()), ..Style::default() };
    let mut all = grouping.clone();
    for (value, name) in values {
        let text = match (name, value.to_array()) {
            (Some(name), _) => name,
            (None, Ok(array)) => display::format_value(&array, 0, style),
            (None, Err(_)) => value.to_string(),
        };
        let wanted = crate::cast::cast(
            Typed::literal(value, text.clone()),
            column.data_type(),
            crate::cast::Mode::Ansi,
            analyzer.conf(),
        )?;
        for output in &outputs {
            let name = if outputs.len() == 1 { text.clone() } else { format!("{text}_{}", output.name) };
            let test = datafusion::logical_expr::binary_expr(
                normalized(column.expr.clone(), column.data_type(), column.nullable()),
                datafusion::logical_expr::Operator::IsNotDistinctFrom,
                wanted.expr.clone(),
            );
            all.push(restricted(output, &test)?.named(name));
        }
    }
    aggregate::aggregate(input, grouping, all)
}

/// The values that `PIVOT` names, with their aliases; `None` if the expression is a grouping expression.
fn sql_values(analyzer: &mut Analyzer, message: &pb::Expression) -> Result<Option<Vec<(ScalarValue, Option<String>)>>> {
    let Some(ExprType::UnresolvedFunction(call)) = &message.expr_type else { return Ok(None) };
    if call.function_name != encoding::PIVOT_VALUES {
        return Ok(None);
    }
    let mut values = Vec::with_capacity(call.arguments.len());
    for argument in &call.arguments {
        let typed = analyzer.expression(argument, &Scope::default())?;
        let named = matches!(argument.expr_type, Some(ExprType::Alias(_)));
        let value = crate::fold::constant(&typed)?.ok_or_else(|| {
            SparkError::new("NON_LITERAL_PIVOT_VALUES").param("expression", format!("\"{}\"", typed.name))
        })?;
        values.push((value, named.then_some(typed.name)));
    }
    Ok(Some(values))
}

/// SQL's pivot groups by all columns that it does not name.
fn unnamed_columns(input: &Analyzed, column: &Typed, outputs: &[Typed]) -> Vec<Typed> {
    let named = |a: &Attribute| {
        std::iter::once(column).chain(outputs).any(|typed| typed.expr.column_refs().iter().any(|c| c.name == a.column))
    };
    input.output.iter().filter(|a| !named(a)).map(Typed::attribute).collect()
}

/// The aggregate over the rows for which the test holds; without such rows NULL, for counts too.
fn restricted(output: &Typed, test: &Expr) -> Result<Typed> {
    let expr = output
        .expr
        .clone()
        .transform_down(|node| match node {
            Expr::AggregateFunction(mut call) => {
                let filter = match call.params.filter.take() {
                    Some(filter) => filter.and(test.clone()),
                    None => test.clone(),
                };
                call.params.filter = Some(Box::new(filter));
                let is_count = call.func.name() == "count";
                let aggregate = Expr::AggregateFunction(call);
                let guarded = if is_count {
                    datafusion::functions::core::expr_fn::nullif(
                        aggregate,
                        Expr::Literal(ScalarValue::Int64(Some(0)), None),
                    )
                } else {
                    aggregate
                };
                Ok(Transformed::new(guarded, true, TreeNodeRecursion::Jump))
            }
            other => Ok(Transformed::no(other)),
        })
        .map_err(from_datafusion)?
        .data;
    let expr = match expr {
        Expr::Alias(alias) => *alias.expr,
        other => other,
    };
    let field = Arc::new(output.field.as_ref().clone().with_nullable(true));
    Ok(Typed { expr, field, name: output.name.clone() })
}

/// The values of the column, sorted: the input is run to find them.
fn distinct_values(analyzer: &Analyzer, input: &Analyzed, column: &Typed) -> Result<Vec<ScalarValue>> {
    let limit = usize::try_from(analyzer.conf().int("spark.sql.pivotMaxValues")?).unwrap_or(0);
    let name = crate::attribute::fresh_column("pivot");
    let exprs = vec![normalized(column.expr.clone(), column.data_type(), true).alias(&name)];
    let sort = vec![
        Typed::new(
            Expr::Column(datafusion::common::Column::new_unqualified(&name)),
            column.data_type().clone(),
            true,
            "",
        )
        .expr
        .sort(true, true),
    ];
    let plan = build(input.plan.clone(), |b| b.project(exprs)?.distinct()?.sort(sort)?.limit(0, Some(limit + 1)))?;
    let attribute = Attribute { column: name, ..Attribute::new("pivot", column.data_type().clone(), true) };
    let analyzed = Analyzed::new(LogicalPlanBuilder::from(plan).build().map_err(from_datafusion)?, vec![attribute]);
    let session = analyzer.session().clone();
    let batches = crate::blocking::wait(async move { session.collect(&analyzed).await })?;
    let mut values = Vec::new();
    for batch in &batches {
        for row in 0..batch.num_rows() {
            values.push(ScalarValue::try_from_array(batch.column(0), row).map_err(from_datafusion)?);
        }
    }
    if values.len() > limit {
        return Err(SparkError::new("PIVOT_VALUE_LIMIT_EXCEEDED").text(format!(
            "The pivot column {} has more than {limit} distinct values; raise spark.sql.pivotMaxValues if all are wanted.",
            column.name
        )));
    }
    Ok(values)
}
