//! A partition in a checkpoint directory: `part-00000`. A file gets its name only when it is whole.

use std::fs::File;
use std::io::BufWriter;
use std::path::{Path, PathBuf};

use firesteel_error::{Exception, Result, SparkError};

use crate::data::{Records, Storable};
use crate::record_file;
use crate::task_context::TaskContext;

fn path_of(dir: &Path, partition: usize) -> PathBuf {
    dir.join(format!("part-{partition:05}"))
}

/// Writes the records of the task's partition.
pub(super) fn write<T: Storable>(dir: &Path, task: &TaskContext, records: Records<T>) -> Result<()> {
    let path = path_of(dir, task.partition_id());
    let unfinished = dir.join(format!(".part-{:05}-attempt-{}", task.partition_id(), task.task_attempt_id()));
    let failed = |e| SparkError::io(format!("writing the checkpoint {}", path.display()), e);
    let mut file = BufWriter::new(File::create(&unfinished).map_err(failed)?);
    record_file::write(&path, &mut file, records)?;
    let file = file.into_inner().map_err(|e| failed(e.into_error()))?;
    file.sync_all().map_err(failed)?;
    std::fs::rename(&unfinished, &path).map_err(failed)
}

/// The records of a partition.
pub(super) fn read<T: Storable>(dir: &Path, partition: usize) -> Result<Records<T>> {
    record_file::read(path_of(dir, partition))
}

/// How many partitions a checkpoint directory has. They are numbered without a gap.
pub(super) fn count(dir: &Path) -> Result<usize> {
    let failed = |e| SparkError::io(format!("reading the checkpoint {}", dir.display()), e);
    let mut names = Vec::new();
    for entry in std::fs::read_dir(dir).map_err(failed)? {
        names.push(entry.map_err(failed)?.file_name());
    }
    let parts = names.iter().filter(|name| name.to_string_lossy().starts_with("part-")).count();
    match (0..parts).find(|partition| !path_of(dir, *partition).is_file()) {
        None => Ok(parts),
        Some(missing) => {
            let text = format!("Invalid checkpoint directory {}: its partition {missing} is missing.", dir.display());
            Err(SparkError::plain(Exception::Spark, text))
        }
    }
}
