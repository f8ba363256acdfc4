//! `_spark_metadata`, the log of a streaming file sink: which files of a directory are committed.
//!
//! `N` holds the files of batch N; `N.compact` holds those of all batches up to N. Each is a line `v1` and then one
//! JSON object a line. A directory with such a log has the files that the log names, and no others.

use firesteel_error::{Result, SparkError};

use crate::context::FormatContext;
use crate::file_status::FileUrl;
use crate::storage::{self, Entry, ReadError};

/// The directory's name.
pub(crate) const SINK_LOG: &str = "_spark_metadata";

/// The files that the log in `dir` says are committed, or `None` if there is no log.
pub(crate) async fn committed_files(dir: &FileUrl, context: &FormatContext) -> Result<Option<Vec<Entry>>> {
    let log = dir.join(SINK_LOG);
    if !storage::stat(&log, context).await?.is_some_and(|entry| entry.is_dir) {
        return Ok(None);
    }
    let mut batches: Vec<(u64, bool, FileUrl)> = Vec::new();
    for entry in storage::list(&log, context).await? {
        let name = entry.url.name();
        let (number, compact) = name.strip_suffix(".compact").map_or((name, false), |number| (number, true));
        if let (false, Ok(id)) = (entry.is_dir, number.parse()) {
            batches.push((id, compact, entry.url));
        }
    }
    batches.sort();
    let first = batches.iter().rposition(|(_, compact, _)| *compact).unwrap_or(0);
    let mut files: Vec<Entry> = Vec::new();
    for (_, _, url) in &batches[first..] {
        let bytes = storage::read_all(url, context).await.map_err(|error| match error {
            ReadError::Missing => malformed(url, "it disappeared while it was read"),
            ReadError::Other(error) => error,
        })?;
        let text = std::str::from_utf8(&bytes).map_err(|_| malformed(url, "it is not UTF-8"))?;
        read_batch(url, text, &mut files)?;
    }
    Ok(Some(files))
}

fn malformed(url: &FileUrl, why: &str) -> SparkError {
    SparkError::new("MALFORMED_LOG_FILE")
        .param("text", url.hadoop())
        .text(format!("The log file {} of a streaming file sink cannot be read: {why}.", url.hadoop()))
}

fn read_batch(url: &FileUrl, text: &str, files: &mut Vec<Entry>) -> Result<()> {
    let mut lines = text.lines();
    match lines.next() {
        Some("v1") => {}
        other => return Err(malformed(url, &format!("its first line is {:?}, not \"v1\"", other.unwrap_or_default()))),
    }
    for (number, line) in lines.enumerate().filter(|(_, line)| !line.is_empty()) {
        let bad = |why: &str| malformed(url, &format!("line {}: {why}", number + 2));
        let entry: serde_json::Value = serde_json::from_str(line).map_err(|error| bad(&error.to_string()))?;
        let path = entry.get("path").and_then(|path| path.as_str()).ok_or_else(|| bad("it has no path"))?;
        let file = decode_url(path)?;
        if entry.get("action").and_then(|action| action.as_str()) == Some("delete") {
            files.retain(|entry| entry.url != file);
            continue;
        }
        files.push(Entry {
            url: file,
            is_dir: false,
            size: entry.get("size").and_then(serde_json::Value::as_u64).ok_or_else(|| bad("it has no size"))?,
            modification_ms: entry.get("modificationTime").and_then(serde_json::Value::as_i64).unwrap_or(0),
        });
    }
    Ok(())
}

/// Paths in the log are URLs, with percent escapes.
fn decode_url(url: &str) -> Result<FileUrl> {
    FileUrl::parse(&percent_decode(url))
}

/// `%20` and the like; what is not an escape stays.
pub fn percent_decode(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut decoded = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let hex = (bytes[at] == b'%').then(|| bytes.get(at + 1..at + 3)).flatten();
        match hex.and_then(|hex| u8::from_str_radix(std::str::from_utf8(hex).ok()?, 16).ok()) {
            Some(byte) => {
                decoded.push(byte);
                at += 3;
            }
            None => {
                decoded.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&decoded).into_owned()
}
