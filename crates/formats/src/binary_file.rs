//! Files as rows: path, time of change, length and bytes.

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
pub struct BinaryFileFormat;

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
        Err(SparkError::unsupported("Inferring a schema from binaryfile files"))
    }

    fn splittable(&self, _: &FileStatus, _: &Options) -> bool {
        false
    }

    fn scan(&self, _: ScanRequest) -> Result<Arc<dyn ExecutionPlan>> {
        Err(SparkError::unsupported("Reading binaryfile files"))
    }

    fn encoder(&self, _: &SchemaRef, _: &Options, _: &FormatContext) -> Result<Arc<dyn EncoderFactory>> {
        Err(SparkError::unsupported("Writing binaryfile files"))
    }
}
