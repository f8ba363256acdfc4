//! The directory for what does not fit in memory (`spark.local.dir`); it goes with the context.

use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use firesteel_error::{Result, SparkError};
use parking_lot::Mutex;
use tempfile::TempDir;

/// Hands out file names. The directory is made with the first one.
#[derive(Debug, Default)]
pub(crate) struct LocalDir {
    under: Option<PathBuf>,
    made: Mutex<Option<TempDir>>,
    next: AtomicU64,
}

/// A file that is deleted when nobody knows of it any more.
#[derive(Debug)]
pub(crate) struct LocalFile {
    path: PathBuf,
}

impl LocalDir {
    /// Under the first directory of `spark.local.dir`, or the system's one for temporary files.
    pub(crate) fn new(setting: Option<&str>) -> Self {
        let under = setting.and_then(|dirs| dirs.split(',').next()).map(|dir| PathBuf::from(dir.trim()));
        Self { under, ..Self::default() }
    }

    /// The path of the directory.
    pub(crate) fn path(&self) -> Result<PathBuf> {
        let mut made = self.made.lock();
        if let Some(dir) = &*made {
            return Ok(dir.path().to_path_buf());
        }
        let mut builder = tempfile::Builder::new();
        builder.prefix("firesteel-");
        let dir = match &self.under {
            Some(under) => std::fs::create_dir_all(under).and_then(|()| builder.tempdir_in(under)),
            None => builder.tempdir(),
        };
        let dir = dir.map_err(|e| SparkError::io("making a directory in spark.local.dir", e))?;
        Ok(made.insert(dir).path().to_path_buf())
    }

    /// Deletes the directory and what is in it.
    pub(crate) fn clear(&self) {
        let made = self.made.lock().take();
        // Dropping it deletes it; what cannot be deleted is the system's to clean.
        drop(made);
    }

    /// A new file, named after what it holds.
    pub(crate) fn create(&self, what: &str) -> Result<(LocalFile, File)> {
        let path = self.path()?.join(format!("{what}_{}", self.next.fetch_add(1, Ordering::Relaxed)));
        let file = File::create(&path).map_err(|e| SparkError::io(format!("creating {}", path.display()), e))?;
        Ok((LocalFile { path }, file))
    }
}

impl LocalFile {
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for LocalFile {
    fn drop(&mut self) {
        // It may be gone already: with the directory, or by somebody's hand.
        let _ = std::fs::remove_file(&self.path);
    }
}
