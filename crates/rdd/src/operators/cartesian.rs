//! `cartesian`: every element of one RDD with every element of another.

use firesteel_error::Result;

use super::partition::chain;
use crate::data::{Data, Records};
use crate::dependency::Dependency;
use crate::rdd::{Rdd, RddNode};
use crate::task_context::TaskContext;

struct Cartesian<T: Data, U: Data> {
    left: Rdd<T>,
    right: Rdd<U>,
}

impl<T: Data, U: Data> RddNode<(T, U)> for Cartesian<T, U> {
    fn partitions(&self) -> Result<usize> {
        Ok(self.left.num_partitions()? * self.right.num_partitions()?)
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<(T, U)>> {
        let columns = self.right.num_partitions()?;
        let left: Vec<Result<T>> = self.left.records(partition / columns, task)?.collect();
        let (right, task) = (self.right.clone(), task.clone());
        Ok(chain(left, move |l| {
            let l = l?;
            let right = right.records(partition % columns, &task)?;
            Ok(Box::new(right.map(move |r| Ok((l.clone(), r?)))))
        }))
    }

    fn dependencies(&self) -> Vec<Dependency> {
        vec![self.left.narrow(), self.right.narrow()]
    }
}

impl<T: Data> Rdd<T> {
    /// Every pair of an element of this RDD and one of the other (Spark's `cartesian`). The other's partitions are computed
    /// again for each element: keep it.
    #[track_caller]
    pub fn cartesian<U: Data>(&self, other: &Rdd<U>) -> Rdd<(T, U)> {
        self.derive("cartesian", Cartesian { left: self.clone(), right: other.clone() })
    }
}
