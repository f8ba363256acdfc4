//! `round`, `bround`, `ceil`, `floor`: to a number of decimal places, as the JVM's `BigDecimal` does.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, Decimal128Array};
use arrow::datatypes::{DataType, Decimal128Type, Float32Type, Float64Type, Int8Type, Int16Type, Int32Type, Int64Type};
use firesteel_error::{Result, SparkError};

use super::Family;
use super::rows::{Double, Long, finish, one, with_default_int};
use crate::analyzer::Call;
use crate::coerce::{bounded_decimal, decimal_of};
use crate::expression::Typed;
use crate::types::is_integral;

/// The family's functions.
pub const FUNCTIONS: Family = &[
    ("round", |c| round(c, Way::HalfUp)),
    ("bround", |c| round(c, Way::HalfEven)),
    ("floor", |c| whole(c, Way::Floor)),
    ("ceil", |c| whole(c, Way::Ceiling)),
    ("ceiling", |c| whole(c, Way::Ceiling)),
];

/// Which neighbour is taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Way {
    HalfUp,
    HalfEven,
    Floor,
    Ceiling,
}

/// A quotient rounded to a whole number; `divisor` is positive.
fn divide(value: i128, divisor: i128, way: Way) -> i128 {
    let (down, rest) = (value.div_euclid(divisor), value.rem_euclid(divisor));
    if rest == 0 {
        return down;
    }
    let up = match way {
        Way::Floor => false,
        Way::Ceiling => true,
        Way::HalfUp | Way::HalfEven => {
            let other = divisor - rest;
            match rest.cmp(&other) {
                std::cmp::Ordering::Greater => true,
                std::cmp::Ordering::Less => false,
                // A half goes away from zero, or to the even neighbour.
                std::cmp::Ordering::Equal if way == Way::HalfUp => value > 0,
                std::cmp::Ordering::Equal => down % 2 != 0,
            }
        }
    };
    if up { down + 1 } else { down }
}

fn rescale(value: i128, from: i32, to: i32, way: Way) -> Option<i128> {
    if to >= from {
        return value.checked_mul(10_i128.checked_pow((to - from) as u32)?);
    }
    match 10_i128.checked_pow((from - to) as u32) {
        Some(divisor) => Some(divide(value, divisor, way)),
        None => Some(match way {
            Way::Floor if value < 0 => -1,
            Way::Ceiling if value > 0 => 1,
            _ => 0,
        }),
    }
}

/// A double's shortest decimal digits, rounded.
fn round_double(text: &str, value: f64, places: i32, way: Way) -> f64 {
    let Some((mantissa, exponent)) = text.split_once('e') else { return value };
    let Ok(exponent) = exponent.parse::<i32>() else { return value };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let Ok(digits) = format!("{whole}{fraction}").parse::<i128>() else { return value };
    let scale = fraction.len() as i32 - exponent;
    if scale <= places {
        return value;
    }
    let Some(rounded) = rescale(digits, scale, places, way) else { return value };
    format!("{rounded}e{}", -places).parse().unwrap_or(value)
}

fn round(call: Call<'_>, way: Way) -> Result<Typed> {
    call.expect(1..=2)?;
    let call = with_default_int(call, 1, 0);
    let Some(places) = call.constant_int(1)? else {
        let arg = call.arg(0)?;
        let null = datafusion::common::ScalarValue::try_from(arg.data_type()).map_err(crate::error::from_datafusion)?;
        return Ok(Typed::literal(null, call.title()));
    };
    let places = places.clamp(-400, 400) as i32;
    let mut arg = call.arg(0)?;
    if !crate::types::is_numeric(arg.data_type()) {
        arg = call.cast(0, &DataType::Float64)?;
    }
    let data_type = match arg.data_type() {
        DataType::Decimal128(p, s) => decimal_result(*p, *s, places),
        other => other.clone(),
    };
    let target = data_type.clone();
    let strict = call.conf().ansi();
    let params = (way, places, strict);
    let kernel = crate::expression::Kernel::new("round", params, data_type.clone(), true, move |columns| {
        round_column(&columns.array(0)?, &target, places, way, strict)
    });
    Ok(Typed::new(kernel.call(vec![arg.expr]), data_type, true, call.title()))
}

fn decimal_result(precision: u8, scale: i8, places: i32) -> DataType {
    let whole = i16::from(precision) - i16::from(scale) + 1;
    if places < 0 {
        return bounded_decimal(whole.max(1 - places as i16), 0);
    }
    let scale = i32::from(scale).min(places) as i16;
    bounded_decimal(whole + scale, scale)
}

fn round_column(array: &ArrayRef, to: &DataType, places: i32, way: Way, strict: bool) -> Result<ArrayRef> {
    macro_rules! whole {
        ($kind:ty, $native:ty) => {{
            let values = array.as_primitive::<$kind>();
            let rounded = values.try_unary::<_, $kind, SparkError>(|v| {
                let wide = rescale(i128::from(v), 0, places.min(0), way).unwrap_or(0);
                let wide = wide * 10_i128.checked_pow(places.min(0).unsigned_abs()).unwrap_or(0);
                match <$native>::try_from(wide) {
                    Err(_) if strict => Err(crate::error::overflow("Overflow", "")),
                    _ => Ok(wide as $native),
                }
            })?;
            Arc::new(rounded) as ArrayRef
        }};
    }
    Ok(match array.data_type() {
        DataType::Int8 => whole!(Int8Type, i8),
        DataType::Int16 => whole!(Int16Type, i16),
        DataType::Int32 => whole!(Int32Type, i32),
        DataType::Int64 => whole!(Int64Type, i64),
        DataType::Float32 => {
            let values = array.as_primitive::<Float32Type>();
            Arc::new(values.unary::<_, Float32Type>(|v| {
                if v.is_finite() { round_double(&format!("{v:e}"), f64::from(v), places, way) as f32 } else { v }
            }))
        }
        DataType::Float64 => {
            let values = array.as_primitive::<Float64Type>();
            Arc::new(values.unary::<_, Float64Type>(|v| {
                if v.is_finite() { round_double(&format!("{v:e}"), v, places, way) } else { v }
            }))
        }
        _ => round_decimals(array, to, places, way),
    })
}

fn round_decimals(array: &ArrayRef, to: &DataType, places: i32, way: Way) -> ArrayRef {
    let values = array.as_primitive::<Decimal128Type>();
    let (from, scale) =
        (i32::from(values.scale()), if let DataType::Decimal128(_, s) = to { i32::from(*s) } else { 0 });
    let rounded: Decimal128Array = values
        .iter()
        .map(|v| v.and_then(|v| rescale(rescale(v, from, places.min(from), way)?, places.min(from), scale, way)))
        .collect();
    Arc::new(rounded.with_data_type(to.clone()))
}

/// `floor` and `ceil`: a `bigint` or a decimal without fraction; with a second argument, a decimal with that many places.
fn whole(call: Call<'_>, way: Way) -> Result<Typed> {
    call.expect(1..=2)?;
    let word = if way == Way::Floor { "floor" } else { call_word(&call) };
    if call.len() == 2 {
        return to_places(call, way);
    }
    let mut arg = call.arg(0)?;
    let title = format!("{}({})", if word == "ceiling" { "ceiling".into() } else { word.to_uppercase() }, arg.name);
    let typed = match arg.data_type().clone() {
        DataType::Decimal128(p, s) => {
            let to = if s == 0 { arg.data_type().clone() } else { bounded_decimal(i16::from(p) - i16::from(s) + 1, 0) };
            let target = to.clone();
            finish(&call, vec![arg], to, true, move |columns| Ok(round_decimals(&columns.array(0)?, &target, 0, way)))
        }
        t if is_integral(&t) => one::<Long, _>(call, Some)?,
        _ => {
            arg = call.cast(0, &DataType::Float64)?;
            let _ = arg;
            one::<Double, _>(call, move |x| Some(if way == Way::Floor { x.floor() as i64 } else { x.ceil() as i64 }))?
        }
    };
    Ok(typed.named(title))
}

fn call_word(call: &Call<'_>) -> &'static str {
    if call.lower_name() == "ceiling" { "ceiling" } else { "ceil" }
}

fn to_places(call: Call<'_>, way: Way) -> Result<Typed> {
    let places = call.constant_int(1)?.unwrap_or(0).clamp(-38, 38) as i32;
    let arg = call.arg(0)?;
    let source = match arg.data_type() {
        DataType::Decimal128(..) => arg.data_type().clone(),
        DataType::Float32 => DataType::Decimal128(14, 7),
        t if is_integral(t) => decimal_of(t).map_or(DataType::Decimal128(20, 0), |(p, s)| DataType::Decimal128(p, s)),
        _ => DataType::Decimal128(30, 15),
    };
    let arg = call.cast(0, &source)?;
    let DataType::Decimal128(p, s) = source else { return Err(SparkError::internal("decimal type")) };
    let to = decimal_result(p, s, places);
    let target = to.clone();
    let params = (way, places);
    let kernel = crate::expression::Kernel::new("round_to", params, to.clone(), true, move |columns| {
        Ok(round_decimals(&columns.array(0)?, &target, places, way))
    });
    Ok(Typed::new(kernel.call(vec![arg.expr]), to, true, call.title()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_go_up_or_to_even() {
        assert_eq!(divide(25, 10, Way::HalfUp), 3);
        assert_eq!(divide(-25, 10, Way::HalfUp), -3);
        assert_eq!(divide(25, 10, Way::HalfEven), 2);
        assert_eq!(divide(35, 10, Way::HalfEven), 4);
        assert_eq!(divide(-21, 10, Way::Ceiling), -2);
        assert!((round_double("2.675e0", 2.675, 2, Way::HalfUp) - 2.68).abs() < f64::EPSILON);
    }
}
