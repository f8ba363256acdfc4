//! `partition_by`, `repartition`, `coalesce`: the same elements in other partitions.

use std::ops::Range;
use std::sync::Arc;

use firesteel_error::Result;

use crate::data::{Data, Records, Storable};
use crate::dependency::Dependency;
use crate::partitioner::{PartitionerRef, Placement};
use crate::rdd::{Rdd, RddNode};
use crate::shuffle::{ShuffleWrite, Shuffled, sort, write_pairs};
use crate::task_context::TaskContext;
use crate::xor_shift::XorShift;

impl<K: Storable, V: Storable> Rdd<(K, V)> {
    /// The pairs where the partitioner wants them (Spark's `partitionBy`). RDDs that are partitioned alike are joined
    /// without another shuffle.
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let pairs = sc.parallelize([(1, 'a'), (2, 'b'), (1, 'c')], 3).partition_by(2);
    /// assert_eq!(pairs.num_partitions()?, 2);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn partition_by(&self, placement: impl Into<Placement<K>>) -> Rdd<(K, V)> {
        let placement = placement.into();
        let partitioner = PartitionerRef::from(&placement);
        if self.partitioner().is_some_and(|known| known.same_as(&partitioner)) {
            return self.clone();
        }
        self.derive("partitionBy", Shuffled::plain(write_pairs(self, &placement), Some(partitioner)))
    }

    /// The pairs where the partitioner wants them, each partition sorted by key (Spark's
    /// `repartitionAndSortWithinPartitions`).
    #[track_caller]
    pub fn repartition_and_sort_within_partitions(
        &self,
        placement: impl Into<Placement<K>>,
        ascending: bool,
    ) -> Rdd<(K, V)>
    where
        K: Ord,
    {
        let placement = placement.into();
        let partitioner = PartitionerRef::from(&placement);
        let finish = move |records, task: &TaskContext| sort_pairs(records, ascending, task);
        let node = Shuffled::<(K, V), (K, V)>::finished(write_pairs(self, &placement), Some(partitioner), finish);
        self.derive("repartitionAndSortWithinPartitions", node)
    }
}

pub(crate) fn sort_pairs<K: Storable + Ord, V: Storable>(
    records: Records<(K, V)>,
    ascending: bool,
    task: &TaskContext,
) -> Result<Records<(K, V)>> {
    if ascending {
        sort(records, |(left, _), (right, _)| left.cmp(right), task)
    } else {
        sort(records, |(left, _), (right, _)| right.cmp(left), task)
    }
}

impl<T: Storable> Rdd<T> {
    /// The elements spread evenly over so many partitions, by a shuffle (Spark's `repartition`).
    #[track_caller]
    pub fn repartition(&self, partitions: usize) -> Rdd<T> {
        let partitions = partitions.max(1);
        let place = move |task: &TaskContext| {
            // Each task starts elsewhere, or small partitions would all go to the first ones.
            let mut next = XorShift::new(task.partition_id() as u64).below(partitions);
            move |_: &T| {
                next = (next + 1) % partitions;
                next
            }
        };
        let shuffle = ShuffleWrite::of_records(self, partitions, place);
        self.derive("repartition", Shuffled::plain(Arc::new(shuffle), None))
    }
}

impl<T: Data> Rdd<T> {
    /// Fewer partitions, without a shuffle: neighbours are computed one after the other in one task (Spark's `coalesce`).
    /// It never makes more; [`repartition`](Rdd::repartition) does.
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// assert_eq!(sc.parallelize(1..=5, 3).coalesce(1).glom().collect()?, [[1, 2, 3, 4, 5]]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn coalesce(&self, partitions: usize) -> Rdd<T> {
        self.derive("coalesce", Coalesced { parent: self.clone(), wanted: partitions.max(1) })
    }

    /// Each partition as one element (Spark's `glom`).
    #[track_caller]
    pub fn glom(&self) -> Rdd<Vec<T>> {
        self.step("glom", false, |_, records, _| {
            let all: Vec<T> = records.collect::<Result<_>>()?;
            Ok(crate::data::records([all]))
        })
    }
}

struct Coalesced<T: Data> {
    parent: Rdd<T>,
    wanted: usize,
}

impl<T: Data> Coalesced<T> {
    fn parents_of(&self, partition: usize) -> Result<Range<usize>> {
        let (parents, partitions) = (self.parent.num_partitions()?, self.partitions()?);
        Ok(partition * parents / partitions..(partition + 1) * parents / partitions)
    }
}

impl<T: Data> RddNode<T> for Coalesced<T> {
    fn partitions(&self) -> Result<usize> {
        Ok(self.parent.num_partitions()?.min(self.wanted))
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<T>> {
        let (parent, task) = (self.parent.clone(), task.clone());
        Ok(chain(self.parents_of(partition)?, move |partition| parent.records(partition, &task)))
    }

    fn dependencies(&self) -> Vec<Dependency> {
        vec![self.parent.narrow()]
    }
}

/// The records of several sources, one after the other; each is opened when the one before is at its end.
pub(crate) fn chain<S, T: Send + 'static>(
    sources: impl IntoIterator<Item = S, IntoIter: Send + 'static>,
    open: impl Fn(S) -> Result<Records<T>> + Send + 'static,
) -> Records<T> {
    Box::new(sources.into_iter().flat_map(move |source| match open(source) {
        Ok(records) => records,
        Err(error) => Box::new(std::iter::once(Err(error))) as Records<T>,
    }))
}
