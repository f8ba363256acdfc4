//! RDDs out of nothing but data: collections, ranges, files.

mod binary_records;
mod lines;
mod object_file;
mod parallelize;
pub(crate) mod paths;
mod range;
mod splits;
mod text_file;
mod whole_files;
