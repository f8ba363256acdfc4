//! `max`, `min`, `top`, `take_ordered`: the first or last elements of an order.

use std::collections::BinaryHeap;
use std::panic::Location;

use firesteel_error::Result;

use crate::data::{Data, Records};
use crate::rdd::Rdd;
use crate::task_context::TaskContext;

impl<T: Data + Ord> Rdd<T> {
    /// The greatest element (Spark's `max`); an error if there are none.
    #[track_caller]
    pub fn max(&self) -> Result<T> {
        self.reduce(Ord::max)
    }

    /// The least element (Spark's `min`); an error if there are none.
    #[track_caller]
    pub fn min(&self) -> Result<T> {
        self.reduce(Ord::min)
    }

    /// The `count` least elements, in ascending order (Spark's `takeOrdered`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let rdd = sc.parallelize([5, 3, 9, 1], 3);
    /// assert_eq!(rdd.take_ordered(2)?, [1, 3]);
    /// assert_eq!(rdd.top(2)?, [9, 5]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn take_ordered(&self, count: usize) -> Result<Vec<T>> {
        let least = move |_: &TaskContext, records: Records<T>| least(records, count);
        let parts = self.context().run_on_all(self, "takeOrdered", Location::caller(), least)?;
        let mut all: Vec<T> = parts.into_iter().flatten().collect();
        all.sort();
        all.truncate(count);
        Ok(all)
    }

    /// The `count` greatest elements, in descending order (Spark's `top`).
    #[track_caller]
    pub fn top(&self, count: usize) -> Result<Vec<T>> {
        let greatest = self.map(std::cmp::Reverse).take_ordered(count)?;
        Ok(greatest.into_iter().map(|reversed| reversed.0).collect())
    }
}

/// The `count` least records: the heap holds them, the greatest of them on top.
fn least<T: Ord>(records: Records<T>, count: usize) -> Result<Vec<T>> {
    let mut heap = BinaryHeap::new();
    for record in records {
        let value = record?;
        if heap.len() < count {
            heap.push(value);
        } else if let Some(mut greatest) = heap.peek_mut()
            && value < *greatest
        {
            *greatest = value;
        }
    }
    Ok(heap.into_vec())
}
