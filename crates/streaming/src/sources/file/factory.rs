//! The file source of one format: its columns, and the source of a query that starts.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, Schema, SchemaRef};
use async_trait::async_trait;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_formats::{FileFormat, FileUrl, FormatContext, Listing};

use super::FileSource;
use super::cleaner::Cleaner;
use super::gone::lost;
use super::listing::{is_directory, is_pattern, list};
use super::read_options::ReadOptions;
use super::seen_files::SeenFiles;
use crate::checkpoint::compactible_log::{CompactibleLog, CompactionPolicy};
use crate::checkpoint::file_entry::SourceFile;
use crate::session::Settings;
use crate::sources::{Source, SourceContext, SourceFactory, SourceRequest};

/// The file source for one format.
#[derive(Debug)]
pub(crate) struct FileFactory(pub(crate) &'static str);

fn path_of(request: &SourceRequest) -> Result<String> {
    let path = request.path.as_deref().or_else(|| request.options.get("path"));
    path.map(str::to_string).ok_or_else(|| {
        SparkError::new("_LEGACY_ERROR_TEMP_2047")
            .with_exception(Exception::IllegalArgument)
            .text("'path' is not specified.")
    })
}

#[async_trait]
impl SourceFactory for FileFactory {
    async fn schema(&self, request: &SourceRequest) -> Result<SchemaRef> {
        let path = path_of(request)?;
        let format = firesteel_formats::format(self.0)?;
        let context = request.session.format_context()?;
        let user_schema = request.user_schema.as_deref();
        let listing = list(&path, &request.options, &context, user_schema).await?;
        let data = match &request.user_schema {
            Some(schema) => Arc::clone(schema),
            None if self.0 == "text" => Arc::new(Schema::new(vec![Field::new("value", DataType::Utf8, true)])),
            None => infer(format.as_ref(), request, &listing, &context).await?,
        };
        Ok(with_partition_columns_last(&data, &listing, &context))
    }

    async fn create(
        &self,
        request: SourceRequest,
        schema: SchemaRef,
        context: SourceContext,
    ) -> Result<Box<dyn Source>> {
        let path = path_of(&request)?;
        let format = firesteel_formats::format(self.0)?;
        let settings = Settings::new(Arc::clone(&request.session));
        let format_context = request.session.format_context()?;
        let read = ReadOptions::new(&request.options)?;
        let url = FileUrl::parse(&path)?;
        let cleaner = Cleaner::new(&request.options, &url)?;
        let policy = CompactionPolicy {
            interval: settings.number("spark.sql.streaming.fileSource.log.compactInterval", 10, 1)?,
            batches_to_retain: settings.number("spark.sql.streaming.minBatchesToRetain", 100, 1)?,
            cleanup_delay_ms: settings.time_ms("spark.sql.streaming.fileSource.log.cleanupDelay", 600_000)?,
            deletes: settings.flag("spark.sql.streaming.fileSource.log.deletion", true)?,
        };
        let log: CompactibleLog<SourceFile> = CompactibleLog::open(context.folder, policy).await?;
        if let Some(entry) = log.first_lost() {
            return Err(lost(entry, &path));
        }
        let mut seen = SeenFiles::new(read.max_age_ms, read.file_name_only);
        for file in log.all().await? {
            seen.add(&file.path, file.timestamp);
        }
        seen.purge();
        // Under a pattern, partition directories are found below what matches; under a directory, below it.
        let mut options = request.options;
        if !is_pattern(&path) && !options.contains("basePath") && is_directory(&url) {
            options.set("basePath", &path);
        }
        Ok(Box::new(FileSource {
            description: format!("FileStreamSource[{}]", url.hadoop()),
            path,
            format,
            schema,
            options,
            context: format_context,
            read,
            log,
            seen,
            recent: BTreeMap::new(),
            known: HashMap::new(),
            unread: Vec::new(),
            is_gone: false,
            frozen: None,
            cleaner,
            clock: context.clock,
        }))
    }
}

async fn infer(
    format: &dyn FileFormat,
    request: &SourceRequest,
    listing: &Listing,
    context: &FormatContext,
) -> Result<SchemaRef> {
    let settings = Settings::new(Arc::clone(&request.session));
    if !settings.flag("spark.sql.streaming.schemaInference", false)? {
        let text = "Schema must be specified when creating a streaming source DataFrame. If some files already exist in \
                    the directory, then depending on the file format you may be able to create a static DataFrame on \
                    that directory with 'spark.read.load(directory)' and infer schema from it.";
        return Err(SparkError::new("_LEGACY_ERROR_TEMP_2048").with_exception(Exception::IllegalArgument).text(text));
    }
    let inferred = format.infer_schema(&listing.files, &request.options, context).await?;
    inferred.ok_or_else(|| SparkError::new("UNABLE_TO_INFER_SCHEMA").param("format", format.name().to_uppercase()))
}

fn is_partition(name: &str, listing: &Listing, context: &FormatContext) -> bool {
    listing.partition_columns.iter().any(|column| context.same_name(column.name(), name))
}

/// The data columns, then the columns that directory names give; all may be NULL.
fn with_partition_columns_last(data: &Schema, listing: &Listing, context: &FormatContext) -> SchemaRef {
    let data = data.fields().iter().filter(|field| !is_partition(field.name(), listing, context));
    let all = data.chain(&listing.partition_columns).map(|field| field.as_ref().clone().with_nullable(true));
    Arc::new(Schema::new(all.collect::<Vec<Field>>()))
}
