//! JSON as Spark reads and writes it: a value a line, or one per file.

use std::sync::Arc;

use arrow::datatypes::{DataType, SchemaRef};
use async_trait::async_trait;
use datafusion::physical_plan::ExecutionPlan;
use firesteel_error::{Result, SparkError};

use crate::context::FormatContext;
use crate::file_status::FileStatus;
use crate::format::{FileFormat, ScanRequest};
use crate::options::Options;
use crate::write::EncoderFactory;

/// The format.
#[derive(Debug)]
pub struct JsonFormat;

#[async_trait]
impl FileFormat for JsonFormat {
    fn name(&self) -> &'static str {
        "json"
    }

    fn known_options(&self) -> &'static [&'static str] {
        &[]
    }

    fn supports(&self, _: &DataType, _: bool) -> bool {
        true
    }

    async fn infer_schema(&self, _: &[FileStatus], _: &Options, _: &FormatContext) -> Result<Option<SchemaRef>> {
        Err(SparkError::unsupported("Inferring a schema from json files"))
    }

    fn splittable(&self, _: &FileStatus, _: &Options) -> bool {
        false
    }

    fn scan(&self, _: ScanRequest) -> Result<Arc<dyn ExecutionPlan>> {
        Err(SparkError::unsupported("Reading json files"))
    }

    fn encoder(&self, _: &SchemaRef, _: &Options, _: &FormatContext) -> Result<Arc<dyn EncoderFactory>> {
        Err(SparkError::unsupported("Writing json files"))
    }
}

/// `from_json`: each text as a value of `target` (a struct, array or map), with the options of the reader.
/// Null texts give null. A bad record gives null fields (`PERMISSIVE`) or an error (`FAILFAST`).
pub fn from_json(
    input: &arrow::array::StringArray,
    target: &DataType,
    options: &Options,
    context: &FormatContext,
) -> Result<arrow::array::ArrayRef> {
    let _ = (input, target, options, context);
    Err(SparkError::unsupported("from_json"))
}

/// `to_json`: each value as text, with the options of the writer. Null values give null.
pub fn to_json(input: &arrow::array::ArrayRef, options: &Options, context: &FormatContext) -> Result<arrow::array::StringArray> {
    let _ = (input, options, context);
    Err(SparkError::unsupported("to_json"))
}

/// `schema_of_json`: the type that inference finds in one text.
pub fn schema_of_json(text: &str, options: &Options, context: &FormatContext) -> Result<DataType> {
    let _ = (text, options, context);
    Err(SparkError::unsupported("schema_of_json"))
}
