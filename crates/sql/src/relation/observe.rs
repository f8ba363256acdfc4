//! `observe`: the analyzed aggregates of a point in a query.

use std::borrow::Cow;
use std::sync::Arc;

use datafusion::logical_expr::{Expr, Extension, LogicalPlan};
use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, expression::ExprType};

use super::aggregate;
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::expression::Typed;
use crate::observe::{Observe, check_metric};

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::CollectMetrics, plan_id: i64) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    if message.name.is_empty() {
        return Err(SparkError::new("INVALID_OBSERVED_METRICS.MISSING_NAME").param("operator", "CollectMetrics"));
    }
    let scope = Scope::of(&input);
    let mut typed = Vec::with_capacity(message.metrics.len());
    for metric in &message.metrics {
        let columns = analyzer.expressions(std::slice::from_ref(metric), &scope)?;
        let bare = unaliased_name(analyzer, metric, &scope)?;
        for column in &columns {
            check_metric(&column.expr, &metric_sql(column, bare.as_deref()))?;
        }
        typed.extend(columns);
    }
    let mut calls = Vec::new();
    let mut metrics = Vec::with_capacity(typed.len());
    for metric in typed {
        let field = Arc::new(metric.field.as_ref().clone().with_name(&metric.name));
        let over = aggregate::over_groups(metric, &[], &mut calls)?;
        metrics.push((over.expr, field));
    }
    let observe = Observe {
        input: input.plan.clone(),
        name: message.name.clone(),
        plan_id,
        calls,
        metrics,
        observer: analyzer.session().observer(),
    };
    let plan = LogicalPlan::Extension(Extension { node: Arc::new(observe) });
    Ok(Analyzed { plan, beneath: None, filters: Vec::new(), ..input })
}

/// What an aliased metric would be called without its alias.
fn unaliased_name(analyzer: &mut Analyzer, metric: &pb::Expression, scope: &Scope) -> Result<Option<String>> {
    match &metric.expr_type {
        Some(ExprType::Alias(alias)) => Ok(Some(analyzer.required(&alias.expr, scope)?.name)),
        _ => Ok(None),
    }
}

/// The metric as errors show it: a column by its name, anything else with the name that it gets.
fn metric_sql(metric: &Typed, bare: Option<&str>) -> String {
    match (&metric.expr, bare) {
        (Expr::Column(_), None) => metric.name.clone(),
        (_, bare) => format!("{} AS {}", bare.unwrap_or(&metric.name), quoted_if_needed(&metric.name)),
    }
}

fn quoted_if_needed(name: &str) -> Cow<'_, str> {
    let is_plain = name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
        && name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_');
    if is_plain { name.into() } else { format!("`{}`", name.replace('`', "``")).into() }
}
