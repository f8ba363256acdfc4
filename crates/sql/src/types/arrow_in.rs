//! Arrow data from outside (a client, a Python worker, a parquet file) brought to the types of [`super`].

use std::sync::Arc;

use arrow::array::RecordBatch;
use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef, TimeUnit};
use firesteel_error::{Result, SparkError};

use super::{array, map, map_fields, timestamp, timestamp_ntz};

/// The field with its type brought to the one that stands for a Spark type.
pub fn normalize_field(field: &Field) -> Field {
    Field::new(field.name(), normalize(field.data_type()), field.is_nullable()).with_metadata(field.metadata().clone())
}

fn normalize(data_type: &DataType) -> DataType {
    match data_type {
        DataType::LargeUtf8 | DataType::Utf8View => DataType::Utf8,
        DataType::LargeBinary | DataType::BinaryView | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Timestamp(_, Some(_)) => timestamp(),
        DataType::Timestamp(_, None) => timestamp_ntz(),
        DataType::Date64 => DataType::Date32,
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 => DataType::Int64,
        DataType::UInt64 => DataType::Decimal128(20, 0),
        DataType::Float16 => DataType::Float32,
        DataType::Time32(_) | DataType::Time64(_) => DataType::Time64(TimeUnit::Nanosecond),
        DataType::Duration(_) => DataType::Duration(TimeUnit::Microsecond),
        DataType::Dictionary(_, value) => normalize(value),
        DataType::List(e) | DataType::LargeList(e) | DataType::FixedSizeList(e, _) => {
            array(normalize(e.data_type()), e.is_nullable())
        }
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(|f| normalize_field(f)).collect()),
        DataType::Map(..) => match map_fields(data_type) {
            Some((k, v)) => map(normalize(k.data_type()), normalize(v.data_type()), v.is_nullable()),
            None => data_type.clone(),
        },
        other => other.clone(),
    }
}

/// The batch with its columns cast to `schema`, column by column; names are taken from `schema`.
///
/// # Errors
/// `INTERNAL_ERROR` if the batch has another number of columns; Arrow's own message where a cast is impossible.
pub fn normalize_batch(batch: &RecordBatch, schema: &SchemaRef) -> Result<RecordBatch> {
    if batch.num_columns() != schema.fields().len() {
        return Err(SparkError::internal(format!(
            "the data has {} columns, its schema {}",
            batch.num_columns(),
            schema.fields().len()
        )));
    }
    let columns = batch
        .columns()
        .iter()
        .zip(schema.fields())
        .map(|(column, field): (_, &FieldRef)| {
            if column.data_type() == field.data_type() {
                return Ok(column.clone());
            }
            arrow::compute::cast(column, field.data_type())
                .map_err(|e| SparkError::internal(format!("column `{}`: {e}", field.name())))
        })
        .collect::<Result<Vec<_>>>()?;
    let relaxed: Vec<Field> = schema
        .fields()
        .iter()
        .zip(&columns)
        .map(|(field, column)| field.as_ref().clone().with_nullable(field.is_nullable() || column.null_count() > 0))
        .collect();
    let options = arrow::array::RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(Arc::new(Schema::new(relaxed)), columns, &options)
        .map_err(|e| SparkError::internal(e.to_string()))
}
