//! Literals: numbers with their suffixes, strings, binaries, dates and times.

use firesteel_error::{Exception, Result, SparkError};
use spark_connect_proto::data_type as t;
use spark_connect_proto::data_type::Kind;
use spark_connect_proto::expression::literal::{Decimal, LiteralType};
use spark_connect_proto::expression::{ExprType, Literal};
use spark_connect_proto::{DataType, Expression};

use crate::{time, types};

/// The expression of a literal.
pub(crate) fn expression(value: LiteralType) -> Expression {
    typed(value, None)
}

/// The expression of a literal with a type of its own.
pub(crate) fn typed(value: LiteralType, data_type: Option<DataType>) -> Expression {
    from(Literal { literal_type: Some(value), data_type })
}

/// The expression of a literal message.
pub(crate) fn from(literal: Literal) -> Expression {
    Expression { common: None, expr_type: Some(ExprType::Literal(literal)) }
}

/// A string.
pub(crate) fn string(text: impl Into<String>) -> Expression {
    expression(LiteralType::String(text.into()))
}

/// An integer.
pub(crate) fn integer(value: i32) -> Expression {
    expression(LiteralType::Integer(value))
}

/// A long integer.
pub(crate) fn long(value: i64) -> Expression {
    expression(LiteralType::Long(value))
}

/// A boolean.
pub(crate) fn boolean(value: bool) -> Expression {
    expression(LiteralType::Boolean(value))
}

/// `NULL`
pub(crate) fn null() -> Expression {
    let void = types::of(Kind::Null(t::Null::default()));
    typed(LiteralType::Null(void.clone()), Some(void))
}

/// A number as written, with its sign and suffix.
pub(crate) fn number(text: &str) -> Result<LiteralType> {
    let split = text.find(['L', 'S', 'Y', 'D', 'F', 'B']).unwrap_or(text.len());
    let (digits, suffix) = text.split_at(split);
    let out_of_range = |minimum: &str, maximum: &str, name: &str| out_of_range(digits, minimum, maximum, name);
    match suffix {
        "Y" => digits
            .parse::<i8>()
            .map(|v| LiteralType::Byte(v.into()))
            .map_err(|_| out_of_range("-128", "127", "tinyint")),
        "S" => digits
            .parse::<i16>()
            .map(|v| LiteralType::Short(v.into()))
            .map_err(|_| out_of_range("-32768", "32767", "smallint")),
        "L" => digits
            .parse()
            .map(LiteralType::Long)
            .map_err(|_| out_of_range("-9223372036854775808", "9223372036854775807", "bigint")),
        "F" => match digits.parse::<f32>() {
            Ok(value) if value.is_finite() => Ok(LiteralType::Float(value)),
            _ => Err(out_of_range("-3.4028234663852886E+38", "3.4028234663852886E+38", "float")),
        },
        "D" => double(digits),
        "BD" => decimal(digits),
        _ => unsuffixed(digits),
    }
}

/// `INVALID_NUMERIC_LITERAL_RANGE`
fn out_of_range(digits: &str, minimum: &str, maximum: &str, name: &str) -> SparkError {
    SparkError::new("INVALID_NUMERIC_LITERAL_RANGE")
        .param("rawStrippedQualifier", digits)
        .param("minValue", minimum)
        .param("maxValue", maximum)
        .param("typeName", name)
        .with_exception(Exception::Parse)
}

fn double(digits: &str) -> Result<LiteralType> {
    match digits.parse::<f64>() {
        Ok(value) if value.is_finite() => Ok(LiteralType::Double(value)),
        _ => Err(out_of_range(digits, "-1.7976931348623157E+308", "1.7976931348623157E+308", "double")),
    }
}

fn unsuffixed(digits: &str) -> Result<LiteralType> {
    if digits.contains(['e', 'E']) {
        return double(digits);
    }
    if digits.contains('.') {
        return decimal(digits);
    }
    if let Ok(value) = digits.parse::<i32>() {
        return Ok(LiteralType::Integer(value));
    }
    digits.parse::<i64>().map(LiteralType::Long).or_else(|_| decimal(digits))
}

/// A decimal with the precision and scale of its digits.
fn decimal(text: &str) -> Result<LiteralType> {
    let lower = text.to_ascii_lowercase();
    let (mantissa, exponent) = lower.split_once('e').unwrap_or((&lower, "0"));
    let too_precise = |precision: String| {
        SparkError::new("DECIMAL_PRECISION_EXCEEDS_MAX_PRECISION")
            .param("precision", precision)
            .param("maxPrecision", "38")
            .with_exception(Exception::Parse)
    };
    let exponent: i32 =
        exponent.parse().ok().filter(|e: &i32| e.abs() < 1000).ok_or_else(|| too_precise(text.into()))?;
    let (sign, unsigned) = match mantissa.strip_prefix('-') {
        Some(rest) => ("-", rest),
        None => ("", mantissa),
    };
    let (whole, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let digits = format!("{whole}{fraction}");
    let mut scale = fraction.len() as i32 - exponent;
    let mut digits = digits.trim_start_matches('0').to_string();
    if scale < 0 {
        digits.push_str(&"0".repeat(scale.unsigned_abs() as usize));
        scale = 0;
    }
    let precision = (digits.len() as i32).max(scale).max(1);
    if precision > 38 {
        return Err(too_precise(precision.to_string()));
    }
    let padded = format!("{digits:0>width$}", width = scale as usize + 1);
    let point = padded.len() - scale as usize;
    let (whole, fraction) = padded.split_at(point);
    let value = if fraction.is_empty() { format!("{sign}{whole}") } else { format!("{sign}{whole}.{fraction}") };
    Ok(LiteralType::Decimal(Decimal { value, precision: Some(precision), scale: Some(scale) }))
}

/// `X'1F'`
pub(crate) fn binary(hex: &str) -> Result<LiteralType> {
    let invalid = || {
        SparkError::new("INVALID_TYPED_LITERAL")
            .param("valueType", "\"X\"")
            .param("value", format!("'{hex}'"))
            .with_exception(Exception::Parse)
    };
    let padded = if hex.len().is_multiple_of(2) { hex.to_string() } else { format!("0{hex}") };
    if !padded.is_ascii() {
        return Err(invalid());
    }
    let byte =
        |at: usize| padded.get(at..at + 2).and_then(|pair| u8::from_str_radix(pair, 16).ok()).ok_or_else(invalid);
    let bytes: Vec<u8> = (0..padded.len()).step_by(2).map(byte).collect::<Result<_>>()?;
    Ok(LiteralType::Binary(bytes.into()))
}

/// `DATE '..'`, `TIMESTAMP '..'` and their like.
pub(crate) fn typed_string(type_name: &str, text: &str) -> Result<Expression> {
    let name = type_name.to_ascii_uppercase();
    let invalid = || {
        SparkError::new("INVALID_TYPED_LITERAL")
            .param("valueType", format!("\"{name}\""))
            .param("value", format!("'{text}'"))
            .with_exception(Exception::Parse)
    };
    match name.as_str() {
        "DATE" => time::date(text).map(LiteralType::Date).map(expression).ok_or_else(invalid),
        "TIME" => {
            let nano = time::time_of_day(text).ok_or_else(invalid)?;
            let time = spark_connect_proto::expression::literal::Time { nano, precision: Some(6) };
            Ok(expression(LiteralType::Time(time)))
        }
        "TIMESTAMP_NTZ" => {
            let (micros, _) = time::timestamp(text).ok_or_else(invalid)?;
            Ok(expression(LiteralType::TimestampNtz(micros)))
        }
        _ => match time::timestamp(text).ok_or_else(invalid)? {
            (micros, Some(offset)) => Ok(expression(LiteralType::Timestamp(micros - offset * 1_000_000))),
            // Only the session knows its time zone: see `encoding`.
            (_, None) => Ok(typed(
                LiteralType::String(text.trim().to_string()),
                Some(types::of(Kind::Timestamp(t::Timestamp::default()))),
            )),
        },
    }
}
