//! `whole_text_files` and `binary_files`: each file as one pair of its path and its content.

use std::io::Read;
use std::sync::OnceLock;

use firesteel_error::{Result, SparkError};

use super::paths::{InputFile, list};
use crate::compression::open;
use crate::context::SparkContext;
use crate::data::Records;
use crate::frame::Frame;
use crate::rdd::{Rdd, RddNode};
use crate::task_context::TaskContext;

/// Files, several to a partition.
struct WholeFiles {
    paths: String,
    min_partitions: usize,
    decompressed: bool,
    groups: OnceLock<Vec<Vec<InputFile>>>,
}

impl WholeFiles {
    fn groups(&self) -> Result<&[Vec<InputFile>]> {
        if let Some(groups) = self.groups.get() {
            return Ok(groups);
        }
        let found = group(list(&self.paths)?, self.min_partitions);
        Ok(self.groups.get_or_init(|| found))
    }
}

/// Neighbours together, until they are as large as gives about as many groups as are wanted.
fn group(files: Vec<InputFile>, wanted: usize) -> Vec<Vec<InputFile>> {
    let total: u64 = files.iter().map(|file| file.length).sum();
    let size = total.div_ceil(wanted.max(1) as u64);
    let (mut groups, mut bytes) = (Vec::<Vec<InputFile>>::new(), u64::MAX);
    for file in files {
        let length = file.length;
        match groups.last_mut() {
            Some(group) if bytes < size => group.push(file),
            _ => {
                bytes = 0;
                groups.push(vec![file]);
            }
        }
        bytes += length;
    }
    groups
}

impl RddNode<(String, Frame)> for WholeFiles {
    fn partitions(&self) -> Result<usize> {
        Ok(self.groups()?.len())
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<(String, Frame)>> {
        let (files, decompressed, task) = (self.groups()?[partition].clone(), self.decompressed, task.clone());
        Ok(Box::new(files.into_iter().map(move |file| {
            task.check_cancelled()?;
            let failed = |e| SparkError::io(format!("reading {}", file.path.display()), e);
            let mut bytes = Vec::new();
            if decompressed {
                open(&file.path).and_then(|mut reader| reader.read_to_end(&mut bytes)).map_err(failed)?;
            } else {
                bytes = std::fs::read(&file.path).map_err(failed)?;
            }
            task.with_metrics(|metrics| {
                metrics.input.bytes_read += file.length;
                metrics.input.records_read += 1;
            });
            Ok((file.uri(), Frame::from(bytes)))
        })))
    }
}

impl SparkContext {
    /// Each file as a pair of its path and its text (Spark's `wholeTextFiles`).
    #[track_caller]
    pub fn whole_text_files(&self, paths: &str, min_partitions: usize) -> Rdd<(String, String)> {
        let files = self.whole_files("wholeTextFiles", paths, min_partitions, true);
        files.map(|(path, bytes)| (path, String::from_utf8_lossy(&bytes).into_owned()))
    }

    /// Each file as a pair of its path and its bytes (Spark's `binaryFiles`).
    #[track_caller]
    pub fn binary_files(&self, paths: &str, min_partitions: usize) -> Rdd<(String, Frame)> {
        self.whole_files("binaryFiles", paths, min_partitions, false)
    }

    #[track_caller]
    fn whole_files(
        &self,
        operation: &'static str,
        paths: &str,
        min_partitions: usize,
        decompressed: bool,
    ) -> Rdd<(String, Frame)> {
        let node = WholeFiles { paths: paths.to_string(), min_partitions, decompressed, groups: OnceLock::new() };
        Rdd::new(self, operation, node).set_name(paths)
    }
}
