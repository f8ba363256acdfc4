//! `union`: the partitions of several RDDs, one after the other.

use firesteel_error::Result;

use crate::context::SparkContext;
use crate::data::{Data, Records};
use crate::dependency::Dependency;
use crate::rdd::{Rdd, RddNode};
use crate::task_context::TaskContext;

struct Union<T: Data> {
    parents: Vec<Rdd<T>>,
}

impl<T: Data> Union<T> {
    fn parent_of(&self, mut partition: usize) -> Result<(&Rdd<T>, usize)> {
        for parent in &self.parents {
            let partitions = parent.num_partitions()?;
            if partition < partitions {
                return Ok((parent, partition));
            }
            partition -= partitions;
        }
        Err(firesteel_error::SparkError::internal("a union has no such partition"))
    }
}

impl<T: Data> RddNode<T> for Union<T> {
    fn partitions(&self) -> Result<usize> {
        self.parents.iter().map(Rdd::num_partitions).sum()
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<T>> {
        let (parent, partition) = self.parent_of(partition)?;
        parent.records(partition, task)
    }

    fn dependencies(&self) -> Vec<Dependency> {
        self.parents.iter().map(Rdd::narrow).collect()
    }

    fn preferred_locations(&self, partition: usize) -> Vec<String> {
        let parent = self.parent_of(partition);
        parent.map_or_else(|_| Vec::new(), |(parent, partition)| parent.lineage().preferred_locations(partition))
    }
}

impl<T: Data> Rdd<T> {
    /// The elements of this RDD and then those of the other (Spark's `union`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let both = sc.parallelize([1, 2], 2).union(&sc.parallelize([3], 1));
    /// assert_eq!(both.collect()?, [1, 2, 3]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn union(&self, other: &Rdd<T>) -> Rdd<T> {
        self.derive("union", Union { parents: vec![self.clone(), other.clone()] })
    }
}

impl SparkContext {
    /// The elements of several RDDs, one after the other (Spark's `union`).
    #[track_caller]
    pub fn union<T: Data>(&self, rdds: impl IntoIterator<Item = Rdd<T>>) -> Rdd<T> {
        Rdd::new(self, "union", Union { parents: rdds.into_iter().collect() })
    }
}
