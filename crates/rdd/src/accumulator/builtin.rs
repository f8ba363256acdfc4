//! The accumulators of Spark's Scala API: long, double, collection; and a plain sum of any number.

use std::fmt::Debug;
use std::marker::PhantomData;
use std::ops::AddAssign;

use super::{Accumulate, Accumulator};
use crate::data::Data;

/// A sum of values that `+=` adds, starting at their default.
#[derive(Debug, Clone, Copy, Default)]
pub struct Sum<T>(PhantomData<fn() -> T>);

impl<T> Sum<T> {
    /// A sum.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T: Data + AddAssign + Default + Debug> Accumulate for Sum<T> {
    type Item = T;
    type Value = T;

    fn zero(&self) -> T {
        T::default()
    }

    fn add(&self, value: &mut T, item: T) {
        *value += item;
    }

    fn merge(&self, value: &mut T, other: T) {
        *value += other;
    }

    fn show(&self, value: &T) -> String {
        format!("{value:?}")
    }
}

/// A sum and a count of integers (Spark's `LongAccumulator`). The sum wraps around at the ends of `i64`.
#[derive(Debug, Clone, Copy, Default)]
pub struct LongSum;

/// A sum and a count of floating-point numbers (Spark's `DoubleAccumulator`).
#[derive(Debug, Clone, Copy, Default)]
pub struct DoubleSum;

/// A sum and how many values it is of.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct Counted<T> {
    /// The sum.
    pub sum: T,
    /// How many values were added.
    pub count: u64,
}

impl Accumulate for LongSum {
    type Item = i64;
    type Value = Counted<i64>;

    fn zero(&self) -> Counted<i64> {
        Counted::default()
    }

    fn add(&self, value: &mut Counted<i64>, item: i64) {
        value.sum = value.sum.wrapping_add(item);
        value.count += 1;
    }

    fn merge(&self, value: &mut Counted<i64>, other: Counted<i64>) {
        value.sum = value.sum.wrapping_add(other.sum);
        value.count += other.count;
    }

    fn show(&self, value: &Counted<i64>) -> String {
        value.sum.to_string()
    }
}

impl Accumulate for DoubleSum {
    type Item = f64;
    type Value = Counted<f64>;

    fn zero(&self) -> Counted<f64> {
        Counted::default()
    }

    fn add(&self, value: &mut Counted<f64>, item: f64) {
        value.sum += item;
        value.count += 1;
    }

    fn merge(&self, value: &mut Counted<f64>, other: Counted<f64>) {
        value.sum += other.sum;
        value.count += other.count;
    }

    fn show(&self, value: &Counted<f64>) -> String {
        value.sum.to_string()
    }
}

impl Accumulator<LongSum> {
    /// The sum.
    pub fn sum(&self) -> firesteel_error::Result<i64> {
        Ok(self.value()?.sum)
    }

    /// How many values were added.
    pub fn count(&self) -> firesteel_error::Result<u64> {
        Ok(self.value()?.count)
    }

    /// The mean of the values; not a number if there are none.
    pub fn avg(&self) -> firesteel_error::Result<f64> {
        let value = self.value()?;
        Ok(value.sum as f64 / value.count as f64)
    }
}

impl Accumulator<DoubleSum> {
    /// The sum.
    pub fn sum(&self) -> firesteel_error::Result<f64> {
        Ok(self.value()?.sum)
    }

    /// How many values were added.
    pub fn count(&self) -> firesteel_error::Result<u64> {
        Ok(self.value()?.count)
    }

    /// The mean of the values; not a number if there are none.
    pub fn avg(&self) -> firesteel_error::Result<f64> {
        let value = self.value()?;
        Ok(value.sum / value.count as f64)
    }
}

/// All values that were added, in no certain order (Spark's `CollectionAccumulator`).
#[derive(Debug, Clone, Copy)]
pub struct CollectionOf<T>(PhantomData<fn() -> T>);

impl<T> CollectionOf<T> {
    /// A collection.
    pub fn new() -> Self {
        Self(PhantomData)
    }
}

impl<T> Default for CollectionOf<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T: Data + Debug> Accumulate for CollectionOf<T> {
    type Item = T;
    type Value = Vec<T>;

    fn zero(&self) -> Vec<T> {
        Vec::new()
    }

    fn add(&self, value: &mut Vec<T>, item: T) {
        value.push(item);
    }

    fn merge(&self, value: &mut Vec<T>, mut other: Vec<T>) {
        value.append(&mut other);
    }

    fn show(&self, value: &Vec<T>) -> String {
        format!("{value:?}")
    }
}
