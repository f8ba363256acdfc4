//! Arrays, maps and structs inside a row of CSV, as `to_csv` writes them: `[1,, 3]`, `{a -> 1}`, `{1, x}`.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, StringArray, StructArray};
use arrow::datatypes::{DataType, Field};
use firesteel_error::{Result, SparkError};

use crate::display::{Style, format_value};
use crate::types;

/// The row with its nested columns as text.
///
/// # Errors
/// `UNSUPPORTED_FEATURE` for times inside nested columns, whose format is not theirs.
pub(super) fn flattened(rows: &ArrayRef) -> Result<ArrayRef> {
    let source = rows.as_struct();
    let (mut fields, mut columns) = (Vec::new(), Vec::new());
    for (field, column) in source.fields().iter().zip(source.columns()) {
        if !is_nested(field.data_type()) {
            fields.push(field.as_ref().clone());
            columns.push(column.clone());
            continue;
        }
        let texts = (0..column.len()).map(|row| column.is_valid(row).then(|| text(column, row)).transpose());
        fields.push(Field::new(field.name(), DataType::Utf8, true));
        columns.push(Arc::new(texts.collect::<Result<StringArray>>()?));
    }
    let flat = StructArray::try_new(fields.into(), columns, source.nulls().cloned());
    Ok(Arc::new(flat.map_err(|e| crate::error::from_arrow(&e))?))
}

fn is_nested(data_type: &DataType) -> bool {
    matches!(data_type, DataType::List(_) | DataType::Map(..) | DataType::Struct(_))
}

/// The values with commas between them; a NULL leaves nothing, not even the space.
fn joined(values: &[(&ArrayRef, usize)]) -> Result<String> {
    let mut out = String::new();
    for (at, (array, row)) in values.iter().enumerate() {
        if at > 0 {
            out.push(',');
        }
        if array.is_valid(*row) {
            if at > 0 {
                out.push(' ');
            }
            out.push_str(&text(array, *row)?);
        }
    }
    Ok(out)
}

fn text(array: &ArrayRef, row: usize) -> Result<String> {
    match array.data_type() {
        DataType::List(_) => {
            let list = array.as_list::<i32>();
            let values: Vec<_> = super::lists::bounds(list, row).map(|i| (list.values(), i)).collect();
            Ok(format!("[{}]", joined(&values)?))
        }
        DataType::Struct(_) => {
            let values: Vec<_> = array.as_struct().columns().iter().map(|column| (column, row)).collect();
            Ok(format!("{{{}}}", joined(&values)?))
        }
        DataType::Map(..) => {
            let map = array.as_map();
            let offsets = map.value_offsets();
            let mut entries = Vec::new();
            for i in offsets[row] as usize..offsets[row + 1] as usize {
                let value = match map.values().is_valid(i) {
                    true => format!(" {}", text(map.values(), i)?),
                    false => String::new(),
                };
                entries.push(format!("{} ->{value}", text(map.keys(), i)?));
            }
            Ok(format!("{{{}}}", entries.join(", ")))
        }
        time @ DataType::Timestamp(..) => {
            Err(SparkError::unsupported(format!("to_csv of {} inside an array, map or struct", types::sql_name(time))))
        }
        _ => Ok(format_value(array, row, Style::default())),
    }
}
