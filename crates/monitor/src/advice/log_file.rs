//! A store from an event log: Spark's or Firesteel's, one file or a directory of rolled ones.

use std::path::Path;

use crate::history::log::Log;
use crate::store::{Limits, Store};

/// Reads a log. A last line that is cut off, as a crash leaves it, is left out.
///
/// # Errors
/// A sentence with the file.
pub fn read(path: &Path) -> Result<Store, String> {
    let wrong = |error: std::io::Error| format!("{}: {error}", path.display());
    let log = Log::at(path).map_err(wrong)?;
    let log = log.ok_or_else(|| format!("{} has no files of an event log (events_1_…).", path.display()))?;
    let store = log.replay(Limits::default()).map_err(wrong)?;
    // Lines that are no events are passed over; a file without any is no log.
    if store.application.start_ms == 0 { Err(format!("{} is no event log.", path.display())) } else { Ok(store) }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::fs;

    use super::*;

    #[test]
    fn a_log_that_a_crash_cut_off_is_read() {
        let directory = tempfile::tempdir().unwrap();
        let start = "{\"Event\":\"SparkListenerApplicationStart\",\"App Name\":\"a\",\"App ID\":\"1\",\"Timestamp\":5,\"User\":\"u\"}\n";
        fs::write(directory.path().join("events_1_app"), start).unwrap();
        fs::write(
            directory.path().join("events_2_app"),
            "{\"Event\":\"SparkListenerApplicationEnd\",\"Timestamp\":9}\n{\"Ev",
        )
        .unwrap();
        let store = read(directory.path()).unwrap();
        assert_eq!((store.application.name.as_str(), store.application.end_ms), ("a", Some(9)));
        fs::write(directory.path().join("broken"), "no\n{}\n").unwrap();
        assert!(read(&directory.path().join("broken")).unwrap_err().contains("no event log"));
    }
}
