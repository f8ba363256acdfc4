//! Reads an event log, Firesteel's or Spark's: one file or several, plain or with zstd, complete or cut off in the middle of a line.

use std::fs::{self, File};
use std::io::{self, BufRead, BufReader, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::store::{Fields, Limits, Store};
use crate::time;

/// The longest line that is read; a longer one is no event.
const LINE_BYTES_MAX: u64 = 64 << 20;

/// How the name of a directory of rolled files begins.
const ROLLED: &str = "eventlog_v2_";

/// An application's event log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Log {
    /// The application's id, as the log's name has it.
    pub application: String,
    /// The log's files, in order.
    pub files: Vec<PathBuf>,
    /// Whether the application's end was not written: it runs, or was killed.
    pub in_progress: bool,
    /// All files' length.
    pub bytes: u64,
    /// When it was last written to, in milliseconds since 1970.
    pub modified_ms: i64,
}

/// The logs in a directory, the last written first. A link is none, since it could lead elsewhere; neither is what cannot be looked
/// at, such as a log that was renamed a moment ago.
///
/// # Errors
/// If the directory cannot be read.
pub fn logs(directory: &Path) -> io::Result<Vec<Log>> {
    let entries = fs::read_dir(directory)?;
    let mut logs: Vec<Log> = entries.filter_map(|entry| log_of(&entry.ok()?)).collect();
    logs.sort_by_key(|log| std::cmp::Reverse(log.modified_ms));
    Ok(logs)
}

fn log_of(entry: &fs::DirEntry) -> Option<Log> {
    let name = entry.file_name().into_string().ok()?;
    let kind = entry.file_type().ok()?;
    let is_log = (kind.is_dir() && name.starts_with(ROLLED)) || (kind.is_file() && !name.starts_with('.'));
    if is_log { Log::at(&entry.path()).ok().flatten() } else { None }
}

fn single(path: PathBuf, name: &str) -> io::Result<Option<Log>> {
    let ended = name.strip_suffix(".inprogress");
    let application = ended.unwrap_or(name);
    let application = application.strip_suffix(".zstd").unwrap_or(application).to_string();
    Log::new(application, vec![path], ended.is_some()).map(Some)
}

fn rolled(directory: &Path, application: &str) -> io::Result<Option<Log>> {
    let mut files = Vec::new();
    let mut in_progress = false;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if let Some(rest) = name.strip_prefix("events_").filter(|_| entry.file_type().is_ok_and(|kind| kind.is_file()))
        {
            let number: u64 = rest.split('_').next().and_then(|number| number.parse().ok()).unwrap_or(u64::MAX);
            files.push((number, entry.path()));
        }
        in_progress |= name.starts_with("appstatus_") && name.ends_with(".inprogress");
    }
    files.sort();
    let files: Vec<PathBuf> = files.into_iter().map(|(_, path)| path).collect();
    if files.is_empty() { Ok(None) } else { Log::new(application.to_string(), files, in_progress).map(Some) }
}

impl Log {
    /// The log at a path: a file, or a directory of rolled ones; `None` if that is empty.
    ///
    /// # Errors
    /// If it cannot be looked at.
    pub fn at(path: &Path) -> io::Result<Option<Self>> {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if path.metadata()?.is_dir() {
            return rolled(path, name.strip_prefix(ROLLED).unwrap_or(name));
        }
        single(path.to_path_buf(), name)
    }

    fn new(application: String, files: Vec<PathBuf>, in_progress: bool) -> io::Result<Self> {
        let (mut bytes, mut modified_ms) = (0, 0);
        for file in &files {
            let metadata = file.metadata()?;
            bytes += metadata.len();
            let modified = metadata.modified()?.duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
            modified_ms = modified_ms.max(i64::try_from(modified.as_millis()).unwrap_or_default());
        }
        Ok(Self { application, files, in_progress, bytes, modified_ms })
    }

    /// Gives each event to `take`, with its time as far as the log tells, until that says that it has enough.
    ///
    /// # Errors
    /// If a file cannot be read. A file that ends in the middle of something only ends there.
    pub fn read(&self, mut take: impl FnMut(&Value, i64) -> bool) -> io::Result<()> {
        let mut now_ms = 0;
        for file in &self.files {
            let mut lines = open(file)?;
            let mut line = Vec::new();
            loop {
                line.clear();
                match lines.by_ref().take(LINE_BYTES_MAX).read_until(b'\n', &mut line) {
                    Ok(0) => break,
                    Ok(_) => {}
                    // A compressed file whose end is missing gives what it has, then this.
                    Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => break,
                    Err(error) => return Err(io::Error::new(error.kind(), format!("{}: {error}", file.display()))),
                }
                // The last line of a log whose writer was killed can be half a line.
                let Ok(event) = serde_json::from_slice::<Value>(&line) else { continue };
                now_ms = event_ms(&event).map_or(now_ms, |ms| now_ms.max(ms));
                if !take(&event, now_ms) {
                    return Ok(());
                }
            }
        }
        Ok(())
    }

    /// What all its events add up to.
    ///
    /// # Errors
    /// As [`Log::read`].
    pub fn replay(&self, limits: Limits) -> io::Result<Store> {
        let mut store = Store::new(limits);
        self.read(|event, now_ms| {
            store.apply(event, now_ms);
            true
        })?;
        if store.application.id.is_empty() {
            store.application.id.clone_from(&self.application);
        }
        Ok(store)
    }
}

fn open(path: &Path) -> io::Result<Box<dyn BufRead>> {
    let file = File::open(path)?;
    let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let name = name.strip_suffix(".inprogress").unwrap_or(name);
    if name.ends_with(".zstd") {
        return Ok(Box::new(BufReader::new(zstd::Decoder::new(file)?)));
    }
    if let Some(codec) = [".lz4", ".lzf", ".snappy"].iter().find(|codec| name.ends_with(**codec)) {
        let message = format!("{name}: logs compressed with {} cannot be read, only plain ones and zstd", &codec[1..]);
        return Err(io::Error::new(io::ErrorKind::Unsupported, message));
    }
    Ok(Box::new(BufReader::new(file)))
}

/// The time of an event, wherever its kind has it.
fn event_ms(event: &Value) -> Option<i64> {
    let within = |object: &str, name: &str| event.field(object).time(name);
    let direct = ["Timestamp", "Completion Time", "Submission Time", "time"].iter().find_map(|name| event.time(name));
    direct
        .or_else(|| within("Task Info", "Finish Time"))
        .or_else(|| within("Task Info", "Launch Time"))
        .or_else(|| within("Stage Info", "Completion Time"))
        .or_else(|| within("Stage Info", "Submission Time"))
        .or_else(|| within("batchInfo", "processingEndTime").or_else(|| within("batchInfo", "submissionTime")))
        .or_else(|| time::parse(event.field("timestamp")))
        .or_else(|| progress_end(event.field("progress")))
}

fn progress_end(progress: &Value) -> Option<i64> {
    Some(time::parse(progress.field("timestamp"))? + progress.field("durationMs").int("triggerExecution"))
}
