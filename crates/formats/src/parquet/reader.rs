//! Access to Parquet files whose errors name the file.

use std::ops::Range;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::ParquetFileReaderFactory;
use datafusion::datasource::physical_plan::parquet::DefaultParquetFileReaderFactory;
use datafusion::parquet::arrow::arrow_reader::ArrowReaderOptions;
use datafusion::parquet::arrow::async_reader::AsyncFileReader;
use datafusion::parquet::errors::ParquetError;
use datafusion::parquet::file::metadata::ParquetMetaData;
use datafusion::physical_plan::metrics::ExecutionPlanMetricsSet;
use firesteel_error::SparkError;
use futures::FutureExt;
use futures::future::BoxFuture;
use object_store::ObjectStore;

use crate::parquet::footer::footer_error;

/// DataFusion's reader with names in its errors.
#[derive(Debug)]
pub(crate) struct NamingReaders {
    inner: DefaultParquetFileReaderFactory,
    /// What stands before a file's key: `file:///`, `s3://bucket/`.
    root: String,
}

impl NamingReaders {
    pub(crate) fn new(store: Arc<dyn ObjectStore>, root: String) -> Self {
        Self { inner: DefaultParquetFileReaderFactory::new(store), root }
    }
}

impl ParquetFileReaderFactory for NamingReaders {
    fn create_reader(
        &self,
        partition_index: usize,
        file: PartitionedFile,
        metadata_size_hint: Option<usize>,
        metrics: &ExecutionPlanMetricsSet,
    ) -> datafusion::common::Result<Box<dyn AsyncFileReader + Send>> {
        let path = format!("{}{}", self.root, file.object_meta.location);
        let inner = self.inner.create_reader(partition_index, file, metadata_size_hint, metrics)?;
        Ok(Box::new(NamingReader { inner, path }))
    }
}

struct NamingReader {
    inner: Box<dyn AsyncFileReader + Send>,
    path: String,
}

fn is_missing(error: &ParquetError) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(inner) = source {
        if matches!(inner.downcast_ref::<object_store::Error>(), Some(object_store::Error::NotFound { .. })) {
            return true;
        }
        source = inner.source();
    }
    false
}

impl NamingReader {
    fn named(path: &str, error: ParquetError, footer: bool) -> ParquetError {
        let error = if is_missing(&error) {
            SparkError::new("FAILED_READ_FILE.FILE_NOT_EXIST").param("path", path).text(format!(
                "The file {path} does not exist (any more). If it was replaced since the query began, run the query again."
            ))
        } else if footer {
            footer_error(path, error)
        } else {
            SparkError::new("FAILED_READ_FILE.NO_HINT")
                .param("path", path)
                .text(format!("Reading the file {path} failed: {error}."))
                .cause(error)
        };
        ParquetError::External(Box::new(error))
    }
}

impl AsyncFileReader for NamingReader {
    fn get_bytes(&mut self, range: Range<u64>) -> BoxFuture<'_, Result<Bytes, ParquetError>> {
        let path = self.path.clone();
        let bytes = self.inner.get_bytes(range);
        async move { bytes.await.map_err(|error| Self::named(&path, error, false)) }.boxed()
    }

    fn get_byte_ranges(&mut self, ranges: Vec<Range<u64>>) -> BoxFuture<'_, Result<Vec<Bytes>, ParquetError>> {
        let path = self.path.clone();
        let bytes = self.inner.get_byte_ranges(ranges);
        async move { bytes.await.map_err(|error| Self::named(&path, error, false)) }.boxed()
    }

    fn get_metadata<'a>(
        &'a mut self,
        options: Option<&'a ArrowReaderOptions>,
    ) -> BoxFuture<'a, Result<Arc<ParquetMetaData>, ParquetError>> {
        let path = self.path.clone();
        let metadata = self.inner.get_metadata(options);
        async move { metadata.await.map_err(|error| Self::named(&path, error, true)) }.boxed()
    }
}
