//! `object_file`: what [`save_as_object_file`](crate::Rdd::save_as_object_file) has written.

use std::marker::PhantomData;
use std::sync::OnceLock;

use firesteel_error::Result;

use super::paths::{InputFile, list};
use crate::context::SparkContext;
use crate::data::{Records, Storable};
use crate::rdd::{Rdd, RddNode};
use crate::record_file;
use crate::task_context::TaskContext;

struct ObjectFile<T> {
    paths: String,
    files: OnceLock<Vec<InputFile>>,
    record: PhantomData<fn() -> T>,
}

impl<T> ObjectFile<T> {
    fn files(&self) -> Result<&[InputFile]> {
        if let Some(files) = self.files.get() {
            return Ok(files);
        }
        let found = list(&self.paths)?;
        Ok(self.files.get_or_init(|| found))
    }
}

impl<T: Storable> RddNode<T> for ObjectFile<T> {
    fn partitions(&self) -> Result<usize> {
        Ok(self.files()?.len())
    }

    fn compute(&self, partition: usize, _task: &TaskContext) -> Result<Records<T>> {
        record_file::read(self.files()?[partition].path.clone())
    }
}

impl SparkContext {
    /// The elements that `save_as_object_file` has written, a partition for each file (Spark's `objectFile`). The format is
    /// this engine's own; the type has to be the one that was written.
    #[track_caller]
    pub fn object_file<T: Storable>(&self, paths: &str) -> Rdd<T> {
        let node = ObjectFile { paths: paths.to_string(), files: OnceLock::new(), record: PhantomData };
        Rdd::new(self, "objectFile", node).set_name(paths)
    }
}
