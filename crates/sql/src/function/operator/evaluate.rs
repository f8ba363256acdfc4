//! Arithmetic over columns: overflow and division by zero are errors, NULL or wrap around, by mode.

use arrow::array::{Array, ArrayRef, Datum};
use arrow::compute::kernels::numeric;
use arrow::datatypes::DataType;
use arrow::error::ArrowError;
use datafusion::common::ScalarValue;
use firesteel_error::{Result, SparkError};

use super::arithmetic::Arithmetic;
use super::decimal::decimals;
use crate::cast::Mode;
use crate::error::{divide_by_zero, overflow};
use crate::expression::Columns;
use crate::float_key;

pub(super) fn evaluate(columns: &Columns, op: Arithmetic, result: &DataType, mode: Mode) -> Result<ArrayRef> {
    let (left, right) = (columns.array(0)?, columns.array(1)?);
    if matches!(left.data_type(), DataType::Decimal128(..)) {
        return decimals(&left, &right, op, result, mode);
    }
    let divides = matches!(op, Arithmetic::Divide | Arithmetic::Remainder | Arithmetic::Quotient);
    let right = if divides { without_zeros(&left, &right, op, mode)? } else { right };
    let wraps = mode == Mode::Legacy;
    let (l, r): (&dyn Datum, &dyn Datum) = (&left, &right);
    let computed = match op {
        Arithmetic::Add if wraps => numeric::add_wrapping(l, r),
        Arithmetic::Add => numeric::add(l, r),
        Arithmetic::Subtract if wraps => numeric::sub_wrapping(l, r),
        Arithmetic::Subtract => numeric::sub(l, r),
        Arithmetic::Multiply if wraps => numeric::mul_wrapping(l, r),
        Arithmetic::Multiply => numeric::mul(l, r),
        Arithmetic::Divide | Arithmetic::Quotient => numeric::div(l, r),
        Arithmetic::Remainder => numeric::rem(l, r),
    };
    let computed = match computed {
        Ok(array) => array,
        Err(ArrowError::ArithmeticOverflow(_)) if mode == Mode::Try => row_by_row(&left, &right, op, result)?,
        Err(ArrowError::ArithmeticOverflow(_)) => return Err(overflowed(&left, op)),
        Err(other) => return Err(crate::error::from_arrow(&other)),
    };
    if computed.data_type() == result {
        return Ok(float_key::one_nan(computed));
    }
    arrow::compute::cast(&computed, result).map_err(|e| crate::error::from_arrow(&e))
}

pub(super) fn overflowed(left: &ArrayRef, op: Arithmetic) -> SparkError {
    let message = match left.data_type() {
        DataType::Int32 => "integer overflow",
        DataType::Int64 => "long overflow",
        DataType::Int8 | DataType::Int16 => {
            return SparkError::new("BINARY_ARITHMETIC_OVERFLOW")
                .param("value1", "")
                .param("symbol", op.symbol())
                .param("value2", "")
                .param("functionName", format!("`{}`", op.function()));
        }
        _ => "overflow",
    };
    overflow(message, op.function())
}

/// After an overflow, for the `try_` functions: rows that fit keep their value.
fn row_by_row(left: &ArrayRef, right: &ArrayRef, op: Arithmetic, result: &DataType) -> Result<ArrayRef> {
    let mut rows: Vec<ArrayRef> = Vec::with_capacity(left.len());
    for row in 0..left.len() {
        let (l, r) = (left.slice(row, 1), right.slice(row, 1));
        let (l, r): (&dyn Datum, &dyn Datum) = (&l, &r);
        let value = match op {
            Arithmetic::Add => numeric::add(l, r),
            Arithmetic::Subtract => numeric::sub(l, r),
            Arithmetic::Multiply => numeric::mul(l, r),
            Arithmetic::Divide | Arithmetic::Quotient => numeric::div(l, r),
            Arithmetic::Remainder => numeric::rem(l, r),
        };
        rows.push(value.unwrap_or_else(|_| arrow::array::new_null_array(result, 1)));
    }
    let rows: Vec<&dyn Array> = rows.iter().map(AsRef::as_ref).collect();
    arrow::compute::concat(&rows).map_err(|e| crate::error::from_arrow(&e))
}

/// The divisor with NULL in the place of zero; under ANSI a zero that meets a value is an error.
fn without_zeros(left: &ArrayRef, right: &ArrayRef, op: Arithmetic, mode: Mode) -> Result<ArrayRef> {
    let zero =
        ScalarValue::new_zero(right.data_type()).and_then(|z| z.to_scalar()).map_err(crate::error::from_datafusion)?;
    let zeros = arrow::compute::kernels::cmp::eq(right, &zero).map_err(|e| crate::error::from_arrow(&e))?;
    if zeros.true_count() == 0 {
        // A float -0.0 is zero too, but not to a total order.
        if !matches!(right.data_type(), DataType::Float32 | DataType::Float64) {
            return Ok(right.clone());
        }
    }
    let negative_zero = match right.data_type() {
        DataType::Float32 => Some(ScalarValue::Float32(Some(-0.0))),
        DataType::Float64 => Some(ScalarValue::Float64(Some(-0.0))),
        _ => None,
    };
    let zeros = match negative_zero {
        Some(value) => {
            let scalar = value.to_scalar().map_err(crate::error::from_datafusion)?;
            let more = arrow::compute::kernels::cmp::eq(right, &scalar).map_err(|e| crate::error::from_arrow(&e))?;
            arrow::compute::or(&zeros, &more).map_err(|e| crate::error::from_arrow(&e))?
        }
        None => zeros,
    };
    if mode == Mode::Ansi && (0..zeros.len()).any(|row| zeros.is_valid(row) && zeros.value(row) && left.is_valid(row)) {
        return Err(if op == Arithmetic::Remainder {
            SparkError::new("REMAINDER_BY_ZERO").param("config", "\"spark.sql.ansi.enabled\"")
        } else {
            divide_by_zero()
        });
    }
    arrow::compute::nullif(right, &zeros).map_err(|e| crate::error::from_arrow(&e))
}
