//! `f(..) OVER (PARTITION BY .. ORDER BY .. ROWS|RANGE ..)`.

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::logical_expr::expr::{WindowFunction, WindowFunctionParams};
use datafusion::logical_expr::{
    Expr, SortExpr, WindowFrame, WindowFrameBound, WindowFrameUnits, WindowFunctionDefinition,
};
use firesteel_error::{Result, SparkError};
use spark_connect_proto::{self as pb, expression::window::window_frame::FrameType};

use super::{Analyzer, Scope};
use crate::expression::Typed;
use crate::float_key::normalized;
use crate::{cast, fold, types};

type Boundary = pb::expression::window::window_frame::FrameBoundary;

/// Resolves a window expression.
pub(super) fn resolve(analyzer: &mut Analyzer, message: &pb::expression::Window, scope: &Scope) -> Result<Typed> {
    let function = analyzer.required(&message.window_function, scope)?;
    let partition = analyzer.expressions(&message.partition_spec, scope)?;
    let mut order = Vec::new();
    let mut order_names = Vec::new();
    let mut order_types = Vec::new();
    for key in &message.order_spec {
        let child = analyzer.required(&key.child, scope)?;
        let sort = super::ordered(normalized(child.expr.clone(), child.data_type(), child.nullable()), key);
        order_names.push(sort_name(&child.name, &sort));
        order_types.push(child.data_type().clone());
        order.push(sort);
    }
    let (definition, args, filter, null_treatment, distinct) = parts(&function)?;
    let ranking = matches!(&definition, WindowFunctionDefinition::WindowUDF(_));
    if ranking && order.is_empty() {
        let name = function.name.split('(').next().unwrap_or_default().to_lowercase();
        if matches!(name.as_str(), "lag" | "lead" | "nth_value") {
            return Err(SparkError::new("_LEGACY_ERROR_TEMP_1035").param("prettyName", name));
        }
        return Err(SparkError::new("WINDOW_FUNCTION_FRAME_NOT_ORDERED")
            .param("wf_name", name)
            .param("wf_expr", function.name.clone()));
    }
    if let Some(frame) = &message.frame_spec {
        refuse_frame(&definition, frame)?;
    }
    let (frame, frame_name) = frame(analyzer, message.frame_spec.as_deref(), &order, &order_types, ranking, scope)?;
    let mut spec = Vec::new();
    if !partition.is_empty() {
        let names: Vec<&str> = partition.iter().map(|p| p.name.as_str()).collect();
        spec.push(format!("PARTITION BY {}", names.join(", ")));
    }
    if !order_names.is_empty() {
        spec.push(format!("ORDER BY {}", order_names.join(", ")));
    }
    spec.push(frame_name);
    let name = format!("{} OVER ({})", function.name, spec.join(" "));
    if distinct {
        return Err(SparkError::new("DISTINCT_WINDOW_FUNCTION_UNSUPPORTED").param("windowExpr", format!("\"{name}\"")));
    }
    let params = WindowFunctionParams {
        args,
        partition_by: partition.into_iter().map(|p| normalized(p.expr.clone(), p.data_type(), p.nullable())).collect(),
        order_by: order,
        window_frame: frame,
        filter,
        null_treatment,
        distinct: false,
    };
    let window = Expr::WindowFunction(Box::new(WindowFunction { fun: definition, params }));
    // What stands around the bare function (a cast of its result, say) is put around the window.
    let expr = replace_core(&function.expr, window)?;
    Ok(Typed { expr, field: function.field.clone(), name })
}

type Parts = (
    WindowFunctionDefinition,
    Vec<Expr>,
    Option<Box<Expr>>,
    Option<datafusion::logical_expr::expr::NullTreatment>,
    bool,
);

/// The aggregate or window function inside the expression that the function's builder made.
fn parts(function: &Typed) -> Result<Parts> {
    use datafusion::common::tree_node::{TreeNode, TreeNodeRecursion};
    let mut found: Option<Parts> = None;
    let _ = function.expr.apply(|node| {
        match node {
            Expr::AggregateFunction(aggregate) => {
                let p = &aggregate.params;
                found = Some((
                    WindowFunctionDefinition::AggregateUDF(aggregate.func.clone()),
                    p.args.clone(),
                    p.filter.clone(),
                    p.null_treatment,
                    p.distinct,
                ));
            }
            Expr::WindowFunction(window) => {
                let p = &window.params;
                found = Some((window.fun.clone(), p.args.clone(), p.filter.clone(), p.null_treatment, p.distinct));
            }
            _ => return Ok(TreeNodeRecursion::Continue),
        }
        Ok(TreeNodeRecursion::Stop)
    });
    found.ok_or_else(|| {
        SparkError::new("UNSUPPORTED_EXPR_FOR_WINDOW").param("sqlExpr", format!("\"{}\"", function.name))
    })
}

fn replace_core(expr: &Expr, window: Expr) -> Result<Expr> {
    use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
    expr.clone()
        .transform_down(|node| match node {
            Expr::AggregateFunction(_) | Expr::WindowFunction(_) => {
                Ok(Transformed::new(window.clone(), true, TreeNodeRecursion::Jump))
            }
            other => Ok(Transformed::no(other)),
        })
        .map(|transformed| transformed.data)
        .map_err(crate::error::from_datafusion)
}

/// `a ASC NULLS FIRST`
fn sort_name(name: &str, sort: &SortExpr) -> String {
    let direction = if sort.asc { "ASC" } else { "DESC" };
    let nulls = if sort.nulls_first { "FIRST" } else { "LAST" };
    format!("{name} {direction} NULLS {nulls}")
}

fn frame(
    analyzer: &mut Analyzer,
    message: Option<&pb::expression::window::WindowFrame>,
    order: &[SortExpr],
    order_types: &[DataType],
    ranking: bool,
    scope: &Scope,
) -> Result<(WindowFrame, String)> {
    let Some(message) = message else {
        return Ok(default_frame(order, ranking));
    };
    let rows = message.frame_type() == FrameType::Row;
    let units = if rows { WindowFrameUnits::Rows } else { WindowFrameUnits::Range };
    let order_type = if rows { None } else { order_types.first() };
    let (lower, lower_name) = boundary(analyzer, message.lower.as_deref(), true, order_type, scope)?;
    let (upper, upper_name) = boundary(analyzer, message.upper.as_deref(), false, order_type, scope)?;
    let word = if rows { "ROWS" } else { "RANGE" };
    let name = format!("{word} BETWEEN {lower_name} AND {upper_name}");
    if is_before(&upper, &lower) {
        return Err(SparkError::new("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WRONG_COMPARISON")
            .param("comparison", "less than or equal")
            .param("sqlExpr", format!("\"{name}\"")));
    }
    Ok((WindowFrame::new_bounds(units, lower, upper), name))
}

/// Ranks look at all rows before and up to the current one, offsets at one row: they take no other frame.
fn refuse_frame(definition: &WindowFunctionDefinition, frame: &pb::expression::window::WindowFrame) -> Result<()> {
    use pb::expression::window::window_frame::frame_boundary::Boundary as Kind;
    let WindowFunctionDefinition::WindowUDF(function) = definition else { return Ok(()) };
    let name = function.name();
    if matches!(name, "lag" | "lead") {
        return Err(SparkError::new("_LEGACY_ERROR_TEMP_1035").param("prettyName", name));
    }
    let units = if name == "cume_dist" { FrameType::Range } else { FrameType::Row };
    let kind = |bound: &Option<Box<Boundary>>| bound.as_ref().and_then(|bound| bound.boundary.clone());
    let (lower, upper) = (kind(&frame.lower), kind(&frame.upper));
    let same = frame.frame_type() == units
        && matches!(lower, Some(Kind::Unbounded(_)))
        && matches!(upper, Some(Kind::CurrentRow(_)));
    if same || name == "nth_value" {
        return Ok(());
    }
    let word = |units: FrameType| if units == FrameType::Row { "RowFrame" } else { "RangeFrame" };
    let bound = |kind: Option<Kind>, side: &str| match kind {
        Some(Kind::CurrentRow(_)) => "currentrow$()".to_string(),
        Some(Kind::Value(value)) => shown_distance(&value),
        Some(Kind::Unbounded(_)) | None => format!("unbounded{side}$()"),
    };
    let shown = format!(
        "specifiedwindowframe({}, {}, {})",
        word(frame.frame_type()),
        bound(lower, "preceding"),
        bound(upper, "following")
    );
    let required = format!("specifiedwindowframe({}, unboundedpreceding$(), currentrow$())", word(units));
    Err(SparkError::new("_LEGACY_ERROR_TEMP_1036")
        .text(format!("The window function {name} has the frame {required}; it cannot have {shown}."))
        .param("wf", shown)
        .param("required", required))
}

/// A distance as a number with its sign.
fn shown_distance(value: &pb::Expression) -> String {
    use pb::expression::{ExprType, literal::LiteralType};
    match &value.expr_type {
        Some(ExprType::Literal(literal)) => match literal.literal_type {
            Some(LiteralType::Integer(number)) => number.to_string(),
            Some(LiteralType::Long(number)) => number.to_string(),
            _ => "value".into(),
        },
        Some(ExprType::UnresolvedFunction(call)) if call.function_name == "negative" => {
            call.arguments.first().map_or_else(String::new, |inner| format!("-{}", shown_distance(inner)))
        }
        _ => "value".into(),
    }
}

/// Whether the bound `a` is before the bound `b` in each frame.
fn is_before(a: &WindowFrameBound, b: &WindowFrameBound) -> bool {
    use WindowFrameBound::{CurrentRow, Following, Preceding};
    match (a, b) {
        (Preceding(a), Preceding(b)) => !a.is_null() && !b.is_null() && a > b,
        (Following(a), Following(b)) => !a.is_null() && !b.is_null() && a < b,
        (Preceding(_), CurrentRow | Following(_)) | (CurrentRow, Following(_)) => true,
        _ => false,
    }
}

fn default_frame(order: &[SortExpr], ranking: bool) -> (WindowFrame, String) {
    let unbounded = |units| {
        WindowFrame::new_bounds(
            units,
            WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
            WindowFrameBound::CurrentRow,
        )
    };
    if ranking {
        return (unbounded(WindowFrameUnits::Rows), "ROWS BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW".into());
    }
    if order.is_empty() {
        let frame = WindowFrame::new_bounds(
            WindowFrameUnits::Rows,
            WindowFrameBound::Preceding(ScalarValue::UInt64(None)),
            WindowFrameBound::Following(ScalarValue::UInt64(None)),
        );
        return (frame, "ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING".into());
    }
    let frame = WindowFrame::new_bounds(
        WindowFrameUnits::Range,
        WindowFrameBound::Preceding(ScalarValue::Null),
        WindowFrameBound::CurrentRow,
    );
    (frame, "RANGE BETWEEN UNBOUNDED PRECEDING AND CURRENT ROW".into())
}

fn boundary(
    analyzer: &mut Analyzer,
    message: Option<&Boundary>,
    lower: bool,
    order_type: Option<&DataType>,
    scope: &Scope,
) -> Result<(WindowFrameBound, String)> {
    use pb::expression::window::window_frame::frame_boundary::Boundary as Kind;
    let unbounded = || if order_type.is_some() { ScalarValue::Null } else { ScalarValue::UInt64(None) };
    match message.and_then(|m| m.boundary.as_ref()) {
        Some(Kind::CurrentRow(_)) => Ok((WindowFrameBound::CurrentRow, "CURRENT ROW".into())),
        Some(Kind::Unbounded(_)) | None if lower => {
            Ok((WindowFrameBound::Preceding(unbounded()), "UNBOUNDED PRECEDING".into()))
        }
        Some(Kind::Unbounded(_)) | None => Ok((WindowFrameBound::Following(unbounded()), "UNBOUNDED FOLLOWING".into())),
        Some(Kind::Value(value)) => {
            let typed = analyzer.expression(value, scope)?;
            let wanted = match order_type {
                None => DataType::Int64,
                Some(DataType::Date32) => typed.data_type().clone(),
                Some(DataType::Timestamp(..)) => typed.data_type().clone(),
                Some(other) => other.clone(),
            };
            let name = typed.name.clone();
            if let Some(data_type) = order_type
                && !measures_distance(data_type)
            {
                return Err(SparkError::new("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_UNACCEPTED_TYPE")
                    .param("location", if lower { "lower" } else { "upper" })
                    .param("exprType", types::quoted_sql_name(data_type))
                    .param(
                        "expectedType",
                        "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")",
                    )
                    .param("sqlExpr", format!("\"{name}\"")));
            }
            let typed = cast::cast(typed, &wanted, cast::Mode::Ansi, analyzer.conf())?;
            let value = fold::constant(&typed)?.ok_or_else(|| {
                SparkError::new("DATATYPE_MISMATCH.SPECIFIED_WINDOW_FRAME_WITHOUT_FOLDABLE")
                    .param("location", if lower { "lower" } else { "upper" })
                    .param("expression", format!("\"{name}\""))
            })?;
            bound(&value, order_type.is_none(), &name)
        }
    }
}

/// Whether a distance between two values of the type can be given.
fn measures_distance(data_type: &DataType) -> bool {
    let is_interval = matches!(data_type, DataType::Interval(_) | DataType::Duration(_));
    types::is_numeric(data_type) || types::is_datetime(data_type) || is_interval
}

/// A signed distance as DataFusion's bound: so many before, or after.
fn bound(value: &ScalarValue, rows: bool, name: &str) -> Result<(WindowFrameBound, String)> {
    let zero = ScalarValue::new_zero(&value.data_type()).map_err(crate::error::from_datafusion)?;
    let order = value.partial_cmp(&zero).unwrap_or(std::cmp::Ordering::Equal);
    let magnitude = |v: &ScalarValue| -> Result<ScalarValue> {
        if rows {
            let ScalarValue::Int64(Some(n)) = v else { return Err(SparkError::internal("row distance")) };
            return Ok(ScalarValue::UInt64(Some(n.unsigned_abs())));
        }
        // DataFusion measures times in its widest interval.
        let interval = |months: i32, nanos: i64| {
            ScalarValue::IntervalMonthDayNano(Some(arrow::datatypes::IntervalMonthDayNano::new(months, 0, nanos)))
        };
        match v {
            ScalarValue::DurationMicrosecond(Some(micros)) => {
                return Ok(interval(0, micros.abs().saturating_mul(1000)));
            }
            ScalarValue::IntervalYearMonth(Some(months)) => return Ok(interval(months.abs(), 0)),
            _ => {}
        }
        if order.is_lt() { v.arithmetic_negate().map_err(crate::error::from_datafusion) } else { Ok(v.clone()) }
    };
    Ok(match order {
        std::cmp::Ordering::Equal => (WindowFrameBound::CurrentRow, "CURRENT ROW".into()),
        std::cmp::Ordering::Less => {
            let shown = name.strip_prefix('-').unwrap_or(name);
            (WindowFrameBound::Preceding(magnitude(value)?), format!("{shown} PRECEDING"))
        }
        std::cmp::Ordering::Greater => (WindowFrameBound::Following(magnitude(value)?), format!("{name} FOLLOWING")),
    })
}
