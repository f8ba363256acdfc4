//! A function of each record and its key's state, which it may change (Spark's `mapWithState`).
//!
//! The state is an RDD with one element for each partition: the states of its keys and what the function gave. From it
//! come two streams, what the function gave and snapshots of the states.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::Arc;
use std::time::Duration;

use firesteel_error::Result;
use firesteel_rdd::{Dependency, Rdd, RddNode, Records, Storable, TaskContext, records};
use serde::{Deserialize, Serialize};

use crate::dstream::{DStream, StreamNode};
use crate::stream_graph::AnyStream;
use crate::time::{Time, millis};

/// A key's state, inside the function.
#[derive(Debug)]
pub struct State<S> {
    value: Option<S>,
    removed: bool,
    timing_out: bool,
}

impl<S> State<S> {
    /// The state, if the key has one.
    pub fn get(&self) -> Option<&S> {
        self.value.as_ref()
    }

    /// Whether the key has a state.
    pub fn exists(&self) -> bool {
        self.value.is_some()
    }

    /// Sets the state. It has no effect for a key that is timing out.
    pub fn update(&mut self, value: S) {
        if !self.timing_out {
            self.value = Some(value);
            self.removed = false;
        }
    }

    /// Removes the state.
    pub fn remove(&mut self) {
        self.value = None;
        self.removed = true;
    }

    /// Whether the function is called because the key has had no record for the timeout; its state is removed after it.
    pub fn is_timing_out(&self) -> bool {
        self.timing_out
    }
}

type Function<K, V, S, M> = Arc<dyn Fn(&K, Option<V>, &mut State<S>) -> Option<M> + Send + Sync>;

/// How [`map_with_state`](DStream::map_with_state) works (Spark's `StateSpec`).
pub struct StateSpec<K: Storable, V, S: Storable, M> {
    function: Function<K, V, S, M>,
    timeout: Option<Duration>,
    initial: Option<Rdd<(K, S)>>,
    partitions: Option<usize>,
}

impl<K: Storable, V, S: Storable, M> StateSpec<K, V, S, M> {
    /// A function of the key, the record's value (none when the key is timing out) and the key's state. What it gives, if
    /// anything, is an element of the stream.
    pub fn function(f: impl Fn(&K, Option<V>, &mut State<S>) -> Option<M> + Send + Sync + 'static) -> Self {
        Self { function: Arc::new(f), timeout: None, initial: None, partitions: None }
    }

    /// Removes the state of a key that has had no record for so long.
    #[must_use]
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The states before the first batch.
    #[must_use]
    pub fn initial_state(mut self, initial: Rdd<(K, S)>) -> Self {
        self.initial = Some(initial);
        self
    }

    /// Into how many partitions the states are divided.
    #[must_use]
    pub fn num_partitions(mut self, partitions: usize) -> Self {
        self.partitions = Some(partitions);
        self
    }
}

/// What [`map_with_state`](DStream::map_with_state) gives: two streams.
pub struct MappedState<K: Storable + Hash + Eq, S: Storable, M: Storable> {
    states: DStream<PartitionState<K, S, M>>,
}

impl<K: Storable + Hash + Eq, S: Storable, M: Storable> MappedState<K, S, M> {
    /// What the function gave.
    pub fn mapped(&self) -> DStream<M> {
        self.states.flat_map(|partition| partition.mapped)
    }

    /// All keys and their states after each batch (Spark's `stateSnapshots`).
    pub fn snapshots(&self) -> DStream<(K, S)> {
        self.states.flat_map(|partition| {
            partition.states.into_iter().map(|(key, (state, _))| (key, state)).collect::<Vec<_>>()
        })
    }

    /// Writes the states to the checkpoint directory once in `interval`.
    pub fn checkpoint(&self, interval: Duration) -> Self {
        Self { states: self.states.checkpoint(interval) }
    }
}

/// The states of a partition with the times of their last records, and what the function gave for the batch.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(bound(serialize = "K: Serialize, S: Serialize, M: Serialize"))]
#[serde(bound(deserialize = "K: Deserialize<'de> + Hash + Eq, S: Deserialize<'de>, M: Deserialize<'de>"))]
struct PartitionState<K: Hash + Eq, S, M> {
    states: HashMap<K, (S, i64)>,
    mapped: Vec<M>,
}

struct MapWithState<K: Storable, V: Storable, S: Storable, M: Storable> {
    parent: DStream<(K, V)>,
    spec: Arc<StateSpec<K, V, S, M>>,
    partitions: usize,
}

impl<K: Storable + Hash + Eq, V: Storable> DStream<(K, V)> {
    /// Calls a function with each record and the state of its key (Spark's `mapWithState`).
    pub fn map_with_state<S: Storable, M: Storable>(&self, spec: StateSpec<K, V, S, M>) -> MappedState<K, S, M> {
        let partitions = spec.partitions.unwrap_or_else(|| self.spark_context().default_parallelism());
        let node = MapWithState { parent: self.clone(), spec: Arc::new(spec), partitions };
        MappedState { states: self.derive(node).cache() }
    }
}

impl<K, V, S, M> StreamNode<PartitionState<K, S, M>> for MapWithState<K, V, S, M>
where
    K: Storable + Hash + Eq,
    V: Storable,
    S: Storable,
    M: Storable,
{
    fn compute(
        &self,
        time: Time,
        own: &DStream<PartitionState<K, S, M>>,
    ) -> Result<Option<Rdd<PartitionState<K, S, M>>>> {
        let before = own.rdd_before(time)?;
        let sc = own.spark_context();
        let initial = match (&before, &self.spec.initial) {
            (None, Some(initial)) => Some(initial.partition_by(self.partitions)),
            _ => None,
        };
        let batch = self.parent.rdd(time)?.unwrap_or_else(|| sc.empty_rdd()).partition_by(self.partitions);
        let node = StepNode { before, initial, batch, spec: self.spec.clone(), time };
        Ok(Some(Rdd::new(sc, "mapWithState", node)))
    }

    fn parents(&self) -> Vec<Arc<dyn AnyStream>> {
        vec![self.parent.lineage()]
    }

    fn must_checkpoint(&self) -> bool {
        true
    }
}

struct StepNode<K: Storable + Hash + Eq, V: Storable, S: Storable, M: Storable> {
    before: Option<Rdd<PartitionState<K, S, M>>>,
    initial: Option<Rdd<(K, S)>>,
    batch: Rdd<(K, V)>,
    spec: Arc<StateSpec<K, V, S, M>>,
    time: Time,
}

impl<K, V, S, M> StepNode<K, V, S, M>
where
    K: Storable + Hash + Eq,
    V: Storable,
    S: Storable,
    M: Storable,
{
    fn states_before(&self, partition: usize, task: &TaskContext) -> Result<HashMap<K, (S, i64)>> {
        if let Some(before) = &self.before {
            let last = before.records(partition, task)?.next().transpose()?;
            return Ok(last.map(|last| last.states).unwrap_or_default());
        }
        let Some(initial) = &self.initial else { return Ok(HashMap::new()) };
        let pair = |record: Result<(K, S)>| record.map(|(key, state)| (key, (state, self.time.ms())));
        initial.records(partition, task)?.map(pair).collect()
    }

    /// Calls the function for one key, and keeps the state that it leaves.
    fn step(&self, states: &mut HashMap<K, (S, i64)>, key: K, value: Option<V>, mapped: &mut Vec<M>) {
        let timing_out = value.is_none();
        let (before, updated_ms) = states.remove(&key).map_or((None, 0), |(state, at)| (Some(state), at));
        let mut state = State { value: before, removed: false, timing_out };
        mapped.extend((self.spec.function)(&key, value, &mut state));
        debug_assert!(updated_ms <= self.time.ms());
        if let (Some(after), false) = (state.value, timing_out) {
            states.insert(key, (after, self.time.ms()));
        }
    }
}

impl<K, V, S, M> RddNode<PartitionState<K, S, M>> for StepNode<K, V, S, M>
where
    K: Storable + Hash + Eq,
    V: Storable,
    S: Storable,
    M: Storable,
{
    fn partitions(&self) -> Result<usize> {
        self.batch.num_partitions()
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<PartitionState<K, S, M>>> {
        let mut states = self.states_before(partition, task)?;
        let mut mapped = Vec::new();
        for record in self.batch.records(partition, task)? {
            let (key, value) = record?;
            self.step(&mut states, key, Some(value), &mut mapped);
        }
        if let Some(timeout) = self.spec.timeout {
            let oldest_ms = self.time.ms() - millis(timeout);
            let idle: Vec<K> =
                states.iter().filter(|(_, (_, at))| *at < oldest_ms).map(|(key, _)| key.clone()).collect();
            for key in idle {
                self.step(&mut states, key, None, &mut mapped);
            }
        }
        Ok(records([PartitionState { states, mapped }]))
    }

    fn dependencies(&self) -> Vec<Dependency> {
        let before = self.before.iter().map(Rdd::narrow);
        before.chain(self.initial.iter().map(Rdd::narrow)).chain([self.batch.narrow()]).collect()
    }
}
