//! Data of the driver, cut into partitions as Spark cuts a collection.

use bytes::Bytes;
use firesteel_error::{Exception, Result, SparkError};
use firesteel_rdd::Rdd;
use serde::Deserialize;

use crate::batch::{Batch, split_framed};
use crate::context::Context;

#[derive(Debug, Deserialize)]
pub(crate) struct Parallelize {
    slices: i64,
    /// Data that was sent before.
    upload: Option<u64>,
}

impl Parallelize {
    pub(super) fn rdd(&self, context: &Context, payload: Bytes) -> Result<Rdd<Batch>> {
        let slices = usize::try_from(self.slices).ok().filter(|slices| *slices > 0);
        let slices = slices
            .ok_or_else(|| SparkError::plain(Exception::IllegalArgument, "Positive number of partitions required"))?;
        let payload = match self.upload {
            Some(upload) => context.take_upload(upload)?,
            None => payload,
        };
        Ok(context.spark.parallelize(split_framed(payload)?, slices))
    }
}
