//! `count_approx`, `sum_approx`, `mean_approx`, `count_approx_distinct`: an answer that is near enough, sooner.
//!
//! The timed ones stop their job at the timeout and judge from the partitions that were computed by then.

use std::hash::Hash;
use std::panic::Location;
use std::sync::mpsc::{RecvTimeoutError, channel};
use std::time::Duration;

use firesteel_error::{Exception, Result, SparkError};

use super::hyper_log_log::HyperLogLog;
use super::stats::{Number, StatCounter};
use crate::data::{Data, Records};
use crate::rdd::Rdd;
use crate::scheduler::JobOptions;
use crate::task_context::TaskContext;

/// A value that is between two bounds with some confidence (Spark's `BoundedDouble`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct BoundedDouble {
    /// The likeliest value.
    pub mean: f64,
    /// How sure it is that the value is between the bounds.
    pub confidence: f64,
    /// The lower bound.
    pub low: f64,
    /// The upper bound.
    pub high: f64,
}

impl<T: Data> Rdd<T> {
    /// About how many elements there are, judged after `timeout` at the latest (Spark's `countApprox`).
    #[track_caller]
    pub fn count_approx(&self, timeout: Duration, confidence: f64) -> Result<BoundedDouble> {
        check_confidence(confidence)?;
        let count = |_: &TaskContext, mut records: Records<T>| {
            records.try_fold(0_u64, |count, record| record.map(|_| count + 1))
        };
        let (parts, total) = self.run_until(timeout, "countApprox", Location::caller(), count)?;
        let (sum, seen) = (parts.iter().sum::<u64>() as f64, parts.len() as f64 / total.max(1) as f64);
        if parts.len() == total {
            return Ok(exact(sum));
        }
        if parts.is_empty() {
            return Ok(BoundedDouble { mean: 0.0, confidence: 0.0, low: 0.0, high: f64::INFINITY });
        }
        let mean = sum / seen;
        Ok(around(mean, ((sum + 1.0) * (1.0 - seen)).sqrt() / seen, confidence))
    }

    /// About how many different elements there are, with a relative error of about `relative_sd` (Spark's
    /// `countApproxDistinct`; HyperLogLog).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let distinct = sc.parallelize((0..20_000).map(|x| x % 1000), 4).count_approx_distinct(0.05)?;
    /// assert!((900..1100).contains(&distinct));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn count_approx_distinct(&self, relative_sd: f64) -> Result<u64>
    where
        T: Hash,
    {
        let empty = HyperLogLog::with_relative_sd(relative_sd)?;
        let each = move |_: &TaskContext, mut records: Records<T>| {
            records.try_fold(empty.clone(), |mut sketch, record| {
                sketch.add(&record?);
                Ok(sketch)
            })
        };
        let parts = self.context().run_on_all(self, "countApproxDistinct", Location::caller(), each)?;
        Ok(parts.into_iter().reduce(HyperLogLog::merge).map_or(0, |sketch| sketch.estimate()))
    }

    /// The results of the partitions that are computed before the timeout, and how many partitions there are.
    fn run_until<U: Send + 'static>(
        &self,
        timeout: Duration,
        action: &str,
        caller: &Location<'_>,
        task: impl Fn(&TaskContext, Records<T>) -> Result<U> + Send + Sync + 'static,
    ) -> Result<(Vec<U>, usize)> {
        let partitions: Vec<usize> = (0..self.num_partitions()?).collect();
        let (mut parts, (done, is_done)) = (Vec::new(), channel::<()>());
        let mut timer = None;
        let sc = self.context().clone();
        let options = JobOptions {
            call_site: Some(format!("{action} at {caller}")),
            on_start: Some(Box::new(|job_id| {
                timer = Some(std::thread::spawn(move || {
                    let late = is_done.recv_timeout(timeout) == Err(RecvTimeoutError::Timeout);
                    late && sc.cancel_job(job_id)
                }));
            })),
            ..JobOptions::default()
        };
        let outcome = self.context().run_job(self, &partitions, task, options, |_, part| parts.push(part));
        drop(done);
        let timed_out = timer.is_some_and(|timer| timer.join().unwrap_or(false));
        match outcome {
            Err(error) if !(timed_out && error.condition() == Some("SPARK_JOB_CANCELLED")) => Err(error),
            _ => Ok((parts, partitions.len())),
        }
    }
}

impl<T: Number> Rdd<T> {
    /// About the sum of the elements, judged after `timeout` at the latest (Spark's `sumApprox`).
    #[track_caller]
    pub fn sum_approx(&self, timeout: Duration, confidence: f64) -> Result<BoundedDouble> {
        check_confidence(confidence)?;
        let (parts, total) = self.run_until(timeout, "sumApprox", Location::caller(), stats_of)?;
        let (computed, stats) = (parts.len(), parts.into_iter().fold(StatCounter::default(), StatCounter::merge));
        if computed == total {
            return Ok(exact(stats.sum()));
        }
        let seen = computed as f64 / total as f64;
        let Some(mean) = mean_of(&stats, confidence) else { return Ok(unknown()) };
        let count = stats.count() as f64 / seen;
        Ok(BoundedDouble { mean: mean.mean * count, low: mean.low * count, high: mean.high * count, confidence })
    }

    /// About the mean of the elements, judged after `timeout` at the latest (Spark's `meanApprox`).
    #[track_caller]
    pub fn mean_approx(&self, timeout: Duration, confidence: f64) -> Result<BoundedDouble> {
        check_confidence(confidence)?;
        let (parts, total) = self.run_until(timeout, "meanApprox", Location::caller(), stats_of)?;
        let (computed, stats) = (parts.len(), parts.into_iter().fold(StatCounter::default(), StatCounter::merge));
        if computed == total {
            return Ok(exact(stats.mean()));
        }
        Ok(mean_of(&stats, confidence).unwrap_or_else(unknown))
    }
}

fn stats_of<T: Number>(_: &TaskContext, mut records: Records<T>) -> Result<StatCounter> {
    records.try_fold(StatCounter::default(), |stats, record| record.map(|value| stats.with(value.to_f64())))
}

fn mean_of(stats: &StatCounter, confidence: f64) -> Option<BoundedDouble> {
    let deviation = (stats.sample_variance() / stats.count() as f64).sqrt();
    (stats.count() > 1).then(|| around(stats.mean(), deviation, confidence))
}

fn exact(value: f64) -> BoundedDouble {
    BoundedDouble { mean: value, confidence: 1.0, low: value, high: value }
}

fn unknown() -> BoundedDouble {
    BoundedDouble { mean: 0.0, confidence: 0.0, low: f64::NEG_INFINITY, high: f64::INFINITY }
}

fn around(mean: f64, deviation: f64, confidence: f64) -> BoundedDouble {
    let distance = normal_quantile((1.0 + confidence) / 2.0) * deviation;
    BoundedDouble { mean, confidence, low: mean - distance, high: mean + distance }
}

fn check_confidence(confidence: f64) -> Result<()> {
    if (0.0..=1.0).contains(&confidence) {
        return Ok(());
    }
    let text = format!("confidence ({confidence}) must be in [0,1]");
    Err(SparkError::plain(Exception::IllegalArgument, text))
}

/// How many standard deviations above the mean a normal value is below with probability `p` (from 0.5 to 1), to within
/// 0.0005 (Abramowitz and Stegun, 26.2.23).
fn normal_quantile(p: f64) -> f64 {
    if p >= 1.0 {
        return f64::INFINITY;
    }
    let t = (-2.0 * (1.0 - p).ln()).sqrt();
    let above = 2.515_517 + t * (0.802_853 + t * 0.010_328);
    let below = 1.0 + t * (1.432_788 + t * (0.189_269 + t * 0.001_308));
    t - above / below
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_usual_confidences_have_the_usual_deviations() {
        assert!((normal_quantile(0.975) - 1.96).abs() < 1e-3);
        assert!((normal_quantile(0.995) - 2.576).abs() < 1e-3);
    }
}
