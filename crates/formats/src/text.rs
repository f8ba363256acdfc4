//! Text files: a row a line, or a row a file.

use std::sync::Arc;

use arrow::array::{Array, AsArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::physical_plan::ExecutionPlan;
use firesteel_error::{Result, SparkError};

use crate::column::Column;
use crate::compression::{Codec, Compressor};
use crate::context::FormatContext;
use crate::decode::{Decoder, DecoderFactory, Framing};
use crate::encoding::Encoding;
use crate::file_status::FileStatus;
use crate::format::{FileFormat, ScanRequest};
use crate::lines::LineEnd;
use crate::options::Options;
use crate::scan::FileScanExec;
use crate::split::FileSlice;
use crate::write::{Encoder, EncoderFactory};

/// The format.
#[derive(Debug)]
pub struct TextFormat;

#[async_trait]
impl FileFormat for TextFormat {
    fn name(&self) -> &'static str {
        "text"
    }

    fn known_options(&self) -> &'static [&'static str] {
        &["wholetext", "lineSep", "encoding", "charset"]
    }

    fn supports(&self, data_type: &DataType, _: bool) -> bool {
        data_type == &DataType::Utf8
    }

    async fn infer_schema(&self, _: &[FileStatus], _: &Options, _: &FormatContext) -> Result<Option<SchemaRef>> {
        Ok(Some(Arc::new(Schema::new(vec![Field::new("value", DataType::Utf8, true)]))))
    }

    fn splittable(&self, file: &FileStatus, options: &Options) -> bool {
        let whole = options.flag("wholetext", false).unwrap_or(false);
        !whole && Codec::of_name(file.path.name()).is_ok_and(|codec| codec == Codec::None)
    }

    fn scan(&self, request: ScanRequest) -> Result<Arc<dyn ExecutionPlan>> {
        one_column(&request.data_schema)?;
        let options = &request.options;
        let end = options.get("lineSep").map_or(LineEnd::Any, |end| LineEnd::Exactly(end.as_bytes().to_vec()));
        let decoders = TextDecoders {
            end,
            whole: options.flag("wholetext", false)?,
            encoding: options.first_of(&["encoding", "charset"]).map_or(Ok(Encoding::Utf8), Encoding::named)?,
            wanted: !request.needed_data_columns().is_empty(),
            schema: Arc::clone(&request.data_schema),
        };
        FileScanExec::plan("text", request, Arc::new(decoders))
    }

    fn encoder(&self, schema: &SchemaRef, options: &Options, _: &FormatContext) -> Result<Arc<dyn EncoderFactory>> {
        one_column(schema)?;
        Ok(Arc::new(TextEncoders {
            codec: options.first_of(&["compression", "codec"]).map_or(Ok(Codec::None), Codec::of_option)?,
            line_end: options.get("lineSep").unwrap_or("\n").as_bytes().to_vec(),
        }))
    }
}

fn one_column(schema: &Schema) -> Result<()> {
    if schema.fields().len() == 1 {
        return Ok(());
    }
    let count = schema.fields().len();
    Err(SparkError::new("_LEGACY_ERROR_TEMP_1290")
        .param("schemaSize", count.to_string())
        .text(format!("Text data source supports only a single column, and you have {count} columns.")))
}

#[derive(Debug)]
struct TextDecoders {
    end: LineEnd,
    whole: bool,
    encoding: Encoding,
    wanted: bool,
    schema: SchemaRef,
}

impl DecoderFactory for TextDecoders {
    fn framing(&self) -> Framing {
        if self.whole { Framing::Whole } else { Framing::Lines(self.end.clone()) }
    }

    fn encoding(&self) -> Encoding {
        self.encoding
    }

    fn decoder(&self, _: &FileSlice) -> Result<Box<dyn Decoder>> {
        let schema = if self.wanted { Arc::clone(&self.schema) } else { Arc::new(Schema::empty()) };
        Ok(Box::new(TextDecoder {
            end: self.end.clone(),
            whole: self.whole,
            column: Column::new(&DataType::Utf8)?,
            schema,
        }))
    }
}

struct TextDecoder {
    end: LineEnd,
    whole: bool,
    column: Column,
    schema: SchemaRef,
}

impl TextDecoder {
    fn push(&mut self, text: &[u8], valid: bool) {
        if valid {
            self.column.push_bytes(text);
        } else {
            self.column.push_bytes(String::from_utf8_lossy(text).as_bytes());
        }
    }
}

impl Decoder for TextDecoder {
    fn decode(&mut self, bytes: &[u8], _: bool) -> Result<usize> {
        let valid = simdutf8::basic::from_utf8(bytes).is_ok();
        if self.whole {
            self.push(bytes, valid);
            return Ok(bytes.len());
        }
        let end = self.end.clone();
        for line in end.lines(bytes) {
            self.push(line, valid);
        }
        Ok(bytes.len())
    }

    fn rows(&self) -> usize {
        self.column.len()
    }

    fn take(&mut self) -> Result<RecordBatch> {
        let options = RecordBatchOptions::new().with_row_count(Some(self.column.len()));
        let texts = self.column.take()?;
        let columns = if self.schema.fields().is_empty() { vec![] } else { vec![texts] };
        RecordBatch::try_new_with_options(Arc::clone(&self.schema), columns, &options)
            .map_err(|error| SparkError::internal(error.to_string()))
    }
}

#[derive(Debug)]
struct TextEncoders {
    codec: Codec,
    line_end: Vec<u8>,
}

impl EncoderFactory for TextEncoders {
    fn extension(&self) -> String {
        format!(".txt{}", self.codec.extension())
    }

    fn encoder(&self) -> Result<Box<dyn Encoder>> {
        let compressor = Compressor::new(self.codec).map_err(|error| SparkError::io("Compressing", error))?;
        Ok(Box::new(TextEncoder { compressor, line_end: self.line_end.clone() }))
    }
}

struct TextEncoder {
    compressor: Compressor,
    line_end: Vec<u8>,
}

impl Encoder for TextEncoder {
    fn encode(&mut self, batch: &RecordBatch, out: &mut Vec<u8>) -> Result<()> {
        let texts = batch.column(0).as_string::<i32>();
        let mut lines = Vec::new();
        for row in 0..texts.len() {
            if texts.is_valid(row) {
                lines.extend_from_slice(texts.value(row).as_bytes());
            }
            lines.extend_from_slice(&self.line_end);
        }
        self.compressor.push(&lines, out).map_err(|error| SparkError::io("Compressing", error))
    }

    fn finish(self: Box<Self>, out: &mut Vec<u8>) -> Result<()> {
        self.compressor.finish(out).map_err(|error| SparkError::io("Compressing", error))
    }
}
