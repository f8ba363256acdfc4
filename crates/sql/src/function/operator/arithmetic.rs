//! Arithmetic: the types of `+ - * / % div`, as Spark settles them.

use arrow::array::ArrayRef;
use arrow::compute::kernels::numeric;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use datafusion::common::ScalarValue;
use firesteel_error::{Result, SparkError};

use super::comparison::mismatch;
use super::evaluate::{evaluate, overflowed};
use crate::analyzer::Call;
use crate::cast::{self, Mode};
use crate::coerce::{self, bounded_decimal, decimal_of};
use crate::expression::{Kernel, Typed};
use crate::float_key;
use crate::types::{self, is_integral, is_numeric};

/// The arithmetic operators.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Remainder,
    /// `div`: the whole part of a division.
    Quotient,
}

impl Arithmetic {
    pub(super) fn symbol(self) -> &'static str {
        match self {
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Remainder => "%",
            Self::Quotient => "div",
        }
    }

    pub(super) fn function(self) -> &'static str {
        match self {
            Self::Add => "try_add",
            Self::Subtract => "try_subtract",
            Self::Multiply => "try_multiply",
            Self::Divide | Self::Quotient => "try_divide",
            Self::Remainder => "try_mod",
        }
    }
}

pub(super) fn minus(call: Call<'_>) -> Result<Typed> {
    if call.len() == 1 { negative(call) } else { arithmetic(call, Arithmetic::Subtract) }
}

pub(super) fn arithmetic(call: Call<'_>, op: Arithmetic) -> Result<Typed> {
    call.expect(2..=2)?;
    let (left, right) = (call.arg(0)?, call.arg(1)?);
    let mode = Mode::implicit(call.conf());
    compute(&left, op, &right, mode, call.conf())
}

/// `left op right`, with Spark's result type.
///
/// # Errors
/// `DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES` and `.BINARY_OP_WRONG_TYPE` for types that do not go together.
pub(crate) fn compute(
    left: &Typed,
    op: Arithmetic,
    right: &Typed,
    mode: Mode,
    conf: &crate::conf::Conf,
) -> Result<Typed> {
    let name = format!("({} {} {})", left.name, op.symbol(), right.name);
    if let Some(typed) = crate::function::datetime_arithmetic::compute(left, op, right, mode, conf)? {
        return Ok(typed.named(name));
    }
    let (a, b) = (left.data_type(), right.data_type());
    if a == b && !is_numeric(a) && a != &DataType::Null && (mode != Mode::Legacy || a != &DataType::Utf8) {
        return Err(wrong_type(op, a, &name));
    }
    let text_as_double = |t: &Typed, other: &Typed| -> Result<Typed> {
        match t.data_type() {
            DataType::Utf8 => {
                let to = if mode == Mode::Legacy || !is_integral(other.data_type()) {
                    DataType::Float64
                } else {
                    DataType::Int64
                };
                cast::cast(t.clone(), &to, mode, conf)
            }
            _ => Ok(t.clone()),
        }
    };
    let (l, r) = (text_as_double(left, right)?, text_as_double(right, left)?);
    let numbers = |t: &Typed| is_numeric(t.data_type()) || t.data_type() == &DataType::Null;
    if !numbers(&l) || !numbers(&r) {
        return Err(mismatch(op.symbol(), left, right));
    }
    let decimal = |t: &Typed| matches!(t.data_type(), DataType::Decimal128(..));
    let (l, r) = if decimal(&l) && is_integral(r.data_type()) {
        let r = as_decimal(r, mode, conf)?;
        (l, r)
    } else if decimal(&r) && is_integral(l.data_type()) {
        (as_decimal(l, mode, conf)?, r)
    } else {
        (l, r)
    };
    let result = result_type(op, l.data_type(), r.data_type(), conf);
    let operand = operand_type(op, &result, l.data_type(), r.data_type(), conf);
    let (l, r) = match &operand {
        Some(common) => (cast::cast(l, common, mode, conf)?, cast::cast(r, common, mode, conf)?),
        None => (as_decimal(l, mode, conf)?, as_decimal(r, mode, conf)?),
    };
    let can_fail = matches!(op, Arithmetic::Divide | Arithmetic::Remainder | Arithmetic::Quotient)
        || matches!(result, DataType::Decimal128(..));
    let nullable = l.nullable() || r.nullable() || can_fail;
    let target = result.clone();
    let kernel = Kernel::new(op.symbol(), (op, mode), result.clone(), nullable, move |columns| {
        evaluate(columns, op, &target, mode)
    });
    Ok(Typed::new(kernel.call(vec![l.expr, r.expr]), result, nullable, name))
}

/// `DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE`: both operands have a type that the operator does not take.
fn wrong_type(op: Arithmetic, data_type: &DataType, name: &str) -> SparkError {
    let wanted = match op {
        Arithmetic::Add | Arithmetic::Subtract => {
            "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")"
        }
        Arithmetic::Divide => "(\"DOUBLE\" or \"DECIMAL\")",
        Arithmetic::Quotient => "(\"BIGINT\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\")",
        Arithmetic::Multiply | Arithmetic::Remainder => "\"NUMERIC\"",
    };
    SparkError::new("DATATYPE_MISMATCH.BINARY_OP_WRONG_TYPE")
        .param("inputType", wanted)
        .param("actualDataType", types::quoted_sql_name(data_type))
        .param("sqlExpr", format!("\"{name}\""))
}

fn as_decimal(value: Typed, mode: Mode, conf: &crate::conf::Conf) -> Result<Typed> {
    // A constant takes no more digits than it has, except for a TINYINT one.
    if let Some(scalar) = value.scalar()
        && is_integral(value.data_type())
        && value.data_type() != &DataType::Int8
        && let Ok(ScalarValue::Int64(Some(number))) = scalar.cast_to(&DataType::Int64)
    {
        let digits = number.unsigned_abs().checked_ilog10().map_or(1, |log| log as u8 + 1);
        return cast::cast(value, &DataType::Decimal128(digits, 0), mode, conf);
    }
    match decimal_of(value.data_type()) {
        Some((p, s)) => cast::cast(value, &DataType::Decimal128(p, s), mode, conf),
        None => Ok(value),
    }
}

fn result_type(op: Arithmetic, l: &DataType, r: &DataType, conf: &crate::conf::Conf) -> DataType {
    let decimal = |t: &DataType| matches!(t, DataType::Decimal128(..));
    let float = |t: &DataType| matches!(t, DataType::Float32 | DataType::Float64);
    if (decimal(l) || decimal(r)) && !float(l) && !float(r) {
        let (p1, s1) = decimal_of(l).unwrap_or((1, 0));
        let (p2, s2) = decimal_of(r).unwrap_or((1, 0));
        return decimal_result(op, (p1.into(), s1.into()), (p2.into(), s2.into()));
    }
    match op {
        Arithmetic::Divide => DataType::Float64,
        Arithmetic::Quotient => DataType::Int64,
        _ => match coerce::common_type(l, r, conf) {
            Some(DataType::Null) | None => DataType::Float64,
            Some(common) => common,
        },
    }
}

/// The type in which both operands are computed; `None` for decimals, which keep their own.
fn operand_type(
    op: Arithmetic,
    result: &DataType,
    l: &DataType,
    r: &DataType,
    conf: &crate::conf::Conf,
) -> Option<DataType> {
    let decimal = |t: &DataType| matches!(t, DataType::Decimal128(..));
    let float = |t: &DataType| matches!(t, DataType::Float32 | DataType::Float64);
    if (decimal(l) || decimal(r)) && !float(l) && !float(r) {
        return None;
    }
    match op {
        Arithmetic::Quotient => coerce::common_type(l, r, conf).filter(is_integral).or(Some(DataType::Int64)),
        _ => Some(result.clone()),
    }
}

/// The precision and scale of a decimal result, with Spark's rule for results wider than 38 digits.
fn decimal_result(op: Arithmetic, (p1, s1): (i16, i16), (p2, s2): (i16, i16)) -> DataType {
    let (precision, scale) = match op {
        Arithmetic::Add | Arithmetic::Subtract => {
            let scale = s1.max(s2);
            ((p1 - s1).max(p2 - s2) + scale + 1, scale)
        }
        Arithmetic::Multiply => (p1 + p2 + 1, s1 + s2),
        Arithmetic::Divide => {
            let scale = 6.max(s1 + p2 + 1);
            (p1 - s1 + s2 + scale, scale)
        }
        Arithmetic::Remainder => ((p1 - s1).min(p2 - s2) + s1.max(s2), s1.max(s2)),
        Arithmetic::Quotient => return DataType::Int64,
    };
    let max = i16::from(coerce::DECIMAL_PRECISION_MAX);
    if precision <= max {
        return bounded_decimal(precision, scale);
    }
    // The whole part is kept; of the fraction at least six digits.
    let whole = precision - scale;
    bounded_decimal(max, scale.min(6).max(max - whole))
}

pub(super) fn negative(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    let name = if call.name == "negative" { call.title() } else { format!("(- {})", arg.name) };
    let arg = match arg.data_type() {
        DataType::Utf8 => call.cast(0, &DataType::Float64)?,
        t if is_numeric(t) || types::is_interval(t) || t == &DataType::Null => arg,
        _ => {
            return Err(call.unexpected_input(
                0,
                &arg,
                "(\"NUMERIC\" or \"INTERVAL DAY TO SECOND\" or \"INTERVAL YEAR TO MONTH\" or \"INTERVAL\")",
            ));
        }
    };
    let wraps = !call.conf().ansi();
    let (data_type, nullable) = (arg.data_type().clone(), arg.nullable());
    let kernel = Kernel::new("negative", wraps, data_type.clone(), nullable, move |columns| {
        let array = columns.array(0)?;
        let computed = if wraps { numeric::neg_wrapping(&array) } else { numeric::neg(&array) };
        computed.map(float_key::one_nan).map_err(|e| match e {
            ArrowError::ArithmeticOverflow(_) => negation_overflowed(&array),
            other => crate::error::from_arrow(&other),
        })
    });
    Ok(Typed::new(kernel.call(vec![arg.expr]), data_type, nullable, name))
}

pub(super) fn positive(call: Call<'_>) -> Result<Typed> {
    call.expect(1..=1)?;
    let arg = call.arg(0)?;
    let name = format!("(+ {})", arg.name);
    Ok(arg.named(name))
}

/// The smallest value of a type has no negative; for the types narrower than INT Spark has other words.
fn negation_overflowed(array: &ArrayRef) -> SparkError {
    match array.data_type() {
        DataType::Int8 | DataType::Int16 => crate::error::overflow("overflow", ""),
        _ => overflowed(array, Arithmetic::Subtract),
    }
}
