//! What is gone since it was noted: files of a batch, and entries of the source's log.

use firesteel_error::{Exception, SparkError};
use firesteel_formats::FileUrl;

/// Whether a local file is there no more; files elsewhere are not asked for, their read says it.
pub(super) fn is_gone(url: &FileUrl) -> bool {
    url.local_path().is_some_and(|path| matches!(path.try_exists(), Ok(false)))
}

/// An entry of the source's log is not there: which files were read is not known any more.
pub(super) fn lost(entry: i64, path: &str) -> SparkError {
    let text = format!(
        "batch {entry} doesn't exist in the checkpoint's log of the files read from {path} (sources/K/{entry}). Restore the \
         file, or use another checkpointLocation: the stream then begins anew."
    );
    SparkError::plain(Exception::Spark, text)
}
