//! A state for each key, made from the state before and the batch.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;

use firesteel_error::Result;
use firesteel_rdd::{
    Data, Dependency, PartitionerRef, Placement, Rdd, RddNode, Records, Storable, TaskContext, records,
};

use crate::dstream::{DStream, StreamNode};
use crate::stream_graph::AnyStream;
use crate::time::Time;

pub(crate) type Update<K, V, S> = Arc<dyn Fn(Time, &K, Vec<V>, Option<S>) -> Option<S> + Send + Sync>;

pub(crate) struct StateNode<K: Storable, V: Storable, S: Storable> {
    pub(crate) parent: DStream<(K, V)>,
    pub(crate) update: Update<K, V, S>,
    pub(crate) placement: Placement<K>,
    pub(crate) initial: Option<Rdd<(K, S)>>,
}

impl<K, V, S> StreamNode<(K, S)> for StateNode<K, V, S>
where
    K: Storable + Hash + Eq,
    V: Storable,
    S: Storable,
{
    fn compute(&self, time: Time, own: &DStream<(K, S)>) -> Result<Option<Rdd<(K, S)>>> {
        let before = own.rdd_before(time)?;
        let Some(batch) = self.parent.rdd(time)? else { return Ok(before) };
        let placed = batch.partition_by(self.placement.clone());
        let partitioner = placed.partitioner();
        // A restored state is where it was written, unless the program has changed the partitions; one that the program
        // gives may be anywhere.
        let state = match (before, &self.initial) {
            (Some(before), _) if before.num_partitions()? == placed.num_partitions()? => Some(before),
            (Some(before), _) => Some(before.partition_by(self.placement.clone())),
            (None, Some(initial)) => Some(initial.partition_by(self.placement.clone())),
            (None, None) => None,
        };
        let node = UpdateNode { state, batch: placed, partitioner, update: self.update.clone(), time };
        Ok(Some(Rdd::new(own.spark_context(), "updateStateByKey", node)))
    }

    fn parents(&self) -> Vec<Arc<dyn AnyStream>> {
        vec![self.parent.lineage()]
    }

    fn must_checkpoint(&self) -> bool {
        true
    }
}

/// A partition of the state and the same partition of the batch, side by side.
struct UpdateNode<K: Data, V: Data, S: Data> {
    state: Option<Rdd<(K, S)>>,
    batch: Rdd<(K, V)>,
    partitioner: Option<PartitionerRef>,
    update: Update<K, V, S>,
    time: Time,
}

impl<K, V, S> RddNode<(K, S)> for UpdateNode<K, V, S>
where
    K: Storable + Hash + Eq,
    V: Storable,
    S: Storable,
{
    fn partitions(&self) -> Result<usize> {
        self.batch.num_partitions()
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<(K, S)>> {
        let mut values: HashMap<K, Vec<V>> = HashMap::new();
        for record in self.batch.records(partition, task)? {
            let (key, value) = record?;
            values.entry(key).or_default().push(value);
        }
        let mut states = Vec::new();
        if let Some(state) = &self.state {
            for record in state.records(partition, task)? {
                let (key, before) = record?;
                let new = values.remove(&key).unwrap_or_default();
                if let Some(after) = (self.update)(self.time, &key, new, Some(before)) {
                    states.push((key, after));
                }
            }
        }
        for (key, new) in values {
            if let Some(after) = (self.update)(self.time, &key, new, None) {
                states.push((key, after));
            }
        }
        Ok(records(states))
    }

    fn dependencies(&self) -> Vec<Dependency> {
        let state = self.state.iter().map(Rdd::narrow);
        state.chain([self.batch.narrow()]).collect()
    }

    fn partitioner(&self) -> Option<PartitionerRef> {
        self.partitioner.clone()
    }
}
