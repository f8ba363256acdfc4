//! Accumulators of a context.

use std::fmt::Debug;
use std::ops::AddAssign;

use super::SparkContext;
use crate::accumulator::{Accumulate, Accumulator, CollectionOf, DoubleSum, LongSum, Sum};
use crate::data::Data;

impl SparkContext {
    /// An accumulator that sums what is added to `initial` (PySpark's `accumulator`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let total = sc.accumulator(0);
    /// let add = total.clone();
    /// sc.parallelize(1..=4, 2).foreach(move |x| add.add(x))?;
    /// assert_eq!(total.value()?, 10);
    /// # Ok(())
    /// # }
    /// ```
    pub fn accumulator<T: Data + AddAssign + Default + Debug>(&self, initial: T) -> Accumulator<Sum<T>> {
        Accumulator::new(self.next_accumulator_id(), None, Sum::new(), initial)
    }

    /// An accumulator of any kind, with a name for the UI or without one (Spark's `register`).
    pub fn accumulator_of<A: Accumulate>(&self, how: A, name: Option<&str>) -> Accumulator<A> {
        let initial = how.zero();
        Accumulator::new(self.next_accumulator_id(), name.map(str::to_string), how, initial)
    }

    /// A named sum and count of integers (Spark's `longAccumulator`).
    pub fn long_accumulator(&self, name: &str) -> Accumulator<LongSum> {
        self.accumulator_of(LongSum, Some(name))
    }

    /// A named sum and count of floating-point numbers (Spark's `doubleAccumulator`).
    pub fn double_accumulator(&self, name: &str) -> Accumulator<DoubleSum> {
        self.accumulator_of(DoubleSum, Some(name))
    }

    /// A named collection (Spark's `collectionAccumulator`).
    pub fn collection_accumulator<T: Data + Debug>(&self, name: &str) -> Accumulator<CollectionOf<T>> {
        self.accumulator_of(CollectionOf::new(), Some(name))
    }

    fn next_accumulator_id(&self) -> u64 {
        self.0.env.bus.ids().accumulator()
    }
}
