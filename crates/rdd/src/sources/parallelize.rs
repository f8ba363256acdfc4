//! `parallelize`: a collection, cut into slices.

use std::sync::Arc;

use firesteel_error::Result;

use crate::context::SparkContext;
use crate::data::{Data, Records};
use crate::rdd::{Rdd, RddNode};
use crate::task_context::TaskContext;

struct Parallelized<T> {
    values: Arc<Vec<T>>,
    slices: usize,
}

impl<T: Data> RddNode<T> for Parallelized<T> {
    fn partitions(&self) -> Result<usize> {
        Ok(self.slices)
    }

    fn compute(&self, partition: usize, _task: &TaskContext) -> Result<Records<T>> {
        let (start, end) = slice(self.values.len(), self.slices, partition);
        let values = self.values.clone();
        Ok(Box::new((start..end).map(move |place| Ok(values[place].clone()))))
    }
}

/// The bounds of one of `slices` equal slices of `length` values.
pub(super) fn slice(length: usize, slices: usize, index: usize) -> (usize, usize) {
    let bound = |index: usize| (index as u128 * length as u128 / slices as u128) as usize;
    (bound(index), bound(index + 1))
}

impl SparkContext {
    /// An RDD of the values of a collection, in so many slices (Spark's `parallelize`); 0 means the default number.
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// assert_eq!(sc.parallelize(["a", "b", "c"], 2).collect()?, ["a", "b", "c"]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn parallelize<T: Data>(&self, values: impl IntoIterator<Item = T>, slices: usize) -> Rdd<T> {
        let slices = if slices == 0 { self.default_parallelism() } else { slices };
        Rdd::new(self, "parallelize", Parallelized { values: Arc::new(values.into_iter().collect()), slices })
    }

    /// An RDD without elements and without partitions (Spark's `emptyRDD`).
    #[track_caller]
    pub fn empty_rdd<T: Data>(&self) -> Rdd<T> {
        Rdd::new(self, "emptyRDD", Parallelized { values: Arc::default(), slices: 0 })
    }
}
