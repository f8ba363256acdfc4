//! The file sink: a directory of files, and a log in it (`_spark_metadata/`) that says which of them count.
//!
//! A batch writes its files under names of their own, then adds one entry with their names to the log. The entry is put if
//! absent and durable, so a batch counts once or not at all; files of a batch that died before are in no entry, and readers
//! of the directory do not see them.

use std::sync::Arc;

use async_trait::async_trait;
use firesteel_durable::{Clock, DurableStore, failpoint};
use firesteel_error::{Exception, Result, SparkError};
use firesteel_formats::{Commit, FileUrl, SaveMode, WriteSpec, WrittenFile, write_streams};
use tokio::sync::Mutex;

use super::{CheckpointRule, Sink, SinkFactory, SinkRequest};
use crate::batch::BatchRows;
use crate::checkpoint::compactible_log::{CompactibleLog, CompactionPolicy};
use crate::checkpoint::file_entry::SinkFile;
use crate::session::Settings;
use crate::start::OutputMode;

/// The file sink for one format.
#[derive(Debug)]
pub(super) struct FileSinkFactory(pub(super) &'static str);

#[async_trait]
impl SinkFactory for FileSinkFactory {
    fn supports(&self, mode: OutputMode) -> bool {
        mode == OutputMode::Append
    }

    fn checkpoint_rule(&self, _: OutputMode) -> CheckpointRule {
        CheckpointRule::Required
    }

    async fn create(&self, request: SinkRequest) -> Result<Arc<dyn Sink>> {
        let options = &request.spec.options;
        let path = options.get("path").ok_or_else(|| {
            SparkError::new("_LEGACY_ERROR_TEMP_2047")
                .with_exception(Exception::IllegalArgument)
                .text("'path' is not specified.")
        })?;
        let settings = Settings::new(Arc::clone(&request.session));
        let context = request.session.format_context()?;
        let format = firesteel_formats::format(self.0)?;
        options.report_unknown(self.0, format.known_options());
        let partition_by = partition_columns(&request, context.case_sensitive)?;
        let dir = FileUrl::parse(path)?;
        let policy = CompactionPolicy {
            interval: settings.number("spark.sql.streaming.fileSink.log.compactInterval", 10, 1)?,
            batches_to_retain: settings.number("spark.sql.streaming.minBatchesToRetain", 100, 1)?,
            cleanup_delay_ms: settings.time_ms("spark.sql.streaming.fileSink.log.cleanupDelay", 600_000)?,
            deletes: settings.flag("spark.sql.streaming.fileSink.log.deletion", true)?,
        };
        let store = firesteel_durable::open(&dir.join("_spark_metadata").hadoop())?;
        let log = Mutex::new(CompactibleLog::open(Arc::clone(&store), policy).await?);
        let spec = WriteSpec {
            dir,
            format,
            schema: Arc::clone(&request.schema),
            partition_by,
            options: options.clone(),
            mode: SaveMode::Append,
            commit: Commit::Direct,
            context,
        };
        Ok(Arc::new(FileSink { spec, store, log, clock: request.clock }))
    }
}

/// The partition columns under the names of the schema.
fn partition_columns(request: &SinkRequest, case_sensitive: bool) -> Result<Vec<String>> {
    let names: Vec<&str> = request.schema.fields().iter().map(|field| field.name().as_str()).collect();
    let same = |a: &str, b: &str| if case_sensitive { a == b } else { a.eq_ignore_ascii_case(b) };
    let find = |wanted: &String| {
        names.iter().find(|name| same(name, wanted)).map(|name| (*name).to_string()).ok_or_else(|| {
            let valid = names.join(", ");
            SparkError::new("_LEGACY_ERROR_TEMP_1196")
                .param("columnType", "Partition")
                .param("columnName", wanted)
                .param("validColumnNames", &valid)
                .text(format!("Partition column {wanted} not found in existing columns ({valid})."))
        })
    };
    request.spec.partition_by.iter().map(find).collect()
}

#[derive(Debug)]
struct FileSink {
    spec: WriteSpec,
    store: Arc<dyn DurableStore>,
    log: Mutex<CompactibleLog<SinkFile>>,
    clock: Arc<dyn Clock>,
}

#[async_trait]
impl Sink for FileSink {
    fn description(&self) -> String {
        format!("FileSink[{}]", self.spec.dir.hadoop())
    }

    fn counts_rows(&self) -> bool {
        false
    }

    async fn settled(&self) {
        self.store.settled().await;
    }

    async fn add_batch(&self, batch_id: i64, rows: BatchRows) -> Result<()> {
        let mut log = self.log.lock().await;
        if log.latest() >= Some(batch_id) {
            tracing::info!(batch_id, sink = %self.description(), "the batch is committed already and is not written again");
            // The operators before the sink still want to see their rows.
            return rows.drain().await;
        }
        let written = write_streams(rows.streams()?, &self.spec).await?;
        failpoint::reached("mid-sink");
        let entry = |file: &WrittenFile| SinkFile::added(file.path.to_string(), file.size, file.modification_ms);
        let files: Vec<SinkFile> = written.iter().map(entry).collect();
        if log.add(batch_id, &files, self.clock.as_ref()).await? {
            return Ok(());
        }
        Err(SparkError::new("CONCURRENT_STREAM_LOG_UPDATE").param("batchId", batch_id.to_string()))
    }
}
