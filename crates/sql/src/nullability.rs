//! Columns under declared nullability: Arrow says for nested fields too whether NULLs may occur, and refuses a batch
//! whose declaration differs.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, ListArray, MapArray, StructArray};
use arrow::datatypes::{DataType, Field};
use arrow::error::ArrowError;

/// The column with the type of `field`, which differs from its own at most in names and nullability of nested fields.
///
/// # Errors
/// When it differs in more, or has NULLs where the field says there are none.
pub fn fit(column: &ArrayRef, field: &Field) -> Result<ArrayRef, ArrowError> {
    if column.data_type() == field.data_type() {
        return Ok(column.clone());
    }
    match (column.data_type(), field.data_type()) {
        (DataType::List(_), DataType::List(element)) => {
            let list = column.as_list::<i32>();
            let values = fit(list.values(), element)?;
            Ok(Arc::new(ListArray::try_new(element.clone(), list.offsets().clone(), values, list.nulls().cloned())?))
        }
        (DataType::Struct(_), DataType::Struct(fields)) => {
            let source = column.as_struct();
            if source.num_columns() != fields.len() {
                return Err(ArrowError::SchemaError(format!("{} is not {}", column.data_type(), field.data_type())));
            }
            let columns = source.columns().iter().zip(fields).map(|(c, f)| fit(c, f)).collect::<Result<Vec<_>, _>>()?;
            if fields.is_empty() {
                return Ok(column.clone());
            }
            Ok(Arc::new(StructArray::try_new(fields.clone(), columns, source.nulls().cloned())?))
        }
        (DataType::Map(..), DataType::Map(entries, sorted)) => {
            let map = column.as_map();
            let inner: ArrayRef = Arc::new(map.entries().clone());
            let inner = fit(&inner, entries)?.as_struct().clone();
            let (offsets, nulls) = (map.offsets().clone(), map.nulls().cloned());
            Ok(Arc::new(MapArray::try_new(entries.clone(), offsets, inner, nulls, *sorted)?))
        }
        (_, to) => arrow::compute::cast(column, to),
    }
}
