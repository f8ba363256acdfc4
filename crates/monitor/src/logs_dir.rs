//! The log viewer's files: those of one directory, found by name among its entries, never by a path that a request makes.

use std::fs::{self, File};
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

/// A directory with logs.
#[derive(Debug, Clone)]
pub struct LogDirectory {
    directory: PathBuf,
}

/// A log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LogFile {
    /// Its name in the directory.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

impl LogDirectory {
    /// The files directly in `directory`.
    pub fn new(directory: impl Into<PathBuf>) -> Self {
        Self { directory: directory.into() }
    }

    /// The directory.
    pub fn path(&self) -> &Path {
        &self.directory
    }

    /// The files, by name. A link is not one: it could lead elsewhere.
    ///
    /// # Errors
    /// If the directory cannot be read.
    pub fn files(&self) -> io::Result<Vec<LogFile>> {
        let mut files = Vec::new();
        for entry in fs::read_dir(&self.directory)? {
            let entry = entry?;
            if let (true, Ok(name)) = (entry.file_type()?.is_file(), entry.file_name().into_string()) {
                files.push(LogFile { name, bytes: entry.metadata()?.len() });
            }
        }
        files.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(files)
    }

    /// The last `bytes_max` bytes of a file, from the start of a line; `None` if there is no such file.
    ///
    /// # Errors
    /// If it cannot be read.
    pub fn tail(&self, name: &str, bytes_max: u64) -> io::Result<Option<String>> {
        let Some(file) = self.files()?.into_iter().find(|file| file.name == name) else { return Ok(None) };
        let mut open = File::open(self.directory.join(&file.name))?;
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
    fn only_files_of_the_directory_are_read() {
        let outside = tempfile::tempdir().unwrap();
        fs::write(outside.path().join("secret"), "secret").unwrap();
        let inside = outside.path().join("logs");
        fs::create_dir(&inside).unwrap();
        fs::write(inside.join("driver.log"), "one\ntwo\nthree\n").unwrap();
        std::os::unix::fs::symlink(outside.path().join("secret"), inside.join("link")).unwrap();
        let logs = LogDirectory::new(&inside);
        assert_eq!(logs.files().unwrap(), [LogFile { name: "driver.log".into(), bytes: 14 }]);
        for name in ["../secret", "link", "/etc/passwd", "..", "driver.log/../../secret", ""] {
            assert_eq!(logs.tail(name, 100).unwrap(), None, "{name}");
        }
        assert_eq!(logs.tail("driver.log", 100).unwrap().unwrap(), "one\ntwo\nthree\n");
        assert_eq!(logs.tail("driver.log", 8).unwrap().unwrap(), "three\n");
    }
}
