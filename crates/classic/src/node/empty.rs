//! Nothing, in no partition.

use firesteel_error::Result;
use firesteel_rdd::{Rdd, RddNode, Records, TaskContext, records};

use crate::batch::Batch;
use crate::context::Context;

struct Empty;

pub(super) fn rdd(context: &Context) -> Rdd<Batch> {
    Rdd::new(&context.spark, "emptyRDD", Empty)
}

impl RddNode<Batch> for Empty {
    fn partitions(&self) -> Result<usize> {
        Ok(0)
    }

    fn compute(&self, _partition: usize, _task: &TaskContext) -> Result<Records<Batch>> {
        Ok(records([]))
    }
}
