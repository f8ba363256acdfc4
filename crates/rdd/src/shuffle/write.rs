//! The map side: a partition's records, combined if that is wanted, cut into blocks.

use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use firesteel_error::Result;

use super::aggregator::Aggregator;
use super::combine::CombineTable;
use super::map_output::MapOutput;
use super::segments::Segments;
use crate::data::{Data, Records, Storable};
use crate::dependency::{Lineage, ShuffleDependency};
use crate::env::Env;
use crate::partitioner::Placement;
use crate::rdd::Rdd;
use crate::task_context::TaskContext;

/// Cuts a partition's records into blocks.
type Cut<T> = Arc<dyn Fn(Records<T>, &TaskContext) -> Result<MapOutput> + Send + Sync>;

/// The map side of a shuffle of `T`. Its blocks go when nobody knows of it any more.
pub(crate) struct ShuffleWrite<T: Data> {
    shuffle_id: usize,
    parent: Rdd<T>,
    reducers: usize,
    cut: Cut<T>,
    env: Arc<Env>,
}

impl<T: Data> ShuffleWrite<T> {
    fn new(parent: &Rdd<T>, reducers: usize, cut: Cut<T>) -> Self {
        let env = parent.context().env().clone();
        let shuffle_id = env.next_shuffle_id.fetch_add(1, Ordering::Relaxed);
        Self { shuffle_id, parent: parent.clone(), reducers, cut, env }
    }

    /// Every record goes to the partition that `place` says; the state for it is made anew for each map task.
    pub(crate) fn of_records<P>(
        parent: &Rdd<T>,
        reducers: usize,
        place: impl Fn(&TaskContext) -> P + Send + Sync + 'static,
    ) -> Self
    where
        T: Storable,
        P: FnMut(&T) -> usize,
    {
        let cut = move |records: Records<T>, task: &TaskContext| {
            let mut segments = Segments::new(reducers, "shuffle", task);
            let mut place = place(task);
            for record in records {
                let record = record?;
                segments.push(place(&record), &record)?;
            }
            segments.finish()
        };
        Self::new(parent, reducers, Arc::new(cut))
    }
}

impl<K: Storable + Hash + Eq, V: Data> ShuffleWrite<(K, V)> {
    /// The values of each key are combined first; the blocks hold `(K, C)`.
    pub(crate) fn combined<C: Storable>(
        parent: &Rdd<(K, V)>,
        placement: &Placement<K>,
        aggregator: Aggregator<V, C>,
    ) -> Self {
        let (reducers, partitioner) = (placement.0.partitions(), placement.0.clone());
        let cut = move |records: Records<(K, V)>, task: &TaskContext| {
            let mut segments = Segments::new(reducers, "shuffle", task);
            let mut table = CombineTable::new(aggregator.clone(), task.env().memory.grant());
            for record in records {
                let (key, value) = record?;
                if !table.add(key, value) {
                    // What is combined so far goes to the blocks. The reduce side combines again.
                    for (_, key, combined) in table.drain() {
                        segments.push(partitioner.partition(&key), &(key, combined))?;
                    }
                    table.release();
                }
            }
            for (_, key, combined) in table.drain() {
                segments.push(partitioner.partition(&key), &(key, combined))?;
            }
            drop(table);
            segments.finish()
        };
        Self::new(parent, reducers, Arc::new(cut))
    }
}

impl<T: Data> ShuffleDependency for ShuffleWrite<T> {
    fn shuffle_id(&self) -> usize {
        self.shuffle_id
    }

    fn parent(&self) -> Arc<dyn Lineage> {
        self.parent.lineage()
    }

    fn reducers(&self) -> usize {
        self.reducers
    }

    fn write(&self, partition: usize, task: &TaskContext) -> Result<MapOutput> {
        let output = (self.cut)(self.parent.records(partition, task)?, task)?;
        task.with_metrics(|metrics| {
            for (_, block) in output.blocks() {
                metrics.shuffle_write.bytes_written += block.bytes();
                metrics.shuffle_write.records_written += block.records;
            }
        });
        Ok(output)
    }
}

impl<T: Data> Drop for ShuffleWrite<T> {
    fn drop(&mut self) {
        self.env.map_outputs.remove(self.shuffle_id);
    }
}
