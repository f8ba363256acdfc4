//! The rows of a DataFrame: each task runs one partition of its plan.

use std::sync::Arc;

use bytes::Bytes;
use firesteel_error::Result;
use firesteel_rdd::{Rdd, RddNode, Records, TaskContext};

use crate::batch::Batch;
use crate::context::Context;
use crate::host::RelationRows;

struct Relation(Arc<dyn RelationRows>);

pub(super) fn rdd(context: &Context, plan: &Bytes) -> Result<Rdd<Batch>> {
    Ok(Rdd::new(&context.spark, "relation", Relation(context.session.relation(plan)?)))
}

impl RddNode<Batch> for Relation {
    fn partitions(&self) -> Result<usize> {
        Ok(self.0.partitions())
    }

    fn compute(&self, partition: usize, _task: &TaskContext) -> Result<Records<Batch>> {
        self.0.rows(partition)
    }
}
