//! The log viewer's files: those that the log is written to and those set aside, found by name among the entries of their
//! directories, never by a path that a request makes.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// The logs of a process.
#[derive(Debug, Clone, Default)]
pub struct LogFiles {
    /// Directories, and how the names of files that may be read there begin.
    places: Vec<(PathBuf, String)>,
}

/// A log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Its name in the directory.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

impl LogFiles {
    /// These files, and what is set aside of them beside them: `job.log`, `job-1.log`, `job.log.2`.
    pub fn new(files: &[PathBuf]) -> Self {
        let place = |file: &PathBuf| {
            let stem = file.file_stem()?.to_str().filter(|stem| !stem.is_empty())?.to_string();
            let directory = file.parent().filter(|directory| !directory.as_os_str().is_empty());
            Some((directory.unwrap_or(Path::new(".")).to_path_buf(), stem))
        };
        Self { places: files.iter().filter_map(place).collect() }
    }

    /// The files, by name. A link is not one: it could lead elsewhere.
    ///
    /// # Errors
    /// If a directory cannot be read.
    pub fn files(&self) -> io::Result<Vec<LogFile>> {
        Ok(self.entries()?.into_iter().map(|(file, _)| file).collect())
    }

    fn entries(&self) -> io::Result<Vec<(LogFile, PathBuf)>> {
        let mut files = Vec::new();
        for (directory, stem) in &self.places {
            for entry in fs::read_dir(directory)? {
                let entry = entry?;
                let Ok(name) = entry.file_name().into_string() else { continue };
                if name.starts_with(stem) && entry.file_type()?.is_file() {
                    files.push((LogFile { name, bytes: entry.metadata()?.len() }, entry.path()));
                }
            }
        }
        files.sort_by(|(a, _), (b, _)| a.name.cmp(&b.name));
        files.dedup_by(|(a, _), (b, _)| a.name == b.name);
        Ok(files)
    }

    /// The last `bytes_max` bytes of a file, from the start of a line; `None` if there is no such file.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn tail(&self, name: &str, bytes_max: u64) -> io::Result<Option<String>> {
        let Some((file, path)) = self.entries()?.into_iter().find(|(file, _)| file.name == name) else {
            return Ok(None);
        };
        let mut open = File::open(path)?;
        let start = file.bytes.saturating_sub(bytes_max);
        open.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        open.take(bytes_max).read_to_end(&mut bytes)?;
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let first_whole = if start > 0 { text.find('\n').map_or(0, |end| end + 1) } else { 0 };
        Ok(Some(text[first_whole..].to_string()))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn only_the_logs_own_files_are_read() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "secret").unwrap();
        let inside = outside.path().join("logs");
        fs::create_dir(&inside).unwrap();
        fs::write(inside.join("driver.log"), "one\ntwo\nthree\n").unwrap();
        fs::write(inside.join("other"), "secret").unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), inside.join("driver-link")).unwrap();
        let logs = LogFiles::new(&[inside.join("driver.log")]);
        assert_eq!(logs.files().unwrap(), [LogFile { name: "driver.log".into(), bytes: 14 }]);
        for name in ["../secret", "driver-link", "other", "/etc/passwd", "..", "driver.log/../../secret", ""] {
            assert_eq!(logs.tail(name, 100).unwrap(), None, "{name}");
        }
        assert_eq!(logs.tail("driver.log", 100).unwrap().unwrap(), "one\ntwo\nthree\n");
        assert_eq!(logs.tail("driver.log", 8).unwrap().unwrap(), "three\n");
    }
}
