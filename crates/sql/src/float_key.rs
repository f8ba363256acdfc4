//! Floating-point numbers as keys.
//!
//! To Spark 0.0 and -0.0 are one value and so are all NaNs, though their bits differ. Groups, joins, partitions and orders
//! compare bits, so what they compare goes through [`normalized`] first: inside arrays and structs too.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, ListArray, PrimitiveArray, StructArray};
use arrow::datatypes::{ArrowPrimitiveType, DataType, Float32Type, Float64Type};
use datafusion::common::ScalarValue;
use datafusion::logical_expr::{Expr, LogicalPlan, LogicalPlanBuilder};
use firesteel_error::Result;

use crate::attribute::Attribute;
use crate::expression::{Kernel, Typed};
use crate::relation::build;

/// Whether values of the type hold floating-point numbers where they are compared.
pub(crate) fn has_floats(data_type: &DataType) -> bool {
    match data_type {
        DataType::Float32 | DataType::Float64 => true,
        DataType::List(element) => has_floats(element.data_type()),
        DataType::Struct(fields) => fields.iter().any(|field| has_floats(field.data_type())),
        _ => false,
    }
}

/// The expression with one zero and one NaN; as it is where its type has no floating-point numbers.
pub(crate) fn normalized(expr: Expr, data_type: &DataType, nullable: bool) -> Expr {
    let done = |expr: &Expr| matches!(expr, Expr::ScalarFunction(call) if call.func.name() == NAME);
    if !has_floats(data_type) || done(&expr) {
        return expr;
    }
    Kernel::new(NAME, (), data_type.clone(), nullable, |columns| normalized_array(&columns.array(0)?)).call(vec![expr])
}

/// The operands of a comparison. A column beside a constant stays bare, so that files and row groups can be skipped by it.
pub(crate) fn operands(left: Typed, right: Typed) -> (Typed, Typed) {
    let bare = |t: &Typed, other: &Typed| matches!(t.expr, Expr::Column(_)) && other.scalar().is_some_and(is_plain);
    let (keep_left, keep_right) = (bare(&left, &right), bare(&right, &left));
    let one = |t: Typed, keep: bool| match keep || t.scalar().is_some_and(is_plain) {
        true => t,
        false => Typed { expr: normalized(t.expr.clone(), t.data_type(), t.nullable()), ..t },
    };
    (one(left, keep_left), one(right, keep_right))
}

/// Whether only the same bits equal the constant: it is neither zero nor NaN, nor has such within.
fn is_plain(constant: &ScalarValue) -> bool {
    match constant {
        ScalarValue::Float32(Some(v)) => *v != 0.0 && !v.is_nan(),
        ScalarValue::Float64(Some(v)) => *v != 0.0 && !v.is_nan(),
        other => !has_floats(&other.data_type()),
    }
}

/// The distinct rows of a plan whose columns are these.
///
/// # Errors
/// When the plan cannot be built.
pub(crate) fn distinct(plan: LogicalPlan, columns: &[Attribute]) -> Result<LogicalPlan> {
    let plan = match columns.iter().any(|column| has_floats(column.data_type())) {
        true => build(plan, |b| b.project(columns.iter().map(key)))?,
        false => plan,
    };
    build(plan, LogicalPlanBuilder::distinct)
}

/// The column as a key, under its own name inside the plan.
pub(crate) fn key(column: &Attribute) -> Expr {
    let plain = Typed::attribute(column);
    if !has_floats(column.data_type()) {
        return plain.expr;
    }
    let expr = normalized(plain.expr, column.data_type(), column.field.is_nullable());
    Typed { expr, field: column.field.clone(), name: column.name.clone() }.aliased(&column.column)
}

/// Spark's name for it, which its plans show.
const NAME: &str = "knownfloatingpointnormalized";

/// The column with one zero and one NaN.
///
/// # Errors
/// When Arrow cannot put a nested column together again.
pub(crate) fn normalized_array(array: &ArrayRef) -> Result<ArrayRef> {
    Ok(match array.data_type() {
        DataType::Float32 => primitive::<Float32Type>(array, |v| if v.is_nan() { f32::NAN } else { v + 0.0 }),
        DataType::Float64 => primitive::<Float64Type>(array, |v| if v.is_nan() { f64::NAN } else { v + 0.0 }),
        DataType::List(element) if has_floats(element.data_type()) => {
            let list = array.as_list::<i32>();
            let values = normalized_array(list.values())?;
            let list = ListArray::try_new(element.clone(), list.offsets().clone(), values, list.nulls().cloned());
            Arc::new(list.map_err(|e| crate::error::from_arrow(&e))?)
        }
        DataType::Struct(fields) if has_floats(array.data_type()) => {
            let source = array.as_struct();
            let columns = source.columns().iter().map(normalized_array).collect::<Result<Vec<_>>>()?;
            let whole = StructArray::try_new(fields.clone(), columns, source.nulls().cloned());
            Arc::new(whole.map_err(|e| crate::error::from_arrow(&e))?)
        }
        _ => array.clone(),
    })
}

/// The column with one NaN: processors make NaNs of either sign, and a comparison of bits tells them apart.
pub(crate) fn one_nan(array: ArrayRef) -> ArrayRef {
    match array.data_type() {
        DataType::Float32 => primitive::<Float32Type>(&array, |v| if v.is_nan() { f32::NAN } else { v }),
        DataType::Float64 => primitive::<Float64Type>(&array, |v| if v.is_nan() { f64::NAN } else { v }),
        _ => array,
    }
}

fn primitive<T: ArrowPrimitiveType>(array: &ArrayRef, one: impl Fn(T::Native) -> T::Native) -> ArrayRef {
    let values: PrimitiveArray<T> = array.as_primitive::<T>().unary(one);
    Arc::new(values)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use arrow::array::{Float64Array, Int32Array};

    use super::*;

    #[test]
    fn there_is_one_zero_and_one_nan() {
        let values: ArrayRef = Arc::new(Float64Array::from(vec![Some(-0.0), Some(-f64::NAN), None, Some(1.5)]));
        let normal = normalized_array(&values).unwrap();
        let bits: Vec<Option<u64>> = normal.as_primitive::<Float64Type>().iter().map(|v| v.map(f64::to_bits)).collect();
        assert_eq!(bits, [Some(0.0f64.to_bits()), Some(f64::NAN.to_bits()), None, Some(1.5f64.to_bits())]);
    }

    #[test]
    fn types_without_floats_stay_as_they_are() {
        let values: ArrayRef = Arc::new(Int32Array::from(vec![1]));
        assert!(!has_floats(values.data_type()));
        assert_eq!(&normalized_array(&values).unwrap(), &values);
    }
}
