//! The files that operators spill to, in the directories of `spark.local.dir`.
//!
//! DataFusion makes and deletes them. What is added here is what a user needs when one cannot be written: the directory, and
//! the setting that names it.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;

use bytes::Bytes;
use datafusion::common::Result;
use datafusion::execution::disk_manager::{DiskManager, DiskManagerBuilder, DiskManagerMode};
use datafusion::execution::{SpillFile, SpillWriter, TempFileFactory};
use firesteel_error::{Exception, SparkError};
use futures::Stream;

/// Makes the files.
pub(crate) struct SpillFiles {
    /// `spark.local.dir`, as it was written or meant.
    place: Arc<str>,
    manager: Arc<DiskManager>,
}

impl SpillFiles {
    /// Files in the directories of `spark.local.dir`, or in the machine's for temporary files.
    ///
    /// # Errors
    /// When a directory cannot be made.
    pub(crate) fn new(local_dir: Option<&str>) -> std::result::Result<Self, SparkError> {
        let directories: Vec<PathBuf> = match local_dir {
            Some(list) => list.split(',').map(|directory| PathBuf::from(directory.trim())).collect(),
            None => vec![std::env::temp_dir()],
        };
        let place = directories.iter().map(|path| path.display().to_string()).collect::<Vec<_>>().join(",");
        for directory in &directories {
            std::fs::create_dir_all(directory).map_err(|error| unwritable(&place, &error))?;
        }
        let builder = DiskManagerBuilder::default()
            .with_mode(DiskManagerMode::Directories(directories))
            .with_max_temp_directory_size(u64::MAX);
        let manager = builder.build().map_err(|error| unwritable(&place, &error))?;
        Ok(Self { place: place.into(), manager: Arc::new(manager) })
    }
}

fn unwritable(place: &str, error: &dyn std::fmt::Display) -> SparkError {
    SparkError::plain(
        Exception::Spark,
        format!(
            "A query that does not fit into memory could not be spilled to {place}: {error}. \
             Make room there, or name a larger directory with `spark.local.dir`."
        ),
    )
}

impl TempFileFactory for SpillFiles {
    fn create_temp_file(&self, description: &str) -> Result<Arc<dyn SpillFile>> {
        let file = self.manager.create_tmp_file(description);
        let file = file.map_err(|error| {
            datafusion::error::DataFusionError::External(Box::new(unwritable(&self.place, &error.strip_backtrace())))
        })?;
        Ok(Arc::new(NamedSpillFile { place: self.place.clone(), file }))
    }
}

struct NamedSpillFile {
    place: Arc<str>,
    file: Arc<dyn SpillFile>,
}

impl SpillFile for NamedSpillFile {
    fn path(&self) -> Option<&Path> {
        self.file.path()
    }

    fn size(&self) -> Option<u64> {
        self.file.size()
    }

    fn read_stream(&self) -> Result<Pin<Box<dyn Stream<Item = Result<Bytes>> + Send>>> {
        self.file.read_stream()
    }

    fn open_writer(&self) -> Result<Box<dyn SpillWriter>> {
        Ok(Box::new(NamedWriter { place: self.place.clone(), writer: self.file.open_writer()? }))
    }
}

struct NamedWriter {
    place: Arc<str>,
    writer: Box<dyn SpillWriter>,
}

impl NamedWriter {
    fn named(&self, error: &std::io::Error) -> std::io::Error {
        std::io::Error::new(error.kind(), unwritable(&self.place, error))
    }
}

impl Write for NamedWriter {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.writer.write(bytes).map_err(|error| self.named(&error))
    }

    fn flush(&mut self) -> std::io::Result<()> {
        self.writer.flush().map_err(|error| self.named(&error))
    }
}

impl SpillWriter for NamedWriter {
    fn finish(&mut self) -> Result<()> {
        self.writer.finish()
    }
}
