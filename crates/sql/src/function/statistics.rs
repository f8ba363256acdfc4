//! Aggregates of numbers: correlation, moments, the mode, bits, sums that watch for overflow, regression.
//!
//! What needs all values (the mode, higher moments) collects them in an array, of which a function of values then makes the
//! result.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, Float64Array, UInt64Array};
use arrow::datatypes::{DataType, Decimal128Type, Float64Type, Int64Type};
use datafusion::functions_aggregate as df;
use datafusion::logical_expr::{AggregateUDF, Expr};
use firesteel_error::{Result, SparkError};

use super::Family;
use super::aggregate::aggregate;
use super::lists::{Keys, bounds};
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::expression::{Columns, Kernel, Typed};
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("corr", |c| pair(c, df::correlation::corr_udaf())),
    ("covar_samp", |c| pair(c, df::covariance::covar_samp_udaf())),
    ("covar_pop", |c| pair(c, df::covariance::covar_pop_udaf())),
    ("regr_slope", |c| pair(c, df::regr::regr_slope_udaf())),
    ("regr_intercept", |c| pair(c, df::regr::regr_intercept_udaf())),
    ("regr_r2", |c| pair(c, df::regr::regr_r2_udaf())),
    ("regr_avgx", |c| pair(c, df::regr::regr_avgx_udaf())),
    ("regr_avgy", |c| pair(c, df::regr::regr_avgy_udaf())),
    ("regr_sxx", |c| pair(c, df::regr::regr_sxx_udaf())),
    ("regr_syy", |c| pair(c, df::regr::regr_syy_udaf())),
    ("regr_sxy", |c| pair(c, df::regr::regr_sxy_udaf())),
    ("regr_count", regr_count),
    ("bit_and", |c| bits(c, df::bit_and_or_xor::bit_and_udaf())),
    ("bit_or", |c| bits(c, df::bit_and_or_xor::bit_or_udaf())),
    ("bit_xor", |c| bits(c, df::bit_and_or_xor::bit_xor_udaf())),
    ("skewness", |c| shape(c, skewness)),
    ("kurtosis", |c| shape(c, kurtosis)),
    ("product", |c| shape(c, |values| (!values.is_empty()).then(|| values.iter().product()))),
    ("mode", mode),
    ("try_sum", |c| sum(c, true)),
    ("try_avg", |c| {
        let title = c.title();
        let value = c.arg(0)?;
        super::resolve_named(c.session(), "avg", &[value]).map(|t| t.named(title))
    }),
];

fn pair(call: Call<'_>, function: Arc<AggregateUDF>) -> Result<Typed> {
    call.expect(2..=2)?;
    let (a, b) = (call.cast(0, &DataType::Float64)?, call.cast(1, &DataType::Float64)?);
    Ok(Typed::new(aggregate(function, vec![a.expr, b.expr], false), DataType::Float64, true, call.title()))
}

fn regr_count(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let both = call.arg(0)?.expr.is_not_null().and(call.arg(1)?.expr.is_not_null());
    let one = Expr::Literal(datafusion::common::ScalarValue::Int64(Some(1)), None);
    let case = Expr::Case(datafusion::logical_expr::Case::new(None, vec![(Box::new(both), Box::new(one))], None));
    Ok(Typed::new(aggregate(df::count::count_udaf(), vec![case], false), DataType::Int64, false, call.title()))
}

fn bits(call: Call<'_>, function: Arc<AggregateUDF>) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    if !types::is_integral(arg.data_type()) {
        return Err(call.unexpected_input(0, &arg, "\"INTEGRAL\""));
    }
    let data_type = arg.data_type().clone();
    Ok(Typed::new(aggregate(function, vec![arg.expr], call.distinct), data_type, true, call.title()))
}

/// The values that are not NULL as an array; without any, NULL or an empty array.
pub(super) fn collected(value: Typed, distinct: bool) -> Expr {
    use datafusion_spark::function::aggregate::{collect_list, collect_set};
    aggregate(if distinct { collect_set() } else { collect_list() }, vec![value.expr], false)
}

fn doubles(columns: &Columns, each: impl Fn(&mut Vec<f64>) -> Option<f64>) -> Result<ArrayRef> {
    let lists = columns.array(0)?;
    let lists = lists.as_list::<i32>();
    let results: Float64Array = (0..lists.len())
        .map(|row| {
            if lists.is_null(row) {
                return None;
            }
            let values = lists.value(row);
            each(&mut values.as_primitive::<Float64Type>().iter().flatten().collect())
        })
        .collect();
    Ok(Arc::new(results))
}

fn shape(call: Call<'_>, each: fn(&[f64]) -> Option<f64>) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.cast(0, &DataType::Float64)?;
    let kernel = Kernel::new(&call.lower_name(), (), DataType::Float64, true, move |columns| {
        doubles(columns, |values| each(values))
    });
    Ok(Typed::new(kernel.call(vec![collected(arg, call.distinct)]), DataType::Float64, true, call.title()))
}

/// The count and the sums of the second to fourth powers of the distances from the mean, value by value (Pébay, 2008), so
/// that rounding errors are those of Spark.
fn moments(values: &[f64]) -> (f64, f64, f64, f64) {
    let (mut n, mut mean, mut m2, mut m3, mut m4) = (0.0, 0.0, 0.0, 0.0, 0.0);
    for value in values {
        n += 1.0;
        let delta = value - mean;
        let step = delta / n;
        mean += step;
        m2 += delta * (delta - step);
        let (delta2, step2) = (delta * delta, step * step);
        m3 = m3 - 3.0 * step * m2 + delta * (delta2 - step2);
        m4 = m4 - 4.0 * step * m3 - 6.0 * step2 * m2 + delta * (delta * delta2 - step * step2);
    }
    (n, m2, m3, m4)
}

fn skewness(values: &[f64]) -> Option<f64> {
    let (n, m2, m3, _) = moments(values);
    (!values.is_empty() && m2 != 0.0).then(|| n.sqrt() * m3 / (m2 * m2 * m2).sqrt())
}

fn kurtosis(values: &[f64]) -> Option<f64> {
    let (n, m2, _, m4) = moments(values);
    (!values.is_empty() && m2 != 0.0).then(|| n * m4 / (m2 * m2) - 3.0)
}

/// The most frequent value; of several the first that came, or if asked for the lowest.
fn mode(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=2)?;
    let lowest = call.len() == 2 && call.constant(1)? == datafusion::common::ScalarValue::Boolean(Some(true));
    let value = call.arg(0)?;
    let title = match lowest {
        true => format!("mode() WITHIN GROUP (ORDER BY {} DESC)", value.name),
        false => format!("mode({})", value.name),
    };
    Ok(mode_of(&value, lowest.then_some(true)).named(title))
}

/// The most frequent value; of several the lowest (`Some(true)`), the highest, or the first that came.
pub(super) fn mode_of(value: &Typed, lowest: Option<bool>) -> Typed {
    let data_type = value.data_type().clone();
    let kernel = Kernel::new("mode", lowest, data_type.clone(), true, move |columns| {
        let lists = columns.array(0)?;
        let lists = lists.as_list::<i32>();
        let keys = Keys::of(&[lists.values().clone()])?;
        let picks: UInt64Array = (0..lists.len())
            .map(|row| {
                let mut counts: indexmap::IndexMap<arrow::row::Row<'_>, (usize, usize)> = indexmap::IndexMap::new();
                if lists.is_valid(row) {
                    for i in bounds(lists, row) {
                        counts.entry(keys[0].at(i)).or_insert((i, 0)).1 += 1;
                    }
                }
                let most = counts.values().map(|(_, n)| *n).max()?;
                let mut best = counts.iter().filter(|(_, (_, n))| *n == most);
                let found = match lowest {
                    Some(true) => best.min_by(|a, b| a.0.cmp(b.0)),
                    Some(false) => best.max_by(|a, b| a.0.cmp(b.0)),
                    None => best.next(),
                };
                found.map(|(_, (i, _))| *i as u64)
            })
            .collect();
        arrow::compute::take(lists.values(), &picks, None).map_err(|e| crate::error::from_arrow(&e))
    });
    Typed::new(kernel.call(vec![collected(value.clone(), false)]), data_type, true, "")
}

/// The sum, with an error (or NULL) where Spark's result type cannot hold it.
pub(super) fn sum(call: Call<'_>, forgiving: bool) -> Result<Typed> {
    call.expect(1..=1)?;
    let title = call.title();
    if super::interval_aggregate::takes(call.arg(0)?.data_type()) {
        return super::interval_aggregate::of_intervals(&call, "sum");
    }
    let arg = super::aggregate::number(&call)?;
    let strict = call.conf().ansi() && !forgiving;
    let wraps = !call.conf().ansi() && !forgiving;
    match arg.data_type().clone() {
        DataType::Int64 if !wraps => {
            let wide = cast::cast(arg, &DataType::Decimal128(20, 0), Mode::Ansi, call.conf())?;
            let total = aggregate(df::sum::sum_udaf(), vec![wide.expr], call.distinct);
            let kernel = Kernel::new("long_sum", strict, DataType::Int64, true, move |columns| {
                let sums = columns.array(0)?;
                let sums = sums.as_primitive::<Decimal128Type>();
                let longs = sums.iter().map(|v| match v.map(i64::try_from) {
                    Some(Err(_)) if strict => Err(crate::error::overflow("long overflow", "try_add")),
                    other => Ok(other.and_then(|v| v.ok())),
                });
                Ok(Arc::new(longs.collect::<Result<arrow::array::PrimitiveArray<Int64Type>>>()?))
            });
            Ok(Typed::new(kernel.call(vec![total]), DataType::Int64, true, title))
        }
        DataType::Decimal128(p, s) => {
            let data_type = crate::coerce::bounded_decimal(i16::from(p) + 10, i16::from(s));
            let DataType::Decimal128(precision, scale) = data_type else { return Err(SparkError::internal("decimal")) };
            let total = aggregate(df::sum::sum_udaf(), vec![arg.expr], call.distinct);
            if precision < 38 {
                return Ok(Typed::new(total, data_type, true, title));
            }
            let target = data_type.clone();
            let kernel = Kernel::new("decimal_sum", strict, data_type.clone(), true, move |columns| {
                let sums = columns.array(0)?;
                let sums = sums.as_primitive::<Decimal128Type>();
                let fits = |v: i128| firesteel_formats::values::numbers::fits(v, precision);
                if let (true, Some(bad)) = (strict, sums.iter().flatten().find(|v| !fits(*v))) {
                    return Err(SparkError::new("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION")
                        .param("value", crate::display::format_double(bad as f64))
                        .param("precision", precision.to_string())
                        .param("scale", scale.to_string())
                        .param("config", "\"spark.sql.ansi.enabled\""));
                }
                let kept: arrow::array::Decimal128Array = sums.iter().map(|v| v.filter(|v| fits(*v))).collect();
                Ok(Arc::new(kept.with_data_type(target.clone())))
            });
            Ok(Typed::new(kernel.call(vec![total]), data_type, true, title))
        }
        other => Ok(Typed::new(aggregate(df::sum::sum_udaf(), vec![arg.expr], call.distinct), other, true, title)),
    }
}
