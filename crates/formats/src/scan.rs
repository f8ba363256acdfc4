//! The plan that reads slices of files with decoders, and puts the constants of each slice beside what they decode.

use std::collections::VecDeque;
use std::fmt;
use std::sync::Arc;

use arrow::array::{ArrayRef, RecordBatch, RecordBatchOptions};
use arrow::datatypes::SchemaRef;
use datafusion::common::tree_node::TreeNodeRecursion;
use datafusion::common::{DataFusionError, ScalarValue};
use datafusion::execution::TaskContext;
use datafusion::physical_expr::{EquivalenceProperties, PhysicalExpr};
use datafusion::physical_plan::execution_plan::{Boundedness, EmissionType};
use datafusion::physical_plan::metrics::{BaselineMetrics, ExecutionPlanMetricsSet, MetricBuilder, MetricsSet};
use datafusion::physical_plan::stream::RecordBatchStreamAdapter;
use datafusion::physical_plan::{
    DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning, PlanProperties, SendableRecordBatchStream,
};
use firesteel_error::{Result, SparkError};
use futures::StreamExt;

use crate::decode::{DecoderFactory, SliceReader};
use crate::format::ScanRequest;
use crate::metadata_column::metadata_value;
use crate::split::FileSlice;
use crate::storage::ReadError;

/// Reads the slices of a [`ScanRequest`], one after the other in each partition.
#[derive(Debug)]
pub(crate) struct FileScanExec {
    format: &'static str,
    request: Arc<ScanRequest>,
    decoders: Arc<dyn DecoderFactory>,
    skip_corrupt: bool,
    skip_missing: bool,
    properties: Arc<PlanProperties>,
    metrics: ExecutionPlanMetricsSet,
}

impl FileScanExec {
    /// A plan; `decoders` give [`ScanRequest::needed_data_columns`], in that order.
    pub(crate) fn plan(
        format: &'static str,
        request: ScanRequest,
        decoders: Arc<dyn DecoderFactory>,
    ) -> Result<Arc<dyn ExecutionPlan>> {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(request.output_schema()),
            Partitioning::UnknownPartitioning(request.partitions.len()),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Ok(Arc::new(Self {
            format,
            skip_corrupt: request.options.flag("ignoreCorruptFiles", request.context.ignore_corrupt_files)?,
            skip_missing: request.options.flag("ignoreMissingFiles", request.context.ignore_missing_files)?,
            request: Arc::new(request),
            decoders,
            properties: Arc::new(properties),
            metrics: ExecutionPlanMetricsSet::new(),
        }))
    }
}

impl DisplayAs for FileScanExec {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let schema = self.request.output_schema();
        let columns: Vec<&str> = schema.fields().iter().map(|field| field.name().as_str()).collect();
        let slices: usize = self.request.partitions.iter().map(Vec::len).sum();
        write!(f, "FileScanExec: format={}, columns=[{}], slices={slices}", self.format, columns.join(", "))?;
        if let Some(limit) = self.request.limit {
            write!(f, ", limit={limit}")?;
        }
        Ok(())
    }
}

impl ExecutionPlan for FileScanExec {
    fn name(&self) -> &'static str {
        "FileScanExec"
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> Result<TreeNodeRecursion, DataFusionError>,
    ) -> Result<TreeNodeRecursion, DataFusionError> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        Ok(self)
    }

    fn execute(&self, partition: usize, _: Arc<TaskContext>) -> Result<SendableRecordBatchStream, DataFusionError> {
        let slices = self.request.partitions.get(partition).cloned().unwrap_or_default();
        let read_bytes = MetricBuilder::new(&self.metrics).counter("bytes_scanned", partition);
        read_bytes.add(slices.iter().map(|slice| usize::try_from(slice.end - slice.start).unwrap_or(0)).sum());
        let reading = Reading {
            schema: self.request.output_schema(),
            needed: self.request.needed_data_columns(),
            request: Arc::clone(&self.request),
            decoders: Arc::clone(&self.decoders),
            skip_corrupt: self.skip_corrupt,
            skip_missing: self.skip_missing,
            slices: slices.into(),
            open: None,
            left: self.request.limit.unwrap_or(usize::MAX),
            ready: VecDeque::new(),
            metrics: BaselineMetrics::new(&self.metrics, partition),
        };
        let schema = self.request.output_schema();
        let stream = futures::stream::try_unfold(reading, |mut reading| async move {
            match reading.next().await {
                Ok(Some(batch)) => Ok(Some((batch, reading))),
                Ok(None) => Ok(None),
                Err(error) => Err(DataFusionError::External(Box::new(error))),
            }
        });
        Ok(Box::pin(RecordBatchStreamAdapter::new(schema, stream.boxed())))
    }

    fn metrics(&self) -> Option<MetricsSet> {
        Some(self.metrics.clone_inner())
    }
}

/// One partition being read.
struct Reading {
    schema: SchemaRef,
    needed: Vec<usize>,
    request: Arc<ScanRequest>,
    decoders: Arc<dyn DecoderFactory>,
    skip_corrupt: bool,
    skip_missing: bool,
    slices: VecDeque<FileSlice>,
    open: Option<(SliceReader, FileSlice, Vec<ScalarValue>)>,
    left: usize,
    ready: VecDeque<RecordBatch>,
    metrics: BaselineMetrics,
}

impl Reading {
    async fn next(&mut self) -> Result<Option<RecordBatch>> {
        let batch_size = self.request.context.batch_size;
        loop {
            if let Some(batch) = self.ready.pop_front() {
                return Ok(Some(batch));
            }
            if self.left == 0 || !self.open_next()? {
                return Ok(None);
            }
            let Some((reader, slice, constants)) = &mut self.open else { return Ok(None) };
            match reader.next(batch_size).await {
                Ok(None) => self.open = None,
                Ok(Some(batch)) => {
                    let batch = batch.slice(0, batch.num_rows().min(self.left));
                    self.left -= batch.num_rows();
                    let batch = assemble(&self.schema, &self.request, &self.needed, &batch, constants)?;
                    self.metrics.record_output(batch.num_rows());
                    // Short records make long batches; consumers are promised bounded ones.
                    let size = if batch.num_rows() <= 2 * batch_size { batch.num_rows() } else { batch_size };
                    let cuts = (0..batch.num_rows()).step_by(size.max(1));
                    self.ready.extend(cuts.map(|at| batch.slice(at, size.min(batch.num_rows() - at))));
                }
                Err(error) => {
                    let slice = slice.clone();
                    self.open = None;
                    self.pass_over(&slice, error)?;
                }
            }
        }
    }

    /// Opens the next slice, if none is open. `false` if there is no more.
    fn open_next(&mut self) -> Result<bool> {
        while self.open.is_none() {
            let Some(slice) = self.slices.pop_front() else { return Ok(false) };
            match SliceReader::open(&slice, self.decoders.as_ref(), &self.request.context) {
                Ok(reader) => {
                    let mut constants = slice.file.partition_values.clone();
                    if self.request.constant_columns.len() > constants.len() {
                        constants.push(metadata_value(&slice));
                    }
                    self.open = Some((reader, slice, constants));
                }
                Err(error) => self.pass_over(&slice, error)?,
            }
        }
        Ok(true)
    }

    /// A file that cannot be read (on) is an error, unless the user asked to skip such files.
    fn pass_over(&self, slice: &FileSlice, error: ReadError) -> Result<()> {
        match error {
            ReadError::Missing if self.skip_missing => {
                tracing::warn!(file = %slice.file.path, "skipped a missing file");
                Ok(())
            }
            ReadError::Other(error)
                if self.skip_corrupt && error.condition().is_none_or(|c| !c.starts_with("MALFORMED")) =>
            {
                tracing::warn!(file = %slice.file.path, %error, "skipped the rest of a corrupt file");
                Ok(())
            }
            error => Err(read_failed(slice, error)),
        }
    }
}

/// The error of a file that could not be read: `FAILED_READ_FILE`, with what went wrong in it.
pub(crate) fn read_failed(slice: &FileSlice, error: ReadError) -> SparkError {
    let path = slice.file.path.to_string();
    match error {
        ReadError::Missing => SparkError::new("FAILED_READ_FILE.FILE_NOT_EXIST").param("path", &path).text(format!(
            "The file {path} does not exist (any more). If it was replaced since the query began, run the query again."
        )),
        ReadError::Other(error) if error.condition().is_some_and(|c| c.starts_with("FAILED_READ_FILE")) => error,
        ReadError::Other(error) => SparkError::new("FAILED_READ_FILE.NO_HINT")
            .param("path", &path)
            .text(format!("Reading the file {path} failed: {}", error.message()))
            .cause(error),
    }
}

/// Puts decoded columns and constants into the projection's order.
fn assemble(
    schema: &SchemaRef,
    request: &ScanRequest,
    needed: &[usize],
    batch: &RecordBatch,
    constants: &[ScalarValue],
) -> Result<RecordBatch> {
    let rows = batch.num_rows();
    let data_columns = request.data_schema.fields().len();
    let column = |index: &usize| -> Result<ArrayRef, DataFusionError> {
        match index.checked_sub(data_columns) {
            Some(constant) => constants[constant].to_array_of_size(rows),
            None => {
                let at = needed.binary_search(index).unwrap_or(0);
                Ok(Arc::clone(batch.column(at)))
            }
        }
    };
    let columns = request.projection.iter().map(column).collect::<Result<Vec<_>, _>>().map_err(spark_error)?;
    let options = RecordBatchOptions::new().with_row_count(Some(rows));
    RecordBatch::try_new_with_options(Arc::clone(schema), columns, &options)
        .map_err(|error| SparkError::internal(error.to_string()))
}

/// The [`SparkError`] inside a DataFusion error, or one around it.
pub(crate) fn spark_error(error: DataFusionError) -> SparkError {
    let mut inner: &(dyn std::error::Error + 'static) = &error;
    loop {
        if let Some(found) = inner.downcast_ref::<SparkError>() {
            return found.clone();
        }
        match inner.source() {
            Some(source) => inner = source,
            None => break,
        }
    }
    SparkError::plain(firesteel_error::Exception::Spark, error.to_string())
}
