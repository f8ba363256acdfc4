//! Between the engine's Arrow types and the ones that Python sees.
//!
//! On the way out timestamps carry the session's time zone, as in Spark. On the way back pyspark names the zone UTC, names
//! list and map fields in its own way and marks everything nullable; the data are the same, so only labels change.
//! Anything else is a function that returned another type than it declared.

use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, FieldRef, Fields, IntervalUnit, Schema, TimeUnit};
use firesteel_error::{Result, SparkError};

use crate::type_json::UDT_KEY;

/// How the engine's types are shown to Python.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Shown<'a> {
    /// The zone of timestamps.
    pub(crate) zone: &'a str,
    /// Whether text and binary have 64-bit offsets (`spark.sql.execution.arrow.useLargeVarTypes`).
    pub(crate) large: bool,
    /// Whether columns keep their names.
    pub(crate) named: bool,
}

/// `data_type` as Python sees it; refuses what Python's Arrow library cannot hold.
fn outgoing_type(data_type: &DataType, shown: Shown<'_>) -> Result<DataType> {
    let Shown { zone, large, .. } = shown;
    let field = |field: &FieldRef| -> Result<FieldRef> {
        Ok(Arc::new(field.as_ref().clone().with_data_type(outgoing_type(field.data_type(), shown)?)))
    };
    Ok(match data_type {
        DataType::Utf8 if large => DataType::LargeUtf8,
        DataType::Binary if large => DataType::LargeBinary,
        DataType::Timestamp(unit, Some(_)) => DataType::Timestamp(*unit, Some(zone.into())),
        DataType::List(element) => DataType::List(field(element)?),
        DataType::Map(entries, sorted) => DataType::Map(field(entries)?, *sorted),
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(field).collect::<Result<Fields>>()?),
        DataType::Interval(IntervalUnit::YearMonth) => {
            return Err(SparkError::unsupported("a year-month interval as argument of a Python function"));
        }
        other => other.clone(),
    })
}

/// The columns `used` of `batch` as they are sent, named `_0`, `_1` ....
pub(crate) fn outgoing_batch(batch: &RecordBatch, used: &[usize], schema: &Arc<Schema>) -> Result<RecordBatch> {
    let columns = used
        .iter()
        .zip(schema.fields())
        .map(|(index, field)| relabel(batch.column(*index), field.data_type()))
        .collect::<Result<Vec<_>>>()?;
    let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
    RecordBatch::try_new_with_options(schema.clone(), columns, &options).map_err(internal)
}

/// The schema of [`outgoing_batch`].
pub(crate) fn outgoing_schema(input: &Schema, used: &[usize], shown: Shown<'_>) -> Result<Arc<Schema>> {
    let fields = used
        .iter()
        .enumerate()
        .map(|(position, index)| {
            let field = input.field(*index);
            let name = if shown.named { field.name().clone() } else { format!("_{position}") };
            let udt = field.metadata().get_key_value(UDT_KEY).map(|(key, json)| (key.clone(), json.clone()));
            let sent = Field::new(name, outgoing_type(field.data_type(), shown)?, field.is_nullable());
            Ok(sent.with_metadata(udt.into_iter().collect()))
        })
        .collect::<Result<Vec<_>>>()?;
    Ok(Arc::new(Schema::new(fields)))
}

/// A result column as the declared type.
pub(crate) fn incoming(array: &ArrayRef, declared: &DataType, operation: &str) -> Result<ArrayRef> {
    if !same_data(array.data_type(), declared) {
        return Err(SparkError::new("ARROW_TYPE_MISMATCH")
            .param("operation", operation)
            .param("outputTypes", declared.to_string())
            .param("actualDataTypes", array.data_type().to_string())
            .with_exception(firesteel_error::Exception::Spark));
    }
    relabel(array, declared)
}

fn relabel(array: &ArrayRef, wanted: &DataType) -> Result<ArrayRef> {
    if array.data_type() == wanted { Ok(array.clone()) } else { cast(array, wanted).map_err(internal) }
}

/// Whether the types differ at most in labels, or in the width of offsets.
fn same_data(actual: &DataType, declared: &DataType) -> bool {
    use DataType::{Binary, LargeBinary, LargeList, LargeUtf8, List, Map, Null, Struct, Timestamp, Utf8};
    match (actual, declared) {
        (Timestamp(TimeUnit::Microsecond, actual), Timestamp(TimeUnit::Microsecond, declared)) => {
            actual.is_some() == declared.is_some()
        }
        (LargeUtf8, Utf8) | (LargeBinary, Binary) | (Null, _) => true,
        (List(actual) | LargeList(actual), List(declared)) => same_data(actual.data_type(), declared.data_type()),
        (Map(actual, _), Map(declared, _)) => same_data(actual.data_type(), declared.data_type()),
        (Struct(actual), Struct(declared)) => {
            actual.len() == declared.len()
                && actual.iter().zip(declared).all(|(a, d)| same_data(a.data_type(), d.data_type()))
        }
        _ => actual == declared,
    }
}

pub(crate) fn internal(error: arrow::error::ArrowError) -> SparkError {
    SparkError::internal(format!("Arrow data of a Python function: {error}")).cause(error)
}
