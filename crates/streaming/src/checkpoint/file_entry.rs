//! The lines of the file source's and the file sink's logs.

use serde::{Deserialize, Serialize};

/// A line of `sources/K/N`: a file that batch N of the source's log took in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SourceFile {
    /// The file, as a URL with percent escapes.
    pub path: String,
    /// When the file was last changed, in milliseconds since the epoch.
    pub timestamp: i64,
    /// The entry of the source's log that took it in.
    pub batch_id: i64,
}

/// A line of `_spark_metadata/N`: a file that the sink wrote in batch N.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct SinkFile {
    /// The file, as a URL with percent escapes.
    pub path: String,
    /// Its size in bytes.
    pub size: u64,
    /// Always false.
    pub is_dir: bool,
    /// When it was last changed, in milliseconds since the epoch.
    pub modification_time: i64,
    /// Hadoop's replication factor.
    pub block_replication: i32,
    /// Hadoop's block size in bytes.
    pub block_size: u64,
    /// `add`; `delete` in logs of a Spark that compacts files.
    pub action: String,
}

impl SinkFile {
    /// A file that was added, with the replication and block size that Spark writes for a local disk.
    pub fn added(path: String, size: u64, modification_time: i64) -> Self {
        Self {
            path,
            size,
            is_dir: false,
            modification_time,
            block_replication: 1,
            block_size: 32 << 20,
            action: "add".to_string(),
        }
    }
}
