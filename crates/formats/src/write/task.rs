//! One task of a write: its rows, in one file or one per partition directory.

use std::collections::HashMap;

use arrow::array::{RecordBatch, UInt32Array};
use arrow::compute::take_record_batch;
use datafusion::common::ScalarValue;
use datafusion::physical_plan::SendableRecordBatchStream;
use firesteel_error::{Result, SparkError};
use futures::StreamExt;

use crate::file_status::FileUrl;
use crate::partitioning::partition_path;
use crate::values::text::write_text;
use crate::write::commit::{Job, PendingFile};
use crate::write::sink::Sink;
use crate::write::{Commit, Encoder, WrittenFile};

/// Files that a task keeps open at once; with more partitions it closes some and may come back to them.
const OPEN_FILES_MAX: usize = 64;

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
}

/// Writes all rows of `stream`.
pub(crate) async fn write(job: &Job, number: usize, mut stream: SendableRecordBatchStream) -> Result<Vec<PendingFile>> {
    let mut task = Task { job, number, open: HashMap::new(), counts: HashMap::new(), done: Vec::new() };
    // The first task of a write without partitions leaves a file even if there is no row, so that the schema is kept.
    if number == 0 && job.partition_columns.is_empty() && job.spec.commit == Commit::Job {
        task.file(String::new(), &[]).await?;
    }
    while let Some(batch) = stream.next().await {
        let batch = batch.map_err(crate::scan::spark_error)?;
        if batch.num_rows() > 0 {
            task.write(&batch).await?;
        }
    }
    let directories: Vec<String> = task.open.keys().cloned().collect();
    for directory in directories {
        task.close(&directory).await?;
    }
    Ok(task.done)
}

impl Task<'_> {
    async fn write(&mut self, batch: &RecordBatch) -> Result<()> {
        let data = batch.project(&self.job.data_columns).map_err(|error| SparkError::internal(error.to_string()))?;
        if self.job.partition_columns.is_empty() {
            return self.append(String::new(), &data, &[]).await;
        }
        for (directory, rows) in self.group(batch) {
            let first = rows[0] as usize;
            let value = |at: &usize| ScalarValue::try_from_array(batch.column(*at), first).unwrap_or(ScalarValue::Null);
            let values: Vec<ScalarValue> = self.job.partition_columns.iter().map(value).collect();
            let part = if rows.len() == data.num_rows() {
                data.clone()
            } else {
                take_record_batch(&data, &UInt32Array::from(rows))
                    .map_err(|error| SparkError::internal(error.to_string()))?
            };
            self.append(directory, &part, &values).await?;
        }
        Ok(())
    }

    /// The rows of each partition directory, in the order in which the directories first come.
    fn group(&self, batch: &RecordBatch) -> Vec<(String, Vec<u32>)> {
        let mut places: HashMap<String, usize> = HashMap::new();
        let mut groups: Vec<(String, Vec<u32>)> = Vec::new();
        let fields = self.job.spec.schema.fields();
        let mut texts: Vec<Vec<u8>> = vec![Vec::new(); self.job.partition_columns.len()];
        let mut last: Option<(Vec<Option<Vec<u8>>>, usize)> = None;
        for row in 0..batch.num_rows() {
            let mut key: Vec<Option<Vec<u8>>> = Vec::with_capacity(texts.len());
            for (text, at) in texts.iter_mut().zip(&self.job.partition_columns) {
                text.clear();
                let shown = write_text(batch.column(*at).as_ref(), row, self.job.spec.context.time_zone, text);
                key.push(shown.then(|| text.clone()));
            }
            let row = u32::try_from(row).unwrap_or(u32::MAX);
            if let Some((known, place)) = &last
                && *known == key
            {
                groups[*place].1.push(row);
                continue;
            }
            let lossy: Vec<Option<String>> =
                key.iter().map(|text| text.as_ref().map(|text| String::from_utf8_lossy(text).into_owned())).collect();
            let names = self.job.partition_columns.iter().map(|at| fields[*at].name().as_str());
            let directory = partition_path(names.zip(lossy.iter().map(Option::as_deref)));
            let place = *places.entry(directory.clone()).or_insert_with(|| {
                groups.push((directory, Vec::new()));
                groups.len() - 1
            });
            groups[place].1.push(row);
            last = Some((key, place));
        }
        groups
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
            let full = self.open.len() >= OPEN_FILES_MAX;
            let other = if full { self.open.keys().next().cloned() } else { None };
            if let Some(other) = other {
                self.close(&other).await?;
            }
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
