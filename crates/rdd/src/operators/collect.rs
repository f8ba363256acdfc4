//! `collect`, `count`, `foreach`: actions over every element.

use std::panic::Location;

use firesteel_error::Result;

use crate::data::{Data, Records};
use crate::rdd::Rdd;

impl<T: Data> Rdd<T> {
    /// All elements, in order of the partitions (Spark's `collect`).
    #[track_caller]
    pub fn collect(&self) -> Result<Vec<T>> {
        let parts: Vec<Vec<T>> =
            self.0.sc.run_on_all(self, "collect", Location::caller(), |_, records| records.collect())?;
        Ok(parts.into_iter().flatten().collect())
    }

    /// How many elements there are (Spark's `count`).
    #[track_caller]
    pub fn count(&self) -> Result<u64> {
        let counts = self.0.sc.run_on_all(self, "count", Location::caller(), |_, mut records| {
            records.try_fold(0_u64, |count, record| record.map(|_| count + 1))
        })?;
        Ok(counts.into_iter().sum())
    }

    /// Calls `f` with every element, inside the tasks (Spark's `foreach`).
    #[track_caller]
    pub fn foreach(&self, f: impl Fn(T) + Send + Sync + 'static) -> Result<()> {
        let all = move |_: &_, mut records: Records<T>| records.try_for_each(|record| record.map(&f));
        self.0.sc.run_on_all(self, "foreach", Location::caller(), all).map(drop)
    }

    /// Calls `f` with the records of every partition, inside the tasks (Spark's `foreachPartition`).
    #[track_caller]
    pub fn foreach_partition(&self, f: impl Fn(Records<T>) -> Result<()> + Send + Sync + 'static) -> Result<()> {
        let all = move |_: &_, records: Records<T>| f(records);
        self.0.sc.run_on_all(self, "foreachPartition", Location::caller(), all).map(drop)
    }
}
