//! Pairs of elements, two batches each: what `cartesian` and `zip` make.

use firesteel_error::Result;
use firesteel_rdd::Rdd;

use super::two;
use crate::batch::Batch;

pub(super) fn cartesian(parents: Vec<Rdd<Batch>>) -> Result<Rdd<Batch>> {
    let (left, right) = two(parents)?;
    Ok(left.cartesian(&right).flat_map(|(left, right)| [left, right]))
}

pub(super) fn zip(parents: Vec<Rdd<Batch>>) -> Result<Rdd<Batch>> {
    let (left, right) = two(parents)?;
    Ok(left.zip(&right).flat_map(|(left, right)| [left, right]))
}
