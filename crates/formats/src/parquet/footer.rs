//! The schema in a Parquet file's footer, in Spark's types.

use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Fields, Schema, SchemaRef, TimeUnit};
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::DefaultParquetFileReaderFactory;
use datafusion::parquet::arrow::parquet_to_arrow_schema;
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use firesteel_error::{Result, SparkError};
use object_store::ObjectMeta;

use crate::context::FormatContext;
use crate::file_status::FileStatus;
use crate::parquet::schema_json::schema_from_json;
use crate::schema::{array_of, timestamp_ntz_type, timestamp_type};
use crate::storage::store_of;

/// The key under which Spark notes its schema.
pub(crate) const SPARK_SCHEMA_KEY: &str = "org.apache.spark.sql.parquet.row.metadata";

/// The schema of one file.
pub(crate) async fn schema_of(file: &FileStatus, context: &FormatContext) -> Result<SchemaRef> {
    let store = store_of(&file.path, context)?;
    let meta = ObjectMeta {
        location: file.path.store_path()?,
        last_modified: chrono::DateTime::<chrono::Utc>::from_timestamp_millis(file.modification_ms).unwrap_or_default(),
        size: file.size,
        e_tag: None,
        version: None,
    };
    let mut reader = DefaultParquetFileReaderFactory::new(store)
        .create_reader(0, PartitionedFile::new_from_meta(meta), None, &ExecutionPlanMetricsSet::new())
        .map_err(crate::scan::spark_error)?;
    let bad = |error: datafusion::parquet::errors::ParquetError| footer_error(&file.path.to_string(), error);
    let metadata = reader.get_metadata(None).await.map_err(bad)?;
    spark_schema(&metadata, context).map_err(bad)
}

/// The error of a file that is not Parquet.
pub(crate) fn footer_error(path: &str, error: datafusion::parquet::errors::ParquetError) -> SparkError {
    SparkError::new("FAILED_READ_FILE.CANNOT_READ_FILE_FOOTER")
        .param("path", path)
        .text(format!("The footer of {path} could not be read: {error}. Is it a whole Parquet file?"))
        .cause(error)
}

fn spark_schema(
    metadata: &ParquetMetaData,
    context: &FormatContext,
) -> std::result::Result<SchemaRef, datafusion::parquet::errors::ParquetError> {
    let notes = metadata.file_metadata().key_value_metadata();
    let note = notes.and_then(|notes| notes.iter().find(|note| note.key == SPARK_SCHEMA_KEY));
    if let Some(schema) = note.and_then(|note| schema_from_json(note.value.as_deref()?)) {
        return Ok(schema);
    }
    let schema = parquet_to_arrow_schema(metadata.file_metadata().schema_descr(), None)?;
    let fields: Vec<FieldRef> = schema.fields().iter().map(|field| spark_field(field, context)).collect();
    Ok(Arc::new(Schema::new(fields)))
}

fn spark_field(field: &FieldRef, context: &FormatContext) -> FieldRef {
    Arc::new(Field::new(field.name(), spark_type(field.data_type(), context), field.is_nullable()))
}

/// The type of ours that Spark reads a Parquet column as.
fn spark_type(data_type: &DataType, context: &FormatContext) -> DataType {
    match data_type {
        DataType::UInt8 => DataType::Int16,
        DataType::UInt16 => DataType::Int32,
        DataType::UInt32 => DataType::Int64,
        DataType::UInt64 => DataType::Decimal128(20, 0),
        DataType::Float16 => DataType::Float32,
        DataType::Utf8View | DataType::LargeUtf8 => DataType::Utf8,
        DataType::Binary | DataType::BinaryView | DataType::LargeBinary if context.parquet_binary_as_string => {
            DataType::Utf8
        }
        DataType::BinaryView | DataType::LargeBinary | DataType::FixedSizeBinary(_) => DataType::Binary,
        DataType::Decimal32(p, s) | DataType::Decimal64(p, s) => DataType::Decimal128(*p, *s),
        DataType::Decimal256(p, s) => DataType::Decimal128((*p).min(38), *s),
        DataType::Date64 => DataType::Date32,
        // 96-bit times have no unit in Parquet; the reader shows them as nanoseconds without a zone.
        DataType::Timestamp(TimeUnit::Nanosecond, None) => timestamp_type(),
        DataType::Timestamp(_, Some(_)) => timestamp_type(),
        DataType::Timestamp(_, None) => timestamp_ntz_type(),
        DataType::Time32(_) | DataType::Time64(_) => DataType::Int64,
        DataType::List(element) | DataType::LargeList(element) | DataType::FixedSizeList(element, _) => {
            array_of(spark_type(element.data_type(), context))
        }
        DataType::Struct(fields) => DataType::Struct(fields.iter().map(|field| spark_field(field, context)).collect()),
        DataType::Map(entries, _) => {
            let DataType::Struct(pair) = entries.data_type() else { return data_type.clone() };
            let part = |at: usize, name: &str, nullable: bool| {
                let inner = pair.get(at).map_or(DataType::Null, |field| spark_type(field.data_type(), context));
                Field::new(name, inner, nullable)
            };
            let pair = DataType::Struct(Fields::from(vec![part(0, "key", false), part(1, "value", true)]));
            DataType::Map(Arc::new(Field::new("entries", pair, false)), false)
        }
        DataType::Dictionary(_, value) => spark_type(value, context),
        other => other.clone(),
    }
}
