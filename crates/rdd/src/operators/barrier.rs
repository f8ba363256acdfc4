//! `barrier`: a stage whose tasks all run at once and can wait for each other.

use std::sync::Arc;

use firesteel_error::Result;

use super::map::MapPartitions;
use crate::data::{Data, Records};
use crate::rdd::Rdd;
use crate::task_context::TaskContext;

/// An RDD whose next step runs as a barrier stage (Spark's `RDDBarrier`).
pub struct RddBarrier<T: Data> {
    parent: Rdd<T>,
}

impl<T: Data> Rdd<T> {
    /// The next step runs as a barrier stage: all its tasks at once, or none; if one fails, all start again (Spark's
    /// `barrier`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext, records};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let met = sc.parallelize(0..2, 2).barrier().map_partitions(|task, _| {
    ///     let Some(barrier) = task.barrier() else { return Ok(records(vec![])) };
    ///     let all = barrier.all_gather(task.partition_id().to_string())?;
    ///     Ok(records(vec![all.join("+")]))
    /// });
    /// assert_eq!(met.collect()?, ["0+1", "0+1"]);
    /// # Ok(())
    /// # }
    /// ```
    pub fn barrier(&self) -> RddBarrier<T> {
        RddBarrier { parent: self.clone() }
    }
}

impl<T: Data> RddBarrier<T> {
    /// What `f` makes of the records of each partition, with the task's [barrier](TaskContext::barrier).
    #[track_caller]
    pub fn map_partitions<U: Data>(
        &self,
        f: impl Fn(&TaskContext, Records<T>) -> Result<Records<U>> + Send + Sync + 'static,
    ) -> Rdd<U> {
        let step = Arc::new(move |_: usize, records: Records<T>, task: &TaskContext| f(task, records));
        let node = MapPartitions::new(self.parent.clone(), step);
        Rdd::of(self.parent.context(), "barrier", node, true)
    }
}
