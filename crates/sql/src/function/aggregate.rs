//! Aggregate functions.

use std::sync::Arc;

use arrow::datatypes::DataType;
use datafusion::common::ScalarValue;
use datafusion::functions_aggregate as df;
use datafusion::logical_expr::expr::{AggregateFunction, NullTreatment};
use datafusion::logical_expr::{AggregateUDF, Expr};
use firesteel_error::{Result, SparkError};
use firesteel_parser::encoding;

use super::Family;
use crate::analyzer::Call;
use crate::coerce::bounded_decimal;
use crate::expression::Typed;
use crate::float_key::normalized;
use crate::types::{self, is_integral, is_numeric};

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("count", count),
    ("count_if", count_if),
    ("sum", |c| super::statistics::sum(c, false)),
    ("avg", avg),
    ("mean", avg),
    ("min", |c| extreme(c, df::min_max::min_udaf())),
    ("max", |c| extreme(c, df::min_max::max_udaf())),
    ("first", |c| positional(c, df::first_last::first_value_udaf())),
    ("first_value", |c| positional(c, df::first_last::first_value_udaf())),
    ("any_value", |c| positional(c, df::first_last::first_value_udaf())),
    ("last", |c| positional(c, df::first_last::last_value_udaf())),
    ("last_value", |c| positional(c, df::first_last::last_value_udaf())),
    ("stddev", |c| moment(c, df::stddev::stddev_udaf())),
    ("std", |c| moment(c, df::stddev::stddev_udaf())),
    ("stddev_samp", |c| moment(c, df::stddev::stddev_udaf())),
    ("stddev_pop", |c| moment(c, df::stddev::stddev_pop_udaf())),
    ("variance", |c| moment(c, df::variance::var_samp_udaf())),
    ("var_samp", |c| moment(c, df::variance::var_samp_udaf())),
    ("var_pop", |c| moment(c, df::variance::var_pop_udaf())),
    ("bool_and", |c| all_or_any(c, df::bool_and_or::bool_and_udaf())),
    ("every", |c| all_or_any(c, df::bool_and_or::bool_and_udaf())),
    ("bool_or", |c| all_or_any(c, df::bool_and_or::bool_or_udaf())),
    ("some", |c| all_or_any(c, df::bool_and_or::bool_or_udaf())),
    ("any", |c| all_or_any(c, df::bool_and_or::bool_or_udaf())),
    ("collect_list", |c| collect(c, false)),
    ("array_agg", |c| collect(c, false)),
    ("collect_set", |c| collect(c, true)),
    (encoding::FILTER_WHERE, filter_where),
    (encoding::IGNORE_NULLS, ignore_nulls),
];

/// The call of an aggregate.
pub(crate) fn aggregate(udaf: Arc<AggregateUDF>, args: Vec<Expr>, distinct: bool) -> Expr {
    Expr::AggregateFunction(AggregateFunction::new_udf(udaf, args, distinct, None, vec![], None))
}

fn count(call: Call<'_>) -> Result<Typed> {
    call.expect(1..)?;
    let title = call.title();
    let values = call.values()?;
    let constant = values.len() == 1 && values[0].scalar().is_some_and(|v| !v.is_null());
    let args: Vec<Expr> = if constant && !call.distinct {
        vec![Expr::Literal(ScalarValue::Int64(Some(1)), None)]
    } else if values.len() == 1 {
        let value = &values[0];
        match call.distinct {
            true => vec![normalized(value.expr.clone(), value.data_type(), value.nullable())],
            false => vec![value.expr.clone()],
        }
    } else {
        // Rows in which no value is NULL, counted by the values together.
        let whole = super::resolve_named(call.session(), "struct", &values)?;
        let test = values.iter().map(|v| v.expr.clone().is_not_null()).reduce(Expr::and);
        let Some(test) = test else { return Err(SparkError::internal("count without arguments")) };
        let null =
            Expr::Literal(ScalarValue::try_from(whole.data_type()).map_err(crate::error::from_datafusion)?, None);
        let pair = (Box::new(test), Box::new(whole.expr.clone()));
        let case = Expr::Case(datafusion::logical_expr::Case::new(None, vec![pair], Some(Box::new(null))));
        vec![normalized(case, whole.data_type(), true)]
    };
    Ok(Typed::new(aggregate(df::count::count_udaf(), args, call.distinct), DataType::Int64, false, title))
}

fn count_if(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let test = call.cast(0, &DataType::Boolean)?;
    let pair = (Box::new(test.expr), Box::new(Expr::Literal(ScalarValue::Int64(Some(1)), None)));
    let case = Expr::Case(datafusion::logical_expr::Case::new(None, vec![pair], None));
    Ok(Typed::new(aggregate(df::count::count_udaf(), vec![case], call.distinct), DataType::Int64, false, call.title()))
}

/// The argument as a number in which sums are made.
pub(super) fn number(call: &Call<'_>) -> Result<Typed> {
    let arg = call.arg(0)?;
    match arg.data_type() {
        t if is_integral(t) => call.cast(0, &DataType::Int64),
        DataType::Float32 | DataType::Utf8 | DataType::Null => call.cast(0, &DataType::Float64),
        t if is_numeric(t) => Ok(arg),
        _ => Err(call.unexpected_input(0, &arg, "(\"NUMERIC\" or \"ANSI INTERVAL\")")),
    }
}

fn avg(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    if super::interval_aggregate::takes(call.arg(0)?.data_type()) {
        return super::interval_aggregate::of_intervals(&call, "avg");
    }
    let arg = number(&call)?;
    let (arg, data_type) = match arg.data_type() {
        DataType::Decimal128(p, s) => {
            let data_type = bounded_decimal(i16::from(*p) + 4, i16::from(*s) + 4);
            (arg, data_type)
        }
        _ => (call.cast(0, &DataType::Float64)?, DataType::Float64),
    };
    Ok(Typed::new(aggregate(df::average::avg_udaf(), vec![arg.expr], call.distinct), data_type, true, call.title()))
}

fn extreme(call: Call<'_>, udaf: Arc<AggregateUDF>) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    if !types::is_orderable(arg.data_type()) {
        return Err(SparkError::new("DATATYPE_MISMATCH.INVALID_ORDERING_TYPE")
            .param("functionName", format!("`{}`", call.lower_name()))
            .param("dataType", types::quoted_sql_name(arg.data_type()))
            .param("sqlExpr", format!("\"{}\"", call.title())));
    }
    let data_type = arg.data_type().clone();
    Ok(Typed::new(aggregate(udaf, vec![arg.expr], false), data_type, true, call.title()))
}

fn positional(call: Call<'_>, udaf: Arc<AggregateUDF>) -> Result<Typed> {
    call.expect(1..=2)?;
    let arg = call.arg(0)?;
    let skip_nulls = call.len() == 2 && call.constant(1)? == ScalarValue::Boolean(Some(true));
    let treatment = if skip_nulls { NullTreatment::IgnoreNulls } else { NullTreatment::RespectNulls };
    let name = format!("{}({})", call.lower_name(), arg.name);
    let data_type = arg.data_type().clone();
    let expr =
        Expr::AggregateFunction(AggregateFunction::new_udf(udaf, vec![arg.expr], false, None, vec![], Some(treatment)));
    Ok(Typed::new(expr, data_type, true, name))
}

fn moment(call: Call<'_>, udaf: Arc<AggregateUDF>) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.cast(0, &DataType::Float64)?;
    Ok(Typed::new(aggregate(udaf, vec![arg.expr], call.distinct), DataType::Float64, true, call.title()))
}

fn all_or_any(call: Call<'_>, udaf: Arc<AggregateUDF>) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.cast(0, &DataType::Boolean)?;
    Ok(Typed::new(aggregate(udaf, vec![arg.expr], false), DataType::Boolean, true, call.title()))
}

/// Values that are not NULL, as an array; without rows an empty one.
fn collect(call: Call<'_>, unique: bool) -> Result<Typed> {
    call.expect(1..=1)?;
    let title = call.title().replacen("array_agg(", "collect_list(", 1);
    let unique = unique || call.distinct;
    let arg = call.arg(0)?;
    let data_type = types::array(arg.data_type().clone(), false);
    let function = if unique {
        datafusion_spark::function::aggregate::collect_set()
    } else {
        datafusion_spark::function::aggregate::collect_list()
    };
    let value = if unique { normalized(arg.expr.clone(), arg.data_type(), arg.nullable()) } else { arg.expr };
    let collected = aggregate(function, vec![value], false);
    let target = data_type.clone();
    let kernel = crate::expression::Kernel::new("collected", (), data_type.clone(), false, move |columns| {
        let array = columns.array(0)?;
        let list = arrow::array::cast::AsArray::as_list::<i32>(array.as_ref());
        let DataType::List(element) = &target else { return Err(SparkError::internal("list type")) };
        let lists =
            arrow::array::ListArray::try_new(element.clone(), list.offsets().clone(), list.values().clone(), None);
        lists.map(|l| Arc::new(l) as arrow::array::ArrayRef).map_err(|e| crate::error::from_arrow(&e))
    });
    Ok(Typed::new(kernel.call(vec![collected]), data_type, false, title))
}

/// `f(x) FILTER (WHERE condition)`
fn filter_where(call: Call<'_>) -> Result<Typed> {
    let (function, condition) = (call.arg(0)?, call.cast(1, &DataType::Boolean)?);
    let name = format!("{} FILTER (WHERE {})", function.name, condition.name);
    let filter = condition.expr;
    let expr = change(function.expr.clone(), |aggregate| aggregate.params.filter = Some(Box::new(filter.clone())))?;
    Ok(Typed { expr, name, ..function })
}

fn ignore_nulls(call: Call<'_>) -> Result<Typed> {
    use datafusion::common::tree_node::{Transformed, TreeNode};
    let function = call.arg(0)?;
    let name = format!("{} IGNORE NULLS", function.name);
    let expr = function
        .expr
        .clone()
        .transform_down(|node| match node {
            Expr::WindowFunction(mut window) => {
                window.params.null_treatment = Some(NullTreatment::IgnoreNulls);
                Ok(Transformed::yes(Expr::WindowFunction(window)))
            }
            Expr::AggregateFunction(mut aggregate) => {
                aggregate.params.null_treatment = Some(NullTreatment::IgnoreNulls);
                Ok(Transformed::yes(Expr::AggregateFunction(aggregate)))
            }
            other => Ok(Transformed::no(other)),
        })
        .map_err(crate::error::from_datafusion)?
        .data;
    Ok(Typed { expr, name, ..function })
}

fn change(expr: Expr, edit: impl Fn(&mut AggregateFunction)) -> Result<Expr> {
    use datafusion::common::tree_node::{Transformed, TreeNode, TreeNodeRecursion};
    expr.transform_down(|node| match node {
        Expr::AggregateFunction(mut aggregate) => {
            edit(&mut aggregate);
            Ok(Transformed::new(Expr::AggregateFunction(aggregate), true, TreeNodeRecursion::Jump))
        }
        other => Ok(Transformed::no(other)),
    })
    .map(|t| t.data)
    .map_err(crate::error::from_datafusion)
}
