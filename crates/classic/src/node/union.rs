//! All elements of several RDDs, one RDD after the other.
//!
//! RDDs that are partitioned alike are united partition by partition, so that the result is partitioned like them.

use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::{Dependency, PartitionerRef, Rdd, RddNode, Records, TaskContext};
use serde::Deserialize;

use crate::batch::Batch;
use crate::context::Context;

#[derive(Debug, Deserialize)]
pub(crate) struct Union {
    /// Whether partitions with the same number become one.
    #[serde(default)]
    aligned: bool,
}

struct OneAfterTheOther(Vec<Rdd<Batch>>);

struct Aligned(Vec<Rdd<Batch>>);

impl Union {
    pub(super) fn rdd(&self, context: &Context, parents: Vec<Rdd<Batch>>) -> Rdd<Batch> {
        if self.aligned {
            Rdd::new(&context.spark, "union", Aligned(parents))
        } else {
            Rdd::new(&context.spark, "union", OneAfterTheOther(parents))
        }
    }
}

fn narrow(parents: &[Rdd<Batch>]) -> Vec<Dependency> {
    parents.iter().map(Rdd::narrow).collect()
}

impl RddNode<Batch> for OneAfterTheOther {
    fn partitions(&self) -> Result<usize> {
        self.0.iter().map(Rdd::num_partitions).sum()
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<Batch>> {
        let mut before = 0;
        for parent in &self.0 {
            let partitions = parent.num_partitions()?;
            if partition < before + partitions {
                return parent.records(partition - before, task);
            }
            before += partitions;
        }
        Err(SparkError::internal(format!("a union of {before} partitions has no partition {partition}")))
    }

    fn dependencies(&self) -> Vec<Dependency> {
        narrow(&self.0)
    }
}

impl RddNode<Batch> for Aligned {
    fn partitions(&self) -> Result<usize> {
        let counts = self.0.iter().map(Rdd::num_partitions).collect::<Result<Vec<_>>>()?;
        match counts.as_slice() {
            [first, rest @ ..] if rest.iter().all(|count| count == first) => Ok(*first),
            _ => Err(SparkError::plain(
                Exception::IllegalArgument,
                format!("RDDs of {counts:?} partitions are not partitioned alike"),
            )),
        }
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<Batch>> {
        let (parents, task) = (self.0.clone(), task.clone());
        // Each parent is opened when the one before it has been read.
        Ok(Box::new(parents.into_iter().flat_map(move |parent| {
            parent.records(partition, &task).unwrap_or_else(|error| Box::new(std::iter::once(Err(error))))
        })))
    }

    fn dependencies(&self) -> Vec<Dependency> {
        narrow(&self.0)
    }

    fn partitioner(&self) -> Option<PartitionerRef> {
        self.0.first().and_then(Rdd::partitioner)
    }
}
