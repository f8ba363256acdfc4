//! The RDD on the reduce side of a shuffle.

use std::hash::Hash;
use std::sync::Arc;

use firesteel_error::Result;

use super::aggregator::Aggregator;
use super::external_map::combine;
use super::read::read;
use super::write::ShuffleWrite;
use crate::data::{Data, Records, Storable};
use crate::dependency::{Dependency, ShuffleDependency};
use crate::partitioner::{PartitionerRef, Placement};
use crate::rdd::{Rdd, RddNode};
use crate::task_context::TaskContext;

/// What is done with the records of a reduce partition.
type Finish<T, U> = Arc<dyn Fn(Records<T>, &TaskContext) -> Result<Records<U>> + Send + Sync>;

/// Records `T` that have crossed a shuffle, made into `U`.
pub(crate) struct Shuffled<T, U> {
    shuffle: Arc<dyn ShuffleDependency>,
    finish: Finish<T, U>,
    partitioner: Option<PartitionerRef>,
}

impl<T: Storable> Shuffled<T, T> {
    /// The records as they come.
    pub(crate) fn plain(shuffle: Arc<dyn ShuffleDependency>, partitioner: Option<PartitionerRef>) -> Self {
        Self { shuffle, finish: Arc::new(|records, _| Ok(records)), partitioner }
    }
}

impl<T, U> Shuffled<T, U> {
    /// The records after `finish`.
    pub(crate) fn finished(
        shuffle: Arc<dyn ShuffleDependency>,
        partitioner: Option<PartitionerRef>,
        finish: impl Fn(Records<T>, &TaskContext) -> Result<Records<U>> + Send + Sync + 'static,
    ) -> Self {
        Self { shuffle, finish: Arc::new(finish), partitioner }
    }
}

impl<T: Storable, U: Data> RddNode<U> for Shuffled<T, U> {
    fn partitions(&self) -> Result<usize> {
        Ok(self.shuffle.reducers())
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<U>> {
        (self.finish)(read(self.shuffle.shuffle_id(), partition, task)?, task)
    }

    fn dependencies(&self) -> Vec<Dependency> {
        vec![Dependency::Shuffle(self.shuffle.clone())]
    }

    fn partitioner(&self) -> Option<PartitionerRef> {
        self.partitioner.clone()
    }
}

/// Pairs placed by `placement`, each key's values combined, with map-side combine or without.
#[track_caller]
pub(crate) fn combine_pairs<K, V, C>(
    parent: &Rdd<(K, V)>,
    operation: &'static str,
    placement: &Placement<K>,
    aggregator: Aggregator<V, C>,
    map_side: bool,
) -> Rdd<(K, C)>
where
    K: Storable + Hash + Eq,
    V: Storable,
    C: Storable,
{
    let partitioner = PartitionerRef::from(placement);
    if parent.partitioner().is_some_and(|known| known.same_as(&partitioner)) {
        // Every key is where it should be: no shuffle.
        return parent.step(operation, true, move |_, records, task| combine(records, aggregator.clone(), task));
    }
    if map_side {
        let shuffle = ShuffleWrite::combined(parent, placement, aggregator.clone());
        let merge = aggregator.of_combiners();
        let finish = move |records, task: &TaskContext| combine(records, merge.clone(), task);
        return parent.derive(operation, Shuffled::finished(Arc::new(shuffle), Some(partitioner), finish));
    }
    let shuffle = write_pairs(parent, placement);
    let finish = move |records, task: &TaskContext| combine(records, aggregator.clone(), task);
    parent.derive(operation, Shuffled::finished(shuffle, Some(partitioner), finish))
}

/// The map side of a shuffle of pairs.
pub(crate) fn write_pairs<K: Storable, V: Storable>(
    parent: &Rdd<(K, V)>,
    placement: &Placement<K>,
) -> Arc<dyn ShuffleDependency> {
    let partitioner = placement.0.clone();
    let place = move |_: &TaskContext| {
        let partitioner = partitioner.clone();
        move |(key, _): &(K, V)| partitioner.partition(key)
    };
    Arc::new(ShuffleWrite::of_records(parent, placement.0.partitions(), place))
}
