//! Mathematics: roots, logarithms, angles, remainders, and the arithmetic that gives NULL where the operators fail.
//!
//! Logarithms, powers and angles come from `libm`, which follows the same published algorithms (fdlibm) as the JVM's
//! `StrictMath`, so that the last digit is Spark's too.

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef};
use arrow::datatypes::{DataType, Float64Type};
use datafusion::common::ScalarValue;
use firesteel_error::{Result, SparkError};

use super::Family;
use super::operator::{Arithmetic, compute};
use super::rows::{Double, Int, Long, finish, four, one, two};
use super::strict_math;
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::coerce;
use crate::expression::{Kernel, Typed};
use crate::float_key::normalized_array;
use crate::types;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("sqrt", |c| shown(c, f64::sqrt)),
    ("cbrt", |c| shown(c, libm::cbrt)),
    ("exp", |c| shown(c, libm::exp)),
    ("expm1", |c| shown(c, libm::expm1)),
    ("ln", |c| one::<Double, _>(c, |x| (x > 0.0).then(|| strict_math::log(x)))),
    ("log", log),
    ("log2", |c| positive_only(c, 0.0, |x| strict_math::log(x) / strict_math::log(2.0))),
    ("log10", |c| positive_only(c, 0.0, strict_math::log10)),
    ("log1p", |c| positive_only(c, -1.0, libm::log1p)),
    ("sin", |c| shown(c, f64::sin)),
    ("cos", |c| shown(c, f64::cos)),
    ("tan", |c| shown(c, f64::tan)),
    ("cot", |c| shown(c, |x| 1.0 / x.tan())),
    ("sec", |c| shown(c, |x| 1.0 / x.cos())),
    ("csc", |c| shown(c, |x| 1.0 / x.sin())),
    ("asin", |c| shown(c, libm::asin)),
    ("acos", |c| shown(c, libm::acos)),
    ("atan", |c| shown(c, libm::atan)),
    ("sinh", |c| shown(c, libm::sinh)),
    ("cosh", |c| shown(c, strict_math::cosh)),
    ("tanh", |c| shown(c, strict_math::tanh)),
    ("asinh", |c| shown(c, asinh)),
    ("acosh", |c| shown(c, |x| strict_math::log(x + (x * x - 1.0).sqrt()))),
    ("atanh", |c| shown(c, |x| 0.5 * (libm::log1p(x) - libm::log1p(-x)))),
    ("atan2", |c| shown_two(c, |y, x| libm::atan2(y + 0.0, x + 0.0))),
    ("hypot", |c| shown_two(c, libm::hypot)),
    ("pow", |c| two::<Double, Double, _>(c, libm::pow)),
    ("power", |c| shown_two(c, libm::pow)),
    ("degrees", |c| shown(c, f64::to_degrees)),
    ("radians", |c| shown(c, f64::to_radians)),
    ("rint", |c| one::<Double, _>(c, |x| Some(x.round_ties_even()))),
    ("signum", |c| shown(c, sign)),
    ("sign", |c| one::<Double, _>(c, |x| Some(sign(x)))),
    ("e", |c| constant(c, std::f64::consts::E, "E()")),
    ("pi", |c| constant(c, std::f64::consts::PI, "PI()")),
    ("isnan", isnan),
    ("factorial", |c| one::<Int, _>(c, |n| (0..=20).contains(&n).then(|| (1..=i64::from(n)).product::<i64>()))),
    ("pmod", pmod),
    ("abs", abs),
    ("greatest", |c| extreme(c, true)),
    ("least", |c| extreme(c, false)),
    ("width_bucket", |c| four::<Double, Double, Double, Long, _>(c, width_bucket)),
    ("try_add", |c| try_compute(c, Arithmetic::Add)),
    ("try_subtract", |c| try_compute(c, Arithmetic::Subtract)),
    ("try_multiply", |c| try_compute(c, Arithmetic::Multiply)),
    ("try_divide", |c| try_compute(c, Arithmetic::Divide)),
    ("try_mod", |c| try_compute(c, Arithmetic::Remainder)),
    ("zeroifnull", zero_if_null),
    ("nullifzero", null_if_zero),
];

fn shown(call: Call<'_>, f: fn(f64) -> f64) -> Result<Typed> {
    call.expect(1..=1)?;
    let title = format!("{}({})", call.name.to_uppercase(), call.arg(0)?.name);
    one::<Double, _>(call, move |x| Some(f(x))).map(|t| t.named(title))
}

fn shown_two(call: Call<'_>, f: fn(f64, f64) -> f64) -> Result<Typed> {
    call.expect(2..=2)?;
    let title = format!("{}({}, {})", call.name.to_uppercase(), call.arg(0)?.name, call.arg(1)?.name);
    two::<Double, Double, _>(call, f).map(|t| t.named(title))
}

fn positive_only(call: Call<'_>, above: f64, f: fn(f64) -> f64) -> Result<Typed> {
    call.expect(1..=1)?;
    let title = format!("{}({})", call.name.to_uppercase(), call.arg(0)?.name);
    one::<Double, _>(call, move |x| (x > above || x.is_nan()).then(|| f(x))).map(|t| t.named(title))
}

fn log(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=2)?;
    if call.len() == 1 {
        let title = format!("LOG(E(), {})", call.arg(0)?.name);
        return one::<Double, _>(call, |x| (x > 0.0 || x.is_nan()).then(|| strict_math::log(x)))
            .map(|t| t.named(title));
    }
    let title = format!("LOG({}, {})", call.arg(0)?.name, call.arg(1)?.name);
    let typed = two::<Double, Double, _>(call, |base, x| {
        (base > 0.0 && x > 0.0).then(|| strict_math::log(x) / strict_math::log(base))
    });
    typed.map(|t| t.named(title))
}

fn asinh(x: f64) -> f64 {
    if x == f64::NEG_INFINITY { x } else { strict_math::log(x + (x * x + 1.0).sqrt()) }
}

fn sign(x: f64) -> f64 {
    if x == 0.0 || x.is_nan() { x } else { x.signum() }
}

fn constant(call: Call<'_>, value: f64, name: &str) -> Result<Typed> {
    call.expect(0..=0)?;
    Ok(Typed::literal(ScalarValue::Float64(Some(value)), name))
}

/// Whether a number is NaN; a NULL is not.
fn isnan(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.cast(0, &DataType::Float64)?;
    let mut typed = finish(&call, vec![arg], DataType::Boolean, false, |columns| {
        let array = columns.array(0)?;
        let test: arrow::array::BooleanArray =
            array.as_primitive::<Float64Type>().iter().map(|x| Some(x.is_some_and(f64::is_nan))).collect();
        Ok(std::sync::Arc::new(test))
    });
    typed.field = std::sync::Arc::new(typed.field.as_ref().clone().with_nullable(false));
    Ok(typed)
}

/// The remainder with the sign of the divisor.
fn pmod(call: Call<'_>) -> Result<Typed> {
    call.expect(2..=2)?;
    let title = call.title();
    let (a, b) = (call.arg(0)?, call.arg(1)?);
    let (conf, session) = (call.conf(), call.session());
    let mode = Mode::implicit(conf);
    let rest = compute(&a, Arithmetic::Remainder, &b, mode, conf)?;
    let data_type = rest.data_type().clone();
    let b = cast::cast(b, &data_type, mode, conf)?;
    let moved = compute(&rest, Arithmetic::Add, &b, mode, conf)?;
    let moved = cast::cast(compute(&moved, Arithmetic::Remainder, &b, mode, conf)?, &data_type, mode, conf)?;
    let zero = cast::cast(Typed::literal(ScalarValue::Int32(Some(0)), "0"), &data_type, mode, conf)?;
    let negative = super::resolve_named(session, "<", &[rest.clone(), zero])?;
    Ok(super::resolve_named(session, "when", &[negative, moved, rest])?.named(title))
}

fn abs(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let mut arg = call.arg(0)?;
    if arg.data_type() == &DataType::Utf8 || arg.data_type() == &DataType::Null {
        arg = call.cast(0, &DataType::Float64)?;
    }
    if !types::is_numeric(arg.data_type()) && !types::is_interval(arg.data_type()) {
        return Err(call.unexpected_input(
            0,
            &arg,
            "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")",
        ));
    }
    let data_type = arg.data_type().clone();
    let title = call.title();
    let zero = ScalarValue::new_zero(&data_type).map_err(crate::error::from_datafusion)?;
    if matches!(data_type, DataType::Float32 | DataType::Float64) {
        return Ok(finish(&call, vec![arg], data_type, false, |columns| {
            let array = columns.array(0)?;
            Ok(match array.data_type() {
                DataType::Float32 => {
                    let values = array.as_primitive::<arrow::datatypes::Float32Type>();
                    std::sync::Arc::new(values.unary::<_, arrow::datatypes::Float32Type>(f32::abs)) as _
                }
                _ => {
                    let values = array.as_primitive::<Float64Type>();
                    std::sync::Arc::new(values.unary::<_, Float64Type>(f64::abs)) as _
                }
            })
        }));
    }
    let session = call.session();
    let negative = super::resolve_named(session, "<", &[arg.clone(), Typed::literal(zero, "0")])?;
    let turned = super::resolve_named(session, "negative", &[arg.clone()])?;
    Ok(super::resolve_named(session, "when", &[negative, turned, arg])?.named(title))
}

fn extreme(call: Call<'_>, greatest: bool) -> Result<Typed> {
    call.expect(2..)?;
    let title = call.title();
    let values = call.values()?;
    let Some((values, data_type)) = coerce::unify(&values, call.conf())? else {
        let shown: Vec<String> = values.iter().map(|v| types::quoted_sql_name(v.data_type())).collect();
        return Err(SparkError::new("DATATYPE_MISMATCH.DATA_DIFF_TYPES")
            .param("functionName", format!("`{}`", call.lower_name()))
            .param("dataType", format!("[{}]", shown.join(", ")))
            .param("sqlExpr", format!("\"{title}\"")));
    };
    let nullable = values.iter().all(Typed::nullable);
    let exprs = values.into_iter().map(|v| v.expr).collect();
    let name = if greatest { "greatest" } else { "least" };
    let kernel = Kernel::new(name, (), data_type.clone(), nullable, move |columns| {
        let mut best = columns.array(0)?;
        for index in 1..columns.len() {
            best = better(&best, &columns.array(index)?, greatest)?;
        }
        Ok(best)
    });
    Ok(Typed::new(kernel.call(exprs), data_type, nullable, title))
}

/// The greater or lesser of two values in each row: of equals the first, of a value and NULL the value.
fn better(first: &ArrayRef, second: &ArrayRef, greatest: bool) -> Result<ArrayRef> {
    let fail = |e| crate::error::from_arrow(&e);
    let (a, b) = (normalized_array(first)?, normalized_array(second)?);
    let compare = arrow::array::make_comparator(&a, &b, Default::default()).map_err(fail)?;
    let picks: Vec<(usize, usize)> = (0..a.len())
        .map(|row| {
            let order = compare(row, row);
            let takes = a.is_null(row) || b.is_valid(row) && if greatest { order.is_lt() } else { order.is_gt() };
            (usize::from(takes), row)
        })
        .collect();
    arrow::compute::interleave(&[first.as_ref(), second.as_ref()], &picks).map_err(fail)
}

fn width_bucket(value: f64, low: f64, high: f64, buckets: i64) -> Option<i64> {
    let bad = value.is_nan() || low.is_nan() || low.is_infinite() || high.is_nan() || high.is_infinite();
    if buckets <= 0 || buckets == i64::MAX || bad || low == high {
        return None;
    }
    let (lower, upper) = (low.min(high), low.max(high));
    Some(if low < high {
        match value {
            v if v < lower => 0,
            v if v >= upper => buckets + 1,
            v => (buckets as f64 * (v - lower) / (upper - lower)) as i64 + 1,
        }
    } else {
        match value {
            v if v > upper => 0,
            v if v <= lower => buckets + 1,
            v => (buckets as f64 * (upper - v) / (upper - lower)) as i64 + 1,
        }
    })
}

fn try_compute(call: Call<'_>, op: Arithmetic) -> Result<Typed> {
    call.expect(2..=2)?;
    let title = call.title();
    let typed = compute(&call.arg(0)?, op, &call.arg(1)?, Mode::Try, call.conf())?;
    let field = typed.field.as_ref().clone().with_nullable(true);
    Ok(Typed { field: std::sync::Arc::new(field), ..typed }.named(title))
}

fn zero_if_null(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let title = call.title();
    let zero = Typed::literal(ScalarValue::Int32(Some(0)), "0");
    Ok(super::resolve_named(call.session(), "coalesce", &[call.arg(0)?, zero])?.named(title))
}

fn null_if_zero(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let title = call.title();
    let zero = Typed::literal(ScalarValue::Int32(Some(0)), "0");
    Ok(super::resolve_named(call.session(), "nullif", &[call.arg(0)?, zero])?.named(title))
}
