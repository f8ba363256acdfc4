//! What an RDD is made from: lineage, without the types of its elements.

use std::sync::Arc;

use firesteel_error::Result;

use crate::shuffle::MapOutput;
use crate::storage::StorageLevel;
use crate::task_context::TaskContext;

/// One parent of an RDD.
#[derive(Clone)]
pub enum Dependency {
    /// Each partition needs a few known partitions of the parent: computed in the same task.
    Narrow(Arc<dyn Lineage>),
    /// Each partition needs something of every partition of the parent: a stage ends there.
    Shuffle(Arc<dyn ShuffleDependency>),
}

impl Dependency {
    /// The parent.
    pub fn parent(&self) -> Arc<dyn Lineage> {
        match self {
            Self::Narrow(parent) => parent.clone(),
            Self::Shuffle(shuffle) => shuffle.parent(),
        }
    }
}

/// An RDD whose type of element is not told.
pub trait Lineage: Send + Sync {
    /// The RDD's number, unique in its context.
    fn id(&self) -> usize;

    /// The user's name for it.
    fn name(&self) -> Option<String>;

    /// The operation that made it: `map`.
    fn operation(&self) -> &'static str;

    /// The user's line that made it.
    fn call_site(&self) -> String;

    /// The operation and the user's line: `map at job.rs:12`.
    fn made(&self) -> String;

    /// What it is made from.
    fn dependencies(&self) -> Vec<Dependency>;

    /// How many partitions it has.
    fn partitions(&self) -> Result<usize>;

    /// Where `partition` is best computed.
    fn preferred_locations(&self, partition: usize) -> Vec<String>;

    /// How it is to be kept.
    fn storage_level(&self) -> StorageLevel;

    /// Whether it was made so that all tasks of its stage have to run at once.
    fn is_barrier(&self) -> bool;

    /// Writes the checkpoint that was asked for, if one was and it is not written yet. Whether lineage is cut here now.
    fn write_checkpoint(self: Arc<Self>) -> Result<bool>;
}

/// The map side of a shuffle: how the partitions of an RDD are cut into blocks for the partitions of another.
pub trait ShuffleDependency: Send + Sync {
    /// The shuffle's number, unique in its context.
    fn shuffle_id(&self) -> usize;

    /// The RDD whose partitions are cut.
    fn parent(&self) -> Arc<dyn Lineage>;

    /// For how many partitions it is cut.
    fn reducers(&self) -> usize;

    /// Computes `partition` of the parent and cuts it.
    fn write(&self, partition: usize, task: &TaskContext) -> Result<MapOutput>;
}
