//! `zip`, `zip_partitions`, `zip_with_index`, `zip_with_unique_id`: elements side by side, or with a number.

use std::panic::Location;
use std::sync::Arc;

use firesteel_error::{Exception, Result, SparkError};

use crate::data::{Data, Records};
use crate::dependency::Dependency;
use crate::rdd::{Rdd, RddNode};
use crate::task_context::TaskContext;

struct Zipped<T: Data, U: Data, R> {
    left: Rdd<T>,
    right: Rdd<U>,
    zip: Arc<dyn Fn(Records<T>, Records<U>) -> Result<Records<R>> + Send + Sync>,
}

impl<T: Data, U: Data, R: Data> RddNode<R> for Zipped<T, U, R> {
    fn partitions(&self) -> Result<usize> {
        let (left, right) = (self.left.num_partitions()?, self.right.num_partitions()?);
        if left != right {
            let text = format!("Can't zip RDDs with unequal numbers of partitions: List({left}, {right})");
            return Err(SparkError::plain(Exception::IllegalArgument, text));
        }
        Ok(left)
    }

    fn compute(&self, partition: usize, task: &TaskContext) -> Result<Records<R>> {
        (self.zip)(self.left.records(partition, task)?, self.right.records(partition, task)?)
    }

    fn dependencies(&self) -> Vec<Dependency> {
        vec![self.left.narrow(), self.right.narrow()]
    }
}

/// Two partitions that have to be of the same length.
struct SameLength<T, U> {
    left: Records<T>,
    right: Records<U>,
}

impl<T, U> Iterator for SameLength<T, U> {
    type Item = Result<(T, U)>;

    fn next(&mut self) -> Option<Self::Item> {
        match (self.left.next(), self.right.next()) {
            (None, None) => None,
            (Some(Ok(left)), Some(Ok(right))) => Some(Ok((left, right))),
            (Some(Err(error)), _) | (_, Some(Err(error))) => Some(Err(error)),
            _ => {
                let text = "Can only zip RDDs with same number of elements in each partition";
                Some(Err(SparkError::plain(Exception::Spark, text)))
            }
        }
    }
}

impl<T: Data> Rdd<T> {
    /// Pairs of the first elements, the second elements ... of two RDDs with the same partitions (Spark's `zip`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let numbers = sc.parallelize(0..3, 2);
    /// assert_eq!(numbers.zip(&numbers.map(|x| x + 10)).collect()?, [(0, 10), (1, 11), (2, 12)]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn zip<U: Data>(&self, other: &Rdd<U>) -> Rdd<(T, U)> {
        let zip = Arc::new(|left, right| Ok(Box::new(SameLength { left, right }) as Records<(T, U)>));
        self.derive("zip", Zipped { left: self.clone(), right: other.clone(), zip })
    }

    /// What `f` makes of each pair of partitions (Spark's `zipPartitions`).
    #[track_caller]
    pub fn zip_partitions<U: Data, R: Data>(
        &self,
        other: &Rdd<U>,
        f: impl Fn(Records<T>, Records<U>) -> Result<Records<R>> + Send + Sync + 'static,
    ) -> Rdd<R> {
        self.derive("zipPartitions", Zipped { left: self.clone(), right: other.clone(), zip: Arc::new(f) })
    }

    /// Each element with its place in the RDD (Spark's `zipWithIndex`). With more than one partition, it runs a job to count
    /// them.
    #[track_caller]
    pub fn zip_with_index(&self) -> Result<Rdd<(T, u64)>> {
        let partitions = self.num_partitions()?;
        let mut starts = vec![0; partitions.min(1)];
        if partitions > 1 {
            let counted: Vec<usize> = (0..partitions - 1).collect();
            let count = |_: &TaskContext, mut records: Records<T>| {
                records.try_fold(0_u64, |count, record| record.map(|_| count + 1))
            };
            for count in self.context().run_on(self, &counted, "zipWithIndex", Location::caller(), count)? {
                starts.push(starts.last().copied().unwrap_or(0) + count);
            }
        }
        Ok(self.step("zipWithIndex", false, move |partition, records, _| {
            let start = starts[partition];
            Ok(Box::new(records.zip(start..).map(|(record, place)| Ok((record?, place)))))
        }))
    }

    /// Each element with a number that no other has: in partition `k` of `n`, `k`, `k + n`, `k + 2n` ... (Spark's
    /// `zipWithUniqueId`). It runs no job.
    #[track_caller]
    pub fn zip_with_unique_id(&self) -> Rdd<(T, u64)> {
        let parent = self.clone();
        self.step("zipWithUniqueId", false, move |partition, records, _| {
            let partitions = parent.num_partitions()? as u64;
            let numbers = (0_u64..).map(move |place| place * partitions + partition as u64);
            Ok(Box::new(records.zip(numbers).map(|(record, number)| Ok((record?, number)))))
        })
    }
}
