//! A table over an explicit list of files.

use std::sync::Arc;

use arrow::array::{ArrayRef, BooleanArray, RecordBatch, RecordBatchOptions};
use arrow::datatypes::{Field, FieldRef, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::catalog::Session;
use datafusion::common::{DFSchema, DataFusionError, ScalarValue};
use datafusion::datasource::{TableProvider, TableType};
use datafusion::logical_expr::utils::conjunction;
use datafusion::logical_expr::{Expr, TableProviderFilterPushDown};
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use firesteel_error::{Result, SparkError};

use crate::context::FormatContext;
use crate::file_status::FileStatus;
use crate::format::{FileFormat, ScanRequest, check_types};
use crate::listing::list_files;
use crate::metadata_column::{METADATA_COLUMN, metadata_field};
use crate::options::Options;
use crate::schema::as_spark_nullable;
use crate::split::partitions;

/// Files of one format as a DataFusion table. Columns: the data columns, then the partition columns, then, if asked
/// for, `_metadata`.
#[derive(Debug, Clone)]
pub struct FilesTable {
    format: Arc<dyn FileFormat>,
    data_schema: SchemaRef,
    partition_columns: Vec<FieldRef>,
    with_metadata: bool,
    from_sink_log: bool,
    schema: SchemaRef,
    options: Options,
    files: Arc<Vec<FileStatus>>,
    context: FormatContext,
}

impl FilesTable {
    /// A table of exactly `files`. `schema` has the data columns only; each file has a value for each of
    /// `partition_columns`. Options nobody knows are reported; types the format cannot hold are refused.
    pub fn new(
        format: Arc<dyn FileFormat>,
        schema: SchemaRef,
        partition_columns: Vec<FieldRef>,
        options: Options,
        files: Vec<FileStatus>,
        context: FormatContext,
    ) -> Result<Self> {
        check_types(format.as_ref(), &schema, false)?;
        options.report_unknown(format.name(), format.known_options());
        if let Some(bad) = files.iter().find(|file| file.partition_values.len() != partition_columns.len()) {
            return Err(SparkError::internal(format!("{} does not have a value for each partition column", bad.path)));
        }
        let mut table = Self {
            format,
            data_schema: as_spark_nullable(&schema),
            partition_columns,
            with_metadata: false,
            from_sink_log: false,
            schema,
            options,
            files: Arc::new(files),
            context,
        };
        table.schema = table.table_schema();
        Ok(table)
    }

    /// What `spark.read.format(format).options(options).schema(user_schema).load(paths)` reads: lists, infers what is
    /// not given, and checks that there is something to read.
    pub async fn open(
        format: Arc<dyn FileFormat>,
        paths: &[String],
        user_schema: Option<SchemaRef>,
        options: Options,
        context: FormatContext,
    ) -> Result<Self> {
        let listing = list_files(paths, &options, &context, user_schema.as_deref()).await?;
        let is_partition = |name: &str| listing.partition_columns.iter().any(|p| context.same_name(p.name(), name));
        let inferred = match &user_schema {
            Some(schema) => Some(Arc::clone(schema)),
            None => format.infer_schema(&listing.files, &options, &context).await?,
        };
        let Some(schema) = inferred else {
            return Err(
                SparkError::new("UNABLE_TO_INFER_SCHEMA").param("format", crate::format::display_name(format.name()))
            );
        };
        let data: Vec<FieldRef> = schema.fields().iter().filter(|field| !is_partition(field.name())).cloned().collect();
        let from_sink_log = listing.from_sink_log;
        let table =
            Self::new(format, Arc::new(Schema::new(data)), listing.partition_columns, options, listing.files, context)?;
        Ok(Self { from_sink_log, ..table })
    }

    /// The same table with the `_metadata` column at the end.
    #[must_use]
    pub fn with_metadata_column(mut self) -> Self {
        self.with_metadata = true;
        self.schema = self.table_schema();
        self
    }

    /// Whether the files are those that the log of a streaming sink names.
    pub fn is_from_sink_log(&self) -> bool {
        self.from_sink_log
    }

    /// The same table over other files (each with the same partition columns).
    #[must_use]
    pub fn with_files(mut self, files: Vec<FileStatus>) -> Self {
        self.files = Arc::new(files);
        self
    }

    /// The files.
    pub fn files(&self) -> &[FileStatus] {
        &self.files
    }

    /// The format.
    pub fn format(&self) -> &Arc<dyn FileFormat> {
        &self.format
    }

    /// The columns that are in the files.
    pub fn data_schema(&self) -> &SchemaRef {
        &self.data_schema
    }

    /// The columns that come from directory names.
    pub fn partition_columns(&self) -> &[FieldRef] {
        &self.partition_columns
    }

    /// The user's options.
    pub fn options(&self) -> &Options {
        &self.options
    }

    fn constant_columns(&self) -> Vec<FieldRef> {
        let mut columns = self.partition_columns.clone();
        columns.extend(self.with_metadata.then(metadata_field));
        columns
    }

    fn table_schema(&self) -> SchemaRef {
        let fields: Vec<FieldRef> = self.data_schema.fields().iter().cloned().chain(self.constant_columns()).collect();
        Arc::new(Schema::new(fields))
    }

    /// Whether a condition can be decided from the directory names alone.
    fn only_partition_columns(&self, filter: &Expr) -> bool {
        let columns = filter.column_refs();
        !columns.is_empty()
            && !filter.is_volatile()
            && columns.iter().all(|column| self.partition_columns.iter().any(|field| field.name() == column.name()))
    }

    /// The files whose partition values satisfy `filters`.
    fn prune(&self, state: &dyn Session, filters: &[Expr]) -> Result<Vec<FileStatus>, DataFusionError> {
        let filters: Vec<Expr> = filters.iter().filter(|filter| self.only_partition_columns(filter)).cloned().collect();
        let Some(condition) = conjunction(filters) else { return Ok(self.files.to_vec()) };
        if self.files.is_empty() {
            return Ok(Vec::new());
        }
        let schema = Arc::new(Schema::new(self.partition_columns.clone()));
        let columns: Vec<ArrayRef> = (0..self.partition_columns.len())
            .map(|at| ScalarValue::iter_to_array(self.files.iter().map(|file| file.partition_values[at].clone())))
            .collect::<Result<_, _>>()?;
        let fields: Vec<Field> = schema.fields().iter().map(|f| f.as_ref().clone().with_nullable(true)).collect();
        let schema = Arc::new(Schema::new(fields));
        let options = RecordBatchOptions::new().with_row_count(Some(self.files.len()));
        let batch = RecordBatch::try_new_with_options(Arc::clone(&schema), columns, &options)?;
        let condition = state.create_physical_expr(condition, &DFSchema::try_from(schema)?)?;
        let kept = condition.evaluate(&batch)?.into_array(batch.num_rows())?;
        let Some(kept) = kept.as_any().downcast_ref::<BooleanArray>() else { return Ok(self.files.to_vec()) };
        let keep = |at: usize| kept.is_valid(at) && kept.value(at);
        Ok(self.files.iter().enumerate().filter(|(at, _)| keep(*at)).map(|(_, file)| file.clone()).collect())
    }
}

use arrow::array::Array;

#[async_trait]
impl TableProvider for FilesTable {
    fn schema(&self) -> SchemaRef {
        Arc::clone(&self.schema)
    }

    fn table_type(&self) -> TableType {
        TableType::Base
    }

    fn supports_filters_pushdown(
        &self,
        filters: &[&Expr],
    ) -> Result<Vec<TableProviderFilterPushDown>, DataFusionError> {
        let answer = |filter: &&Expr| {
            if self.only_partition_columns(filter) {
                TableProviderFilterPushDown::Exact
            } else if filter.column_refs().iter().any(|column| column.name() == METADATA_COLUMN) || filter.is_volatile()
            {
                TableProviderFilterPushDown::Unsupported
            } else {
                TableProviderFilterPushDown::Inexact
            }
        };
        Ok(filters.iter().map(answer).collect())
    }

    async fn scan(
        &self,
        state: &dyn Session,
        projection: Option<&Vec<usize>>,
        filters: &[Expr],
        limit: Option<usize>,
    ) -> Result<Arc<dyn ExecutionPlan>, DataFusionError> {
        let files = self.prune(state, filters)?;
        let table = DFSchema::try_from(Arc::clone(&self.schema))?;
        let filters = filters
            .iter()
            .filter(|filter| !self.only_partition_columns(filter))
            .map(|filter| state.create_physical_expr(filter.clone(), &table))
            .collect::<Result<Vec<_>, _>>()?;
        let projected = projection.cloned().unwrap_or_else(|| (0..self.schema.fields().len()).collect());
        if files.is_empty() {
            // No files are one empty partition: plans above count on at least one.
            return Ok(Arc::new(EmptyExec::new(Arc::new(self.schema.project(&projected)?))));
        }
        let splittable = |file: &FileStatus| self.format.splittable(file, &self.options);
        let request = ScanRequest {
            data_schema: Arc::clone(&self.data_schema),
            constant_columns: self.constant_columns(),
            projection: projected,
            partitions: partitions(&files, splittable, &self.context),
            limit,
            filters,
            options: self.options.clone(),
            context: self.context.clone(),
        };
        self.format.scan(request).map_err(|error| DataFusionError::External(Box::new(error)))
    }
}
