//! Columns of arrays taken apart and put together: each row's result is a choice of elements that exist already.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, ListArray, UInt64Array};
use arrow::buffer::{NullBuffer, OffsetBuffer};
use arrow::datatypes::{DataType, FieldRef};
use arrow::row::{Row, RowConverter, Rows, SortField};
use firesteel_error::{Result, SparkError};

use crate::analyzer::Call;
use crate::coerce;
use crate::expression::Typed;
use crate::float_key::normalized_array;
use crate::types;

/// The rows of a result: `None` for NULL, or positions among the values, with `None` for a NULL element.
pub(super) type Choice = Vec<Option<Vec<Option<u64>>>>;

/// The arrays made of the chosen values.
pub(super) fn build(values: &ArrayRef, choice: &Choice, element: &FieldRef) -> Result<ArrayRef> {
    let lengths = choice.iter().map(|row| row.as_ref().map_or(0, Vec::len));
    let offsets = OffsetBuffer::from_lengths(lengths);
    let indices: UInt64Array = choice.iter().flatten().flatten().copied().collect();
    let taken = arrow::compute::take(values, &indices, None).map_err(|e| crate::error::from_arrow(&e))?;
    let nulls: NullBuffer = choice.iter().map(Option::is_some).collect();
    let element = Arc::new(element.as_ref().clone().with_nullable(element.is_nullable() || taken.null_count() > 0));
    let taken = if taken.data_type() == element.data_type() {
        taken
    } else {
        crate::nullability::fit(&taken, &element).map_err(|e| crate::error::from_arrow(&e))?
    };
    ListArray::try_new(element, offsets, taken, Some(nulls).filter(|n| n.null_count() > 0))
        .map(|list| Arc::new(list) as ArrayRef)
        .map_err(|e| crate::error::from_arrow(&e))
}

/// The element field of an array type.
pub(super) fn element_of(data_type: &DataType) -> Result<FieldRef> {
    match data_type {
        DataType::List(element) => Ok(element.clone()),
        other => Err(SparkError::internal(format!("{other} is no array"))),
    }
}

/// Argument `index`, which must be an array; NULL counts as an array of nothing known.
pub(super) fn array_arg(call: &Call<'_>, index: usize) -> Result<(Typed, FieldRef)> {
    let arg = call.arg(index)?;
    match arg.data_type().clone() {
        DataType::List(element) => Ok((arg, element)),
        DataType::Null => {
            let arg = call.cast(index, &types::array(DataType::Null, true))?;
            let element = element_of(arg.data_type())?;
            Ok((arg, element))
        }
        _ => Err(call.unexpected_input(index, &arg, "\"ARRAY\"")),
    }
}

/// `DATATYPE_MISMATCH` for an array and a value, or two arrays, whose elements have no common type.
pub(super) fn different(call: &Call<'_>, left: &Typed, right: &Typed) -> SparkError {
    let condition = if matches!(right.data_type(), DataType::List(_)) {
        "DATATYPE_MISMATCH.BINARY_ARRAY_DIFF_TYPES"
    } else {
        "DATATYPE_MISMATCH.ARRAY_FUNCTION_DIFF_TYPES"
    };
    SparkError::new(condition)
        .param("functionName", format!("`{}`", call.lower_name()))
        .param("dataType", "\"ARRAY\"")
        .param("arrayType", "\"ARRAY\"")
        .param("elementType", "\"ARRAY\"")
        .param("leftType", types::quoted_sql_name(left.data_type()))
        .param("rightType", types::quoted_sql_name(right.data_type()))
        .param("sqlExpr", format!("\"{}\"", call.title()))
}

/// An array and a value in the array's element type, both cast to what is common to them.
pub(super) fn array_and_value(call: &Call<'_>, array: usize, value: usize) -> Result<(Typed, Typed, DataType)> {
    let (list, element) = array_arg(call, array)?;
    let item = call.arg(value)?;
    // A text is no number here, also where it is one in a comparison.
    let is_text = |t: &DataType| t == &DataType::Utf8;
    let (held, given) = (element.data_type(), item.data_type());
    let mixed = is_text(held) != is_text(given) && held != &DataType::Null && given != &DataType::Null;
    let common = if mixed { None } else { coerce::common_type(held, given, call.conf()) };
    let Some(common) = common else {
        return Err(different(call, &list, &item));
    };
    let mode = crate::cast::Mode::implicit(call.conf());
    let list = crate::cast::cast(list, &types::array(common.clone(), element.is_nullable()), mode, call.conf())?;
    let item = crate::cast::cast(item, &common, mode, call.conf())?;
    Ok((list, item, common))
}

/// Arrays cast to one type.
pub(super) fn same_arrays(call: &Call<'_>, indexes: std::ops::Range<usize>) -> Result<(Vec<Typed>, FieldRef)> {
    let mut arrays = Vec::new();
    for index in indexes {
        arrays.push(array_arg(call, index)?.0);
    }
    let Some((cast, common)) = coerce::unify(&arrays, call.conf())? else {
        return Err(different(call, &arrays[0], &arrays[arrays.len() - 1]));
    };
    let element = element_of(&common)?;
    Ok((cast, element))
}

/// Values in a form in which equal values have equal bytes.
pub(super) struct Keys(Rows);

impl Keys {
    /// The keys of columns of one type, in one numbering.
    pub(super) fn of(columns: &[ArrayRef]) -> Result<Vec<Self>> {
        let Some(first) = columns.first() else { return Ok(Vec::new()) };
        let fail = |e| crate::error::from_arrow(&e);
        let converter = RowConverter::new(vec![SortField::new(first.data_type().clone())]).map_err(fail)?;
        columns
            .iter()
            .map(|column| converter.convert_columns(&[normalized_array(column)?]).map(Keys).map_err(fail))
            .collect()
    }

    /// The key at `row`.
    pub(super) fn at(&self, row: usize) -> Row<'_> {
        self.0.row(row)
    }
}

/// Where row `row` of an array column begins and ends among its values.
pub(super) fn bounds(list: &ListArray, row: usize) -> std::ops::Range<usize> {
    let offsets = list.value_offsets();
    offsets[row] as usize..offsets[row + 1] as usize
}
