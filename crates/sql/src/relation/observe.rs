//! `observe`: the analyzed aggregates of a point in a query.

use std::sync::Arc;

use datafusion::logical_expr::{Extension, LogicalPlan};
use firesteel_error::{Result, SparkError};
use spark_connect_proto as pb;

use super::{aggregate, project};
use crate::analyzed::Analyzed;
use crate::analyzer::{Analyzer, Scope};
use crate::observe::Observe;

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::CollectMetrics, plan_id: i64) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let typed = analyzer.expressions(&message.metrics, &Scope::of(&input))?;
    if message.name.is_empty() {
        return Err(SparkError::new("INVALID_OBSERVED_METRICS.MISSING_NAME").param("operator", "CollectMetrics"));
    }
    let mut calls = Vec::new();
    let mut metrics = Vec::with_capacity(typed.len());
    for metric in typed {
        if !project::has_aggregate(&metric.expr) && !metric.expr.column_refs().is_empty() {
            return Err(SparkError::new("INVALID_OBSERVED_METRICS.NON_AGGREGATE_FUNC_ARG_IS_ATTRIBUTE")
                .param("expr", format!("\"{}\"", metric.name)));
        }
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
