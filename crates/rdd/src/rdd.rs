//! The resilient distributed dataset.
//!
//! An RDD is characterised by five properties:
//! - a list of partitions,
//! - a function that computes a partition,
//! - dependencies on other RDDs,
//! - optionally a partitioner, that says where the keys of a key-value RDD are,
//! - optionally where a partition is best computed.
//!
//! [`RddNode`] has exactly these. [`Rdd`] is what a program holds: a node with a number, a name and a way to be kept. An
//! operator is a node ([`operators`](crate::operators)); it computes nothing until an action asks for partitions.

use std::panic::Location;
use std::sync::{Arc, OnceLock};

use firesteel_error::Result;
use parking_lot::{Mutex, RwLock};

use crate::call_site;
use crate::checkpoint::{self, Checkpoint};
use crate::context::SparkContext;
use crate::data::{Data, Records};
use crate::dependency::{Dependency, Lineage};
use crate::partitioner::PartitionerRef;
use crate::persist::Kept;
use crate::storage::StorageLevel;
use crate::task_context::TaskContext;

/// The five properties of an RDD of `T`.
pub trait RddNode<T>: Send + Sync + 'static {
    /// The partitions: how many there are. What each of them is, the node knows.
    fn partitions(&self) -> Result<usize>;

    /// The elements of `partition`, inside `task`.
    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<T>>;

    /// What the RDD is made from.
    fn dependencies(&self) -> Vec<Dependency> {
        Vec::new()
    }

    /// Where the keys are, if that is known.
    fn partitioner(&self) -> Option<PartitionerRef> {
        None
    }

    /// Where `partition` is best computed.
    fn preferred_locations(&self, _partition: usize) -> Vec<String> {
        Vec::new()
    }
}

/// A resilient distributed dataset (Spark's `RDD`). Clones are the same RDD.
pub struct Rdd<T: Data>(pub(crate) Arc<Core<T>>);

pub(crate) struct Core<T: Data> {
    pub(crate) id: usize,
    pub(crate) sc: SparkContext,
    pub(crate) operation: &'static str,
    pub(crate) call_site: &'static Location<'static>,
    given_call_site: Option<Arc<str>>,
    pub(crate) barrier: bool,
    name: RwLock<Option<String>>,
    class: OnceLock<&'static str>,
    node: RwLock<Arc<dyn RddNode<T>>>,
    partitions: OnceLock<usize>,
    pub(crate) kept: RwLock<Option<Kept<T>>>,
    pub(crate) checkpoint: Mutex<Checkpoint<T>>,
}

impl<T: Data> Clone for Rdd<T> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

impl<T: Data> Rdd<T> {
    /// An RDD of a node from outside this crate. `operation` is what listings call it.
    #[track_caller]
    pub fn new(sc: &SparkContext, operation: &'static str, node: impl RddNode<T>) -> Self {
        Self::of(sc, operation, node, false)
    }

    /// The same for a node that is computed in a barrier stage: all its tasks at once (Spark's `RDDBarrier`).
    #[track_caller]
    pub fn in_barrier_stage(sc: &SparkContext, operation: &'static str, node: impl RddNode<T>) -> Self {
        Self::of(sc, operation, node, true)
    }

    #[track_caller]
    pub(crate) fn of(sc: &SparkContext, operation: &'static str, node: impl RddNode<T>, barrier: bool) -> Self {
        Self(Arc::new(Core {
            id: sc.next_rdd_id(),
            sc: sc.clone(),
            operation,
            call_site: Location::caller(),
            given_call_site: call_site::given(),
            barrier,
            name: RwLock::default(),
            class: OnceLock::new(),
            node: RwLock::new(Arc::new(node)),
            partitions: OnceLock::new(),
            kept: RwLock::default(),
            checkpoint: Mutex::default(),
        }))
    }

    /// An RDD of the same context.
    #[track_caller]
    pub(crate) fn derive<U: Data>(&self, operation: &'static str, node: impl RddNode<U>) -> Rdd<U> {
        Rdd::of(&self.0.sc, operation, node, false)
    }

    /// The RDD's number, unique in its context (Spark's `id`).
    pub fn id(&self) -> usize {
        self.0.id
    }

    /// The context it belongs to (Spark's `context`).
    pub fn context(&self) -> &SparkContext {
        &self.0.sc
    }

    /// Its name, if it was given one (Spark's `name`).
    pub fn name(&self) -> Option<String> {
        self.0.name.read().clone()
    }

    /// Gives it a name that the UI shows (Spark's `setName`).
    pub fn set_name(&self, name: impl Into<String>) -> Self {
        *self.0.name.write() = Some(name.into());
        self.clone()
    }

    /// Has listings call it by Spark's name for its class (`PythonRDD`) and not by the operation. The first name stays.
    pub fn set_class(&self, class: &'static str) {
        let _ = self.0.class.set(class);
    }

    /// How many partitions it has (Spark's `getNumPartitions`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// assert_eq!(sc.parallelize(1..=4, 3).num_partitions()?, 3);
    /// # Ok(())
    /// # }
    /// ```
    pub fn num_partitions(&self) -> Result<usize> {
        match self.0.partitions.get() {
            Some(partitions) => Ok(*partitions),
            None => {
                let partitions = self.node().partitions()?;
                Ok(*self.0.partitions.get_or_init(|| partitions))
            }
        }
    }

    /// Where its keys are, if that is known (Spark's `partitioner`).
    pub fn partitioner(&self) -> Option<PartitionerRef> {
        self.node().partitioner()
    }

    /// The elements of `partition`, inside a task: from where they are kept, or computed.
    pub fn records(&self, partition: usize, task: &TaskContext) -> Result<Records<T>> {
        let kept = self.0.kept.read().clone();
        match kept {
            Some(kept) => kept.get_or_compute(self, partition, task),
            None => self.node().compute(partition, task),
        }
    }

    /// The RDD as something another one depends on.
    pub fn lineage(&self) -> Arc<dyn Lineage> {
        self.0.clone()
    }

    /// The dependency of an RDD whose partitions each need a few known partitions of this one.
    pub fn narrow(&self) -> Dependency {
        Dependency::Narrow(self.lineage())
    }

    pub(crate) fn node(&self) -> Arc<dyn RddNode<T>> {
        self.0.node.read().clone()
    }

    /// Cuts the RDD off from what it was made of.
    pub(crate) fn replace_node(&self, node: Arc<dyn RddNode<T>>) {
        let before = std::mem::replace(&mut *self.0.node.write(), node);
        drop(before);
    }
}

impl<T: Data> Lineage for Core<T> {
    fn id(&self) -> usize {
        self.id
    }

    fn name(&self) -> Option<String> {
        self.name.read().clone()
    }

    fn operation(&self) -> &'static str {
        self.class.get().copied().unwrap_or(self.operation)
    }

    fn call_site(&self) -> String {
        self.given_call_site.as_ref().map_or_else(|| self.call_site.to_string(), |given| given.to_string())
    }

    fn made(&self) -> String {
        match &self.given_call_site {
            Some(given) => given.to_string(),
            None => format!("{} at {}", self.operation, self.call_site),
        }
    }

    fn dependencies(&self) -> Vec<Dependency> {
        let node = self.node.read().clone();
        node.dependencies()
    }

    fn partitions(&self) -> Result<usize> {
        match self.partitions.get() {
            Some(partitions) => Ok(*partitions),
            None => {
                let node = self.node.read().clone();
                let partitions = node.partitions()?;
                Ok(*self.partitions.get_or_init(|| partitions))
            }
        }
    }

    fn preferred_locations(&self, partition: usize) -> Vec<String> {
        let node = self.node.read().clone();
        node.preferred_locations(partition)
    }

    fn storage_level(&self) -> StorageLevel {
        self.kept.read().as_ref().map_or(StorageLevel::NONE, |kept| kept.level)
    }

    fn is_barrier(&self) -> bool {
        self.barrier
    }

    fn write_checkpoint(self: Arc<Self>) -> Result<bool> {
        checkpoint::write_if_marked(&Rdd(self))
    }
}

impl<T: Data> Drop for Core<T> {
    fn drop(&mut self) {
        if self.kept.get_mut().is_some() {
            let env = self.sc.env();
            env.persisted.remove(self.id);
            env.blocks.remove_rdd(self.id);
        }
    }
}
