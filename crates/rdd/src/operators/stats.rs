//! `sum`, `mean`, `stats`, `variance` ...: numbers in one pass.

use std::panic::Location;

use firesteel_error::Result;

use crate::data::{Data, Records};
use crate::rdd::Rdd;
use crate::task_context::TaskContext;

/// What can be counted as a floating-point number.
pub trait Number: Data + Copy {
    /// The number as the nearest `f64`.
    fn to_f64(self) -> f64;
}

macro_rules! number {
    ($($type:ty),*) => {
        $(impl Number for $type {
            fn to_f64(self) -> f64 {
                self as f64
            }
        })*
    };
}

number!(i8, i16, i32, i64, isize, u8, u16, u32, u64, usize, f32, f64);

/// Count, mean, variance, maximum and minimum of numbers (Spark's `StatCounter`).
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct StatCounter {
    count: u64,
    mean: f64,
    /// The sum of squared distances from the mean.
    m2: f64,
    max: f64,
    min: f64,
}

impl Default for StatCounter {
    fn default() -> Self {
        Self { count: 0, mean: 0.0, m2: 0.0, max: f64::NEG_INFINITY, min: f64::INFINITY }
    }
}

impl StatCounter {
    /// With one more number (Welford's method).
    #[must_use]
    pub fn with(self, value: f64) -> Self {
        let count = self.count + 1;
        let delta = value - self.mean;
        let mean = self.mean + delta / count as f64;
        let m2 = self.m2 + delta * (value - mean);
        Self { count, mean, m2, max: self.max.max(value), min: self.min.min(value) }
    }

    /// With the numbers of another.
    #[must_use]
    pub fn merge(self, other: Self) -> Self {
        if self.count == 0 || other.count == 0 {
            return if self.count == 0 { other } else { self };
        }
        let (n, m) = (self.count as f64, other.count as f64);
        let delta = other.mean - self.mean;
        Self {
            count: self.count + other.count,
            mean: self.mean + delta * m / (n + m),
            m2: self.m2 + other.m2 + delta * delta * n * m / (n + m),
            max: self.max.max(other.max),
            min: self.min.min(other.min),
        }
    }

    /// How many numbers.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// Their mean.
    pub fn mean(&self) -> f64 {
        self.mean
    }

    /// Their sum.
    pub fn sum(&self) -> f64 {
        self.mean * self.count as f64
    }

    /// The greatest.
    pub fn max(&self) -> f64 {
        self.max
    }

    /// The least.
    pub fn min(&self) -> f64 {
        self.min
    }

    /// The variance of the numbers; not a number if there are none.
    pub fn variance(&self) -> f64 {
        if self.count == 0 { f64::NAN } else { self.m2 / self.count as f64 }
    }

    /// The variance of what the numbers are a sample of; not a number if there are fewer than two.
    pub fn sample_variance(&self) -> f64 {
        if self.count < 2 { f64::NAN } else { self.m2 / (self.count - 1) as f64 }
    }

    /// The standard deviation of the numbers.
    pub fn stdev(&self) -> f64 {
        self.variance().sqrt()
    }

    /// The standard deviation of what the numbers are a sample of.
    pub fn sample_stdev(&self) -> f64 {
        self.sample_variance().sqrt()
    }
}

impl<T: Number> Rdd<T> {
    /// The sum of the elements, as floating-point numbers (Spark's `sum`).
    #[track_caller]
    pub fn sum(&self) -> Result<f64> {
        let sum = |_: &TaskContext, mut records: Records<T>| {
            records.try_fold(0.0, |sum, record| record.map(|value| sum + value.to_f64()))
        };
        Ok(self.context().run_on_all(self, "sum", Location::caller(), sum)?.into_iter().sum())
    }

    /// Count, mean, variance, maximum and minimum in one job (Spark's `stats`).
    ///
    /// ```
    /// # use firesteel_rdd::{SparkConf, SparkContext};
    /// # fn main() -> firesteel_error::Result<()> {
    /// # let sc = SparkContext::new(SparkConf::new().set_master("local[2]").set_app_name("doc"))?;
    /// let stats = sc.parallelize([1, 2, 3, 4], 2).stats()?;
    /// assert_eq!((stats.mean(), stats.variance(), stats.max()), (2.5, 1.25, 4.0));
    /// # Ok(())
    /// # }
    /// ```
    #[track_caller]
    pub fn stats(&self) -> Result<StatCounter> {
        let stats = |_: &TaskContext, mut records: Records<T>| {
            records.try_fold(StatCounter::default(), |stats, record| record.map(|value| stats.with(value.to_f64())))
        };
        let parts = self.context().run_on_all(self, "stats", Location::caller(), stats)?;
        Ok(parts.into_iter().fold(StatCounter::default(), StatCounter::merge))
    }

    /// The mean (Spark's `mean`).
    #[track_caller]
    pub fn mean(&self) -> Result<f64> {
        Ok(self.stats()?.mean())
    }

    /// The variance (Spark's `variance`).
    #[track_caller]
    pub fn variance(&self) -> Result<f64> {
        Ok(self.stats()?.variance())
    }

    /// The standard deviation (Spark's `stdev`).
    #[track_caller]
    pub fn stdev(&self) -> Result<f64> {
        Ok(self.stats()?.stdev())
    }

    /// The variance of what the elements are a sample of (Spark's `sampleVariance`).
    #[track_caller]
    pub fn sample_variance(&self) -> Result<f64> {
        Ok(self.stats()?.sample_variance())
    }

    /// The standard deviation of what the elements are a sample of (Spark's `sampleStdev`).
    #[track_caller]
    pub fn sample_stdev(&self) -> Result<f64> {
        Ok(self.stats()?.sample_stdev())
    }
}
