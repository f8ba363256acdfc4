//! `save_as_text_file` and `save_as_object_file`: a file for each partition in a new directory.
//!
//! A task writes to a file of its own attempt under `_temporary`. When all tasks have succeeded, the files of the attempts
//! that count get their names (`part-00000` ...), and `_SUCCESS` is written last.

use std::fmt::Display;
use std::io::{BufWriter, Write};
use std::panic::Location;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use firesteel_error::{Exception, Result, SparkError};

use crate::compression::{Codec, Output};
use crate::data::{Data, Records, Storable};
use crate::rdd::Rdd;
use crate::record_file;
use crate::sources::paths::{local_path, uri};
use crate::task_context::TaskContext;

impl<T: Data + Display> Rdd<T> {
    /// Each element as a line, a file for each partition, in the new directory `path` (Spark's `saveAsTextFile`).
    #[track_caller]
    pub fn save_as_text_file(&self, path: &str, codec: Option<Codec>) -> Result<()> {
        let write = |file: &Path, to: &mut BufWriter<Output>, records: Records<T>| {
            records.into_iter().try_for_each(|record| {
                writeln!(to, "{}", record?).map_err(|e| SparkError::io(format!("writing {}", file.display()), e))
            })
        };
        self.save(path, codec, "saveAsTextFile", Location::caller(), write)
    }
}

impl<T: Storable> Rdd<T> {
    /// The elements in a format of this engine, a file for each partition, in the new directory `path` (Spark's
    /// `saveAsObjectFile`); [`object_file`](crate::SparkContext::object_file) reads them.
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// # let dir = tempfile::tempdir().map_err(|e| firesteel_error::SparkError::io("a directory", e))?;
    /// # let path = dir.path().join("pairs");
    /// # let path = &path.to_string_lossy();
    /// sc.parallelize([(1, "one".to_string())], 1).save_as_object_file(path)?;
    /// assert_eq!(sc.object_file::<(i32, String)>(path).collect()?, [(1, "one".to_string())]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn save_as_object_file(&self, path: &str) -> Result<()> {
        let write = |file: &Path, to: &mut BufWriter<Output>, records| record_file::write(file, to, records);
        self.save(path, None, "saveAsObjectFile", Location::caller(), write)
    }
}

impl<T: Data> Rdd<T> {
    fn save(
        &self,
        path: &str,
        codec: Option<Codec>,
        action: &str,
        caller: &Location<'_>,
        write: impl Fn(&Path, &mut BufWriter<Output>, Records<T>) -> Result<()> + Send + Sync + 'static,
    ) -> Result<()> {
        let dir = local_path(path)?;
        if dir.exists() {
            let text = format!("Output directory {} already exists", uri(&dir));
            return Err(SparkError::plain(Exception::Spark, text));
        }
        let temporary = dir.join("_temporary");
        let failed = |e| SparkError::io(format!("writing to {}", dir.display()), e);
        std::fs::create_dir_all(&temporary).map_err(failed)?;
        let attempts = Arc::new(temporary.clone());
        let each = move |task: &TaskContext, records: Records<T>| write_part(&attempts, codec, task, records, &write);
        let outcome = self.context().run_on_all(self, action, caller, each).and_then(|parts| {
            for (partition, written) in parts.iter().enumerate() {
                let extension = codec.map_or_else(String::new, |codec| format!(".{}", codec.extension()));
                std::fs::rename(written, dir.join(format!("part-{partition:05}{extension}"))).map_err(failed)?;
            }
            Ok(())
        });
        std::fs::remove_dir_all(&temporary).map_err(failed)?;
        outcome?;
        std::fs::write(dir.join("_SUCCESS"), b"").map_err(failed)
    }
}

fn write_part<T: 'static>(
    dir: &Path,
    codec: Option<Codec>,
    task: &TaskContext,
    records: Records<T>,
    write: impl Fn(&Path, &mut BufWriter<Output>, Records<T>) -> Result<()>,
) -> Result<PathBuf> {
    let path = dir.join(format!("attempt-{}", task.task_attempt_id()));
    let failed = |e| SparkError::io(format!("writing {}", path.display()), e);
    let (count, counted) = count_records(records);
    let mut output = BufWriter::new(Output::create(&path, codec).map_err(failed)?);
    write(&path, &mut output, counted)?;
    output.into_inner().map_err(|e| failed(e.into_error()))?.finish().map_err(failed)?;
    let bytes_written = std::fs::metadata(&path).map_err(failed)?.len();
    task.with_metrics(|metrics| {
        metrics.output.bytes_written += bytes_written;
        metrics.output.records_written += count.load(std::sync::atomic::Ordering::Relaxed);
    });
    Ok(path)
}

/// The records, and how many of them were taken.
fn count_records<T: 'static>(records: Records<T>) -> (Arc<std::sync::atomic::AtomicU64>, Records<T>) {
    let count = Arc::new(std::sync::atomic::AtomicU64::new(0));
    let counter = count.clone();
    let counted = records.inspect(move |_| {
        counter.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
    });
    (count, Box::new(counted))
}
