//! Casting a column, value by value where Spark and Arrow differ.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, ListArray, MapArray, PrimitiveArray, StructArray, new_null_array};
use arrow::datatypes::{DataType, Date32Type, TimestampMicrosecondType};
use firesteel_error::{Result, SparkError};

use super::{Mode, Options, from_number, from_text};
use crate::display::{self, Style};
use crate::types;

const DAY_US: i64 = 86_400_000_000;

/// The column cast to `to`.
///
/// # Errors
/// `CAST_INVALID_INPUT` or `CAST_OVERFLOW` for a value that does not fit, in ANSI mode.
pub fn cast_array(array: &ArrayRef, to: &DataType, options: Options) -> Result<ArrayRef> {
    let from = array.data_type().clone();
    if &from == to {
        return Ok(array.clone());
    }
    match (&from, to) {
        (DataType::Null, _) => Ok(new_null_array(to, array.len())),
        (_, DataType::Utf8) => {
            let style = Style { zone: options.zone, scientific: options.mode == Mode::Legacy, ..Style::default() };
            Ok(display::text_of(array, style))
        }
        (DataType::Date32, DataType::Timestamp(_, zone)) => {
            let local = array.as_primitive::<Date32Type>();
            let micros: PrimitiveArray<TimestampMicrosecondType> = local.unary(|days| {
                let local = i64::from(days) * DAY_US;
                if zone.is_some() { options.zone.local_to_utc_micros(local) } else { local }
            });
            Ok(Arc::new(micros.with_timezone_opt(zone.clone())))
        }
        (DataType::Timestamp(_, zone), DataType::Date32) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>();
            let days: PrimitiveArray<Date32Type> = micros.unary(|micros| {
                let local = if zone.is_some() { options.zone.utc_to_local_micros(micros) } else { micros };
                local.div_euclid(DAY_US) as i32
            });
            Ok(Arc::new(days))
        }
        (DataType::Timestamp(_, a), DataType::Timestamp(_, b)) => {
            let micros = array.as_primitive::<TimestampMicrosecondType>();
            let moved: PrimitiveArray<TimestampMicrosecondType> = micros.unary(|micros| match (a, b) {
                (Some(_), None) => options.zone.utc_to_local_micros(micros),
                (None, Some(_)) => options.zone.local_to_utc_micros(micros),
                _ => micros,
            });
            Ok(Arc::new(moved.with_timezone_opt(b.clone())))
        }
        (DataType::List(_), DataType::List(element)) => {
            let list = array.as_list::<i32>();
            let values = cast_array(list.values(), element.data_type(), options)?;
            let element = relaxed(element, &values);
            ListArray::try_new(element, list.offsets().clone(), values, list.nulls().cloned())
                .map(|list| Arc::new(list) as ArrayRef)
                .map_err(|e| crate::error::from_arrow(&e))
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let source = array.as_struct();
            let columns = source
                .columns()
                .iter()
                .zip(fields)
                .map(|(column, field)| cast_array(column, field.data_type(), options))
                .collect::<Result<Vec<_>>>()?;
            let fields = fields.iter().zip(&columns).map(|(f, c)| relaxed(f, c)).collect();
            StructArray::try_new(fields, columns, source.nulls().cloned())
                .map(|s| Arc::new(s) as ArrayRef)
                .map_err(|e| crate::error::from_arrow(&e))
        }
        (DataType::Map(..), DataType::Map(entries, sorted)) => cast_map(array, entries, *sorted, options),
        (DataType::Timestamp(_, Some(_)), _) if types::is_integral(to) => {
            // Whole seconds, towards the past.
            let micros = array.as_primitive::<TimestampMicrosecondType>();
            let seconds: arrow::array::Int64Array = micros.unary(|us| us.div_euclid(1_000_000));
            let seconds: ArrayRef = Arc::new(seconds);
            cast_array(&seconds, to, options)
        }
        _ => by_value(array, to, options),
    }
}

fn relaxed(field: &arrow::datatypes::FieldRef, values: &ArrayRef) -> arrow::datatypes::FieldRef {
    let nullable = field.is_nullable() || values.null_count() > 0;
    Arc::new(field.as_ref().clone().with_nullable(nullable))
}

fn cast_map(
    array: &ArrayRef,
    entries: &arrow::datatypes::FieldRef,
    sorted: bool,
    options: Options,
) -> Result<ArrayRef> {
    let map = array.as_map();
    let inner: ArrayRef = Arc::new(map.entries().clone());
    let cast = cast_array(&inner, entries.data_type(), options)?;
    let field = Arc::new(entries.as_ref().clone().with_data_type(cast.data_type().clone()));
    MapArray::try_new(field, map.offsets().clone(), cast.as_struct().clone(), map.nulls().cloned(), sorted)
        .map(|map| Arc::new(map) as ArrayRef)
        .map_err(|e| crate::error::from_arrow(&e))
}

fn by_value(array: &ArrayRef, to: &DataType, options: Options) -> Result<ArrayRef> {
    let cast = match from_text::texts_of(array) {
        Some(texts) => from_text::cast_text(texts, to, options)?,
        None => from_number::cast_number(array, to, options)?,
    };
    if let Some(cast) = cast {
        return Ok(cast);
    }
    // What Spark allows only in legacy mode and then never gives a value for, such as a date as a number.
    if options.mode == Mode::Legacy && array.data_type() == &DataType::Date32 {
        return Ok(new_null_array(to, array.len()));
    }
    Err(SparkError::unsupported(format!("CAST({} AS {})", types::sql_name(array.data_type()), types::sql_name(to))))
}
