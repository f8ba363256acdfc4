//! Aggregates written in Python: of groups, and over windows.

use std::sync::Arc;

use arrow::compute::SortOptions;
use arrow::datatypes::{Field, FieldRef};
use datafusion::common::Result;
use datafusion::logical_expr::expr::{AggregateFunctionParams, WindowFunctionParams};
use datafusion::logical_expr::logical_plan::{Aggregate, Window};
use datafusion::logical_expr::{
    Expr, Extension, LogicalPlan, LogicalPlanBuilder, WindowFrame, WindowFunctionDefinition,
};
use firesteel_error::SparkError;

use super::extract::{Arguments, evaluate as evaluate_calls, trimmed};
use super::function::{PythonAggregate, as_aggregate, is_python_aggregate};
use super::node::{NodeCall, PythonNode, PythonOp};
use super::runtime::Argument;
use super::to_datafusion;

/// Whether a Python aggregate is among these.
pub(super) fn has_python(exprs: &[Expr]) -> bool {
    exprs.iter().any(is_python_aggregate)
}

/// Whether a Python aggregate over a window is among these.
pub(super) fn has_python_window(exprs: &[Expr]) -> bool {
    exprs.iter().any(|expr| over_window(expr).is_some())
}

fn bare(expr: &Expr) -> &Expr {
    match expr {
        Expr::Alias(alias) => bare(&alias.expr),
        other => other,
    }
}

fn over_window(expr: &Expr) -> Option<(&PythonAggregate, &WindowFunctionParams)> {
    match bare(expr) {
        Expr::WindowFunction(window) => match &window.fun {
            WindowFunctionDefinition::AggregateUDF(func) => as_aggregate(func).map(|marker| (marker, &window.params)),
            WindowFunctionDefinition::WindowUDF(_) => None,
        },
        _ => None,
    }
}

fn of_group(expr: &Expr) -> Option<(&PythonAggregate, &AggregateFunctionParams)> {
    match bare(expr) {
        Expr::AggregateFunction(call) => as_aggregate(&call.func).map(|marker| (marker, &call.params)),
        _ => None,
    }
}

/// The aggregate as a node of its own. Python's and other aggregates cannot be mixed, as in Spark.
pub(super) fn evaluate(aggregate: &Aggregate) -> Result<LogicalPlan> {
    let names: Vec<String> = aggregate
        .aggr_expr
        .iter()
        .filter_map(of_group)
        .map(|(marker, _)| format!("`{}`", marker.function.name))
        .collect();
    let keys = aggregate.group_expr.len();
    let mut exprs: Vec<Expr> = aggregate.group_expr.clone();
    let mut shapes = Vec::with_capacity(aggregate.aggr_expr.len());
    for expr in &aggregate.aggr_expr {
        let Some((marker, params)) = of_group(expr) else {
            let error = SparkError::new("INVALID_PANDAS_UDF_PLACEMENT").param("functionList", names.join(", "));
            return Err(to_datafusion(error));
        };
        if params.filter.is_some() || params.distinct {
            return Err(unsupported(marker, "FILTER or DISTINCT"));
        }
        let first = exprs.len();
        exprs.extend(params.args.iter().cloned());
        shapes.push((marker.clone(), first..exprs.len()));
    }
    let (input, exprs) = evaluate_calls(aggregate.input.as_ref().clone(), exprs)?;
    let mut arguments = Arguments::new(&input);
    let positions: Vec<usize> = exprs
        .into_iter()
        .enumerate()
        .map(|(index, expr)| if index < keys { arguments.push(expr) } else { arguments.position(expr) })
        .collect();
    let calls = shapes.iter().map(|(marker, range)| node_call(marker, &positions[range.clone()])).collect::<Vec<_>>();
    check_one_kind(&calls)?;
    let (input, columns) = arguments.project(input)?;
    let node = PythonNode::instead(PythonOp::Aggregate { calls, keys }, vec![input], columns, aggregate.schema.clone());
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}

fn node_call(marker: &PythonAggregate, positions: &[usize]) -> NodeCall {
    let arguments = positions
        .iter()
        .zip(&marker.names)
        .map(|(column, keyword)| Argument { column: *column, keyword: keyword.clone() })
        .collect();
    NodeCall { chain: vec![marker.function.clone()], arguments }
}

fn check_one_kind(calls: &[NodeCall]) -> Result<()> {
    let mut kinds = calls.iter().flat_map(|call| &call.chain).map(|function| function.eval_type);
    let first = kinds.next();
    if kinds.any(|kind| Some(kind) != first) {
        let error = SparkError::unsupported("Aggregate functions in Python of several kinds in one aggregate");
        return Err(to_datafusion(error));
    }
    Ok(())
}

fn unsupported(marker: &PythonAggregate, what: &str) -> datafusion::error::DataFusionError {
    to_datafusion(SparkError::unsupported(format!("{what} with the Python function {}", marker.function.name)))
}

/// A call over a window, and the name of its column.
struct Planned {
    marker: PythonAggregate,
    params: WindowFunctionParams,
    field: FieldRef,
}

/// The window's Python functions in nodes of their own below the others.
pub(super) fn over_windows(window: &Window) -> Result<LogicalPlan> {
    let mut plan = window.input.as_ref().clone();
    let width = plan.schema().fields().len();
    let mut others = Vec::new();
    let mut rounds: Vec<Vec<Planned>> = Vec::new();
    for (index, expr) in window.window_expr.iter().enumerate() {
        let Some((marker, params)) = over_window(expr) else {
            others.push(expr.clone());
            continue;
        };
        if params.filter.is_some() {
            return Err(unsupported(marker, "FILTER"));
        }
        let name = window.schema.field(width + index).name();
        let field: FieldRef = Arc::new(Field::new(name, marker.function.return_type.clone(), true));
        let planned = Planned { marker: marker.clone(), params: params.clone(), field };
        match rounds.iter_mut().find(|round| same_window(&round[0], &planned)) {
            Some(round) => round.push(planned),
            None => rounds.push(vec![planned]),
        }
    }
    for round in rounds {
        plan = one_window(plan, round)?;
    }
    if !others.is_empty() {
        // They were of one node, so they are sorted alike.
        plan = LogicalPlan::Window(Window::try_new(others, Arc::new(plan))?);
    }
    let columns: Vec<Expr> = window.schema.columns().into_iter().map(Expr::Column).collect();
    let exact = plan.schema().columns() == window.schema.columns();
    if exact { Ok(plan) } else { trimmed_to(plan, columns, window) }
}

fn trimmed_to(plan: LogicalPlan, columns: Vec<Expr>, window: &Window) -> Result<LogicalPlan> {
    if plan.schema().fields().len() > window.schema.fields().len() {
        return trimmed(plan, &window.schema);
    }
    LogicalPlanBuilder::from(plan).project(columns)?.build()
}

fn same_window(one: &Planned, other: &Planned) -> bool {
    one.params.partition_by == other.params.partition_by
        && one.params.order_by == other.params.order_by
        && one.marker.function.eval_type == other.marker.function.eval_type
}

fn one_window(plan: LogicalPlan, round: Vec<Planned>) -> Result<LogicalPlan> {
    let params = &round[0].params;
    let keys = params.partition_by.len();
    let order: Vec<SortOptions> = params
        .order_by
        .iter()
        .map(|sort| SortOptions { descending: !sort.asc, nulls_first: sort.nulls_first })
        .collect();
    let mut exprs: Vec<Expr> = params.partition_by.clone();
    exprs.extend(params.order_by.iter().map(|sort| sort.expr.clone()));
    let fixed = exprs.len();
    let mut shapes = Vec::with_capacity(round.len());
    for planned in &round {
        let first = exprs.len();
        exprs.extend(planned.params.args.iter().cloned());
        shapes.push(first..exprs.len());
    }
    let (plan, exprs) = evaluate_calls(plan, exprs)?;
    let mut arguments = Arguments::new(&plan);
    let positions: Vec<usize> = exprs
        .into_iter()
        .enumerate()
        .map(|(index, expr)| if index < fixed { arguments.push(expr) } else { arguments.position(expr) })
        .collect();
    let calls: Vec<(NodeCall, WindowFrame)> = round
        .iter()
        .zip(shapes)
        .map(|(planned, range)| (node_call(&planned.marker, &positions[range]), planned.params.window_frame.clone()))
        .collect();
    let made = round.into_iter().map(|planned| planned.field).collect();
    let (plan, columns) = arguments.project(plan)?;
    let node = PythonNode::beside(PythonOp::Window { calls, keys, order }, plan, columns, made)?;
    Ok(LogicalPlan::Extension(Extension { node: Arc::new(node) }))
}
