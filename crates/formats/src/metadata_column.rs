//! The hidden column `_metadata`: where a row came from.

use std::sync::Arc;

use arrow::array::{ArrayRef, Int64Array, StringArray, StructArray, TimestampMicrosecondArray};
use arrow::datatypes::{DataType, Field, FieldRef, Fields, TimeUnit};
use datafusion::common::ScalarValue;

use crate::split::FileSlice;

/// The name of the column.
pub const METADATA_COLUMN: &str = "_metadata";

fn fields() -> Fields {
    let instant = DataType::Timestamp(TimeUnit::Microsecond, Some("UTC".into()));
    Fields::from(vec![
        Field::new("file_path", DataType::Utf8, false),
        Field::new("file_name", DataType::Utf8, false),
        Field::new("file_size", DataType::Int64, false),
        Field::new("file_block_start", DataType::Int64, false),
        Field::new("file_block_length", DataType::Int64, false),
        Field::new("file_modification_time", instant, false),
    ])
}

/// The column's name and type: a struct of `file_path`, `file_name`, `file_size`, `file_block_start`,
/// `file_block_length` and `file_modification_time`.
pub fn metadata_field() -> FieldRef {
    Arc::new(Field::new(METADATA_COLUMN, DataType::Struct(fields()), false))
}

/// The column's value for the rows of `slice`.
pub(crate) fn metadata_value(slice: &FileSlice) -> ScalarValue {
    let number = |value: u64| i64::try_from(value).unwrap_or(i64::MAX);
    let columns: Vec<ArrayRef> = vec![
        Arc::new(StringArray::from(vec![slice.file.path.to_string().replacen("file:///", "file:/", 1)])),
        Arc::new(StringArray::from(vec![slice.file.path.name().to_string()])),
        Arc::new(Int64Array::from(vec![number(slice.file.size)])),
        Arc::new(Int64Array::from(vec![number(slice.start)])),
        Arc::new(Int64Array::from(vec![number(slice.end - slice.start)])),
        Arc::new(
            TimestampMicrosecondArray::from(vec![slice.file.modification_ms.saturating_mul(1000)]).with_timezone("UTC"),
        ),
    ];
    ScalarValue::Struct(Arc::new(StructArray::new(fields(), columns, None)))
}
