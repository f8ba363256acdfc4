//! A store from an event log: Spark's or Firesteel's, one file or a directory of rolled ones.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::store::{Limits, Store};

/// Reads a log. A last line that is cut off, as a crash leaves it, is left out.
///
/// # Errors
/// A sentence with the file and the line.
pub fn read(path: &Path) -> Result<Store, String> {
    let mut store = Store::new(Limits::default());
    for file in files(path)? {
        read_file(&file, &mut store)?;
    }
    Ok(store)
}

/// The file, or the events' files of a directory in order.
fn files(path: &Path) -> Result<Vec<PathBuf>, String> {
    if !path.is_dir() {
        return Ok(vec![path.to_path_buf()]);
    }
    let wrong = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut files = Vec::new();
    for entry in fs::read_dir(path).map_err(wrong)? {
        let entry = entry.map_err(wrong)?;
        let name = entry.file_name().to_string_lossy().into_owned();
        if let Some(rest) = name.strip_prefix("events_") {
            let number: u64 = rest.split('_').next().and_then(|number| number.parse().ok()).unwrap_or(0);
            files.push((number, entry.path()));
        }
    }
    files.sort();
    if files.is_empty() {
        return Err(format!("{} has no files of an event log (events_1_…).", path.display()));
    }
    Ok(files.into_iter().map(|(_, file)| file).collect())
}

fn read_file(path: &Path, store: &mut Store) -> Result<(), String> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut lines = BufReader::new(file).lines().enumerate().peekable();
    while let Some((number, line)) = lines.next() {
        let line = line.map_err(|error| format!("{}: line {}: {error}", path.display(), number + 1))?;
        match serde_json::from_str::<Value>(&line) {
            Ok(event) => {
                let time = event["Timestamp"].as_i64().unwrap_or(store.application.updated_ms);
                store.apply(&event, time);
            }
            Err(_) if lines.peek().is_none() => {}
            Err(error) => return Err(format!("{}: line {} is no event: {error}", path.display(), number + 1)),
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
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
        assert!(read(&directory.path().join("broken")).unwrap_err().contains("line 1"));
    }
}
