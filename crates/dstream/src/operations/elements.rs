//! Operations on the elements of each RDD, and on each RDD as a whole.

use std::hash::Hash;
use std::sync::Arc;

use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{Data, Rdd, Records, Storable};

use crate::dstream::DStream;
use crate::streams::TransformedNode;
use crate::time::Time;

impl<T: Data> DStream<T> {
    /// A function of each RDD (Spark's `transform`). It is called in the driver, once per batch.
    pub fn transform<U: Data>(&self, f: impl Fn(Rdd<T>) -> Result<Rdd<U>> + Send + Sync + 'static) -> DStream<U> {
        self.transform_at(move |rdd, _| f(rdd))
    }

    /// A function of each RDD and its batch's time.
    pub fn transform_at<U: Data>(
        &self,
        f: impl Fn(Rdd<T>, Time) -> Result<Rdd<U>> + Send + Sync + 'static,
    ) -> DStream<U> {
        let parent = self.clone();
        let make = move |time| parent.rdd(time)?.map(|rdd| f(rdd, time)).transpose();
        self.derive(TransformedNode { parents: vec![self.lineage()], make })
    }

    /// A function of each RDD and that of another stream (Spark's `transformWith`).
    pub fn transform_with<O: Data, U: Data>(
        &self,
        other: &DStream<O>,
        f: impl Fn(Rdd<T>, Rdd<O>) -> Result<Rdd<U>> + Send + Sync + 'static,
    ) -> DStream<U> {
        let (left, right) = (self.clone(), other.clone());
        let make = move |time| {
            let sc = left.spark_context();
            let ours = left.rdd(time)?.unwrap_or_else(|| sc.empty_rdd());
            let theirs = right.rdd(time)?.unwrap_or_else(|| sc.empty_rdd());
            f(ours, theirs).map(Some)
        };
        self.derive(TransformedNode { parents: vec![self.lineage(), other.lineage()], make })
    }

    /// `f` of every element (Spark's `map`).
    pub fn map<U: Data>(&self, f: impl Fn(T) -> U + Send + Sync + 'static) -> DStream<U> {
        let f = Arc::new(f);
        self.transform(move |rdd| {
            let f = f.clone();
            Ok(rdd.map(move |element| f(element)))
        })
    }

    /// Everything that `f` makes of every element (Spark's `flatMap`).
    pub fn flat_map<U, I>(&self, f: impl Fn(T) -> I + Send + Sync + 'static) -> DStream<U>
    where
        U: Data,
        I: IntoIterator<Item = U>,
        I::IntoIter: Send + 'static,
    {
        let f = Arc::new(f);
        self.transform(move |rdd| {
            let f = f.clone();
            Ok(rdd.flat_map(move |element| f(element)))
        })
    }

    /// The elements for which `f` holds (Spark's `filter`).
    pub fn filter(&self, f: impl Fn(&T) -> bool + Send + Sync + 'static) -> DStream<T> {
        let f = Arc::new(f);
        self.transform(move |rdd| {
            let f = f.clone();
            Ok(rdd.filter(move |element| f(element)))
        })
    }

    /// What `f` makes of the records of each partition (Spark's `mapPartitions`).
    pub fn map_partitions<U, I>(&self, f: impl Fn(Records<T>) -> Result<I> + Send + Sync + 'static) -> DStream<U>
    where
        U: Data,
        I: IntoIterator<Item = Result<U>>,
        I::IntoIter: Send + 'static,
    {
        let f = Arc::new(f);
        self.transform(move |rdd| {
            let f = f.clone();
            Ok(rdd.map_partitions(move |records| f(records)))
        })
    }

    /// One vector for each partition (Spark's `glom`).
    pub fn glom(&self) -> DStream<Vec<T>> {
        self.map_partitions(|records| Ok([records.collect::<Result<Vec<T>>>()]))
    }

    /// The elements of both streams, which must have the same slide (Spark's `union`).
    ///
    /// # Errors
    /// If the slides differ.
    pub fn union(&self, other: &DStream<T>) -> Result<DStream<T>> {
        if self.slide_ms() != other.slide_ms() {
            return Err(SparkError::plain(
                Exception::IllegalArgument,
                "requirement failed: Some of the DStreams have different slide durations",
            ));
        }
        Ok(self.transform_with(other, |ours, theirs| Ok(ours.union(&theirs))))
    }

    /// One element per batch: how many elements it has (Spark's `count`).
    pub fn count(&self) -> DStream<u64> {
        let counted = self.map_partitions(|mut records| {
            let count = records.try_fold(0_u64, |count, record| record.map(|_| count + 1));
            Ok([count])
        });
        let with_zero = counted.transform(|rdd| {
            let sc = rdd.context().clone();
            Ok(sc.parallelize([0_u64], 1).union(&rdd))
        });
        with_zero.reduce(|a, b| a + b)
    }
}

impl<T: Storable> DStream<T> {
    /// One element per batch that has any: its elements reduced by `f` (Spark's `reduce`).
    pub fn reduce(&self, f: impl Fn(T, T) -> T + Send + Sync + 'static) -> DStream<T> {
        self.map(|element| ((), element)).reduce_by_key_in(f, 1).map(|((), reduced)| reduced)
    }

    /// Changes how many partitions each RDD has (Spark's `repartition`).
    pub fn repartition(&self, partitions: usize) -> DStream<T> {
        self.transform(move |rdd| Ok(rdd.repartition(partitions)))
    }

    /// Pairs of each distinct element and how often it is in the batch (Spark's `countByValue`).
    pub fn count_by_value(&self) -> DStream<(T, u64)>
    where
        T: Hash + Eq,
    {
        self.map(|element| (element, 1_u64)).reduce_by_key(|a, b| a + b)
    }
}
