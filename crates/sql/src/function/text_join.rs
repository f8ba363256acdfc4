//! `concat_ws` and `elt`: one text out of several columns.

use std::sync::Arc;

use arrow::array::cast::AsArray;
use arrow::array::{Array, ArrayRef, StringBuilder};
use arrow::datatypes::{DataType, Int32Type};
use firesteel_error::{Result, SparkError};

use crate::expression::Columns;

/// The first column's text between the texts of the others.
pub(super) fn joined(columns: &Columns) -> Result<ArrayRef> {
    let arrays = (0..columns.len()).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
    let separators = arrays[0].as_string::<i32>();
    let mut out = StringBuilder::with_capacity(columns.rows(), columns.rows() * 16);
    let mut text = String::new();
    for row in 0..columns.rows() {
        if separators.is_null(row) {
            out.append_null();
            continue;
        }
        text.clear();
        let mut first = true;
        let mut push = |part: &str| {
            if !first {
                text.push_str(separators.value(row));
            }
            first = false;
            text.push_str(part);
        };
        for array in &arrays[1..] {
            if array.is_null(row) {
                continue;
            }
            match array.data_type() {
                DataType::List(_) => {
                    let items = array.as_list::<i32>().value(row);
                    items.as_string::<i32>().iter().flatten().for_each(&mut push);
                }
                _ => push(array.as_string::<i32>().value(row)),
            }
        }
        out.append_value(&text);
    }
    Ok(Arc::new(out.finish()))
}

/// For each row the value of the column that the first column counts to, from 1.
pub(super) fn chosen(columns: &Columns, strict: bool) -> Result<ArrayRef> {
    let arrays = (1..columns.len()).map(|i| columns.array(i)).collect::<Result<Vec<_>>>()?;
    let index = columns.array(0)?;
    let index = index.as_primitive::<Int32Type>();
    let refs: Vec<&dyn Array> = arrays.iter().map(AsRef::as_ref).collect();
    let null = arrow::array::new_null_array(arrays[0].data_type(), 1);
    let mut sources = refs.clone();
    sources.push(null.as_ref());
    let mut picks = Vec::with_capacity(columns.rows());
    for row in 0..columns.rows() {
        let missing = (refs.len(), 0);
        if index.is_null(row) {
            picks.push(missing);
            continue;
        }
        let at = index.value(row);
        match usize::try_from(at).ok().and_then(|at| at.checked_sub(1)).filter(|at| *at < refs.len()) {
            Some(at) => picks.push((at, row)),
            None if strict => {
                return Err(SparkError::new("INVALID_ARRAY_INDEX")
                    .param("indexValue", at.to_string())
                    .param("arraySize", refs.len().to_string()));
            }
            None => picks.push(missing),
        }
    }
    arrow::compute::interleave(&sources, &picks).map_err(|e| crate::error::from_arrow(&e))
}
