//! The file source: files that appear in a directory, each read once.
//!
//! The source's log (`sources/K/N`) is the list of files taken in, entry by entry; an offset is the number of an entry. A
//! file is in the log before any batch reads it, so a batch that is run again reads the same files, and a file that was
//! taken in is never taken in again ([`seen_files`]).

mod cleaner;
mod gone;
mod read_options;
mod reordered;
mod seen_files;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::datatypes::{DataType, Field, FieldRef, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::common::ScalarValue;
use datafusion::datasource::TableProvider;
use firesteel_durable::Clock;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_formats::{FileFormat, FileStatus, FileUrl, FilesTable, FormatContext, Listing, list_files};

use self::cleaner::Cleaner;
use self::gone::{is_gone, lost};
use self::read_options::{Limit, ReadOptions};
use self::reordered::in_order;
use self::seen_files::SeenFiles;
use super::{ReadLimit, Source, SourceContext, SourceFactory, SourceRequest};
use crate::Options;
use crate::checkpoint::compactible_log::{CompactibleLog, CompactionPolicy};
use crate::checkpoint::file_entry::SourceFile;
use crate::offset::Offset;
use crate::session::Settings;

/// The file source for one format.
#[derive(Debug)]
pub(super) struct FileFactory(pub(super) &'static str);

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

fn is_pattern(path: &str) -> bool {
    path.contains(['*', '?', '[', '{'])
}

fn is_directory(url: &FileUrl) -> bool {
    url.local_path().is_none_or(|path| path.is_dir())
}

/// The files that are there now. A pattern that matches nothing yet is no error: files may come.
async fn list(path: &str, options: &Options, context: &FormatContext, schema: Option<&Schema>) -> Result<Listing> {
    match list_files(&[path.to_string()], options, context, schema).await {
        Err(error) if error.condition() == Some("PATH_NOT_FOUND") => match is_pattern(path) {
            true => Ok(Listing::default()),
            // Spark names the path as the user wrote it.
            false => Err(error.param("path", path)),
        },
        outcome => outcome,
    }
}

/// A file that could be read, with what its directories say.
#[derive(Debug, Clone)]
struct Candidate {
    status: FileStatus,
    url: String,
    partition_columns: Arc<Vec<FieldRef>>,
}

#[derive(Debug)]
struct FileSource {
    description: String,
    path: String,
    format: Arc<dyn FileFormat>,
    schema: SchemaRef,
    options: Options,
    context: FormatContext,
    read: ReadOptions,
    log: CompactibleLog<SourceFile>,
    seen: SeenFiles,
    /// The entries whose batch is not committed yet, so that the log need not be read again ...
    recent: BTreeMap<i64, Vec<SourceFile>>,
    /// ... and their files, so that they need not be listed again.
    known: HashMap<String, Candidate>,
    /// Files that a listing found and no batch has taken, in the order in which they will be.
    unread: Vec<Candidate>,
    /// The files that an `availableNow` run may take.
    frozen: Option<Vec<Candidate>>,
    cleaner: Cleaner,
    clock: Arc<dyn Clock>,
}

impl FileSource {
    fn entry_number(&self, offset: Option<&Offset>) -> Result<i64> {
        offset.map_or(Ok(-1), |offset| offset.field("logOffset", &self.description))
    }

    /// The new files, in the order in which they are to be read.
    async fn new_files(&self) -> Result<Vec<Candidate>> {
        let listing = list(&self.path, &self.options, &self.context, Some(&self.schema)).await?;
        let partition_columns = Arc::new(listing.partition_columns);
        let mut files: Vec<Candidate> = listing
            .files
            .into_iter()
            .map(|status| {
                let partition_columns = Arc::clone(&partition_columns);
                Candidate { url: status.path.to_string(), status, partition_columns }
            })
            .filter(|file| self.seen.is_new(&file.url, file.status.modification_ms))
            .collect();
        match self.read.latest_first {
            true => files.sort_by_key(|file| Reverse(file.status.modification_ms)),
            false => files.sort_by_key(|file| file.status.modification_ms),
        }
        Ok(files)
    }

    /// Takes in the next files, as many as the limit says; the number of the log's newest entry.
    async fn take_in(&mut self, limit: ReadLimit) -> Result<i64> {
        let mut files = match self.frozen.take() {
            Some(frozen) => frozen,
            None if !self.unread.is_empty() => std::mem::take(&mut self.unread),
            None => self.new_files().await?,
        };
        let limit = if limit == ReadLimit::Everything { Limit::None } else { self.read.limit };
        let rest = files.split_off(limit.of(files.iter().map(|file| file.status.size)));
        let newest = self.log.latest().unwrap_or(-1);
        let taken = if files.is_empty() { newest } else { self.log_files(newest + 1, files).await? };
        if self.read.is_frozen {
            self.frozen = Some(rest);
        } else if self.read.keeps(rest.len()) {
            self.unread = rest;
        }
        Ok(taken)
    }

    async fn log_files(&mut self, entry: i64, files: Vec<Candidate>) -> Result<i64> {
        let line = |file: &Candidate| SourceFile {
            path: file.url.clone(),
            timestamp: file.status.modification_ms,
            batch_id: entry,
        };
        let lines: Vec<SourceFile> = files.iter().map(line).collect();
        if !self.log.add(entry, &lines, self.clock.as_ref()).await? {
            return Err(SparkError::new("CONCURRENT_STREAM_LOG_UPDATE").param("batchId", entry.to_string()));
        }
        firesteel_durable::failpoint::reached("after-source-log");
        for file in files {
            self.seen.add(&file.url, file.status.modification_ms);
            self.known.insert(file.url.clone(), file);
        }
        self.recent.insert(entry, lines);
        self.seen.purge();
        Ok(entry)
    }

    /// The files of the entries after `start` up to and with `end`.
    async fn entries(&self, start: i64, end: i64) -> Result<Vec<SourceFile>> {
        let mut files = Vec::new();
        for entry in start + 1..=end {
            if let Some(lines) = self.recent.get(&entry) {
                files.extend_from_slice(lines);
                continue;
            }
            let Some(lines) = self.log.batch(entry).await? else {
                // Superseded entries are deleted; their lines are in a later compacted entry.
                files.extend(self.log.all().await?.into_iter().filter(|file| file.batch_id == entry));
                continue;
            };
            files.extend(lines.into_iter().filter(|file| file.batch_id == entry));
        }
        Ok(files)
    }

    /// What is known of files that an earlier run took in.
    async fn look_up(&mut self, files: &[SourceFile]) -> Result<()> {
        let unknown = files.iter().filter(|file| !self.known.contains_key(&file.path));
        let mut paths = Vec::new();
        for file in unknown {
            let url = FileUrl::parse(&decoded(&file.path))?;
            if !is_gone(&url) {
                paths.push(url.hadoop());
            }
        }
        if paths.is_empty() {
            return Ok(());
        }
        let listing = list_files(&paths, &self.options, &self.context, Some(&self.schema)).await?;
        let partition_columns = Arc::new(listing.partition_columns);
        for status in listing.files {
            let url = status.path.to_string();
            let partition_columns = Arc::clone(&partition_columns);
            self.known.insert(url.clone(), Candidate { status, url, partition_columns });
        }
        Ok(())
    }

    fn table(&self, files: Vec<Candidate>) -> Result<Arc<dyn TableProvider>> {
        let found = files.first().map(|file| Arc::clone(&file.partition_columns)).unwrap_or_default();
        let is_partition =
            |field: &FieldRef| found.iter().any(|column| self.context.same_name(column.name(), field.name()));
        let (partitions, data): (Vec<FieldRef>, Vec<FieldRef>) =
            self.schema.fields().iter().cloned().partition(|field| is_partition(field));
        let placed = |file: Candidate| {
            let value = |column: &FieldRef| {
                let same = |known: &FieldRef| self.context.same_name(known.name(), column.name());
                let at = file.partition_columns.iter().position(same);
                let value = at.and_then(|at| file.status.partition_values.get(at).cloned());
                value.map_or_else(
                    || ScalarValue::try_from(column.data_type()),
                    |value| value.cast_to(column.data_type()),
                )
            };
            let partition_values = partitions.iter().map(value).collect::<Result<_, _>>();
            partition_values.map(|partition_values| FileStatus { partition_values, ..file.status.clone() })
        };
        let statuses =
            files.into_iter().map(placed).collect::<Result<Vec<_>, _>>().map_err(crate::error::from_datafusion)?;
        let schema = Arc::new(Schema::new(data));
        let options = self.options.clone();
        let table =
            FilesTable::new(Arc::clone(&self.format), schema, partitions, options, statuses, self.context.clone())?;
        in_order(Arc::new(table), &self.schema)
    }
}

#[async_trait]
impl Source for FileSource {
    fn description(&self) -> String {
        self.description.clone()
    }

    async fn latest_offset(&mut self, start: Option<&Offset>, limit: ReadLimit) -> Result<Option<Offset>> {
        let done = self.entry_number(start)?;
        if self.log.latest().unwrap_or(-1) < done {
            return Err(lost(done, &self.path));
        }
        let newest = self.take_in(limit).await?;
        // An entry that an earlier run wrote just before it died has not been read by any batch.
        Ok((newest > done || done >= 0).then(|| Offset::from_json(format!("{{\"logOffset\":{}}}", newest.max(done)))))
    }

    async fn batch(&mut self, start: Option<&Offset>, end: &Offset) -> Result<Arc<dyn TableProvider>> {
        let files = self.entries(self.entry_number(start)?, self.entry_number(Some(end))?).await?;
        self.look_up(&files).await?;
        let mut found = Vec::with_capacity(files.len());
        for file in &files {
            match self.known.get(&file.path) {
                Some(known) if !is_gone(&known.status.path) => found.push(known.clone()),
                // As in Spark, a file that was deleted before its batch began has no rows.
                _ => tracing::warn!(file = file.path, "a file of a batch was deleted before the batch read it"),
            }
        }
        self.table(found)
    }

    async fn commit(&mut self, end: &Offset) -> Result<()> {
        let entry = self.entry_number(Some(end))?;
        if self.cleaner.is_on() {
            let files = self.entries(entry - 1, entry).await?;
            self.cleaner.clean(&files);
        }
        let open = self.recent.split_off(&(entry + 1));
        for file in std::mem::replace(&mut self.recent, open).into_values().flatten() {
            self.known.remove(&file.path);
        }
        Ok(())
    }

    async fn freeze(&mut self) -> Result<()> {
        self.frozen = Some(self.new_files().await?);
        self.read.is_frozen = true;
        Ok(())
    }

    fn takes_filters(&self) -> bool {
        true
    }

    async fn stop(&mut self) {
        self.cleaner.finish().await;
    }
}

/// A log's URL without percent escapes.
fn decoded(url: &str) -> String {
    let bytes = url.as_bytes();
    let mut plain = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let escape = (bytes[at] == b'%').then(|| url.get(at + 1..at + 3)).flatten();
        match escape.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) => {
                plain.push(byte);
                at += 3;
            }
            None => {
                plain.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&plain).into_owned()
}
