//! `groupBy(session_window(time, gap), ..)` over rows that have an end.
//!
//! Each row opens a window from its time to its time plus the gap. Windows of the same group that touch are one
//! session. So, in each group, by start: a row begins a session if it starts after all windows before it have ended; the
//! number of such rows so far names the session; it lasts from its first start to its last end.

use arrow::datatypes::{DataType, Field};
use datafusion::common::{Column, ScalarValue};
use datafusion::functions_aggregate::min_max::{max_udaf, min_udaf};
use datafusion::functions_aggregate::sum::sum_udaf;
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    AggregateUDF, Case, Expr, LogicalPlan, SortExpr, WindowFrame, WindowFrameBound, WindowFrameUnits,
    WindowFunctionDefinition,
};
use firesteel_error::{Result, SparkError};
use std::sync::Arc;

use super::{build, project};
use crate::analyzed::Analyzed;
use crate::attribute::fresh_column;
use crate::expression::Typed;
use crate::function::{extract, is_session_window};

/// Replaces the window of each row by the session that it is in; without such windows nothing changes.
pub(super) fn merge(
    input: Analyzed,
    grouping: Vec<Typed>,
    outputs: Vec<Typed>,
) -> Result<(Analyzed, Vec<Typed>, Vec<Typed>)> {
    let is_session = |typed: &&Typed| is_session_window(&typed.expr.clone().unalias());
    let Some(session) = grouping.iter().find(is_session).cloned() else { return Ok((input, grouping, outputs)) };
    if input.is_streaming() {
        return Err(SparkError::unsupported("session_window in a stream"));
    }
    let window = session.expr.clone().unalias();
    if grouping.iter().filter(is_session).any(|other| other.expr.clone().unalias() != window) {
        return Err(SparkError::new("_LEGACY_ERROR_TEMP_1039").text(
            "Several time windows in one groupBy would multiply the rows; group by one of them and then by the others.",
        ));
    }
    let keys: Vec<Expr> =
        grouping.iter().filter(|typed| !is_session(typed)).map(|t| t.expr.clone().unalias()).collect();
    let (plan, merged) = sessions(input.plan.clone(), &session, &window, keys)?;
    let replaced = |typed: Typed| -> Result<Typed> {
        let expr = project::replace(typed.expr, &window, &merged)?;
        Ok(Typed { expr, ..typed })
    };
    let grouping = grouping.into_iter().map(replaced).collect::<Result<_>>()?;
    let outputs = outputs.into_iter().map(replaced).collect::<Result<_>>()?;
    Ok((Analyzed { plan, ..input }, grouping, outputs))
}

/// The rows with their sessions, and the column that these are in.
fn sessions(plan: LogicalPlan, session: &Typed, window: &Expr, keys: Vec<Expr>) -> Result<(LogicalPlan, Expr)> {
    let DataType::Struct(fields) = session.data_type() else {
        return Err(SparkError::internal("a session is a struct"));
    };
    let (fields, [first, last]) = (fields.clone(), ["start", "end"].map(fresh_column));
    let bare = Typed { expr: window.clone(), ..session.clone() };
    let part = |index: usize| extract::nth_field(&bare, index, &fields[index]).map(|typed| typed.expr.unalias());
    let plan = build(plan, |b| b.filter(window.clone().is_not_null()))?;
    let plan = project::with_columns(plan, vec![part(0)?.alias(&first), part(1)?.alias(&last)])?;
    let [first, last] = [first, last].map(|name| Expr::Column(Column::new_unqualified(name)));

    let by_start = vec![SortExpr::new(first.clone(), true, true), SortExpr::new(last.clone(), true, true)];
    let before = |bound| {
        let start = WindowFrameBound::Preceding(ScalarValue::UInt64(None));
        WindowFrame::new_bounds(WindowFrameUnits::Rows, start, bound)
    };
    let previous = before(WindowFrameBound::Preceding(ScalarValue::UInt64(Some(1))));
    let (plan, ended) = over(plan, max_udaf(), last.clone(), &keys, by_start.clone(), previous)?;
    let begins = ended.clone().is_null().or(first.clone().gt(ended));
    let number = |n: i64| Box::new(Expr::Literal(ScalarValue::Int64(Some(n)), None));
    let one = Expr::Case(Case::new(None, vec![(Box::new(begins), number(1))], Some(number(0))));
    let (plan, id) = over(plan, sum_udaf(), one, &keys, by_start, before(WindowFrameBound::CurrentRow))?;

    let mut whole = keys;
    whole.push(id);
    let all = || WindowFrame::new(None);
    let (plan, start) = over(plan, min_udaf(), first, &whole, Vec::new(), all())?;
    let (plan, end) = over(plan, max_udaf(), last, &whole, Vec::new(), all())?;
    let typed = |expr: Expr, field: &Field| Typed { expr, field: Arc::new(field.clone()), name: field.name().clone() };
    let members = [("start", typed(start, &fields[0])), ("end", typed(end, &fields[1]))];
    let merged = extract::make_struct(&members.map(|(name, value)| (name.to_string(), value)), None);
    let name = fresh_column("session_window");
    let metadata = datafusion::common::metadata::FieldMetadata::from(session.field.as_ref());
    let plan = project::with_columns(plan, vec![merged.expr.alias_with_metadata(&name, Some(metadata))])?;
    Ok((plan, Expr::Column(Column::new_unqualified(name))))
}

/// The plan with a column of an aggregate over windows, and the column.
fn over(
    plan: LogicalPlan,
    aggregate: Arc<AggregateUDF>,
    argument: Expr,
    partition_by: &[Expr],
    order_by: Vec<SortExpr>,
    window_frame: WindowFrame,
) -> Result<(LogicalPlan, Expr)> {
    let column = fresh_column(aggregate.name());
    let params = WindowFunctionParams {
        args: vec![argument],
        partition_by: partition_by.to_vec(),
        order_by,
        window_frame,
        filter: None,
        null_treatment: None,
        distinct: false,
    };
    let fun = WindowFunctionDefinition::AggregateUDF(aggregate);
    let call = Expr::WindowFunction(Box::new(WindowFunction { fun, params })).alias(&column);
    Ok((build(plan, |b| b.window(vec![call]))?, Expr::Column(Column::new_unqualified(column))))
}
