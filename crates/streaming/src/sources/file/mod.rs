//! The file source: files that appear in a directory, each read once.
//!
//! The source's log (`sources/K/N`) is the list of files taken in, entry by entry; an offset is the number of an entry. A
//! file is in the log before any batch reads it, so a batch that is run again reads the same files, and a file that was
//! taken in is never taken in again ([`seen_files`]).

mod cleaner;
mod factory;
mod gone;
mod listing;
mod read_options;
mod reordered;
mod seen_files;

use std::cmp::Reverse;
use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;

use arrow::datatypes::{FieldRef, Schema, SchemaRef};
use async_trait::async_trait;
use datafusion::common::ScalarValue;
use datafusion::datasource::TableProvider;
use firesteel_durable::Clock;
use firesteel_error::{Result, SparkError};
use firesteel_formats::{
    FileFormat, FileStatus, FileUrl, FilesTable, FormatContext, Listing, list_files, metadata_field, percent_decode,
};

use self::cleaner::Cleaner;
pub(super) use self::factory::FileFactory;
use self::gone::{is_gone, lost};
use self::listing::{Candidate, list};
use self::read_options::{Limit, ReadOptions};
use self::reordered::in_order;
use self::seen_files::SeenFiles;
use super::{ReadLimit, Source};
use crate::Options;
use crate::checkpoint::compactible_log::CompactibleLog;
use crate::checkpoint::file_entry::SourceFile;
use crate::offset::Offset;

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
    /// Whether the directory was not there when it was last looked at.
    is_gone: bool,
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
    async fn new_files(&mut self) -> Result<Vec<Candidate>> {
        let listing = match list(&self.path, &self.options, &self.context, Some(&self.schema)).await {
            // It was there when the stream was defined, and may come back.
            Err(error) if error.condition() == Some("PATH_NOT_FOUND") => {
                if !std::mem::replace(&mut self.is_gone, true) {
                    tracing::warn!(path = self.path, "the directory of a file stream is gone; the stream waits for it");
                }
                Listing::default()
            }
            outcome => outcome?,
        };
        let is_new = |file: &Candidate| self.seen.is_new(&file.url, file.status.modification_ms);
        let mut files: Vec<Candidate> = Candidate::all(listing).filter(is_new).collect();
        self.is_gone &= files.is_empty();
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
            let url = FileUrl::parse(&percent_decode(&file.path))?;
            if !is_gone(&url) {
                paths.push(url.hadoop());
            }
        }
        if paths.is_empty() {
            return Ok(());
        }
        let listing = list_files(&paths, &self.options, &self.context, Some(&self.schema)).await?;
        self.known.extend(Candidate::all(listing).map(|file| (file.url.clone(), file)));
        Ok(())
    }

    fn table(&self, files: Vec<Candidate>) -> Result<Arc<dyn TableProvider>> {
        // A query that asks where its rows came from has that as its last column.
        let (columns, with_metadata) = match self.schema.fields().split_last() {
            Some((last, columns)) if *last == metadata_field() => (columns, true),
            _ => (self.schema.fields().as_ref(), false),
        };
        let found = files.first().map(|file| Arc::clone(&file.partition_columns)).unwrap_or_default();
        let is_partition =
            |field: &FieldRef| found.iter().any(|column| self.context.same_name(column.name(), field.name()));
        let (partitions, data): (Vec<FieldRef>, Vec<FieldRef>) =
            columns.iter().cloned().partition(|field| is_partition(field));
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
        let table = if with_metadata { table.with_metadata_column() } else { table };
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
