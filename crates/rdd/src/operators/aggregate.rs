//! `reduce`, `fold`, `aggregate` and their tree forms: all elements become one value.

use std::panic::Location;

use firesteel_error::{Exception, Result, SparkError};

use crate::data::{Data, Records, Storable, records};
use crate::partitioner::KeyIsPartition;
use crate::rdd::Rdd;
use crate::task_context::TaskContext;

impl<T: Data> Rdd<T> {
    /// All elements combined with an associative function (Spark's `reduce`); an error if there are none.
    #[track_caller]
    pub fn reduce(&self, f: impl Fn(T, T) -> T + Send + Sync + Clone + 'static) -> Result<T> {
        let each = reduce_records(f.clone());
        let parts = self.context().run_on_all(self, "reduce", Location::caller(), each)?;
        parts.into_iter().flatten().reduce(f).ok_or_else(empty)
    }

    /// All elements folded into `zero`, once in each partition and once more for their results (Spark's `fold`).
    #[track_caller]
    pub fn fold(&self, zero: T, f: impl Fn(T, T) -> T + Send + Sync + Clone + 'static) -> Result<T> {
        self.aggregate(zero, f.clone(), f)
    }

    /// All elements added to a clone of `zero` in each partition, and the results merged (Spark's `aggregate`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let (sum, count) = sc.parallelize(1..=4, 2).aggregate((0, 0), |(s, n), x| (s + x, n + 1), |a, b| (a.0 + b.0, a.1 + b.1))?;
    /// assert_eq!((sum, count), (10, 4));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn aggregate<U: Clone + Send + Sync + 'static>(
        &self,
        zero: U,
        add: impl Fn(U, T) -> U + Send + Sync + 'static,
        merge: impl Fn(U, U) -> U,
    ) -> Result<U> {
        let each = fold_records(zero.clone(), add);
        let parts = self.context().run_on_all(self, "aggregate", Location::caller(), each)?;
        Ok(parts.into_iter().fold(zero, merge))
    }

    /// As [`aggregate`](Self::aggregate), with partial results merged in tasks, in about `depth` rounds (Spark's
    /// `treeAggregate`).
    #[track_caller]
    pub fn tree_aggregate<U: Storable>(
        &self,
        zero: U,
        add: impl Fn(U, T) -> U + Send + Sync + 'static,
        merge: impl Fn(U, U) -> U + Send + Sync + Clone + 'static,
        depth: usize,
    ) -> Result<U> {
        let each = fold_records(zero.clone(), add);
        let partial = self.step("treeAggregate", false, move |_, values, task| Ok(records([each(task, values)?])));
        Ok(merge_in_rounds(partial, merge, depth, Location::caller())?.unwrap_or(zero))
    }
}

impl<T: Storable> Rdd<T> {
    /// As [`reduce`](Rdd::reduce), with partial results merged in tasks, in about `depth` rounds (Spark's `treeReduce`).
    #[track_caller]
    pub fn tree_reduce(&self, f: impl Fn(T, T) -> T + Send + Sync + Clone + 'static, depth: usize) -> Result<T> {
        let each = reduce_records(f.clone());
        let partial = self.step("treeReduce", false, move |_, values, task| Ok(records(each(task, values)?)));
        merge_in_rounds(partial, f, depth, Location::caller())?.ok_or_else(empty)
    }
}

fn fold_records<T: Data, U: Clone>(zero: U, add: impl Fn(U, T) -> U) -> impl Fn(&TaskContext, Records<T>) -> Result<U> {
    move |_, mut records| records.try_fold(zero.clone(), |sum, record| record.map(|value| add(sum, value)))
}

fn reduce_records<T: Data>(f: impl Fn(T, T) -> T) -> impl Fn(&TaskContext, Records<T>) -> Result<Option<T>> {
    move |_, mut records| {
        let Some(first) = records.next().transpose()? else { return Ok(None) };
        records.try_fold(first, |sum, record| record.map(|value| f(sum, value))).map(Some)
    }
}

/// Merges in tasks until merging the rest here costs less than another round.
fn merge_in_rounds<U: Storable>(
    mut partial: Rdd<U>,
    merge: impl Fn(U, U) -> U + Send + Sync + Clone + 'static,
    depth: usize,
    caller: &Location<'_>,
) -> Result<Option<U>> {
    if depth == 0 {
        let text = "Depth must be greater than or equal to 1 but got 0.";
        return Err(SparkError::plain(Exception::IllegalArgument, text));
    }
    let mut partitions = partial.num_partitions()?;
    let scale = ((partitions as f64).powf(1.0 / depth as f64).ceil() as usize).max(2);
    while partitions > scale + partitions.div_ceil(scale) {
        partitions /= scale;
        let keyed = partial.step("treeAggregate", false, move |index, values, _| {
            let key = (index % partitions) as u32;
            Ok(Box::new(values.map(move |value| value.map(|value| (key, value)))))
        });
        partial = keyed.reduce_by_key_with(KeyIsPartition::new(partitions), merge.clone()).values();
    }
    Ok(partial.collect_at("treeAggregate", caller)?.into_iter().reduce(merge))
}

fn empty() -> SparkError {
    SparkError::plain(Exception::UnsupportedOperation, "empty collection")
}
