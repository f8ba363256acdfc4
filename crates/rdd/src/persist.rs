//! `persist`, `cache`, `unpersist`: keeping the partitions of an RDD between jobs.

use std::collections::BTreeMap;
use std::sync::{Arc, Weak};

use firesteel_error::{Exception, Result, SparkError};
use firesteel_events::job::JobEvent;
use parking_lot::Mutex;

use crate::context::SparkContext;
use crate::data::{Data, Records, Storable};
use crate::dependency::Lineage;
use crate::rdd::Rdd;
use crate::storage::{BlockId, StorageLevel};
use crate::task_context::TaskContext;

/// How an RDD is kept. The function knows that its elements can be stored, which [`Rdd`] itself does not.
pub(crate) struct Kept<T: Data> {
    pub(crate) level: StorageLevel,
    get_or_compute: fn(&Rdd<T>, StorageLevel, usize, &TaskContext) -> Result<Records<T>>,
}

impl<T: Data> Clone for Kept<T> {
    fn clone(&self) -> Self {
        Self { level: self.level, get_or_compute: self.get_or_compute }
    }
}

impl<T: Data> Kept<T> {
    pub(crate) fn get_or_compute(&self, rdd: &Rdd<T>, partition: usize, task: &TaskContext) -> Result<Records<T>> {
        (self.get_or_compute)(rdd, self.level, partition, task)
    }
}

/// The RDDs that are kept.
#[derive(Default)]
pub(crate) struct Persisted(Mutex<BTreeMap<usize, Weak<dyn Lineage>>>);

impl Persisted {
    pub(crate) fn remove(&self, rdd_id: usize) {
        self.0.lock().remove(&rdd_id);
    }

    fn all(&self) -> Vec<Arc<dyn Lineage>> {
        self.0.lock().values().filter_map(Weak::upgrade).collect()
    }
}

/// A kept RDD and what of it is there (Spark's `RDDInfo` of `getRDDStorageInfo`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RddStorageInfo {
    /// The RDD.
    pub id: usize,
    /// Its name, or what made it.
    pub name: String,
    /// How it is kept.
    pub level: StorageLevel,
    /// How many partitions it has.
    pub num_partitions: usize,
    /// How many of them are there.
    pub num_cached_partitions: usize,
    /// Bytes in memory.
    pub memory_size: u64,
    /// Bytes on disk.
    pub disk_size: u64,
}

impl<T: Storable> Rdd<T> {
    /// Keeps the partitions, once they are computed, as `level` says (Spark's `persist`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext, StorageLevel};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let rdd = sc.parallelize(0..100, 4).map(|x| x * 2).persist(StorageLevel::MEMORY_AND_DISK)?;
    /// rdd.count()?;
    /// assert_eq!(sc.rdd_storage_info()[0].num_cached_partitions, 4);
    /// rdd.unpersist();
    /// assert!(sc.rdd_storage_info().is_empty());
    /// # Ok(())
    /// # }
    /// ```
    pub fn persist(&self, level: StorageLevel) -> Result<Self> {
        let mut kept = self.0.kept.write();
        if let Some(before) = &*kept
            && before.level != level
        {
            return Err(SparkError::plain(
                Exception::UnsupportedOperation,
                "Cannot change storage level of an RDD after it was already assigned a level",
            ));
        }
        if level.is_kept() {
            *kept = Some(Kept { level, get_or_compute });
            self.context().env().persisted.0.lock().insert(self.id(), Arc::downgrade(&self.lineage()));
        }
        Ok(self.clone())
    }

    /// Keeps the partitions in memory (Spark's `cache`). An RDD that is kept already stays as it is.
    pub fn cache(&self) -> Self {
        // It fails only where another level was given before, which then holds.
        self.persist(StorageLevel::MEMORY_ONLY).unwrap_or_else(|_| self.clone())
    }
}

impl<T: Data> Rdd<T> {
    /// Forgets the kept partitions and keeps none any more (Spark's `unpersist`).
    pub fn unpersist(&self) -> Self {
        let env = self.context().env();
        if self.0.kept.write().take().is_some() {
            env.persisted.remove(self.id());
            env.blocks.remove_rdd(self.id());
            env.bus.post(JobEvent::UnpersistRdd { rdd_id: self.id() });
        }
        self.clone()
    }

    /// How the RDD is kept (Spark's `getStorageLevel`).
    pub fn storage_level(&self) -> StorageLevel {
        self.0.storage_level()
    }
}

impl SparkContext {
    /// The RDDs that are kept, with what of them is there (Spark's `getRDDStorageInfo`).
    pub fn rdd_storage_info(&self) -> Vec<RddStorageInfo> {
        let infos = self.env().persisted.all().into_iter().map(|rdd| {
            let stored = self.env().blocks.stored(rdd.id());
            RddStorageInfo {
                id: rdd.id(),
                name: rdd.name().unwrap_or_else(|| rdd.operation().to_string()),
                level: rdd.storage_level(),
                num_partitions: rdd.partitions().unwrap_or(0),
                num_cached_partitions: stored.blocks,
                memory_size: stored.memory_bytes,
                disk_size: stored.disk_bytes,
            }
        });
        infos.collect()
    }
}

fn get_or_compute<T: Storable>(
    rdd: &Rdd<T>,
    level: StorageLevel,
    partition: usize,
    task: &TaskContext,
) -> Result<Records<T>> {
    let (blocks, id) = (&task.env().blocks, BlockId { rdd_id: rdd.id(), partition });
    match blocks.get(id) {
        Some(records) => Ok(records),
        None => blocks.put(id, level, rdd.node().compute(partition, task)?),
    }
}
