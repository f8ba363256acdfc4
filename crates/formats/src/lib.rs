//! File formats as Spark reads and writes them.
//!
//! The model. A read has three steps, each usable on its own:
//!
//! 1. [`list_files`] turns paths, globs and options into a [`Listing`]: the data files, and the partition columns found
//!    in their directories. The streaming file source keeps the list and hands each batch its part of it.
//! 2. [`FileFormat::infer_schema`] finds the data columns, where the user gave none.
//! 3. [`FilesTable`] is a DataFusion table over exactly the files it is given. It decodes only the columns that a query
//!    needs and cuts large files into splits by Spark's rule.
//!
//! A write is [`write_files`]: one part file per input partition, under Spark's names, visible all at once
//! ([`Commit::Job`]) or left to a log of the caller's ([`Commit::Direct`], for streaming sinks).
//!
//! Text of single values becomes columns and back with [`json::from_json`], [`json::to_json`], [`csv::from_csv`],
//! [`csv::to_csv`], and the one set of parsers under [`values`]; Spark's date and time patterns are [`DateTimePattern`].
//!
//! Whatever reads or writes gets its settings from [`Options`] (the user's, by name, any case) and a [`FormatContext`]
//! (the session's). Fallible functions return [`firesteel_error::SparkError`]; inside DataFusion plans it travels as
//! `DataFusionError::External`.
#![warn(missing_docs)]

pub mod context;
pub mod csv;
pub mod datetime;
pub mod json;
pub mod listing;
pub mod options;
pub mod values;

mod binary_file;
mod column;
mod compression;
mod decode;
mod encoding;
mod file_status;
mod format;
mod glob;
mod lines;
mod metadata_column;
mod parquet;
mod parse_mode;
mod partitioning;
mod scan;
mod schema;
mod sink_log;
mod split;
mod storage;
mod table;
mod text;
mod time_zone;
mod write;

pub use context::FormatContext;
pub use datetime::pattern::DateTimePattern;
pub use file_status::{FileStatus, FileUrl};
pub use format::{FileFormat, ScanRequest, display_name, format};
pub use listing::{Listing, list_files};
pub use metadata_column::{METADATA_COLUMN, metadata_field};
pub use options::Options;
pub use parquet::{schema_from_json, schema_to_json};
pub use partitioning::{escape_path_name, partition_path, unescape_path_name};
pub use schema::{as_spark_nullable, merge_schemas, spark_type_name};
pub use sink_log::percent_decode;
pub use split::FileSlice;
pub use table::FilesTable;
pub use time_zone::ZoneId;
pub use write::{Commit, SaveMode, WriteSpec, WrittenFile, write_files, write_streams};
