//! Files as rows: path, time of change, length and bytes.

use std::sync::Arc;

use arrow::array::{
    ArrayRef, BinaryArray, Int64Array, RecordBatch, RecordBatchOptions, StringArray, TimestampMicrosecondArray,
};
use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::physical_plan::ExecutionPlan;
use firesteel_error::{Exception, Result, SparkError};

use crate::context::FormatContext;
use crate::decode::{Decoder, DecoderFactory, Framing};
use crate::encoding::Encoding;
use crate::file_status::FileStatus;
use crate::format::{FileFormat, ScanRequest};
use crate::options::Options;
use crate::scan::FileScanExec;
use crate::schema::timestamp_type;
use crate::split::FileSlice;
use crate::write::EncoderFactory;

/// The format.
#[derive(Debug)]
pub struct BinaryFileFormat;

fn schema() -> SchemaRef {
    Arc::new(Schema::new(vec![
        Field::new("path", DataType::Utf8, true),
        Field::new("modificationTime", timestamp_type(), true),
        Field::new("length", DataType::Int64, true),
        Field::new("content", DataType::Binary, true),
    ]))
}

#[async_trait]
impl FileFormat for BinaryFileFormat {
    fn name(&self) -> &'static str {
        "binaryfile"
    }

    fn known_options(&self) -> &'static [&'static str] {
        &[]
    }

    fn supports(&self, _: &DataType, _: bool) -> bool {
        true
    }

    async fn infer_schema(&self, _: &[FileStatus], _: &Options, _: &FormatContext) -> Result<Option<SchemaRef>> {
        Ok(Some(schema()))
    }

    fn splittable(&self, _: &FileStatus, _: &Options) -> bool {
        false
    }

    fn scan(&self, request: ScanRequest) -> Result<Arc<dyn ExecutionPlan>> {
        let expected = schema();
        let given = request.data_schema.fields();
        if given.len() != 4
            || given.iter().zip(expected.fields()).any(|(a, b)| a.name() != b.name() || a.data_type() != b.data_type())
        {
            return Err(SparkError::plain(
                Exception::Analysis,
                "The binaryFile data source has the columns path, modificationTime, length and content; it takes no other schema.",
            ));
        }
        let decoders = BinaryDecoders { needed: request.needed_data_columns() };
        FileScanExec::plan("binaryFile", request, Arc::new(decoders))
    }

    fn encoder(&self, _: &SchemaRef, _: &Options, _: &FormatContext) -> Result<Arc<dyn EncoderFactory>> {
        Err(SparkError::plain(Exception::UnsupportedOperation, "Write is not supported for binary file data source"))
    }
}

#[derive(Debug)]
struct BinaryDecoders {
    needed: Vec<usize>,
}

impl DecoderFactory for BinaryDecoders {
    fn framing(&self) -> Framing {
        Framing::Whole
    }

    fn encoding(&self) -> Encoding {
        Encoding::Utf8
    }

    fn is_binary(&self) -> bool {
        true
    }

    fn decoder(&self, slice: &FileSlice) -> Result<Box<dyn Decoder>> {
        Ok(Box::new(BinaryDecoder { file: slice.file.clone(), needed: self.needed.clone(), content: None }))
    }
}

struct BinaryDecoder {
    file: FileStatus,
    needed: Vec<usize>,
    content: Option<Vec<u8>>,
}

impl Decoder for BinaryDecoder {
    fn decode(&mut self, bytes: &[u8], _: bool) -> Result<usize> {
        self.content = Some(bytes.to_vec());
        Ok(bytes.len())
    }

    fn rows(&self) -> usize {
        usize::from(self.content.is_some())
    }

    fn take(&mut self) -> Result<RecordBatch> {
        let content = self.content.take().unwrap_or_default();
        let length = i64::try_from(content.len()).unwrap_or(i64::MAX);
        let modified = self.file.modification_ms.saturating_mul(1000);
        let columns: Vec<ArrayRef> = vec![
            Arc::new(StringArray::from(vec![self.file.path.hadoop()])),
            Arc::new(TimestampMicrosecondArray::from(vec![modified]).with_timezone("UTC")),
            Arc::new(Int64Array::from(vec![length])),
            Arc::new(BinaryArray::from(vec![content.as_slice()])),
        ];
        let options = RecordBatchOptions::new().with_row_count(Some(1));
        RecordBatch::try_new_with_options(schema(), columns, &options)
            .and_then(|batch| batch.project(&self.needed))
            .map_err(|error| SparkError::internal(error.to_string()))
    }
}
