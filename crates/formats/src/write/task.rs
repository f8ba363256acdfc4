//! One task of a write: its rows, in one file or one per partition directory.
//!
//! Rows go to the files of their directories as they come, as long as these are few. When there are more directories than
//! files may be open, the rows still to come are sorted by directory (which spills), and files are closed one after the
//! other, so that each directory gets one file from a task. What open files hold back counts against the memory pool; where
//! there is no room, they write it down.

use std::collections::HashMap;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use datafusion::common::ScalarValue;
use datafusion::execution::memory_pool::{MemoryConsumer, MemoryReservation};
use datafusion::physical_plan::SendableRecordBatchStream;
use firesteel_error::{Result, SparkError};
use futures::StreamExt;

use crate::file_status::FileUrl;
use crate::partitioning::partition_path;
use crate::values::text::write_text;
use crate::write::commit::{Job, PendingFile};
use crate::write::sink::Sink;
use crate::write::sorted::by_directory;
use crate::write::{Commit, Encoder, WrittenFile};

/// Files that a task keeps open at once.
const OPEN_FILES_MAX: usize = 32;

/// Bytes that are kept back before they are written.
const BUFFER_BYTES: usize = 1 << 20;

struct OpenFile {
    here: FileUrl,
    relative: String,
    sink: Sink,
    encoder: Box<dyn Encoder>,
    buffer: Vec<u8>,
    rows: u64,
    values: Vec<ScalarValue>,
}

struct Task<'j> {
    job: &'j Job,
    number: usize,
    open: HashMap<String, OpenFile>,
    /// How many files each directory has had.
    counts: HashMap<String, u32>,
    done: Vec<PendingFile>,
    memory: MemoryReservation,
}

/// Writes all rows of `stream`.
pub(crate) async fn write(job: &Job, number: usize, mut stream: SendableRecordBatchStream) -> Result<Vec<PendingFile>> {
    let memory = MemoryConsumer::new("files being written").with_can_spill(true);
    let memory = memory.register(&job.spec.context.runtime.memory_pool);
    let mut task = Task { job, number, open: HashMap::new(), counts: HashMap::new(), done: Vec::new(), memory };
    // The first task of a write without partitions leaves a file even if there is no row, so that the schema is kept.
    if number == 0 && job.partition_columns.is_empty() && job.spec.commit == Commit::Job {
        task.file(String::new(), &[]).await?;
    }
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(crate::scan::spark_error)?;
        if batch.num_rows() == 0 {
            continue;
        }
        if let Some(late) = task.write(&batch).await? {
            let sorted = by_directory(late, stream, &job.partition_columns, &job.spec.context)?;
            task.write_sorted(sorted).await?;
            break;
        }
    }
    let directories: Vec<String> = task.open.keys().cloned().collect();
    for directory in directories {
        task.close(&directory).await?;
    }
    Ok(task.done)
}

impl Task<'_> {
    /// Writes a batch; gives back the rows for which no file could be opened.
    async fn write(&mut self, batch: &RecordBatch) -> Result<Option<RecordBatch>> {
        let mut late: Vec<u32> = Vec::new();
        if self.job.partition_columns.is_empty() {
            let data = self.data(batch)?;
            self.append(String::new(), &data, &[]).await?;
        } else {
            for (directory, rows) in group(self.job, batch) {
                if self.open.len() >= OPEN_FILES_MAX && !self.open.contains_key(&directory) {
                    late.extend(rows);
                } else {
                    self.append_rows(batch, directory, rows).await?;
                }
            }
        }
        self.settle().await?;
        if late.is_empty() { Ok(None) } else { taken(batch, late).map(Some) }
    }

    /// Writes rows that come directory by directory.
    async fn write_sorted(&mut self, mut stream: SendableRecordBatchStream) -> Result<()> {
        let mut last: Option<String> = None;
        while let Some(batch) = stream.next().await {
            let batch = batch.map_err(crate::scan::spark_error)?;
            for (directory, rows) in group(self.job, &batch) {
                if let Some(last) = last.replace(directory.clone()).filter(|last| *last != directory) {
                    self.close(&last).await?;
                }
                self.append_rows(&batch, directory, rows).await?;
            }
            self.settle().await?;
        }
        Ok(())
    }

    /// The columns of a batch that are in the files.
    fn data(&self, batch: &RecordBatch) -> Result<RecordBatch> {
        batch.project(&self.job.data_columns).map_err(|error| SparkError::internal(error.to_string()))
    }

    async fn append_rows(&mut self, batch: &RecordBatch, directory: String, rows: Vec<u32>) -> Result<()> {
        let first = rows[0] as usize;
        let value = |at: &usize| ScalarValue::try_from_array(batch.column(*at), first).unwrap_or(ScalarValue::Null);
        let values: Vec<ScalarValue> = self.job.partition_columns.iter().map(value).collect();
        let data = self.data(batch)?;
        let part = if rows.len() == data.num_rows() { data } else { taken(&data, rows)? };
        self.append(directory, &part, &values).await
    }

    /// Accounts for what the open files hold back; where there is no room for it, they write it down.
    async fn settle(&mut self) -> Result<()> {
        let held = |open: &HashMap<String, OpenFile>| {
            open.values().map(|file| file.encoder.held_bytes() + file.buffer.capacity()).sum::<usize>()
        };
        if self.memory.try_resize(held(&self.open)).is_ok() {
            return Ok(());
        }
        for file in self.open.values_mut() {
            file.encoder.flush(&mut file.buffer)?;
            file.sink.write(&file.here, &file.buffer).await?;
            file.buffer = Vec::new();
        }
        self.memory.resize(held(&self.open));
        Ok(())
    }

    /// Appends rows to the file of a directory, going on in a new file when one is full.
    async fn append(&mut self, directory: String, rows: &RecordBatch, values: &[ScalarValue]) -> Result<()> {
        let mut from = 0;
        while from < rows.num_rows() {
            let most = self.job.max_records;
            let file = self.file(directory.clone(), values).await?;
            let room = if most == 0 {
                usize::MAX
            } else {
                usize::try_from(most.saturating_sub(file.rows)).unwrap_or(usize::MAX)
            };
            if room == 0 {
                self.close(&directory).await?;
                continue;
            }
            let count = room.min(rows.num_rows() - from);
            file.encoder.encode(&rows.slice(from, count), &mut file.buffer)?;
            file.rows += count as u64;
            from += count;
            if file.buffer.len() >= BUFFER_BYTES {
                file.sink.write(&file.here, &file.buffer).await?;
                file.buffer.clear();
            }
        }
        Ok(())
    }

    /// The open file of a directory.
    async fn file(&mut self, directory: String, values: &[ScalarValue]) -> Result<&mut OpenFile> {
        if !self.open.contains_key(&directory) {
            let count = self.counts.entry(directory.clone()).or_default();
            // A directory that is named in a path has a dot before the counter, as in Spark.
            let mark = if directory.is_empty() { '-' } else { '.' };
            let (number, id, extension) = (self.number, &self.job.id, self.job.encoders.extension());
            let name = format!("part-{number:05}-{id}{mark}c{count:03}{extension}");
            *count += 1;
            let relative = if directory.is_empty() { name } else { format!("{directory}/{name}") };
            let here = self.job.staging.join(&relative);
            let there = self.job.spec.dir.join(&relative);
            let file = OpenFile {
                sink: Sink::create(&here, &there, &self.job.spec.context).await?,
                encoder: self.job.encoders.encoder()?,
                buffer: Vec::new(),
                rows: 0,
                values: values.to_vec(),
                here,
                relative,
            };
            self.open.insert(directory.clone(), file);
        }
        self.open.get_mut(&directory).ok_or_else(|| SparkError::internal("a file that was opened is not open"))
    }

    async fn close(&mut self, directory: &str) -> Result<()> {
        let Some(mut file) = self.open.remove(directory) else { return Ok(()) };
        file.encoder.finish(&mut file.buffer)?;
        file.sink.write(&file.here, &file.buffer).await?;
        let size = file.sink.written();
        let upload = file.sink.close(&file.here, self.job.spec.commit == Commit::Direct).await?;
        self.done.push(PendingFile {
            upload,
            file: WrittenFile {
                path: file.here.clone(),
                size,
                rows: file.rows,
                modification_ms: chrono::Utc::now().timestamp_millis(),
                partition_values: file.values,
            },
            relative: file.relative,
            here: file.here,
        });
        Ok(())
    }
}

fn taken(batch: &RecordBatch, rows: Vec<u32>) -> Result<RecordBatch> {
    take_record_batch(batch, &UInt32Array::from(rows)).map_err(|error| SparkError::internal(error.to_string()))
}

/// The rows of each partition directory, in the order in which the directories first come.
fn group(job: &Job, batch: &RecordBatch) -> Vec<(String, Vec<u32>)> {
    let mut groups: Vec<(String, Vec<u32>)> = Vec::new();
    // Values that are written the same way share a directory, so a directory may have several keys.
    let mut places: HashMap<Vec<u8>, usize> = HashMap::new();
    let (mut key, mut last): (Vec<u8>, Option<(Vec<u8>, usize)>) = (Vec::new(), None);
    for row in 0..batch.num_rows() {
        key.clear();
        for at in &job.partition_columns {
            let start = key.len();
            let shown = write_text(batch.column(*at).as_ref(), row, job.spec.context.time_zone, &mut key);
            let bytes = (key.len() - start) as u32;
            key.extend(bytes.to_le_bytes());
            key.push(u8::from(shown));
        }
        let place = match &last {
            Some((known, place)) if *known == key => *place,
            _ => match places.get(&key) {
                Some(place) => *place,
                None => {
                    let directory = directory(job, batch, row);
                    let known = groups.iter().position(|(other, _)| *other == directory);
                    let place = known.unwrap_or_else(|| {
                        groups.push((directory, Vec::new()));
                        groups.len() - 1
                    });
                    places.insert(key.clone(), place);
                    place
                }
            },
        };
        groups[place].1.push(u32::try_from(row).unwrap_or(u32::MAX));
        if last.as_ref().is_none_or(|(known, _)| *known != key) {
            last = Some((key.clone(), place));
        }
    }
    groups
}

/// The directory of a row.
fn directory(job: &Job, batch: &RecordBatch, row: usize) -> String {
    let fields = job.spec.schema.fields();
    let texts: Vec<Option<String>> = job
        .partition_columns
        .iter()
        .map(|at| {
            let mut text = Vec::new();
            let shown = write_text(batch.column(*at).as_ref(), row, job.spec.context.time_zone, &mut text);
            shown.then(|| String::from_utf8_lossy(&text).into_owned())
        })
        .collect();
    let names = job.partition_columns.iter().map(|at| fields[*at].name().as_str());
    partition_path(names.zip(texts.iter().map(Option::as_deref)))
}
