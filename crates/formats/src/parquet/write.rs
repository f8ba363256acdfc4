//! Batches as Parquet files.

use std::sync::Arc;

use arrow::array::{Array, ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::compute::cast;
use arrow::datatypes::{DataType, Field, Schema, SchemaRef, TimeUnit};
use datafusion::parquet::arrow::ArrowWriter;
use datafusion::parquet::arrow::arrow_writer::ArrowWriterOptions;
use datafusion::parquet::basic::{BrotliLevel, Compression, GzipLevel, ZstdLevel};
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::KeyValue;
use datafusion::parquet::file::properties::WriterProperties;
use firesteel_error::{Exception, Result, SparkError};

use crate::context::FormatContext;
use crate::options::Options;
use crate::parquet::footer::SPARK_SCHEMA_KEY;
use crate::parquet::schema_json::schema_to_json;
use crate::write::{Encoder, EncoderFactory};

/// Encoded bytes of a row group at which it is ended, so that open files stay small in memory.
const GROUP_BYTES: usize = 32 << 20;

#[derive(Debug)]
pub(crate) struct ParquetEncoders {
    /// The columns as they are stored.
    schema: SchemaRef,
    properties: WriterProperties,
    extension: &'static str,
}

impl ParquetEncoders {
    pub(crate) fn new(schema: &SchemaRef, options: &Options, context: &FormatContext) -> Result<Self> {
        let name = options.first_of(&["compression", "parquet.compression"]).unwrap_or(&context.parquet_compression);
        let (compression, extension) = codec(name)?;
        let unit = match context.parquet_timestamp_type.to_uppercase().as_str() {
            "TIMESTAMP_MILLIS" => TimeUnit::Millisecond,
            _ => TimeUnit::Microsecond,
        };
        let note = schema_to_json(schema).map(|json| KeyValue::new(SPARK_SCHEMA_KEY.to_string(), json));
        let version = KeyValue::new("org.apache.spark.version".to_string(), "4.2.0".to_string());
        let properties = WriterProperties::builder()
            .set_compression(compression)
            .set_coerce_types(true)
            .set_key_value_metadata(Some(note.into_iter().chain([version]).collect()))
            .build();
        let fields: Vec<Field> = schema
            .fields()
            .iter()
            .map(|field| match field.data_type() {
                DataType::Timestamp(_, Some(utc)) if unit == TimeUnit::Millisecond => {
                    field.as_ref().clone().with_data_type(DataType::Timestamp(unit, Some(Arc::clone(utc))))
                }
                DataType::Duration(_) => field.as_ref().clone().with_data_type(DataType::Int64),
                _ => field.as_ref().clone(),
            })
            .collect();
        Ok(Self { schema: Arc::new(Schema::new(fields)), properties, extension })
    }
}

fn codec(name: &str) -> Result<(Compression, &'static str)> {
    Ok(match name.to_lowercase().as_str() {
        "none" | "uncompressed" => (Compression::UNCOMPRESSED, ".parquet"),
        "snappy" => (Compression::SNAPPY, ".snappy.parquet"),
        "gzip" => (Compression::GZIP(GzipLevel::default()), ".gz.parquet"),
        "zstd" => (Compression::ZSTD(ZstdLevel::default()), ".zstd.parquet"),
        "lz4" => (Compression::LZ4, ".lz4hadoop.parquet"),
        "lz4_raw" => (Compression::LZ4_RAW, ".lz4raw.parquet"),
        "brotli" => (Compression::BROTLI(BrotliLevel::default()), ".br.parquet"),
        "lzo" => return Err(SparkError::unsupported("Parquet compression lzo")),
        _ => {
            return Err(SparkError::new("CODEC_NOT_AVAILABLE.WITH_AVAILABLE_CODECS_SUGGESTION")
                .param("codecName", name)
                .param("availableCodecs", "brotli, uncompressed, lzo, snappy, lz4_raw, none, zstd, lz4, gzip")
                .with_exception(Exception::IllegalArgument));
        }
    })
}

fn failed(error: ParquetError) -> SparkError {
    SparkError::plain(Exception::Spark, format!("Encoding Parquet failed: {error}")).cause(error)
}

impl EncoderFactory for ParquetEncoders {
    fn extension(&self) -> String {
        self.extension.to_string()
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>> {
        let options = ArrowWriterOptions::new().with_properties(self.properties.clone()).with_skip_arrow_metadata(true);
        let writer =
            ArrowWriter::try_new_with_options(Vec::new(), Arc::clone(&self.schema), options).map_err(failed)?;
        Ok(Box::new(ParquetEncoder { schema: Arc::clone(&self.schema), writer }))
    }
}

struct ParquetEncoder {
    schema: SchemaRef,
    writer: ArrowWriter<Vec<u8>>,
}

impl Encoder for ParquetEncoder {
    fn encode(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        let internal = |error: arrow::error::ArrowError| SparkError::internal(error.to_string());
        let stored = |(column, field): (&ArrayRef, &Arc<Field>)| {
            if column.data_type() == field.data_type() {
                Ok(Arc::clone(column))
            } else {
                cast(column, field.data_type()).map_err(internal)
            }
        };
        let columns = batch.columns().iter().zip(self.schema.fields()).map(stored).collect::<Result<Vec<_>>>()?;
        let options = RecordBatchOptions::new().with_row_count(Some(batch.num_rows()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options).map_err(internal)?;
        self.writer.write(&batch).map_err(failed)?;
        if self.writer.in_progress_size() > GROUP_BYTES {
            self.writer.flush().map_err(failed)?;
        }
        out.append(self.writer.inner_mut());
        Ok(())
    }

    fn held_bytes(&self) -> usize {
        self.writer.memory_size()
    }

    fn flush(&mut self, out: &mut Vec<u8>) -> Result<()> {
        self.writer.flush().map_err(failed)?;
        out.append(self.writer.inner_mut());
        Ok(())
    }

    fn finish(mut self: Box<Self>, out: &mut Vec<u8>) -> Result<()> {
        self.writer.finish().map_err(failed)?;
        out.append(self.writer.inner_mut());
        Ok(())
    }
}
