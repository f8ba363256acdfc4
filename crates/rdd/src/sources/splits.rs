//! How files are cut into partitions: Hadoop's rule.
//!
//! A split has the size that gives about as many as are wanted, but at most a block of the local file system (32 MB). The
//! last one may be a tenth larger. A compressed file is one split, and so is an empty one.

use std::path::PathBuf;

use super::paths::InputFile;
use crate::compression::Codec;

const BLOCK_BYTES: u64 = 32 << 20;

/// A part of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Split {
    pub(super) path: PathBuf,
    pub(super) start: u64,
    pub(super) end: u64,
}

/// The splits of `files`. Every split but a file's last is a multiple of `unit` bytes long.
pub(super) fn splits(files: &[InputFile], wanted: usize, unit: u64) -> Vec<Split> {
    let total: u64 = files.iter().map(|file| file.length).sum();
    let size = (total / wanted.max(1) as u64).clamp(1, BLOCK_BYTES);
    let size = (size / unit).max(1) * unit;
    let mut splits = Vec::new();
    for file in files {
        let whole = Codec::of_path(&file.path).is_some();
        let mut start = 0;
        // Ten times the rest against eleven times the size: the slop of a tenth, in whole numbers.
        while !whole && (file.length - start) * 10 > size * 11 {
            splits.push(Split { path: file.path.clone(), start, end: start + size });
            start += size;
        }
        if start < file.length || file.length == 0 {
            splits.push(Split { path: file.path.clone(), start, end: file.length });
        }
    }
    splits
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lengths(file: &str, length: u64, wanted: usize) -> Vec<u64> {
        let file = InputFile { path: file.into(), length };
        splits(&[file], wanted, 1).iter().map(|split| split.end - split.start).collect()
    }

    #[test]
    fn files_are_cut_as_hadoop_cuts_them() {
        assert_eq!(lengths("a", 100, 2), [50, 50]);
        assert_eq!(lengths("a", 101, 2), [50, 51]);
        assert_eq!(lengths("a", 100, 3), [33, 33, 34]);
        assert_eq!(lengths("a", 0, 2), [0]);
        assert_eq!(lengths("a.gz", 100, 2), [100]);
        assert_eq!(lengths("a", 65 << 20, 1), [32 << 20, 33 << 20]);
    }
}
