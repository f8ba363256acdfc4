//! `sum` and `avg` of intervals: of their months or microseconds, as whole numbers.

use std::sync::Arc;

use arrow::array::ArrayRef;
use arrow::array::cast::AsArray;
use arrow::datatypes::{DataType, DurationMicrosecondType, Float64Type, Int64Type, IntervalYearMonthType};
use firesteel_error::{Result, SparkError};

use crate::analyzer::Call;
use crate::expression::{Kernel, Typed};

/// Whether these aggregates take the type.
pub(super) fn takes(data_type: &DataType) -> bool {
    matches!(data_type, DataType::Duration(_) | DataType::Interval(arrow::datatypes::IntervalUnit::YearMonth))
}

/// The named aggregate (`sum` or `avg`) of the argument's units, as an interval again.
pub(super) fn of_intervals(call: &Call<'_>, name: &str) -> Result<Typed> {
    let arg = call.arg(0)?;
    let data_type = arg.data_type().clone();
    let units = Kernel::new("interval_units", (), DataType::Int64, arg.nullable(), |columns| {
        let array = columns.array(0)?;
        Ok(match array.data_type() {
            DataType::Duration(_) => {
                Arc::new(array.as_primitive::<DurationMicrosecondType>().unary::<_, Int64Type>(|v| v)) as ArrayRef
            }
            _ => Arc::new(array.as_primitive::<IntervalYearMonthType>().unary::<_, Int64Type>(i64::from)),
        })
    });
    let units = Typed::new(units.call(vec![arg.expr.clone()]), DataType::Int64, arg.nullable(), "");
    let total = super::resolve_named(call.session(), name, &[units])?;
    let target = data_type.clone();
    let back = Kernel::new("units_as_interval", data_type.clone(), data_type.clone(), true, move |columns| {
        let array = columns.array(0)?;
        let whole = match array.data_type() {
            DataType::Float64 => array.as_primitive::<Float64Type>().unary::<_, Int64Type>(|v| v.round() as i64),
            _ => array.as_primitive::<Int64Type>().clone(),
        };
        Ok(match target {
            DataType::Duration(_) => Arc::new(whole.unary::<_, DurationMicrosecondType>(|v| v)) as ArrayRef,
            _ => Arc::new(whole.try_unary::<_, IntervalYearMonthType, SparkError>(|v| {
                i32::try_from(v).map_err(|_| SparkError::new("INTERVAL_ARITHMETIC_OVERFLOW.WITHOUT_SUGGESTION"))
            })?),
        })
    });
    Ok(Typed::new(back.call(vec![total.expr]), data_type, true, call.title()))
}
