//! A log with one file per batch, named by the batch's number: `offsets/0`, `offsets/1`, ...
//!
//! A file is put if absent: when two runs of a query race for a batch, the log says which of them may run it. The log is
//! listed once, when it is opened; after that, one entry costs one durable write.

use std::marker::PhantomData;
use std::sync::Arc;

use bytes::Bytes;
use firesteel_durable::{DurableStore, Put};
use firesteel_error::{Exception, Result, SparkError};

/// What a log holds for a batch, as the text of a file.
pub trait LogEntry: Sized + Send + Sync {
    /// The text of the file.
    fn to_text(&self) -> String;

    /// The entry in a file's text; the error says what is wrong with the text.
    fn from_text(text: &str) -> Result<Self, Malformed>;
}

/// Why a text is not a log entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Malformed {
    /// The first line is not a version.
    NoVersion(String),
    /// A version that this engine cannot read.
    UnknownVersion {
        /// The version found.
        found: i64,
        /// The newest version that can be read.
        newest: i64,
    },
    /// Something else, in words.
    Content(String),
}

/// See the module.
#[derive(Debug)]
pub struct BatchLog<T> {
    store: Arc<dyn DurableStore>,
    oldest: Option<i64>,
    latest: Option<i64>,
    entry: PhantomData<fn() -> T>,
}

impl<T: LogEntry> BatchLog<T> {
    /// Opens the log in `store` and finds its first and last entry.
    pub async fn open(store: Arc<dyn DurableStore>) -> Result<Self> {
        let files = store.list("").await?;
        let numbers = || files.iter().filter_map(|file| file.name().parse::<i64>().ok());
        Ok(Self { oldest: numbers().min(), latest: numbers().max(), store, entry: PhantomData })
    }

    /// The number of the newest entry.
    pub fn latest(&self) -> Option<i64> {
        self.latest
    }

    /// Adds the entry of `batch_id`; an error if the log has one, as another run must have written it.
    pub async fn add(&mut self, batch_id: i64, entry: &T) -> Result<()> {
        match self.store.put_if_absent(&batch_id.to_string(), Bytes::from(entry.to_text())).await? {
            Put::Written => {
                self.latest = self.latest.max(Some(batch_id));
                self.oldest = Some(self.oldest.map_or(batch_id, |oldest| oldest.min(batch_id)));
                Ok(())
            }
            Put::Exists => Err(SparkError::new("CONCURRENT_STREAM_LOG_UPDATE").param("batchId", batch_id.to_string())),
        }
    }

    /// The entry of `batch_id`, if there is one.
    pub async fn get(&self, batch_id: i64) -> Result<Option<T>> {
        let name = batch_id.to_string();
        let Some(bytes) = self.store.get(&name).await? else { return Ok(None) };
        let text = String::from_utf8_lossy(&bytes);
        T::from_text(&text).map(Some).map_err(|why| unreadable(&format!("{}/{name}", self.store.location()), why))
    }

    /// The newest entry and its number.
    pub async fn newest(&self) -> Result<Option<(i64, T)>> {
        let Some(batch_id) = self.latest else { return Ok(None) };
        Ok(self.get(batch_id).await?.map(|entry| (batch_id, entry)))
    }

    /// Removes the entries below `batch_id`.
    pub async fn purge(&mut self, batch_id: i64) -> Result<()> {
        while let Some(oldest) = self.oldest.filter(|oldest| *oldest < batch_id) {
            self.store.delete(&oldest.to_string()).await?;
            self.oldest = Some(oldest + 1);
        }
        Ok(())
    }
}

/// The lines of a log file after its version, which must be `v1`..`newest`.
pub fn lines_after_version(text: &str, newest: i64) -> Result<(i64, std::str::Lines<'_>), Malformed> {
    let mut lines = text.lines();
    let first = lines.next().unwrap_or_default();
    let version = first.strip_prefix('v').and_then(|number| number.parse::<i64>().ok()).filter(|v| *v > 0);
    match version {
        None => Err(Malformed::NoVersion(first.to_string())),
        Some(found) if found > newest => Err(Malformed::UnknownVersion { found, newest }),
        Some(version) => Ok((version, lines)),
    }
}

/// The error for a log file that cannot be read: names the file and what to do.
pub(crate) fn unreadable(path: &str, why: Malformed) -> SparkError {
    let cause = match why {
        Malformed::NoVersion(text) => SparkError::new("MALFORMED_LOG_FILE")
            .param("text", text.clone())
            .text(format!("The file does not start with a log version but with {text:?}.")),
        Malformed::UnknownVersion { found, newest } => SparkError::new("INVALID_LOG_VERSION.MAX_SUPPORTED_VERSION")
            .param("version", format!("v{found}"))
            .param("maxSupportedVersion", format!("v{newest}"))
            .text(format!("The file has log version v{found}; versions up to v{newest} can be read.")),
        Malformed::Content(what) => SparkError::plain(Exception::Spark, what),
    };
    let text = format!(
        "Failed to read log file {path}. {} Restore the file from a backup, or start the query with another checkpointLocation.",
        cause.message()
    );
    SparkError::plain(Exception::Spark, text).cause(cause)
}
