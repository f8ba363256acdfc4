//! Whole files: pairs of a path and the content, two batches each.

use std::io::Read;
use std::sync::OnceLock;

use bytes::Bytes;
use firesteel_error::{Result, SparkError};
use firesteel_rdd::{Rdd, RddNode, Records, TaskContext};
use serde::Deserialize;

use crate::batch::Batch;
use crate::context::Context;
use crate::files::{self, InputFile, Nested};

#[derive(Debug, Deserialize)]
pub(crate) struct WholeFiles {
    path: String,
    min_partitions: usize,
}

/// What becomes of the bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Content {
    /// Text: decompressed, and what is not UTF-8 becomes U+FFFD.
    Text,
    /// As they are.
    Bytes,
}

struct WholeFilesNode {
    made: WholeFiles,
    content: Content,
    groups: OnceLock<Vec<Vec<InputFile>>>,
}

impl WholeFiles {
    pub(super) fn rdd(self, context: &Context, content: Content) -> Result<Rdd<Batch>> {
        let (name, operation) =
            (self.path.clone(), if content == Content::Text { "wholeTextFiles" } else { "binaryFiles" });
        let node = WholeFilesNode { made: self, content, groups: OnceLock::new() };
        Ok(Rdd::new(&context.spark, operation, node).set_name(name))
    }
}

impl WholeFilesNode {
    /// The files, in groups of about the same size.
    fn groups(&self) -> Result<&[Vec<InputFile>]> {
        if let Some(groups) = self.groups.get() {
            return Ok(groups);
        }
        let files = files::list(&self.made.path, Nested::Skipped)?;
        Ok(self.groups.get_or_init(|| group(files, self.made.min_partitions)))
    }
}

/// Puts files together until a group has its share of all bytes.
fn group(files: Vec<InputFile>, least: usize) -> Vec<Vec<InputFile>> {
    let total: u64 = files.iter().map(|file| file.bytes).sum();
    let share = (total / least.max(1) as u64).max(1);
    let (mut groups, mut group, mut bytes) = (Vec::new(), Vec::new(), 0);
    for file in files {
        bytes += file.bytes;
        group.push(file);
        if bytes >= share {
            groups.push(std::mem::take(&mut group));
            bytes = 0;
        }
    }
    if !group.is_empty() {
        groups.push(group);
    }
    groups
}

impl RddNode<Batch> for WholeFilesNode {
    fn partitions(&self) -> Result<usize> {
        self.groups().map(<[_]>::len)
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<Batch>> {
        let (files, content, task) = (self.groups()?[partition].clone(), self.content, task.clone());
        Ok(Box::new(files.into_iter().flat_map(move |file| match read(&file, content) {
            Ok(bytes) => {
                task.with_metrics(|metrics| {
                    metrics.input.bytes_read += bytes.len() as u64;
                    metrics.input.records_read += 1;
                });
                let path = format!("file:{}", file.path.display());
                vec![Ok(Batch(path.into())), Ok(Batch(bytes))]
            }
            Err(error) => vec![Err(error)],
        })))
    }
}

fn read(file: &InputFile, content: Content) -> Result<Bytes> {
    let unreadable = |e| SparkError::io(format!("Cannot read {}", file.path.display()), e);
    if content == Content::Bytes {
        return std::fs::read(&file.path).map(Bytes::from).map_err(unreadable);
    }
    let mut bytes = Vec::new();
    files::open_whole(&file.path).and_then(|mut open| open.read_to_end(&mut bytes)).map_err(unreadable)?;
    Ok(match String::from_utf8_lossy(&bytes) {
        std::borrow::Cow::Borrowed(_) => bytes.into(),
        std::borrow::Cow::Owned(text) => text.into(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn groups_have_their_share() {
        let files = |sizes: &[u64]| sizes.iter().map(|bytes| InputFile { path: "x".into(), bytes: *bytes }).collect();
        let sizes = |groups: Vec<Vec<InputFile>>| groups.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(sizes(group(files(&[10, 10, 10, 10]), 2)), [2, 2]);
        assert_eq!(sizes(group(files(&[1, 1]), 5)), [1, 1]);
        assert_eq!(sizes(group(files(&[]), 2)), [0_usize; 0]);
    }
}
