//! `histogram`: how many elements are in each of some ranges.

use std::panic::Location;

use firesteel_error::{Exception, Result, SparkError};

use super::stats::Number;
use crate::data::Records;
use crate::rdd::Rdd;
use crate::task_context::TaskContext;

impl<T: Number> Rdd<T> {
    /// The bounds of `buckets` even ranges from the least element to the greatest, and how many elements each has
    /// (Spark's `histogram`). The last range includes its end.
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// assert_eq!(sc.parallelize(0..51, 4).histogram(2)?, (vec![0.0, 25.0, 50.0], vec![25, 26]));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn histogram(&self, buckets: usize) -> Result<(Vec<f64>, Vec<u64>)> {
        let stats = self.stats()?;
        let (min, max) = (stats.min(), stats.max());
        if buckets == 0 || !min.is_finite() || !max.is_finite() || !stats.sum().is_finite() {
            let text = "Histogram on either an empty RDD or RDD containing +/-infinity or NaN, or with no buckets";
            return Err(SparkError::plain(Exception::UnsupportedOperation, text));
        }
        if min == max {
            return Ok((vec![min, max], vec![stats.count()]));
        }
        let step = (max - min) / buckets as f64;
        let mut bounds: Vec<f64> = (0..buckets).map(|place| min + step * place as f64).collect();
        bounds.push(max);
        let counts = self.histogram_of(&bounds)?;
        Ok((bounds, counts))
    }

    /// How many elements are in each range between two neighbours of `bounds`, which have to be sorted and distinct. The
    /// last range includes its end; what is outside of all is not counted.
    #[track_caller]
    pub fn histogram_of(&self, bounds: &[f64]) -> Result<Vec<u64>> {
        if bounds.len() < 2 || !bounds.is_sorted_by(|left, right| left < right) {
            let text = "buckets array must have at least two elements, in ascending order and without duplicates";
            return Err(SparkError::plain(Exception::IllegalArgument, text));
        }
        let bounds = bounds.to_vec();
        let buckets = bounds.len() - 1;
        let count = move |_: &TaskContext, records: Records<T>| {
            let mut counts = vec![0_u64; bounds.len() - 1];
            for record in records {
                if let Some(bucket) = bucket_of(&bounds, record?.to_f64()) {
                    counts[bucket] += 1;
                }
            }
            Ok(counts)
        };
        let parts = self.context().run_on_all(self, "histogram", Location::caller(), count)?;
        Ok(parts.into_iter().fold(vec![0; buckets], |sum, part| sum.iter().zip(part).map(|(a, b)| a + b).collect()))
    }
}

fn bucket_of(bounds: &[f64], value: f64) -> Option<usize> {
    let last = bounds.len() - 1;
    if value == bounds[last] {
        return Some(last - 1);
    }
    let place = bounds.partition_point(|bound| *bound <= value);
    (1..=last).contains(&place).then(|| place - 1)
}
