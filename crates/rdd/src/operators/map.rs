//! `map`, `flat_map`, `filter`, `map_partitions`: steps that need one partition of one parent.
//!
//! They are all one node: a function from the parent's records to new records, run inside the parent's task.

use std::sync::Arc;

use firesteel_error::Result;

use crate::data::{Data, Records};
use crate::dependency::Dependency;
use crate::partitioner::PartitionerRef;
use crate::rdd::{Rdd, RddNode};
use crate::task_context::TaskContext;

/// From a partition's number and records to new records.
type Step<T, U> = Arc<dyn Fn(usize, Records<T>, &TaskContext) -> Result<Records<U>> + Send + Sync>;

/// A function over the records of each partition of a parent.
pub(crate) struct MapPartitions<T: Data, U> {
    parent: Rdd<T>,
    step: Step<T, U>,
    /// Whether every key stays where it is.
    keeps_partitioner: bool,
}

impl<T: Data, U> MapPartitions<T, U> {
    pub(super) fn new(parent: Rdd<T>, step: Step<T, U>) -> Self {
        Self { parent, step, keeps_partitioner: false }
    }
}

impl<T: Data, U: Data> RddNode<U> for MapPartitions<T, U> {
    fn partitions(&self) -> Result<usize> {
        self.parent.num_partitions()
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<U>> {
        (self.step)(partition, self.parent.records(partition, task)?, task)
    }

    fn dependencies(&self) -> Vec<Dependency> {
        vec![self.parent.narrow()]
    }

    fn partitioner(&self) -> Option<PartitionerRef> {
        if self.keeps_partitioner { self.parent.partitioner() } else { None }
    }

    fn preferred_locations(&self, partition: usize) -> Vec<String> {
        self.parent.lineage().preferred_locations(partition)
    }
}

impl<T: Data> Rdd<T> {
    /// A step inside the parent's task.
    #[track_caller]
    pub(crate) fn step<U: Data>(
        &self,
        operation: &'static str,
        keeps_partitioner: bool,
        step: impl Fn(usize, Records<T>, &TaskContext) -> Result<Records<U>> + Send + Sync + 'static,
    ) -> Rdd<U> {
        self.derive(operation, MapPartitions { parent: self.clone(), step: Arc::new(step), keeps_partitioner })
    }

    /// `f` of every element (Spark's `map`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// assert_eq!(sc.parallelize(1..4, 2).map(|x| x * 10).collect()?, [10, 20, 30]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn map<U: Data>(&self, f: impl Fn(T) -> U + Send + Sync + 'static) -> Rdd<U> {
        let f = Arc::new(f);
        self.step("map", false, move |_, records, _| {
            let f = f.clone();
            Ok(Box::new(records.map(move |record| record.map(&*f))))
        })
    }

    /// The elements for which `f` is true (Spark's `filter`).
    #[track_caller]
    pub fn filter(&self, f: impl Fn(&T) -> bool + Send + Sync + 'static) -> Rdd<T> {
        let f = Arc::new(f);
        self.step("filter", true, move |_, records, _| {
            let f = f.clone();
            Ok(Box::new(records.filter(move |record| record.as_ref().map_or(true, &*f))))
        })
    }

    /// Everything that `f` makes of every element (Spark's `flatMap`).
    #[track_caller]
    pub fn flat_map<U, I>(&self, f: impl Fn(T) -> I + Send + Sync + 'static) -> Rdd<U>
    where
        U: Data,
        I: IntoIterator<Item = U>,
        I::IntoIter: Send + 'static,
    {
        let f = Arc::new(f);
        self.step("flatMap", false, move |_, records, _| {
            let f = f.clone();
            Ok(flatten(records, move |value| f(value).into_iter()))
        })
    }

    /// What `f` makes of the records of each partition (Spark's `mapPartitions`). A record is a `Result`: an error ends
    /// the task, so `f` passes it on.
    #[track_caller]
    pub fn map_partitions<U, I>(&self, f: impl Fn(Records<T>) -> Result<I> + Send + Sync + 'static) -> Rdd<U>
    where
        U: Data,
        I: IntoIterator<Item = Result<U>>,
        I::IntoIter: Send + 'static,
    {
        self.step("mapPartitions", false, move |_, records, _| Ok(Box::new(f(records)?.into_iter())))
    }

    /// The same, with the partition's number (Spark's `mapPartitionsWithIndex`).
    #[track_caller]
    pub fn map_partitions_with_index<U, I>(
        &self,
        f: impl Fn(usize, Records<T>) -> Result<I> + Send + Sync + 'static,
    ) -> Rdd<U>
    where
        U: Data,
        I: IntoIterator<Item = Result<U>>,
        I::IntoIter: Send + 'static,
    {
        self.step("mapPartitionsWithIndex", false, move |index, records, _| {
            Ok(Box::new(f(index, records)?.into_iter()))
        })
    }
}

/// Everything that `f` makes of each record.
pub(super) fn flatten<T: 'static, I: Iterator + Send + 'static>(
    records: Records<T>,
    f: impl Fn(T) -> I + Send + 'static,
) -> Records<I::Item> {
    Box::new(FlatMap { records, f, current: None })
}

/// Flattens what `f` makes of each record.
struct FlatMap<T, I, F> {
    records: Records<T>,
    f: F,
    current: Option<I>,
}

impl<T, I: Iterator, F: Fn(T) -> I> Iterator for FlatMap<T, I, F> {
    type Item = Result<I::Item>;

    #[inline]
    fn next(&mut self) -> Option<Self::Item> {
        loop {
            if let Some(item) = self.current.as_mut().and_then(Iterator::next) {
                return Some(Ok(item));
            }
            match self.records.next()? {
                Ok(record) => self.current = Some((self.f)(record)),
                Err(error) => return Some(Err(error)),
            }
        }
    }
}
