//! `text_file`: the lines of files.

use std::sync::OnceLock;

use firesteel_error::Result;

use super::lines::Lines;
use super::paths::list;
use super::splits::{Split, splits};
use crate::context::SparkContext;
use crate::data::Records;
use crate::rdd::{Rdd, RddNode};
use crate::task_context::TaskContext;

struct TextFile {
    paths: String,
    min_partitions: usize,
    splits: OnceLock<Vec<Split>>,
}

impl TextFile {
    /// The files are looked for when they are first needed, as in Spark: a missing one is an error of the action.
    fn splits(&self) -> Result<&[Split]> {
        if let Some(splits) = self.splits.get() {
            return Ok(splits);
        }
        let found = splits(&list(&self.paths)?, self.min_partitions, 1);
        Ok(self.splits.get_or_init(|| found))
    }
}

impl RddNode<String> for TextFile {
    fn partitions(&self) -> Result<usize> {
        Ok(self.splits()?.len())
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<String>> {
        Ok(Box::new(Lines::open(&self.splits()?[partition], task)?))
    }
}

impl SparkContext {
    /// The lines of a file, of the files of a directory, of those that a pattern matches, or of several of these with commas
    /// between (Spark's `textFile`). Files ending in `.gz`, `.bz2`, `.zst` or `.deflate` are decompressed. Bytes that are not
    /// UTF-8 become `U+FFFD`.
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// # let dir = tempfile::tempdir().map_err(|e| firesteel_error::SparkError::io("a directory", e))?;
    /// let path = dir.path().join("words");
    /// sc.parallelize(["to be", "or not"], 2).save_as_text_file(&path.to_string_lossy(), None)?;
    /// assert_eq!(sc.text_file(&path.to_string_lossy()).collect()?, ["to be", "or not"]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn text_file(&self, paths: &str) -> Rdd<String> {
        self.text_file_with(paths, self.default_min_partitions())
    }

    /// The same, cut into so many partitions at least, where files can be cut.
    #[track_caller]
    pub fn text_file_with(&self, paths: &str, min_partitions: usize) -> Rdd<String> {
        let node = TextFile { paths: paths.to_string(), min_partitions, splits: OnceLock::new() };
        Rdd::new(self, "textFile", node).set_name(paths)
    }
}
