//! Parquet as Spark reads and writes it.

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
pub struct ParquetFormat;

#[async_trait]
impl FileFormat for ParquetFormat {
    fn name(&self) -> &'static str {
        "parquet"
    }

    fn known_options(&self) -> &'static [&'static str] {
        &[]
    }

    fn supports(&self, _: &DataType, _: bool) -> bool {
        true
    }

    async fn infer_schema(&self, _: &[FileStatus], _: &Options, _: &FormatContext) -> Result<Option<SchemaRef>> {
        Err(SparkError::unsupported("Inferring a schema from parquet files"))
    }

    fn splittable(&self, _: &FileStatus, _: &Options) -> bool {
        false
    }

    fn scan(&self, _: ScanRequest) -> Result<Arc<dyn ExecutionPlan>> {
        Err(SparkError::unsupported("Reading parquet files"))
    }

    fn encoder(&self, _: &SchemaRef, _: &Options, _: &FormatContext) -> Result<Arc<dyn EncoderFactory>> {
        Err(SparkError::unsupported("Writing parquet files"))
    }
}
