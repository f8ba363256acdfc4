//! A checkpoint and a file sink's log that Apache Spark 4.2 wrote (13 batches of csv to parquet, so both file logs are
//! compacted once) read here, and written back to the same bytes.
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic)]

use std::path::{Path, PathBuf};
use std::sync::Arc;

use firesteel_durable::LocalStore;
use firesteel_streaming::checkpoint::Checkpoint;
use firesteel_streaming::checkpoint::batch_log::LogEntry;
use firesteel_streaming::checkpoint::commit_log::CommitEntry;
use firesteel_streaming::checkpoint::compactible_log::{CompactibleLog, CompactionPolicy, from_text, to_text};
use firesteel_streaming::checkpoint::file_entry::{SinkFile, SourceFile};
use firesteel_streaming::checkpoint::offset_log::OffsetEntry;

fn recorded(part: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/spark_4_2_stateless").join(part)
}

fn texts(folder: &str) -> Vec<(String, String)> {
    let files = std::fs::read_dir(recorded(folder)).unwrap().map(|file| file.unwrap().path());
    files.map(|path| (path.display().to_string(), std::fs::read_to_string(path).unwrap())).collect()
}

#[tokio::test]
async fn sparks_checkpoint_opens_with_its_id_and_last_batch() {
    let checkpoint = Checkpoint::open(Arc::new(LocalStore::new(recorded("checkpoint")))).await.unwrap();
    assert!(recorded_id().contains(&checkpoint.id));
    assert_eq!(checkpoint.offsets.latest(), Some(12));
    assert_eq!(checkpoint.commits.latest(), Some(12));
    let (_, entry) = checkpoint.offsets.newest().await.unwrap().unwrap();
    assert_eq!(entry.offsets, [Some("{\"logOffset\":12}".to_string())]);
    assert_eq!(entry.metadata.unwrap().conf["spark.sql.shuffle.partitions"], "2");
}

fn recorded_id() -> String {
    std::fs::read_to_string(recorded("checkpoint/metadata")).unwrap()
}

#[test]
fn every_entry_is_written_back_to_sparks_bytes() {
    for (path, text) in texts("checkpoint/offsets") {
        assert_eq!(OffsetEntry::from_text(&text).unwrap().to_text(), text, "{path}");
    }
    for (path, text) in texts("checkpoint/commits") {
        assert_eq!(CommitEntry::from_text(&text).unwrap().to_text(), text, "{path}");
    }
    for (path, text) in texts("checkpoint/sources/0") {
        assert_eq!(to_text(&from_text::<SourceFile>(&text).unwrap()), text, "{path}");
    }
    for (path, text) in texts("sink_metadata") {
        assert_eq!(to_text(&from_text::<SinkFile>(&text).unwrap()), text, "{path}");
    }
}

#[tokio::test]
async fn the_compacted_file_logs_have_each_file_once() {
    let policy = CompactionPolicy::default();
    let store = Arc::new(LocalStore::new(recorded("checkpoint/sources/0")));
    let source: CompactibleLog<SourceFile> = CompactibleLog::open(store, policy).await.unwrap();
    let all = source.all().await.unwrap();
    assert_eq!(all.iter().map(|file| file.batch_id).collect::<Vec<_>>(), (0..13).collect::<Vec<_>>());
    assert_eq!(all[12].path, "file:///data/in/f12.csv");
    let store = Arc::new(LocalStore::new(recorded("sink_metadata")));
    let sink: CompactibleLog<SinkFile> = CompactibleLog::open(store, policy).await.unwrap();
    assert_eq!(sink.all().await.unwrap().len(), 13);
    assert_eq!(sink.latest(), Some(12));
}
