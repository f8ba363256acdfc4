//! `f(..) WITHIN GROUP (ORDER BY ..)`: percentiles, the mode, and texts joined in an order.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, StringBuilder};
use arrow::compute::{SortColumn, SortOptions, lexsort_to_indices, take};
use arrow::datatypes::DataType;
use datafusion::logical_expr::SortExpr;
use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, expression::ExprType};

use super::percentile::{Rule, exact, fractions};
use super::{aggregate, lists, resolve_named, statistics};
use crate::analyzer::{Analyzer, Call, Scope, ordered};
use crate::expression::{Kernel, Typed};

/// A sort key of the group, and how it is written.
struct Order {
    value: Typed,
    sort: SortExpr,
}

impl Order {
    fn full_name(&self) -> String {
        let direction = if self.sort.asc { "ASC" } else { "DESC" };
        let nulls = if self.sort.nulls_first { "FIRST" } else { "LAST" };
        format!("{} {direction} NULLS {nulls}", self.value.name)
    }
}

/// Resolves the call; the first argument is the function, the others are the sort orders.
pub(crate) fn resolve(analyzer: &mut Analyzer, arguments: &[pb::Expression], scope: &Scope) -> Result<Typed> {
    let Some((Some(ExprType::UnresolvedFunction(call)), orders)) =
        arguments.split_first().map(|(first, rest)| (&first.expr_type, rest))
    else {
        return Err(SparkError::internal("WITHIN GROUP without a function"));
    };
    let mut keys = Vec::with_capacity(orders.len());
    for order in orders {
        let Some(ExprType::SortOrder(order)) = &order.expr_type else {
            return Err(SparkError::internal("WITHIN GROUP without a sort order"));
        };
        let value = analyzer.required(&order.child, scope)?;
        let sort = ordered(value.expr.clone(), order);
        keys.push(Order { value, sort });
    }
    let name = call.function_name.to_lowercase();
    match name.as_str() {
        "percentile_cont" | "percentile_disc" => {
            let inner = Call::new(analyzer, &name, &call.arguments, scope)?;
            let [order] = keys.as_slice() else { return Err(wrong_orders(&name, 1, keys.len())) };
            percentile(&inner, order)
        }
        "mode" => {
            let [order] = keys.as_slice() else { return Err(wrong_orders(&name, 1, keys.len())) };
            let lowest = order.sort.asc;
            let word = if lowest { " DESC" } else { "" };
            let shown = format!("mode() WITHIN GROUP (ORDER BY {}{word})", order.value.name);
            Ok(statistics::mode_of(&order.value, Some(lowest)).named(shown))
        }
        "listagg" | "string_agg" => {
            let inner = Call::new(analyzer, &name, &call.arguments, scope)?.with_distinct(call.is_distinct);
            listagg(&inner, &keys)
        }
        _ => Err(SparkError::new("INVALID_SQL_SYNTAX.FUNCTION_WITH_UNSUPPORTED_SYNTAX")
            .param("prettyName", format!("`{name}`"))
            .param("syntax", "\"WITHIN GROUP (ORDER BY ...)\"")),
    }
}

fn wrong_orders(name: &str, expected: usize, given: usize) -> SparkError {
    SparkError::new("INVALID_WITHIN_GROUP_EXPRESSION.WRONG_NUM_ORDERINGS")
        .param("funcName", format!("`{name}`"))
        .param("expectedNum", expected.to_string())
        .param("actualNum", given.to_string())
}

fn percentile(call: &Call<'_>, order: &Order) -> Result<Typed> {
    call.expect(1..=1)?;
    let (fractions, many) = fractions(call, 0)?;
    let direction = if order.sort.asc { "" } else { " DESC" };
    let title =
        format!("{}({}) WITHIN GROUP (ORDER BY {}{direction})", call.lower_name(), call.arg(0)?.name, order.value.name);
    let value = order.value.clone();
    if call.lower_name() == "percentile_disc" {
        let rule = Rule::Discrete { descending: !order.sort.asc };
        return Ok(exact(call, value, None, &fractions, many, rule)?.named(title));
    }
    let turned: Vec<f64> = fractions.iter().map(|p| if order.sort.asc { *p } else { 1.0 - p }).collect();
    Ok(exact(call, value, None, &turned, many, Rule::Continuous)?.named(title))
}

/// The texts that are not NULL, in the order of the keys, with a mark between them.
fn listagg(call: &Call<'_>, orders: &[Order]) -> Result<Typed> {
    call.expect(1..=2)?;
    let value = call.cast(0, &DataType::Utf8)?;
    let mark = if call.len() == 2 { call.constant_text(1)?.unwrap_or_default() } else { String::new() };
    let shown = if call.len() == 2 { call.arg(1)?.name } else { "NULL".into() };
    let distinct = if call.distinct { "DISTINCT " } else { "" };
    let names: Vec<String> = orders.iter().map(Order::full_name).collect();
    let title = format!(
        "{}({distinct}{}, {shown}) WITHIN GROUP (ORDER BY {})",
        call.lower_name(),
        call.arg(0)?.name,
        names.join(", ")
    );
    let mut parts = vec![value];
    parts.extend(orders.iter().map(|order| order.value.clone()));
    let row = resolve_named(call.session(), "struct", &parts)?;
    let rows = aggregate::aggregate(datafusion_spark::function::aggregate::collect_list(), vec![row.expr], false);
    let options: Vec<SortOptions> = orders
        .iter()
        .map(|order| SortOptions { descending: !order.sort.asc, nulls_first: order.sort.nulls_first })
        .collect();
    let (unique, params) = (call.distinct, (mark.clone(), call.distinct, names));
    let kernel = Kernel::new("listagg_ordered", params, DataType::Utf8, true, move |columns| {
        let lists_array = columns.array(0)?;
        let groups = lists_array.as_list::<i32>();
        let rows = groups.values().as_struct();
        let mut out = StringBuilder::new();
        for group in 0..groups.len() {
            let range = lists::bounds(groups, group);
            let keys: Vec<SortColumn> = rows.columns()[1..]
                .iter()
                .zip(&options)
                .map(|(key, options)| SortColumn {
                    values: key.slice(range.start, range.len()),
                    options: Some(*options),
                })
                .collect();
            let texts: ArrayRef = rows.column(0).slice(range.start, range.len());
            let order = lexsort_to_indices(&keys, None).map_err(|e| crate::error::from_arrow(&e))?;
            let texts = take(&texts, &order, None).map_err(|e| crate::error::from_arrow(&e))?;
            let mut parts: Vec<&str> = texts.as_string::<i32>().iter().flatten().collect();
            if unique {
                let mut seen = std::collections::HashSet::new();
                parts.retain(|part| seen.insert(*part));
            }
            if groups.is_null(group) || parts.is_empty() {
                out.append_null()
            } else {
                out.append_value(parts.join(&mark))
            }
        }
        Ok(Arc::new(out.finish()))
    });
    Ok(Typed::new(kernel.call(vec![rows]), DataType::Utf8, true, title))
}
