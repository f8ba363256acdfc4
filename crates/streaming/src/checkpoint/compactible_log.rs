//! A log of file entries that is compacted: every `interval`-th batch rewrites all entries so far into `N.compact`.
//!
//! The file source (`sources/K/`) and the file sink (`_spark_metadata/`) keep such logs. To know all entries one reads
//! the newest compacted file and what came after it, so the log does not grow without bound in files; files older than
//! the newest needed compaction are deleted once they are old enough that no slow reader can still be on them.

use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use firesteel_durable::{Clock, DurableStore, Entry, Put};
use firesteel_error::Result;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::batch_log::{Malformed, lines_after_version, unreadable};

const VERSION: i64 = 1;
const COMPACT: &str = ".compact";

/// When a log is compacted and when its old files go.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CompactionPolicy {
    /// Every how many batches.
    pub interval: i64,
    /// How many batches stay readable.
    pub batches_to_retain: i64,
    /// How old a superseded file must be to be deleted, in milliseconds.
    pub cleanup_delay_ms: i64,
    /// Whether superseded files are deleted at all.
    pub deletes: bool,
}

impl Default for CompactionPolicy {
    fn default() -> Self {
        Self { interval: 10, batches_to_retain: 100, cleanup_delay_ms: 600_000, deletes: true }
    }
}

/// See the module. `T` is one line: a JSON object.
#[derive(Debug)]
pub struct CompactibleLog<T> {
    store: Arc<dyn DurableStore>,
    policy: CompactionPolicy,
    files: Vec<LogFile>,
    entry: PhantomData<fn() -> T>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct LogFile {
    batch_id: i64,
    compacted: bool,
}

impl LogFile {
    fn of_name(name: &str) -> Option<Self> {
        let (number, compacted) = match name.strip_suffix(COMPACT) {
            Some(number) => (number, true),
            None => (name, false),
        };
        Some(Self { batch_id: number.parse().ok()?, compacted })
    }

    fn name(self) -> String {
        format!("{}{}", self.batch_id, if self.compacted { COMPACT } else { "" })
    }
}

impl<T: Serialize + DeserializeOwned + Clone> CompactibleLog<T> {
    /// Opens the log in `store`. The interval of an existing log wins over the one asked for.
    pub async fn open(store: Arc<dyn DurableStore>, policy: CompactionPolicy) -> Result<Self> {
        let listed = store.list("").await?;
        let mut files: Vec<LogFile> = listed.iter().map(Entry::name).filter_map(LogFile::of_name).collect();
        files.sort_unstable();
        let interval = known_interval(&files, policy.interval);
        Ok(Self { store, policy: CompactionPolicy { interval, ..policy }, files, entry: PhantomData })
    }

    /// The number of the newest batch.
    pub fn latest(&self) -> Option<i64> {
        self.files.last().map(|file| file.batch_id)
    }

    /// The first batch that readers of the whole log need and that is gone, in a log that began with batch 0.
    pub fn first_lost(&self) -> Option<i64> {
        let compacted = self.files.iter().rev().find(|file| file.compacted).map(|file| file.batch_id);
        (compacted.unwrap_or(0)..=self.latest()?).find(|batch| self.files.iter().all(|file| file.batch_id != *batch))
    }

    /// Adds a batch; `false` if the log has it already, in which case nothing changes.
    pub async fn add(&mut self, batch_id: i64, entries: &[T], clock: &dyn Clock) -> Result<bool> {
        let compacted = (batch_id + 1) % self.policy.interval == 0;
        let file = LogFile { batch_id, compacted };
        let mut all = if compacted { self.all_until(batch_id - 1).await? } else { Vec::new() };
        all.extend_from_slice(entries);
        match self.store.put_if_absent(&file.name(), Bytes::from(to_text(&all))).await? {
            Put::Exists => return Ok(false),
            Put::Written => self.files.push(file),
        }
        self.files.sort_unstable();
        if compacted && self.policy.deletes {
            self.delete_superseded(batch_id, clock.now_ms()).await?;
        }
        Ok(true)
    }

    /// The entries of one batch as they were added (or the whole log up to it, if it was compacted).
    pub async fn batch(&self, batch_id: i64) -> Result<Option<Vec<T>>> {
        match self.files.iter().find(|file| file.batch_id == batch_id) {
            Some(file) => self.read(*file).await.map(Some),
            None => Ok(None),
        }
    }

    /// Whether a batch was written compacted.
    pub fn is_compacted(&self, batch_id: i64) -> bool {
        self.files.iter().any(|file| file.batch_id == batch_id && file.compacted)
    }

    /// All entries, oldest first.
    pub async fn all(&self) -> Result<Vec<T>> {
        self.all_until(i64::MAX).await
    }

    async fn all_until(&self, batch_id: i64) -> Result<Vec<T>> {
        let until = self.files.iter().filter(|file| file.batch_id <= batch_id);
        let start = until.clone().rev().find(|file| file.compacted).map_or(i64::MIN, |file| file.batch_id);
        let mut all = Vec::new();
        for file in until.filter(|file| file.batch_id >= start) {
            all.extend(self.read(*file).await?);
        }
        Ok(all)
    }

    async fn read(&self, file: LogFile) -> Result<Vec<T>> {
        let name = file.name();
        let path = || format!("{}/{name}", self.store.location());
        let Some(bytes) = self.store.get(&name).await? else {
            let what = "The file was there when the log was opened and is gone.".to_string();
            return Err(unreadable(&path(), Malformed::Content(what)));
        };
        from_text(&String::from_utf8_lossy(&bytes)).map_err(|why| unreadable(&path(), why))
    }

    /// Deletes files below the newest compaction that leaves enough batches readable, if they are old enough.
    async fn delete_superseded(&mut self, batch_id: i64, now_ms: i64) -> Result<()> {
        let retained = batch_id - self.policy.batches_to_retain;
        let compactions = self.files.iter().filter(|file| file.compacted && file.batch_id <= retained);
        let Some(first_needed) = compactions.map(|file| file.batch_id).max() else { return Ok(()) };
        for entry in self.store.list("").await? {
            let superseded = LogFile::of_name(entry.name()).filter(|file| file.batch_id < first_needed);
            let Some(file) = superseded else { continue };
            if entry.modified_ms <= now_ms - self.policy.cleanup_delay_ms {
                self.store.delete(&entry.path).await?;
                self.files.retain(|known| *known != file);
            }
        }
        Ok(())
    }
}

/// The interval that fits the compactions already in a log, so that their numbers stay those of compactions.
fn known_interval(files: &[LogFile], wanted: i64) -> i64 {
    let wanted = wanted.max(1);
    let compactions: Vec<i64> = files.iter().filter(|file| file.compacted).map(|file| file.batch_id).collect();
    match compactions.as_slice() {
        [] => wanted,
        [only] => {
            let length = only + 1;
            if length <= wanted || wanted >= length / 2 {
                return length;
            }
            (wanted..=length / 2).find(|interval| length % interval == 0).unwrap_or(length)
        }
        [.., before, last] => last - before,
    }
}

/// The lines of a log file.
pub fn to_text<T: Serialize>(entries: &[T]) -> String {
    let mut text = format!("v{VERSION}");
    for entry in entries {
        text.push('\n');
        text.push_str(&serde_json::to_string(entry).unwrap_or_default());
    }
    text
}

/// The entries in the lines of a log file.
pub fn from_text<T: DeserializeOwned>(text: &str) -> Result<Vec<T>, Malformed> {
    let (_, lines) = lines_after_version(text, VERSION)?;
    let entry = |line: &str| serde_json::from_str(line).map_err(|e| Malformed::Content(format!("{e} in {line:?}")));
    lines.filter(|line| !line.is_empty()).map(entry).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use firesteel_durable::{ManualClock, Simulator};

    async fn log_of(batches: i64, store: &Arc<Simulator>, policy: CompactionPolicy) -> CompactibleLog<i64> {
        let clock = ManualClock::at(10_000_000);
        let mut log = CompactibleLog::open(Arc::clone(store) as Arc<dyn DurableStore>, policy).await.unwrap();
        for batch in log.latest().map_or(0, |latest| latest + 1)..batches {
            assert!(log.add(batch, &[batch], &clock).await.unwrap());
        }
        log
    }

    #[tokio::test]
    async fn every_tenth_file_has_all_entries_and_reading_starts_there() {
        let store = Arc::new(Simulator::new());
        let log = log_of(13, &store, CompactionPolicy::default()).await;
        assert_eq!(log.all().await.unwrap(), (0..13).collect::<Vec<_>>());
        let compact = store.files()["9.compact"].clone();
        assert_eq!(compact, "v1\n0\n1\n2\n3\n4\n5\n6\n7\n8\n9");
        assert!(!store.files().contains_key("9"));
    }

    #[tokio::test]
    async fn old_files_go_once_a_newer_compaction_covers_the_batches_to_retain() {
        let store = Arc::new(Simulator::new());
        let policy = CompactionPolicy { interval: 3, batches_to_retain: 4, ..CompactionPolicy::default() };
        let log = log_of(12, &store, policy).await;
        let names: Vec<String> = store.files().into_keys().collect();
        assert_eq!(names, ["10", "11.compact", "5.compact", "6", "7", "8.compact", "9"]);
        assert_eq!(log.all().await.unwrap(), (0..12).collect::<Vec<_>>());
    }

    #[tokio::test]
    async fn a_lost_file_is_noticed_unless_a_compaction_has_its_entries() {
        let store = Arc::new(Simulator::new());
        let policy = CompactionPolicy { interval: 3, ..CompactionPolicy::default() };
        assert_eq!(log_of(0, &store, policy).await.first_lost(), None);
        assert_eq!(log_of(5, &store, policy).await.first_lost(), None);
        store.delete("1").await.unwrap();
        assert_eq!(log_of(5, &store, policy).await.first_lost(), None);
        log_of(8, &store, policy).await;
        store.delete("6").await.unwrap();
        assert_eq!(log_of(8, &store, policy).await.first_lost(), Some(6));
    }

    #[tokio::test]
    async fn a_batch_is_added_once() {
        let store = Arc::new(Simulator::new());
        let mut log = log_of(2, &store, CompactionPolicy::default()).await;
        assert!(!log.add(1, &[7], &ManualClock::at(0)).await.unwrap());
        assert_eq!(log.batch(1).await.unwrap(), Some(vec![1]));
    }

    #[test]
    fn the_interval_of_an_existing_log_is_kept() {
        let compact = |batch_id| LogFile { batch_id, compacted: true };
        assert_eq!(known_interval(&[], 10), 10);
        assert_eq!(known_interval(&[compact(4), compact(9)], 10), 5);
        assert_eq!(known_interval(&[compact(2)], 10), 3);
        assert_eq!(known_interval(&[compact(29)], 10), 10);
        assert_eq!(known_interval(&[compact(30)], 10), 31);
    }
}
