//! `range`: numbers in a row, made where they are needed.

use firesteel_error::{Exception, Result, SparkError};

use super::parallelize::slice;
use crate::context::SparkContext;
use crate::data::Records;
use crate::rdd::{Rdd, RddNode};
use crate::task_context::TaskContext;

struct Range {
    start: i64,
    step: i64,
    length: usize,
    slices: usize,
}

impl RddNode<i64> for Range {
    fn partitions(&self) -> Result<usize> {
        Ok(self.slices)
    }

    fn compute(&self, partition: usize, _task: &TaskContext) -> Result<Records<i64>> {
        let (from, to) = slice(self.length, self.slices, partition);
        let (start, step) = (i128::from(self.start), i128::from(self.step));
        // Every number is between the ends of the range, so it fits.
        Ok(Box::new((from..to).map(move |place| Ok((start + step * place as i128) as i64))))
    }
}

impl SparkContext {
    /// The numbers from `start` to before `end` in steps, in so many slices; 0 means the default number (Spark's `range`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// assert_eq!(sc.range(0, 10, 3, 2)?.collect()?, [0, 3, 6, 9]);
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn range(&self, start: i64, end: i64, step: i64, slices: usize) -> Result<Rdd<i64>> {
        if step == 0 {
            return Err(SparkError::plain(Exception::IllegalArgument, "step cannot be 0"));
        }
        let distance = i128::from(end) - i128::from(start);
        let length = if (distance > 0) == (step > 0) {
            distance.unsigned_abs().div_ceil(u128::from(step.unsigned_abs()))
        } else {
            0
        };
        let length = usize::try_from(length).map_err(|_| {
            SparkError::plain(Exception::IllegalArgument, format!("A range of {length} numbers is too large"))
        })?;
        let slices = if slices == 0 { self.default_parallelism() } else { slices };
        Ok(Rdd::new(self, "range", Range { start, step, length, slices }))
    }
}
