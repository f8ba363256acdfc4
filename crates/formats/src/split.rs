//! Cutting files into slices and packing the slices into partitions, by Spark's rule.
//!
//! A slice is at most `maxPartitionBytes` long, and shorter when there are cores to spare; slices are packed, longest
//! first, into partitions of that size, where opening a file counts as `openCostInBytes`.

use crate::compression::Codec;
use crate::context::FormatContext;
use crate::encoding::Encoding;
use crate::file_status::FileStatus;
use crate::options::Options;

/// A byte range of a file. Records that begin in it belong to it.
#[derive(Debug, Clone, PartialEq)]
pub struct FileSlice {
    /// The file.
    pub file: FileStatus,
    /// First byte.
    pub start: u64,
    /// Byte after the last.
    pub end: u64,
}

impl FileSlice {
    /// All of a file.
    pub fn whole(file: FileStatus) -> Self {
        Self { start: 0, end: file.size, file }
    }

    /// Whether it is all of its file.
    pub fn is_whole(&self) -> bool {
        self.start == 0 && self.end >= self.file.size
    }
}

/// Whether a file of lines may be read in slices: if each line is a record, and the bytes of the file show where lines end.
pub(crate) fn lines_split(file: &FileStatus, options: &Options) -> bool {
    let multi_line = options.flag("multiLine", false).unwrap_or(false);
    let utf8 = options
        .first_of(&["encoding", "charset"])
        .is_none_or(|name| Encoding::named(name).is_ok_and(Encoding::is_utf8));
    !multi_line && utf8 && Codec::of_name(file.path.name()).is_ok_and(|codec| codec == Codec::None)
}

/// The partitions in which `files` are read.
pub(crate) fn partitions(
    files: &[FileStatus],
    splittable: impl Fn(&FileStatus) -> bool,
    context: &FormatContext,
) -> Vec<Vec<FileSlice>> {
    let total: u64 = files.iter().map(|file| file.size + context.open_cost_bytes).sum();
    let bytes_per_core = total / context.parallelism.max(1) as u64;
    let max_bytes = context.max_partition_bytes.min(context.open_cost_bytes.max(bytes_per_core)).max(1);
    let mut slices = Vec::new();
    for file in files {
        if file.size <= max_bytes || !splittable(file) {
            slices.push(FileSlice::whole(file.clone()));
            continue;
        }
        let mut start = 0;
        while start < file.size {
            let end = (start + max_bytes).min(file.size);
            slices.push(FileSlice { file: file.clone(), start, end });
            start = end;
        }
    }
    slices.sort_by_key(|slice| std::cmp::Reverse(slice.end - slice.start));
    let mut partitions: Vec<Vec<FileSlice>> = Vec::new();
    let mut current = Vec::new();
    let mut current_bytes = 0;
    for slice in slices {
        let bytes = slice.end - slice.start;
        if current_bytes + bytes > max_bytes && !current.is_empty() {
            partitions.push(std::mem::take(&mut current));
            current_bytes = 0;
        }
        current_bytes += bytes + context.open_cost_bytes;
        current.push(slice);
    }
    if !current.is_empty() {
        partitions.push(current);
    }
    partitions
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::file_status::FileUrl;

    #[test]
    fn every_byte_is_in_one_slice() {
        let context =
            FormatContext { parallelism: 2, max_partition_bytes: 10, open_cost_bytes: 1, ..Default::default() };
        let file = |name: &str, size| FileStatus {
            path: FileUrl::local(name),
            size,
            modification_ms: 0,
            partition_values: vec![],
        };
        let files = vec![file("/a", 25), file("/b", 3), file("/c", 0), file("/d.gz", 40)];
        let partitions = partitions(&files, |file| !file.path.name().ends_with(".gz"), &context);
        let mut seen: Vec<(String, u64, u64)> =
            partitions.iter().flatten().map(|s| (s.file.path.name().to_string(), s.start, s.end)).collect();
        seen.sort();
        let expected = [("a", 0, 10), ("a", 10, 20), ("a", 20, 25), ("b", 0, 3), ("c", 0, 0), ("d.gz", 0, 40)];
        assert_eq!(seen, expected.map(|(name, start, end)| (name.to_string(), start, end)));
    }
}
