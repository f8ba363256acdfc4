//! Decimal arithmetic: exact in 256 bits, then rounded half up to the result's scale. Sums and products that need neither
//! rounding nor so many bits are computed in 128, which is several times faster.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, Decimal128Array};
use arrow::buffer::NullBuffer;
use arrow::datatypes::{DataType, Decimal128Type, i256};
use firesteel_error::{Result, SparkError};

use super::arithmetic::Arithmetic;
use crate::cast::Mode;
use crate::error::divide_by_zero;

pub(super) fn decimals(
    left: &ArrayRef,
    right: &ArrayRef,
    op: Arithmetic,
    result: &DataType,
    mode: Mode,
) -> Result<ArrayRef> {
    let (l, r) = (left.as_primitive::<Decimal128Type>(), right.as_primitive::<Decimal128Type>());
    let (s1, s2) = (i32::from(l.scale()), i32::from(r.scale()));
    let (precision, scale) = match result {
        DataType::Decimal128(p, s) => (*p, i32::from(*s)),
        _ => (DECIMAL_LONG, 0),
    };
    let limit = i256::from_i128(10i128.pow(u32::from(precision)));
    let narrow = Narrow::new(op, (s1, s2), precision, scale);
    if let Some(values) = narrow.as_ref().and_then(|narrow| narrow.values(l, r)) {
        return Ok(Arc::new(values.with_data_type(result.clone())));
    }
    let mut values: Vec<Option<i128>> = Vec::with_capacity(l.len());
    for row in 0..l.len() {
        if l.is_null(row) || r.is_null(row) {
            values.push(None);
            continue;
        }
        if let Some(value) = narrow.as_ref().and_then(|narrow| narrow.value(l.value(row), r.value(row))) {
            values.push(Some(value));
            continue;
        }
        let (a, b) = (i256::from_i128(l.value(row)), i256::from_i128(r.value(row)));
        let divides = matches!(op, Arithmetic::Divide | Arithmetic::Remainder | Arithmetic::Quotient);
        if divides && b == i256::ZERO {
            if mode == Mode::Ansi {
                return Err(if op == Arithmetic::Remainder {
                    SparkError::new("REMAINDER_BY_ZERO").param("config", "\"spark.sql.ansi.enabled\"")
                } else {
                    divide_by_zero()
                });
            }
            values.push(None);
            continue;
        }
        let value = decimal_value(a, s1, b, s2, op, scale)
            .filter(|v| *v < limit && *v > limit.wrapping_neg())
            .and_then(i256::to_i128);
        if value.is_none() && mode == Mode::Ansi {
            return Err(SparkError::new("NUMERIC_VALUE_OUT_OF_RANGE.WITH_SUGGESTION")
                .param("value", "")
                .param("precision", precision.to_string())
                .param("scale", scale.to_string())
                .param("config", "\"spark.sql.ansi.enabled\""));
        }
        values.push(value);
    }
    if result == &DataType::Int64 {
        let longs: arrow::array::Int64Array =
            values.into_iter().map(|v| v.and_then(|v| i64::try_from(v).ok())).collect();
        return Ok(Arc::new(longs));
    }
    Ok(Arc::new(Decimal128Array::from(values).with_data_type(result.clone())))
}

/// A sum, difference or product whose result has the scale that comes about by itself.
struct Narrow {
    op: Arithmetic,
    /// What brings the operands of a sum to one scale.
    factors: (i128, i128),
    limit: i128,
}

impl Narrow {
    fn new(op: Arithmetic, (s1, s2): (i32, i32), precision: u8, scale: i32) -> Option<Self> {
        let common = s1.max(s2);
        let factor = |from: i32| 10i128.checked_pow(u32::try_from(common - from).ok()?);
        let (factors, natural) = match op {
            Arithmetic::Add | Arithmetic::Subtract => ((factor(s1)?, factor(s2)?), common),
            Arithmetic::Multiply => ((1, 1), s1 + s2),
            _ => return None,
        };
        (natural == scale).then_some(Self { op, factors, limit: 10i128.checked_pow(u32::from(precision))? })
    }

    /// The results of all rows; `None` if one of them does not fit. What is under a null is of no matter, but is computed.
    fn values(&self, left: &Decimal128Array, right: &Decimal128Array) -> Option<Decimal128Array> {
        let nulls = NullBuffer::union(left.nulls(), right.nulls());
        let (left, right) = (left.values(), right.values());
        let mut fits = true;
        let mut checked = |value: Option<i128>| {
            fits &= value.is_some();
            value.unwrap_or_default()
        };
        // Numbers of up to 18 digits multiply in one step of the machine.
        let multiply = |a: i128, b: i128| match (i64::try_from(a), i64::try_from(b)) {
            (Ok(a), Ok(b)) => self.within(i128::from(a) * i128::from(b)),
            _ => self.value(a, b),
        };
        let pairs = left.iter().zip(right.iter());
        let values: Vec<i128> = match self.op {
            Arithmetic::Multiply => pairs.map(|(a, b)| checked(multiply(*a, *b))).collect(),
            Arithmetic::Add if self.factors == (1, 1) => {
                pairs.map(|(a, b)| checked(a.checked_add(*b).and_then(|sum| self.within(sum)))).collect()
            }
            _ => pairs.map(|(a, b)| checked(self.value(*a, *b))).collect(),
        };
        fits.then(|| Decimal128Array::new(values.into(), nulls))
    }

    fn within(&self, value: i128) -> Option<i128> {
        (-self.limit < value && value < self.limit).then_some(value)
    }

    /// The result; `None` if it or a step on the way needs more digits than there are.
    fn value(&self, a: i128, b: i128) -> Option<i128> {
        let scaled = || Some((a.checked_mul(self.factors.0)?, b.checked_mul(self.factors.1)?));
        let value = match self.op {
            Arithmetic::Add => scaled().and_then(|(a, b)| a.checked_add(b))?,
            Arithmetic::Subtract => scaled().and_then(|(a, b)| a.checked_sub(b))?,
            _ => a.checked_mul(b)?,
        };
        self.within(value)
    }
}

/// How many digits a `bigint` has at most.
const DECIMAL_LONG: u8 = 19;

fn power(exponent: i32) -> Option<i256> {
    i256::from_i128(10).checked_pow(u32::try_from(exponent).ok()?)
}

/// Brings a value from one scale to another, rounding half up.
fn rescale(value: i256, from: i32, to: i32) -> Option<i256> {
    if to >= from {
        return value.checked_mul(power(to - from)?);
    }
    let divisor = power(from - to)?;
    divide_half_up(value, divisor)
}

fn divide_half_up(value: i256, divisor: i256) -> Option<i256> {
    let quotient = value.checked_div(divisor)?;
    let rest = value.checked_rem(divisor)?;
    let twice = rest.wrapping_abs().checked_mul(i256::from_i128(2))?;
    if twice < divisor.wrapping_abs() {
        return Some(quotient);
    }
    let negative = (value < i256::ZERO) != (divisor < i256::ZERO);
    Some(if negative { quotient.wrapping_sub(i256::ONE) } else { quotient.wrapping_add(i256::ONE) })
}

fn decimal_value(a: i256, s1: i32, b: i256, s2: i32, op: Arithmetic, scale: i32) -> Option<i256> {
    let common = s1.max(s2);
    let aligned = || Some((rescale(a, s1, common)?, rescale(b, s2, common)?));
    match op {
        Arithmetic::Add => aligned().and_then(|(a, b)| rescale(a.checked_add(b)?, common, scale)),
        Arithmetic::Subtract => aligned().and_then(|(a, b)| rescale(a.checked_sub(b)?, common, scale)),
        Arithmetic::Multiply => rescale(a.checked_mul(b)?, s1 + s2, scale),
        Arithmetic::Divide => {
            let shift = scale - s1 + s2;
            if shift >= 0 {
                divide_half_up(a.checked_mul(power(shift)?)?, b)
            } else {
                divide_half_up(a, b.checked_mul(power(-shift)?)?)
            }
        }
        Arithmetic::Remainder => aligned().and_then(|(a, b)| rescale(a.checked_rem(b)?, common, scale)),
        Arithmetic::Quotient => aligned().and_then(|(a, b)| a.checked_div(b)),
    }
}
