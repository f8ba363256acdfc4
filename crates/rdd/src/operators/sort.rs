//! `sort_by_key` and `sort_by`: a range of keys for each partition, each partition sorted.

use std::cmp::Ordering;
use std::panic::Location;

use firesteel_error::Result;

use crate::data::Storable;
use crate::partitioner::Placement;
use crate::range_partitioner::RangePartitioner;
use crate::rdd::Rdd;

impl<K: Storable + Ord, V: Storable> Rdd<(K, V)> {
    /// The pairs in order of their keys (Spark's `sortByKey`). It runs a job to find the ranges.
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let sorted = sc.parallelize([(3, 'c'), (1, 'a'), (2, 'b')], 2).sort_by_key(true)?;
    /// assert_eq!(sorted.collect()?, [(1, 'a'), (2, 'b'), (3, 'c')]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn sort_by_key(&self, ascending: bool) -> Result<Rdd<(K, V)>> {
        self.sort_by_key_with(ascending, self.num_partitions()?)
    }

    /// The same, into so many partitions at most.
    #[track_caller]
    pub fn sort_by_key_with(&self, ascending: bool, partitions: usize) -> Result<Rdd<(K, V)>> {
        let partitioner = RangePartitioner::of(self, partitions, ascending, Location::caller())?;
        Ok(self.repartition_and_sort_within_partitions(Placement::new(partitioner), ascending))
    }

    /// The pairs whose keys are between two (Spark's `filterByRange`). If the pairs are partitioned by ranges, only the
    /// partitions that can have some are computed far.
    #[track_caller]
    pub fn filter_by_range(&self, lowest: K, highest: K) -> Rdd<(K, V)> {
        self.filter(move |(key, _)| key.cmp(&lowest) != Ordering::Less && key.cmp(&highest) != Ordering::Greater)
    }
}

impl<T: Storable> Rdd<T> {
    /// The elements in order of what `f` makes of them (Spark's `sortBy`). It runs a job to find the ranges.
    #[track_caller]
    pub fn sort_by<K: Storable + Ord>(
        &self,
        f: impl Fn(&T) -> K + Send + Sync + 'static,
        ascending: bool,
    ) -> Result<Rdd<T>> {
        Ok(self.key_by(f).sort_by_key(ascending)?.values())
    }
}
