//! CSV as Spark reads and writes it.

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
pub struct CsvFormat;

#[async_trait]
impl FileFormat for CsvFormat {
    fn name(&self) -> &'static str {
        "csv"
    }

    fn known_options(&self) -> &'static [&'static str] {
        &[]
    }

    fn supports(&self, _: &DataType, _: bool) -> bool {
        true
    }

    async fn infer_schema(&self, _: &[FileStatus], _: &Options, _: &FormatContext) -> Result<Option<SchemaRef>> {
        Err(SparkError::unsupported("Inferring a schema from csv files"))
    }

    fn splittable(&self, _: &FileStatus, _: &Options) -> bool {
        false
    }

    fn scan(&self, _: ScanRequest) -> Result<Arc<dyn ExecutionPlan>> {
        Err(SparkError::unsupported("Reading csv files"))
    }

    fn encoder(&self, _: &SchemaRef, _: &Options, _: &FormatContext) -> Result<Arc<dyn EncoderFactory>> {
        Err(SparkError::unsupported("Writing csv files"))
    }
}

/// `from_csv`: each text as a value of `target` (a struct), with the options of the reader.
/// Null texts give null. A bad record gives null fields (`PERMISSIVE`) or an error (`FAILFAST`).
pub fn from_csv(
    input: &arrow::array::StringArray,
    target: &DataType,
    options: &Options,
    context: &FormatContext,
) -> Result<arrow::array::ArrayRef> {
    let _ = (input, target, options, context);
    Err(SparkError::unsupported("from_csv"))
}

/// `to_csv`: each value as text, with the options of the writer. Null values give null.
pub fn to_csv(input: &arrow::array::ArrayRef, options: &Options, context: &FormatContext) -> Result<arrow::array::StringArray> {
    let _ = (input, options, context);
    Err(SparkError::unsupported("to_csv"))
}

/// `schema_of_csv`: the type that inference finds in one text.
pub fn schema_of_csv(text: &str, options: &Options, context: &FormatContext) -> Result<DataType> {
    let _ = (text, options, context);
    Err(SparkError::unsupported("schema_of_csv"))
}
