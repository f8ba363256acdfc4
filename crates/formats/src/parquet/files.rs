//! The format `parquet`.

use std::sync::Arc;

use arrow::datatypes::{DataType, IntervalUnit, SchemaRef};
use async_trait::async_trait;
use datafusion::config::TableParquetOptions;
use datafusion::datasource::listing::PartitionedFile;
use datafusion::datasource::physical_plan::{FileGroup, FileScanConfigBuilder, ParquetSource};
use datafusion::datasource::source::DataSourceExec;
use datafusion::datasource::table_schema::TableSchema;
use datafusion::physical_expr::conjunction;
use datafusion::physical_plan::ExecutionPlan;
use datafusion::physical_plan::empty::EmptyExec;
use firesteel_error::{Result, SparkError};
use object_store::ObjectMeta;

use crate::context::FormatContext;
use crate::file_status::FileStatus;
use crate::format::{FileFormat, ScanRequest};
use crate::metadata_column::metadata_value;
use crate::options::Options;
use crate::parquet::columns::ColumnsByName;
use crate::parquet::footer::schema_of;
use crate::parquet::reader::NamingReaders;
use crate::parquet::write::ParquetEncoders;
use crate::schema::merge_schemas;
use crate::split::FileSlice;
use crate::storage::store_of;
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
        &[
            "mergeSchema",
            "compression",
            "parquet.compression",
            "datetimeRebaseMode",
            "int96RebaseMode",
            "parquet.block.size",
        ]
    }

    fn supports(&self, data_type: &DataType, writing: bool) -> bool {
        match data_type {
            DataType::Interval(IntervalUnit::YearMonth) => !writing,
            DataType::Interval(_) => false,
            DataType::Struct(fields) => fields.iter().all(|field| self.supports(field.data_type(), writing)),
            DataType::List(element) => self.supports(element.data_type(), writing),
            DataType::Map(entries, _) => match entries.data_type() {
                DataType::Struct(pair) => pair.iter().all(|field| self.supports(field.data_type(), writing)),
                _ => false,
            },
            _ => true,
        }
    }

    async fn infer_schema(
        &self,
        files: &[FileStatus],
        options: &Options,
        context: &FormatContext,
    ) -> Result<Option<SchemaRef>> {
        let skip_corrupt = options.flag("ignoreCorruptFiles", context.ignore_corrupt_files)?;
        let merges = options.flag("mergeSchema", context.parquet_merge_schema)?;
        let mut merged: Option<SchemaRef> = None;
        for file in files {
            let schema = match schema_of(file, context).await {
                Err(error) if skip_corrupt => {
                    tracing::warn!(file = %file.path, %error, "skipped a corrupt file");
                    continue;
                }
                schema => schema?,
            };
            let known = match merged {
                Some(known) => merge_schemas(&known, &schema, context)?,
                None => schema,
            };
            if !merges {
                return Ok(Some(known));
            }
            merged = Some(known);
        }
        Ok(merged)
    }

    fn splittable(&self, _: &FileStatus, _: &Options) -> bool {
        true
    }

    fn scan(&self, request: ScanRequest) -> Result<Arc<dyn ExecutionPlan>> {
        let Some(first) = request.partitions.iter().flatten().next() else {
            return Ok(Arc::new(EmptyExec::new(request.output_schema())));
        };
        let internal = |error: datafusion::common::DataFusionError| SparkError::internal(error.to_string());
        let url = first.file.path.store_url()?;
        let root = if url.as_str().ends_with('/') { url.as_str().to_string() } else { format!("{}/", url.as_str()) };
        let store = store_of(&first.file.path, &request.context)?;
        let mut parquet = TableParquetOptions::default();
        parquet.global.schema_force_view_types = false;
        parquet.global.skip_metadata = true;
        parquet.global.coerce_int96 = Some("us".into());
        parquet.global.coerce_int96_tz = Some("UTC".into());
        let schema = TableSchema::builder(Arc::clone(&request.data_schema))
            .with_table_partition_cols(request.constant_columns.clone())
            .build();
        let mut source = ParquetSource::new(schema)
            .with_table_parquet_options(parquet)
            .with_parquet_file_reader_factory(Arc::new(NamingReaders::new(store, root)));
        if !request.filters.is_empty() {
            source = source.with_predicate(conjunction(request.filters.iter().cloned()));
        }
        let skip_missing = request.options.flag("ignoreMissingFiles", request.context.ignore_missing_files)?;
        let present =
            |slice: &&FileSlice| !skip_missing || slice.file.path.local_path().is_none_or(|path| path.exists());
        let groups = request
            .partitions
            .iter()
            .map(|slices| {
                let files = slices.iter().filter(present).map(|slice| partitioned_file(slice, &request));
                Ok(FileGroup::new(files.collect::<Result<Vec<_>>>()?))
            })
            .collect::<Result<Vec<_>>>()?;
        let config = FileScanConfigBuilder::new(url, Arc::new(source))
            .with_file_groups(groups)
            .with_limit(request.limit)
            .with_expr_adapter(Some(Arc::new(ColumnsByName::new(request.context.clone()))))
            .with_projection_indices(Some(request.projection.clone()))
            .map_err(internal)?
            .build();
        Ok(DataSourceExec::from_data_source(config))
    }

    fn encoder(
        &self,
        schema: &SchemaRef,
        options: &Options,
        context: &FormatContext,
    ) -> Result<Arc<dyn EncoderFactory>> {
        Ok(Arc::new(ParquetEncoders::new(schema, options, context)?))
    }
}

fn partitioned_file(slice: &FileSlice, request: &ScanRequest) -> Result<PartitionedFile> {
    let mut values = slice.file.partition_values.clone();
    if request.constant_columns.len() > values.len() {
        values.push(metadata_value(slice));
    }
    let modified = chrono::DateTime::<chrono::Utc>::from_timestamp_millis(slice.file.modification_ms);
    let file = PartitionedFile::new_from_meta(ObjectMeta {
        location: slice.file.path.store_path()?,
        last_modified: modified.unwrap_or_default(),
        size: slice.file.size,
        e_tag: None,
        version: None,
    });
    let file = file.with_partition_values(values);
    if slice.is_whole() {
        return Ok(file);
    }
    let bound = |at: u64| i64::try_from(at).unwrap_or(i64::MAX);
    Ok(file.with_range(bound(slice.start), bound(slice.end)))
}
