//! Checkpoints: an RDD's partitions written down, so that nothing before it is needed any more.
//!
//! `checkpoint` marks an RDD; the first job that computes it is followed by one that writes each partition to a file of the
//! checkpoint directory, and then the RDD reads from there: its lineage is cut. `local_checkpoint` does the same with the
//! partitions that are kept on this machine; a block that is lost then is an error.

mod file;

use std::path::{Path, PathBuf};
use std::sync::Arc;

use firesteel_error::{Exception, Result, SparkError};
use hashbrown::HashSet;

use crate::context::SparkContext;
use crate::data::{Data, Records, Storable};
use crate::dependency::Lineage;
use crate::partitioner::PartitionerRef;
use crate::rdd::{Rdd, RddNode};
use crate::storage::StorageLevel;
use crate::task_context::TaskContext;

/// Where an RDD's checkpoint is. The functions know that its elements can be stored.
#[derive(Default)]
pub(crate) enum Checkpoint<T: Data> {
    #[default]
    None,
    /// To be written after the next job.
    Marked { local: bool, write: fn(&Rdd<T>) -> Result<Option<PathBuf>> },
    /// Being written.
    InProgress { local: bool },
    /// The lineage is cut. A local one has no directory.
    Written(Option<PathBuf>),
}

impl<T: Storable> Rdd<T> {
    /// Marks the RDD: after the first job on it, it is written to the checkpoint directory and its lineage is cut (Spark's
    /// `checkpoint`). Keep it too, or it is computed twice.
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// # let dir = tempfile::tempdir().map_err(|e| firesteel_error::SparkError::io("a directory", e))?;
    /// sc.set_checkpoint_dir(dir.path())?;
    /// let rdd = sc.parallelize(0..10, 2).map(|x| x + 1);
    /// rdd.checkpoint()?;
    /// rdd.count()?;
    /// assert!(rdd.is_checkpointed());
    /// # Ok(())
    /// # }
    /// ```
    pub fn checkpoint(&self) -> Result<()> {
        if self.context().checkpoint_dir().is_none() {
            let text = "Checkpoint directory has not been set in the SparkContext";
            return Err(SparkError::plain(Exception::Spark, text));
        }
        self.mark(false, write_reliably);
        Ok(())
    }

    /// Marks the RDD: after the first job on it, its lineage is cut and only its kept partitions are left (Spark's
    /// `localCheckpoint`). Faster than [`checkpoint`](Self::checkpoint), and lost when a block is.
    pub fn local_checkpoint(&self) -> Result<Self> {
        let level = self.storage_level();
        if !level.is_kept() {
            self.persist(StorageLevel::MEMORY_AND_DISK)?;
        } else if !level.use_disk {
            // A block that memory cannot hold must not be lost.
            self.unpersist();
            self.persist(StorageLevel { use_disk: true, ..level })?;
        }
        self.mark(true, write_locally);
        Ok(self.clone())
    }
}

impl<T: Data> Rdd<T> {
    fn mark(&self, local: bool, write: fn(&Self) -> Result<Option<PathBuf>>) {
        let mut checkpoint = self.0.checkpoint.lock();
        if matches!(*checkpoint, Checkpoint::None | Checkpoint::Marked { .. }) {
            *checkpoint = Checkpoint::Marked { local, write };
        }
    }

    /// Whether the RDD's lineage is cut by a checkpoint (Spark's `isCheckpointed`).
    pub fn is_checkpointed(&self) -> bool {
        matches!(*self.0.checkpoint.lock(), Checkpoint::Written(_))
    }

    /// Whether the RDD is marked for a local checkpoint or has one (Spark's `isLocallyCheckpointed`).
    pub fn is_locally_checkpointed(&self) -> bool {
        matches!(
            *self.0.checkpoint.lock(),
            Checkpoint::Marked { local: true, .. } | Checkpoint::InProgress { local: true } | Checkpoint::Written(None)
        )
    }

    /// The directory of the RDD's checkpoint, once it is written (Spark's `getCheckpointFile`).
    pub fn checkpoint_file(&self) -> Option<PathBuf> {
        match &*self.0.checkpoint.lock() {
            Checkpoint::Written(dir) => dir.clone(),
            _ => None,
        }
    }
}

/// Writes every checkpoint that is marked in the lineage of `rdd`, nearest first; behind one, none is needed.
pub(crate) fn write_marked(rdd: Arc<dyn Lineage>) -> Result<()> {
    let (mut seen, mut open) = (HashSet::new(), vec![rdd]);
    while let Some(rdd) = open.pop() {
        if seen.insert(rdd.id()) && !rdd.clone().write_checkpoint()? {
            open.extend(rdd.dependencies().iter().map(crate::dependency::Dependency::parent));
        }
    }
    Ok(())
}

/// Writes the checkpoint of `rdd` if it is marked; whether its lineage is cut, or about to be.
pub(crate) fn write_if_marked<T: Data>(rdd: &Rdd<T>) -> Result<bool> {
    let (local, write) = {
        let mut checkpoint = rdd.0.checkpoint.lock();
        match *checkpoint {
            Checkpoint::None => return Ok(false),
            Checkpoint::InProgress { .. } | Checkpoint::Written(_) => return Ok(true),
            Checkpoint::Marked { local, write } => {
                *checkpoint = Checkpoint::InProgress { local };
                (local, write)
            }
        }
    };
    match write(rdd) {
        Ok(dir) => {
            *rdd.0.checkpoint.lock() = Checkpoint::Written(dir);
            Ok(true)
        }
        Err(error) => {
            *rdd.0.checkpoint.lock() = Checkpoint::Marked { local, write };
            Err(error)
        }
    }
}

fn write_reliably<T: Storable>(rdd: &Rdd<T>) -> Result<Option<PathBuf>> {
    let Some(dir) = rdd.context().checkpoint_dir() else { return Ok(None) };
    let dir = dir.join(format!("rdd-{}", rdd.id()));
    std::fs::create_dir_all(&dir).map_err(|e| SparkError::io(format!("creating {}", dir.display()), e))?;
    let (partitions, partitioner, to) = (rdd.num_partitions()?, rdd.partitioner(), dir.clone());
    let write = move |task: &TaskContext, records: Records<T>| file::write(&to, task, records);
    rdd.context().run_on_all(rdd, "checkpoint", rdd.0.call_site, write)?;
    rdd.replace_node(Arc::new(Reliable { dir: dir.clone(), partitions, partitioner }));
    Ok(Some(dir))
}

fn write_locally<T: Storable>(rdd: &Rdd<T>) -> Result<Option<PathBuf>> {
    let (partitions, partitioner) = (rdd.num_partitions()?, rdd.partitioner());
    let has = |partition: &usize| {
        let id = crate::storage::BlockId { rdd_id: rdd.id(), partition: *partition };
        !rdd.context().env().blocks.contains(id)
    };
    let missing: Vec<usize> = (0..partitions).filter(has).collect();
    let touch = |_: &TaskContext, mut records: Records<T>| records.try_for_each(|record| record.map(drop));
    rdd.context().run_on(rdd, &missing, "localCheckpoint", rdd.0.call_site, touch)?;
    rdd.replace_node(Arc::new(Local { rdd_id: rdd.id(), partitions, partitioner }));
    Ok(None)
}

impl SparkContext {
    /// The RDD whose checkpoint another context has written to `dir` (Spark's `checkpointFile`). Its lineage is cut, its
    /// checkpoint is that directory, and it has no partitioner.
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// # let dir = tempfile::tempdir().map_err(|e| firesteel_error::SparkError::io("a directory", e))?;
    /// sc.set_checkpoint_dir(dir.path())?;
    /// let rdd = sc.parallelize(0..10, 2);
    /// rdd.checkpoint()?;
    /// rdd.count()?;
    /// if let Some(file) = rdd.checkpoint_file() {
    ///     assert_eq!(sc.checkpoint_file::<i32>(&file)?.collect()?, Vec::from_iter(0..10));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn checkpoint_file<T: Storable>(&self, dir: &Path) -> Result<Rdd<T>> {
        let partitions = file::count(dir)?;
        let node = Reliable { dir: dir.to_path_buf(), partitions, partitioner: None };
        let rdd = Rdd::new(self, "checkpointFile", node);
        *rdd.0.checkpoint.lock() = Checkpoint::Written(Some(dir.to_path_buf()));
        Ok(rdd)
    }
}

/// An RDD that reads its checkpoint.
struct Reliable {
    dir: PathBuf,
    partitions: usize,
    partitioner: Option<PartitionerRef>,
}

impl<T: Storable> RddNode<T> for Reliable {
    fn partitions(&self) -> Result<usize> {
        Ok(self.partitions)
    }

    fn compute(&self, partition: usize, _task: &TaskContext) -> Result<Records<T>> {
        file::read(&self.dir, partition)
    }

    fn partitioner(&self) -> Option<PartitionerRef> {
        self.partitioner.clone()
    }
}

/// An RDD of which only the kept partitions are left.
struct Local {
    rdd_id: usize,
    partitions: usize,
    partitioner: Option<PartitionerRef>,
}

impl<T: Data> RddNode<T> for Local {
    fn partitions(&self) -> Result<usize> {
        Ok(self.partitions)
    }

    fn compute(&self, partition: usize, _task: &TaskContext) -> Result<Records<T>> {
        let block = format!("rdd_{}_{partition}", self.rdd_id);
        Err(SparkError::new("CHECKPOINT_RDD_BLOCK_ID_NOT_FOUND").param("rddBlockId", &block).text(format!(
            "The block {block} of a local checkpoint is not there: it was unpersisted or its file was deleted. Its lineage is \
             cut, so it cannot be computed again; use checkpoint() for data that has to survive that."
        )))
    }

    fn partitioner(&self) -> Option<PartitionerRef> {
        self.partitioner.clone()
    }
}
