//! `filter`, `where` and `HAVING`.

use arrow::datatypes::DataType;
use firesteel_error::{Result, SparkError};
use firesteel_parser::encoding;
use spark_connect_proto::{self as pb, expression::ExprType};

use super::{build, missing, project, subqueries};
use crate::analyzed::Analyzed;
use crate::analyzer::Analyzer;
use crate::cast::{self, Mode};
use crate::per_partition;
use crate::types;

pub(super) fn analyze(analyzer: &mut Analyzer, message: &pb::Filter) -> Result<Analyzed> {
    let input = analyzer.input(&message.input)?;
    let Some(condition) = &message.condition else {
        return Err(SparkError::internal("a filter without a condition was sent"));
    };
    // QUALIFY is the filter that may have windows in its condition.
    let (condition, qualifies) = match &condition.expr_type {
        Some(ExprType::UnresolvedFunction(call)) if call.function_name == encoding::QUALIFY => {
            (call.arguments.first().cloned().unwrap_or_default(), true)
        }
        _ => (condition.clone(), false),
    };
    let (input, mut conditions) =
        missing::resolve(analyzer, input, |analyzer, scope| Ok(vec![analyzer.expression(&condition, scope)?]))?;
    let Some(condition) = conditions.pop() else { return Ok(input) };
    let condition = match condition.data_type() {
        DataType::Boolean => condition,
        DataType::Null => cast::cast(condition, &DataType::Boolean, Mode::implicit(analyzer.conf()), analyzer.conf())?,
        other => {
            return Err(SparkError::new("DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN")
                .param("sqlExpr", format!("\"{}\"", condition.name))
                .param("filter", format!("\"{}\"", condition.name))
                .param("type", types::quoted_sql_name(other)));
        }
    };
    if project::has_aggregate(&condition.expr) {
        return Err(SparkError::new("INVALID_WHERE_CONDITION")
            .param("condition", format!("\"{}\"", condition.name))
            .param("expressionList", condition.name.clone()));
    }
    let mut filters = input.filters.clone();
    filters.push(condition.expr.clone());
    let (plan, condition) = subqueries::join_conditions(input.plan.clone(), condition)?;
    let (plan, conditions) = per_partition::append(plan, vec![condition])?;
    let windows = conditions.iter().any(|typed| project::has_window(&typed.expr));
    if windows && !qualifies {
        return Err(SparkError::new("WINDOW_FUNCTION_NOT_ALLOWED_IN_CLAUSE").param("clauseName", "WHERE"));
    }
    let (plan, mut conditions) = project::evaluate_windows(plan, conditions)?;
    let Some(condition) = conditions.pop() else { return Ok(input) };
    let plan = build(plan, |b| b.filter(condition.expr))?;
    Ok(Analyzed { plan, filters, ..input })
}
